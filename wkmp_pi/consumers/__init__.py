"""Who listens to events: files, the terminal, the history, the supervisor, the watchdog."""
