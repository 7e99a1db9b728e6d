"""Gestures: what hands do to buttons and knobs, from raw edges to facts with a name. Pure.

``compile_gestures`` makes one conflict-free recogniser of all that is wanted;
``Recogniser`` is fed with stamped edges and tells what they mean. No thread,
no clock, no pin: time comes in as stamps.
"""

from wkmp_pi.controls.gestures.compiled import Compiled, Delay, compile_gestures
from wkmp_pi.controls.gestures.recogniser import Recogniser
from wkmp_pi.controls.gestures.words import (
    Edge,
    Input,
    Level,
    Out,
    ReadLevel,
    Storm,
    Wanted,
)

__all__ = [
    "Compiled",
    "Delay",
    "Edge",
    "Input",
    "Level",
    "Out",
    "ReadLevel",
    "Recogniser",
    "Storm",
    "Wanted",
    "compile_gestures",
]
