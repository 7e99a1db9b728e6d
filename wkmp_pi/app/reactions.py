"""What the box makes of what happens: gestures, virtual peripherals, bindings, event playlists.

Four pure machines in a row, on the conductor's thread. What they want done is
done here: events go to the bus, commands where any other door's go, lights and
relays to their pins, marks into the plan.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any, NamedTuple

from wkmp_pi import commands
from wkmp_pi.app.door import Asked
from wkmp_pi.app.fingers import Fingers, Hand
from wkmp_pi.conductor.effects import Answer
from wkmp_pi.conductor.state import Armed
from wkmp_pi.consumers.lights import Lights
from wkmp_pi.controls.bindings import Bindings
from wkmp_pi.controls.gestures import Edge, Level, ReadLevel, Recogniser, Storm
from wkmp_pi.controls.hands import Hands
from wkmp_pi.controls.peripherals import Peripherals
from wkmp_pi.errors import RequestError
from wkmp_pi.events.bus import Bus
from wkmp_pi.events.kinds import CommandRefused, Custom, MarkReached, PeripheralValue, may_be_custom
from wkmp_pi.events.machines import Member, Vocabulary
from wkmp_pi.events.stage import Stage
from wkmp_pi.events.told import Told
from wkmp_pi.passage import EntryId
from wkmp_pi.playlists import report
from wkmp_pi.playlists import words as playlist
from wkmp_pi.playlists.book import Book
from wkmp_pi.playlists.definition import Anchor
from wkmp_pi.playlists.runs import Runs
from wkmp_pi.units import NS_PER_SECOND

VOCABULARY = Vocabulary(
    {
        "edge": Edge,
        "level": Level,
        "storm": Storm,
        "hand": Hand,
        "playlist.start": playlist.Start,
        "playlist.stop": playlist.Stop,
        "playlist.join": playlist.Join,
        "playlist.shutdown": playlist.Shutdown,
        "playlist.mark_heard": playlist.MarkHeard,
    }
)
"""What the machines are told besides events, as recordings have it."""

_OF_RUNS = (
    Told,
    playlist.Start,
    playlist.Stop,
    playlist.Join,
    playlist.Shutdown,
    playlist.MarkHeard,
)


class NewBook(NamedTuple):
    """The files of the event playlists have changed."""

    book: Book


class Machinery:
    """The machines of a box, at rest; also for those who replay a recording.

    Args:
        hands: what is bound to what.
        book: the event playlists.
        state: the player state as plain data.
        runs: further arguments of ``Runs``.
    """

    def __init__(
        self, hands: Hands, book: Book, state: Callable[[], Mapping[str, Any]], **runs: Any
    ) -> None:
        self.hands = hands
        self.compiled = hands.compiled(book.playlists.values())
        self.recogniser = Recogniser(self.compiled)
        self.runs = Runs(book, state=state, **runs)
        self.members = [
            Member(Fingers(), (Hand,)),
            Member(self.recogniser, (Edge, Level, Storm)),
            Member(Peripherals(hands.peripherals, state)),
            Member(Bindings(hands.bindings, state)),
            Member(self.runs, _OF_RUNS),
        ]


class Reactions:
    """The machines on the live bus; see ``conductor.Reactions``.

    Thread: the conductor's.
    Owns: the machines and who waits for an answer of theirs.

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
        self._lights = lights
        self._sample = sample
        self._read_level = read_level
        self._look, look_each_s = look
        self._look_each_ns = round(look_each_s * NS_PER_SECOND)
        self._look_ns = 0
        self._stage = Stage(bus, machinery.members, self._act, VOCABULARY)
        self._tokens = count(1)
        self._waiting: dict[int, Answer] = {}
        self._marks: dict[str, playlist.Mark] = {}

    @property
    def deadline_ns(self) -> int | None:
        """See ``conductor.Reactions``."""
        stage_ns = self._stage.deadline_ns
        return self._look_ns if stage_ns is None else min(stage_ns, self._look_ns)

    def due(self, now_ns: int) -> None:
        """See ``conductor.Reactions``."""
        if now_ns >= self._look_ns:
            self._look_ns = now_ns + self._look_each_ns
            self._look()
        self._stage.due(now_ns)

    def feed(self, message: Any, now_ns: int) -> None:
        """See ``conductor.Reactions``."""
        match message:
            case Asked():
                self._obey(message, now_ns)
            case NewBook(book):
                self._take(book, now_ns)
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
                self._read_level(button)
            case Edge():
                self._stage.feed(out, out.at_ns)
            case playlist.Do(command, causes):
                self._ask(command, self._nobody, causes)
            case playlist.Arm(marks):
                self._arm_all(marks)
            case playlist.Answer(token, result, error):
                if (answer := self._waiting.pop(token, None)) is not None:
                    answer(None if result is None else dict(result), error)

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

    def _take(self, book: Book, now_ns: int) -> None:
        """Use another book; gestures that only it waits for are waited for from now on."""
        machinery = self._machinery
        machinery.compiled = machinery.hands.compiled(book.playlists.values())
        for out in (
            *machinery.recogniser.adopt(machinery.compiled, now_ns),
            *machinery.runs.take(book, now_ns),
        ):
            event = getattr(out, "event", None)
            if event is not None:
                self._bus.publish(event, getattr(out, "causes", ()))
            else:
                self._act(out)

    # --- what is asked ---------------------------------------------------------------------------

    def _obey(self, asked: Asked, now_ns: int) -> None:
        try:
            result = self._done(asked, now_ns)
        except (RequestError, ValueError) as error:
            self._refuse(asked, str(error))
        else:
            if result is not None:
                asked.answer(result, None)

    def _refuse(self, asked: Asked, error: str) -> None:
        name = str(type(asked.command).__struct_config__.tag)
        self._bus.publish(CommandRefused(command=name, error=error), asked.causes)
        asked.answer(None, error)

    def _done(self, asked: Asked, now_ns: int) -> dict[str, Any] | None:
        """The result, or ``None`` if a machine will answer."""
        runs, causes = self._machinery.runs, asked.causes
        match asked.command:
            case commands.StartPlaylist(playlist=name, data=data, metadata=metadata):
                token = self._token(asked)
                self._stage.feed(
                    playlist.Start(
                        token=token, playlist=name, data=data, metadata=metadata, causes=causes
                    ),
                    now_ns,
                )
                return None
            case commands.StopPlaylist(run=run, playlist=name):
                token = self._token(asked)
                stop = playlist.Stop(token=token, run=run or "", playlist=name or "")
                self._stage.feed(stop, now_ns)
                return None
            case commands.ListPlaylists():
                return {"playlists": report.rows(runs.book), "problems": list(runs.book.problems)}
            case commands.ShowPlaylist(playlist=name):
                return report.whole(runs.book.get(name))
            case commands.ListRuns():
                return {"runs": runs.report(now_ns)}
            case _:
                return self._done_around(asked, now_ns)

    def _done_around(self, asked: Asked, now_ns: int) -> dict[str, Any]:
        """What is not of playlists."""
        command, causes = asked.command, asked.causes
        match command:
            case commands.SetLight():
                words = {k: getattr(command, k) for k in ("on", "level", "colour", "fade_ms")}
                self._lights.set(command.light, causes=causes, **words)
                return {"light": command.light}
            case commands.SetRelay(relay=relay, on=on):
                self._lights.switch(relay, on=on, causes=causes)
                return {"relay": relay, "on": on}
            case commands.PublishEvent(event=name, data=data):
                if not may_be_custom(name):
                    raise RequestError(
                        f"event.publish: found {name[:60]}; expected a name of your own, such as "
                        "door.opened; the product's own events cannot be told by others"
                    )
                event = Custom(event=name, producer="command", data=data)
                return {"id": self._bus.publish(event, causes)}
            case commands.SimulateGesture(edges=edges):
                self._stage.feed(Hand(tuple(edges)), now_ns)
                return {"edges": len(edges)}
            case commands.Sample(what=what):
                value = self._sample(what)
                self._bus.publish(
                    PeripheralValue(
                        peripheral=what, peripheral_name=what, value=value, data={}, metadata={}
                    ),
                    causes,
                )
                return {"value": value}
        raise RequestError(f"{command}: not for this door")

    def _token(self, asked: Asked) -> int:
        token = next(self._tokens)

        def answer(result: dict[str, Any] | None, error: str | None) -> None:
            if error is not None:
                self._refuse(asked, error)
            else:
                asked.answer(result, None)

        self._waiting[token] = answer
        return token
