"""wkmp_pi: an appliance music player for Raspberry Pi audio boxes."""

__version__ = "0.1.0"
