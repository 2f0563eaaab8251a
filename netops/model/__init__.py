"""The vocabulary: tables, enums and value objects, a file per noun. No sessions, no queries."""
