"""What virtual peripherals tell and ask, each with who it is and what caused it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from wkmp_pi.controls.peripherals.definition import Peripheral
from wkmp_pi.controls.peripherals.seen import PRODUCER, Moment, Seen
from wkmp_pi.events.kinds import GESTURES, Custom, PeripheralValue, thawed
from wkmp_pi.events.machines import Publish
from wkmp_pi.playlists.definition import MAX_DATA_BYTES
from wkmp_pi.playlists.values import json_bytes
from wkmp_pi.playlists.words import Do, Start, Stop

Out = Publish | Do | Start | Stop

ATTRIBUTION: Final = frozenset({"event", "metadata", "peripheral", "peripheral_name", "start"})
"""Keys of a start's data that are not its owner's."""


def gesture(
    who: Peripheral, word: str, moments: Sequence[Moment], at_ns: int, window_ms: int, **more: Any
) -> Publish:
    """A gesture that was made of these events; ``at_ns`` is the stamp that decided."""
    sources = tuple(dict.fromkeys(moment.source for moment in moments))
    event = GESTURES[word](
        edges=tuple((moment.source, True, moment.at_ns) for moment in moments),
        window_ms=window_ms,
        at_ns=at_ns,
        metadata=who.metadata,
        peripheral=who.id,
        peripheral_name=who.name,
        **{"buttons": sources, "count": len(moments), **more},
    )
    return Publish(event, causes(moments))


def value(who: Peripheral, number: float | None, seen: Seen, data: Mapping[str, Any]) -> Publish:
    """A value that was made of an event."""
    event = PeripheralValue(
        peripheral=who.id,
        peripheral_name=who.name,
        value=number,
        data={**data, "name": seen.name, "source": seen.event.source},
        metadata=who.metadata,
    )
    return Publish(event, (seen.id,))


def again(who: Peripheral, name: str, seen: Seen) -> Publish:
    """An event once more, under another name."""
    event = Custom(
        event=name,
        producer=PRODUCER + who.id,
        data={
            **seen.facts.described(),
            "metadata": who.metadata,
            "peripheral": who.id,
            "peripheral_name": who.name,
        },
    )
    return Publish(event, (seen.id,))


def start(
    playlist: str, data: Mapping[str, Any], seen: Seen, attribution: Mapping[str, Any]
) -> Start:
    """A playlist is to begin because of an event, which is the run's trigger.

    Args:
        playlist: its id.
        data: of the one who asks.
        seen: the event; told as ``event``, by its name alone if all of it were too large.
        attribution: who asks.
    """
    about = {**thawed(data), **{key: thawed(value) for key, value in attribution.items()}}
    whole = {**about, "event": thawed(seen.facts.described())}
    if json_bytes(whole) > MAX_DATA_BYTES:
        whole = {**about, "event": {"name": seen.name}}
    return Start(
        playlist=playlist,
        name=seen.name,
        source=seen.event.source,
        data=whole,
        causes=(seen.id,),
    )


def stop(runs: Iterable[str], because: tuple[int, ...]) -> list[Out]:
    """Runs are to end."""
    return [Stop(run=run, causes=because) for run in runs]


def causes(moments: Iterable[Moment]) -> tuple[int, ...]:
    """The ids of these events, each once."""
    return tuple(dict.fromkeys(moment.id for moment in moments))
