"""Who asks: the local socket and its client. Asking never waits for the sound."""
