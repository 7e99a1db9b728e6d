"""SQLite: what the box knows and remembers; one writer, many readers."""
