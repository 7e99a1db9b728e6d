"""What is asked of the box besides playing: playlists, peripherals, lights, events, gestures.

Thread: the conductor's.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from itertools import count
from typing import Any

from wkmp_pi import commands
from wkmp_pi.app.door import Asked
from wkmp_pi.app.fingers import MOST_EDGES, Hand
from wkmp_pi.app.machinery import Machinery
from wkmp_pi.conductor.effects import Answer
from wkmp_pi.consumers.lights import Lights
from wkmp_pi.controls.peripherals import described
from wkmp_pi.errors import RequestError
from wkmp_pi.events.bus import Bus
from wkmp_pi.events.kinds import CommandRefused, Custom, PeripheralValue, may_be_custom
from wkmp_pi.playlists import report
from wkmp_pi.playlists import words as playlist
from wkmp_pi.playlists.definition import MAX_DATA_BYTES
from wkmp_pi.playlists.values import json_bytes

_log = logging.getLogger(__name__)

Result = dict[str, Any]


class Requests:
    """Obeys, and knows who waits for an answer of a machine.

    Args:
        machinery: the machines.
        bus: told of what is refused.
        feed: gives the machines an input.
        perform: does what machines want that were changed.
        lights: lights and relays.
        sample: measures something of the machine by its name.
    """

    def __init__(
        self,
        machinery: Machinery,
        bus: Bus,
        feed: Callable[[Any, int], None],
        perform: Callable[[Iterable[Any]], None],
        *,
        lights: Lights,
        sample: Callable[[str], float],
    ) -> None:
        self._machinery = machinery
        self._bus = bus
        self._feed = feed
        self._perform = perform
        self._lights = lights
        self._sample = sample
        self._tokens = count(1)
        self._waiting: dict[int, Answer] = {}

    def obey(self, asked: Asked, now_ns: int) -> None:
        """Do it and answer, or have a machine do it that will answer."""
        try:
            result = self._done(asked, now_ns)
        except (RequestError, ValueError) as error:
            self._refuse(asked, str(error))
        except Exception:  # noqa: BLE001 - what strangers ask must not be able to end the music
            _log.exception("%s: a bug; it is refused", type(asked.command).__name__)
            self._refuse(asked, "a mistake of this box; see its log")
        else:
            if result is not None:
                asked.answer(result, None)

    def start(self, wanted: playlist.Start, now_ns: int) -> None:
        """Have a run begin that a machine wants; a refusal is told to all."""
        token = next(self._tokens)

        def answer(_: object, error: str | None) -> None:
            if error is not None:
                refused = CommandRefused(command="playlist.start", error=error)
                self._bus.publish(refused, wanted.causes)

        self._waiting[token] = answer
        self._feed(replace(wanted, token=token), now_ns)

    def answered(self, token: int, result: Mapping[str, Any] | None, error: str | None) -> None:
        """A machine answers."""
        if (answer := self._waiting.pop(token, None)) is not None:
            answer(None if result is None else dict(result), error)

    def _refuse(self, asked: Asked, error: str) -> None:
        name = str(type(asked.command).__struct_config__.tag)
        self._bus.publish(CommandRefused(command=name, error=error), asked.causes)
        asked.answer(None, error)

    def _token(self, asked: Asked) -> int:
        token = next(self._tokens)

        def answer(result: Result | None, error: str | None) -> None:
            if error is not None:
                self._refuse(asked, error)
            else:
                asked.answer(result, None)

        self._waiting[token] = answer
        return token

    def _done(self, asked: Asked, now_ns: int) -> Result | None:
        """The result, or ``None`` if a machine will answer."""
        command = asked.command
        match command:
            case commands.StartPlaylist():
                start = playlist.Start(
                    token=self._token(asked),
                    playlist=command.playlist,
                    source=asked.source,
                    data=command.data,
                    metadata=command.metadata,
                    causes=asked.causes,
                )
                self._feed(start, now_ns)
                return None
            case commands.StopPlaylist(run=run, playlist=name):
                token = self._token(asked)
                self._feed(playlist.Stop(token=token, run=run or "", playlist=name or ""), now_ns)
                return None
            case commands.SimulateGesture(edges=edges):
                if len(self._machinery.fingers) + len(edges) > MOST_EDGES:
                    raise RequestError(
                        f"gesture.simulate: found more than {MOST_EDGES} edges that wait; "
                        "expected fewer; let some of them come first"
                    )
                self._feed(Hand(tuple(edges)), now_ns)
                return {"edges": len(edges)}
            case commands.SetLight() | commands.SetRelay():
                return self._switched(command, asked.causes)
            case commands.PublishEvent() | commands.Sample():
                return self._told(command, asked)
            case _:
                shown = self._shown(command, now_ns)
                return self._changed(command, now_ns) if shown is None else shown

    def _shown(self, command: Any, now_ns: int) -> Result | None:
        """What there is, if that is what is asked."""
        machinery = self._machinery
        book = machinery.runs.book
        match command:
            case commands.ListPlaylists():
                return {"playlists": report.rows(book), "problems": list(book.problems)}
            case commands.ShowPlaylist(playlist=name):
                return report.whole(book.get(name))
            case commands.ListRuns():
                return {"runs": machinery.runs.report(now_ns)}
            case commands.ListPeripherals():
                return {"peripherals": [described(one) for one in machinery.hands.peripherals]}
        return None

    def _changed(self, command: Any, now_ns: int) -> Result:
        """Virtual peripherals are changed."""
        machinery = self._machinery
        match command:
            case commands.AddPeripheral(definition=definition):
                outs = machinery.add(definition, now_ns)
            case commands.UpdatePeripheral(definition=definition):
                outs = machinery.update(definition, now_ns)
            case commands.RemovePeripheral(peripheral=name):
                outs = machinery.remove(name, now_ns)
            case _:
                raise RequestError(f"{command}: not for this door")
        self._perform(outs)
        return {"peripherals": [one.id for one in machinery.hands.peripherals]}

    def _switched(
        self, command: commands.SetLight | commands.SetRelay, causes: tuple[int, ...]
    ) -> Result:
        if isinstance(command, commands.SetRelay):
            self._lights.switch(command.relay, on=command.on, causes=causes)
            return {"relay": command.relay, "on": command.on}
        words = {key: getattr(command, key) for key in ("on", "level", "colour", "fade_ms")}
        self._lights.set(command.light, causes=causes, **words)
        return {"light": command.light}

    def _told(self, command: commands.PublishEvent | commands.Sample, asked: Asked) -> Result:
        if isinstance(command, commands.Sample):
            what, value = command.what, self._sample(command.what)
            event = PeripheralValue(peripheral=what, peripheral_name=what, value=value)
            self._bus.publish(event, asked.causes)
            return {"value": value}
        name = command.event
        if not may_be_custom(name):
            raise RequestError(
                f"event.publish: found {name[:60]}; expected a name of your own, such as "
                "door.opened; the product's own events cannot be told by others"
            )
        if json_bytes(command.data) > MAX_DATA_BYTES:
            raise RequestError(
                f"event.publish.data: found more than {MAX_DATA_BYTES} bytes of JSON; "
                "expected less; shorten it"
            )
        custom = Custom(event=name, producer=asked.source or "command", data=command.data)
        return {"id": self._bus.publish(custom, asked.causes)}
