"""What was recognised to events, one for each owner. Pure."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import Any

from wkmp_pi.controls.gestures.codes import Entered
from wkmp_pi.controls.gestures.encoder import Turned
from wkmp_pi.controls.gestures.finger import Finger
from wkmp_pi.controls.gestures.taps import Found
from wkmp_pi.controls.gestures.together import Joined
from wkmp_pi.controls.gestures.words import NS_PER_MS, Wanted
from wkmp_pi.events.kinds import GESTURES
from wkmp_pi.events.machines import Publish

Owners = Mapping[Hashable, tuple[Wanted, ...]]


def of_finger(owners: Owners, finger: Finger, found: Iterable[Found]) -> list[Publish]:
    """Taps, holds, repeats, presses and releases of one button."""
    return [event for one in found for event in _found(owners, finger, one)]


def _found(owners: Owners, finger: Finger, found: Found) -> list[Publish]:
    name = finger.button.name
    taps = found.word == "taps"
    key = ("taps", name, found.number) if taps else (found.word, name)
    wants = owners.get(key)
    if not wants:
        return []
    begun_ns = finger.taps.begun_ns if taps else found.at_ns - found.held_ns
    until_ns = finger.taps.pressed_ns if taps else None
    edges = tuple(e for e in finger.since(begun_ns) if until_ns is None or e[2] < until_ns)
    return _events(
        wants,
        buttons=(name,),
        count=found.number,
        held_ms=found.held_ns // NS_PER_MS,
        edges=edges,
        window_ms=found.window_ns // NS_PER_MS,
        at_ns=found.at_ns,
    )


def of_group(owners: Owners, joined: Joined, fingers: Mapping[str, Finger]) -> list[Publish]:
    """A chord, or what happened at once."""
    edges = sorted(
        (edge for name in joined.buttons for edge in fingers[name].since(joined.first_ns)),
        key=lambda edge: edge[2],
    )
    return _events(
        owners.get(joined.group, ()),
        buttons=joined.buttons,
        count=len(joined.buttons),
        edges=tuple(edges),
        window_ms=joined.group.window_ns // NS_PER_MS,
        at_ns=joined.at_ns,
    )


def of_code(owners: Owners, entered: Entered) -> list[Publish]:
    """A sequence."""
    code = entered.code
    presses = zip(code.buttons, entered.presses, strict=True)
    return _events(
        owners.get(code, ()),
        buttons=code.buttons,
        count=len(code.buttons),
        edges=tuple((name, True, at_ns) for name, at_ns in presses),
        window_ms=code.step_ns // NS_PER_MS,
        at_ns=entered.presses[-1],
    )


def of_knob(owners: Owners, name: str, turns: Iterable[Turned]) -> list[Publish]:
    """Detents of an encoder; told though nobody may want them."""
    return [event for turned in turns for event in _turned(owners, name, turned)]


def _turned(owners: Owners, name: str, turned: Turned) -> list[Publish]:
    wants = owners.get(("turn", name)) or (Wanted(gesture="turn", buttons=(name,)),)
    return _events(
        wants,
        buttons=(name,),
        count=abs(turned.steps),
        at_ns=turned.at_ns,
        steps=turned.steps,
        speed=round(turned.speed, 2),
    )


def _events(wants: Iterable[Wanted], **fields: Any) -> list[Publish]:
    return [
        Publish(
            GESTURES[want.gesture](
                metadata=want.metadata,
                peripheral=want.peripheral,
                peripheral_name=want.peripheral_name,
                id=want.id,
                **fields,
            )
        )
        for want in wants
    ]
