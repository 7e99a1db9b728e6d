"""Passages → one stream: fade curves, the plan of what sounds when, and the mixer."""
