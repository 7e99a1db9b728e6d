"""The limits that a rig file may override, for a bench that cannot be as exact as others."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

LIMITS: Final = MappingProxyType(
    {
        "event_late_ms": 10.0,  # published after it was heard: one tick of the virtual Pi's kernel
        "event_stamp_ms": 10.0,  # its time against the recording
        "press_to_sound_ms": 150.0,
        "command_to_sound_ms": 150.0,
        "unplug_seen_ms": 100.0,
        "replug_sound_ms": 1500.0,
        "level_error_db": 0.05,
        "residual_db": -50.0,
    }
)
"""By name; what the tests hold every rig to that says nothing else."""
