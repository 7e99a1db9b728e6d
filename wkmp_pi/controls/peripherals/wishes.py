"""Which gestures the recogniser must know, because somebody waits for them. Pure.

A gesture is wanted where an event is named exactly: ``gesture.double``. Who
listens to ``gesture.*`` hears what others want.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import product
from typing import Any, Final

from wkmp_pi.controls.gestures.words import Wanted
from wkmp_pi.controls.peripherals.ons import asks_peripheral
from wkmp_pi.events.kinds import KINDS, Gesture
from wkmp_pi.playlists.definition import On
from wkmp_pi.playlists.meant import UNORDERED

_SEVERAL: Final = frozenset({"chord", "simultaneous", "sequence"})


def wishes(ons: Iterable[On], buttons: Collection[str]) -> tuple[Wanted, ...]:
    """What is wanted by those who wait for these events.

    Args:
        ons: of bindings, playlists and peripherals.
        buttons: those that there are; of others nothing is wanted.
    """
    wanted: list[Wanted] = []
    for on in ons:
        wanted += [want for want in _wishes(on, buttons) if want not in wanted]
    called = {want.buttons for want in wanted if want.id}
    return tuple(w for w in wanted if w.gesture != "sequence" or w.id or w.buttons not in called)


def unclear(on: On) -> str | None:
    """Why nobody can know which gesture is wanted: what is missing in ``where``."""
    word = _word(on)
    if word in _SEVERAL and not asks_peripheral(on) and not _groups(on):
        return 'buttons = ["…", "…"]'
    if word == "multi" and not asks_peripheral(on) and not [*_values(on, "count")]:
        return "count = 4"
    return None


def _wishes(on: On, buttons: Collection[str]) -> Iterator[Wanted]:
    word = _word(on)
    if not word or word == "turn" or asks_peripheral(on):
        return
    ids = [one for one in _values(on, "id") if isinstance(one, str)] or [""]
    counts = [one for one in _values(on, "count") if type(one) is int]
    if word != "multi":
        counts = [0]
    for group, count in product(_groups(on) or _each(word, on, buttons), counts):
        if all(name in buttons for name in group):
            yield Wanted(
                gesture=word, buttons=group, count=count, id=ids[0] if word == "sequence" else ""
            )


def _word(on: On) -> str:
    """The gesture that is waited for; empty if it is no single one."""
    kind = KINDS.get(on.event)
    is_gesture = kind is not None and issubclass(kind, Gesture)
    return on.event.removeprefix("gesture.") if is_gesture else ""


def _groups(on: On) -> list[tuple[str, ...]]:
    """The buttons that are named, group by group."""
    values = (value for value in _values(on, "buttons") if isinstance(value, tuple))
    groups = [group for group in values if group and all(isinstance(n, str) for n in group)]
    return [tuple(sorted(group)) if on.event in UNORDERED else group for group in groups]


def _each(word: str, on: On, buttons: Collection[str]) -> Sequence[tuple[str, ...]]:
    """Each button that may be meant; nothing where it takes several."""
    if word in _SEVERAL:
        return ()
    tests = [t for t in on.where.tests if t.path == ("buttons",) and t.operator == "contains"]
    return [(name,) for name in buttons if all(test.wanted == name for test in tests)]


def _values(on: On, field: str) -> Iterator[Any]:
    """What ``where`` wants a field to be."""
    for test in on.where.tests:
        if test.path == (field,) and test.operator == "is":
            yield test.wanted
        elif test.path == (field,) and test.operator == "in":
            yield from test.wanted
