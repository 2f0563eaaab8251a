"""Configuration backup: sessions over SSH, platforms as data, what counts as a backup, and the archive."""
