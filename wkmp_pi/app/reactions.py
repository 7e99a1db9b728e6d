"""What the box makes of what happens: gestures, virtual peripherals, bindings, event playlists.

Four pure machines in a row, on the conductor's thread. What they want done is
done here: events go to the bus, commands where any other door's go, lights and
relays to their pins, marks into the plan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from wkmp_pi import commands
from wkmp_pi.app.door import Asked
from wkmp_pi.app.machinery import VOCABULARY, Machinery
from wkmp_pi.app.requests import Requests
from wkmp_pi.conductor.effects import Answer
from wkmp_pi.conductor.state import Armed
from wkmp_pi.consumers.lights import Lights
from wkmp_pi.controls.gestures import Edge, Level, ReadLevel, Storm
from wkmp_pi.events.bus import Bus
from wkmp_pi.events.kinds import MarkReached
from wkmp_pi.events.stage import Stage
from wkmp_pi.events.told import Told
from wkmp_pi.passage import EntryId
from wkmp_pi.playlists import words as playlist
from wkmp_pi.playlists.book import Book
from wkmp_pi.playlists.definition import Anchor
from wkmp_pi.units import NS_PER_SECOND


class NewBook(NamedTuple):
    """The files of the event playlists have changed."""

    book: Book


class Reactions:
    """The machines on the live bus; see ``conductor.Reactions``.

    Thread: the conductor's.
    Owns: the machines.

    Args:
        machinery: the machines.
        bus: where events come from and go.
        ask: hands a command of theirs to the player, with the ids of its causes.
        arm: tells the player which frames are waited for.
        lights: lights and relays.
        sample: measures something of the machine by its name.
        read_level: has a button read.
        look: looks for changed files, and how often, in s; must not wait.
    """

    takes: tuple[type, ...] = (Told, Edge, Level, Storm, Asked, NewBook, playlist.Shutdown)

    def __init__(
        self,
        machinery: Machinery,
        bus: Bus,
        *,
        ask: Callable[[commands.AnyCommand, Answer, tuple[int, ...]], None],
        arm: Callable[[tuple[Armed, ...]], None],
        lights: Lights,
        sample: Callable[[str], float],
        read_level: Callable[[str], None],
        look: tuple[Callable[[], None], float],
    ) -> None:
        self._machinery = machinery
        self._bus = bus
        self._ask = ask
        self._arm = arm
        self._read_level = read_level
        self._look, look_each_s = look
        self._look_each_ns = round(look_each_s * NS_PER_SECOND)
        self._look_ns = 0
        self._now_ns = 0
        self._stage = Stage(bus, machinery.members, self._act, VOCABULARY)
        self._requests = Requests(
            machinery,
            bus,
            self._stage.feed,
            self._perform,
            lights=lights,
            sample=sample,
        )
        self._marks: dict[str, playlist.Mark] = {}

    @property
    def deadline_ns(self) -> int | None:
        """See ``conductor.Reactions``."""
        stage_ns = self._stage.deadline_ns
        return self._look_ns if stage_ns is None else min(stage_ns, self._look_ns)

    def due(self, now_ns: int) -> None:
        """See ``conductor.Reactions``."""
        self._now_ns = now_ns
        if now_ns >= self._look_ns:
            self._look_ns = now_ns + self._look_each_ns
            self._look()
        self._stage.due(now_ns)

    def feed(self, message: Any, now_ns: int) -> None:
        """See ``conductor.Reactions``."""
        self._now_ns = now_ns
        match message:
            case Asked():
                self._requests.obey(message, now_ns)
            case NewBook(book):
                self._perform(self._machinery.take(book, now_ns))
            case Told(event=MarkReached() as reached):
                mark = self._marks.get(reached.key)
                if mark is not None:
                    self._stage.feed(playlist.MarkHeard(mark, reached.heard_ns), now_ns)
            case _:
                self._stage.feed(message, now_ns)

    # --- what the machines want ----------------------------------------------------------------

    def _act(self, out: Any) -> None:
        match out:
            case ReadLevel(button):
                if not self._machinery.fingers.holds(button):
                    self._read_level(button)
            case Edge():
                self._stage.feed(out, out.at_ns)
            case playlist.Start():
                self._requests.start(out, self._now_ns)
            case playlist.Stop():
                self._stage.feed(out, self._now_ns)
            case playlist.Do(command, causes):
                self._ask(command, self._nobody, causes)
            case playlist.Arm(marks):
                self._arm_all(marks)
            case playlist.Answer(token, result, error):
                self._requests.answered(token, result, error)

    def _nobody(self, _: object, __: object) -> None:
        """Nobody waits for the answer to a command of a machine; a refusal is told to all."""

    def _arm_all(self, marks: tuple[playlist.Mark, ...]) -> None:
        self._marks = {f"{m.run_id}/{m.step}/{m.repeat}": m for m in marks}
        armed = tuple(
            Armed(
                key,
                None if mark.entry is None else EntryId(mark.entry),
                mark.anchor is Anchor.PASSAGE_END,
                mark.offset_frames,
            )
            for key, mark in self._marks.items()
        )
        self._arm(armed)

    def _perform(self, outs: Iterable[Any]) -> None:
        """What is wanted because the machines themselves were changed."""
        for out in outs:
            event = getattr(out, "event", None)
            if event is not None:
                self._bus.publish(event, getattr(out, "causes", ()))
            else:
                self._act(out)
