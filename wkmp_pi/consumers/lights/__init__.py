"""Lights and relays: what they are told to be, and how they come to be it.

``shine.py`` is pure: states, colours, fades. ``lights.py`` owns the pins while
``wkmp-pins`` runs it; commands only leave a note there.
"""

from wkmp_pi.consumers.lights.lights import Lights
from wkmp_pi.consumers.lights.shine import Fade, Shine

__all__ = ["Fade", "Lights", "Shine"]
