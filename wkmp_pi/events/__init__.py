"""What has happened: the kinds of events, and the bus that carries them."""
