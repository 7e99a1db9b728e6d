"""Framings: where the packets of each kind of file lie, found without decoding anything."""
