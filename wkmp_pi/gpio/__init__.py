"""The GPIO pins: a door to them, and the one thread that owns them.

Nothing here knows what a button or a light is for. A chip that is missing, a
pin that is busy: that is told, tried again, and disturbs nothing else.
"""

from wkmp_pi.gpio.door import Colour, Dimmer, Line, Output, PinError, Pins
from wkmp_pi.gpio.thread import PinThread, PinUser

__all__ = ["Colour", "Dimmer", "Line", "Output", "PinError", "PinThread", "PinUser", "Pins"]
