"""The store room: one database, SQLite or PostgreSQL, that every part reads and one task writes."""
