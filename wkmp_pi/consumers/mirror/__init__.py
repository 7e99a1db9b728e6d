"""What the broker gets to know: the player's state, its events, and what the box is made of.

Pure: events, states and moments go in, messages come out, and nothing here
waits or looks at a clock. Truth stays on the box. What is kept at the broker
is a copy of a map of last values, so that a broker that forgot everything, or
was away for a day, is healed by telling the map again.
"""

from wkmp_pi.consumers.mirror.inventory import Box, Button, Inventory, Peripheral, Playlist
from wkmp_pi.consumers.mirror.mirror import Mirror, Moment, Options, Want

__all__ = [
    "Mirror",
    "Options",
    "Moment",
    "Want",
    "Box",
    "Inventory",
    "Button",
    "Peripheral",
    "Playlist",
]
