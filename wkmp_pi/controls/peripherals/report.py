"""Virtual peripherals as plain data, for who asks. Pure."""

from __future__ import annotations

from typing import Any

from wkmp_pi.controls.peripherals.definition import OfButtons, Peripheral
from wkmp_pi.events.kinds import thawed


def described(one: Peripheral) -> dict[str, Any]:
    """What it is made of and what it tells; ``buttons`` or ``inputs``, which are events."""
    return {
        "peripheral": one.id,
        "name": one.name,
        "kind": str(one.kind),
        "buttons": list(one.buttons) if isinstance(one, OfButtons) else [],
        "inputs": list(dict.fromkeys(on.event for on in one.ons)),
        "tells": list(one.tells),
        "metadata": thawed(one.metadata),
    }
