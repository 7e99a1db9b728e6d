"""Ways to break the product, each in a few lines, by replacing a method of one of its classes.

Each is called once in the process of the service, before it starts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from hil.controls.breakages import of_cards, of_ends, of_events, of_hands, of_sound

BREAKAGES: Final[dict[str, Callable[[], None]]] = {
    function.__name__: function
    for module in (of_sound, of_events, of_hands, of_cards, of_ends)
    for function in module.BREAKAGES
}
