"""What runs inside the virtual Pi; standard library only, started by ``init``."""
