"""A recording, lived through again by machines as they are now. Pure.

What nobody could foretell stands in the recording: the inputs, the moments,
and how the threads took turns. All else is computed anew, on a clock that
shows the recorded moments: each step gives the machines what they were given,
and what they want published now is set in the places of what they published
then. Where nothing has changed, the same bytes come out.

Machines begin at rest; a recording that began in the middle of something
differs where that shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import Any, NamedTuple, cast

from wkmp_pi.errors import RequestError
from wkmp_pi.events.kinds import Event, MachinesStepped
from wkmp_pi.events.lines import encoded
from wkmp_pi.events.machines import Machines, Publish, Vocabulary
from wkmp_pi.events.recording import Line, about, read
from wkmp_pi.events.told import Told, hops_after


class Replayed(NamedTuple):
    """What came of one line.

    Attributes:
        lines: what stands there now.
        differences: for people; empty where it is what stood there.
    """

    lines: tuple[bytes, ...]
    differences: tuple[str, ...] = ()


def replay(
    lines: Iterable[bytes], machines: Machines, vocabulary: Vocabulary
) -> Iterator[Replayed]:
    """Live through a recording.

    Args:
        lines: the recording, each with its newline.
        machines: at rest.
        vocabulary: knows the inputs that are no events.

    Raises:
        RequestError: it is not a whole recording; says which line.
    """
    head, recorded = read(lines)
    yield Replayed((head,))
    yield from _Replay(recorded, machines, vocabulary).run()


class _Replay:
    """One replay.

    A step is noted after what it made, so it is carried out when the first of these comes.
    """

    def __init__(self, lines: list[Line], machines: Machines, vocabulary: Vocabulary) -> None:
        self._lines = lines
        self._machines = machines
        self._vocabulary = vocabulary
        self._known = {line.id: line for line in lines}
        self._steps = [_Step(line) for line in lines if line.name == MachinesStepped.name]
        self._step_of = {id_: n for n, step in enumerate(self._steps) for id_ in step.belonging}
        self._anew: dict[int, Told] = {}  # what is said in the place of recorded events
        self._done = 0

    def run(self) -> Iterator[Replayed]:
        """Each line again."""
        for line in self._lines:
            number = self._step_of.get(line.id)
            if number is None:
                yield Replayed((line.text,))
                continue
            while self._done <= number:
                self._carry_out(self._steps[self._done])
                self._done += 1
            step = self._steps[number]
            yield step.replayed() if line is step.line else self._again(line)

    def _again(self, line: Line) -> Replayed:
        """What is said now in the place of a recorded event."""
        told = self._anew.get(line.id)
        if told is None:
            return Replayed((), (f"line {line.number}: {line.name} does not come now",))
        text = encoded(about(told))
        if text == line.text:
            return Replayed((text,))
        name = told.event.name
        what = f"another {name}" if name == line.name else f"{name} in the place of {line.name}"
        return Replayed((text,), (f"line {line.number}: {what} comes now",))

    def _carry_out(self, step: _Step) -> None:
        """Give the machines what they were given, at the moment that it was."""
        wanted = [out for out in self._outs(step) if isinstance(getattr(out, "event", None), Event)]
        for out, id_ in zip_longest(wanted, step.noted.made):
            if out is not None and id_ is None:
                step.surplus.append(_told(0, out, step.noted.now_ns))
            elif out is not None and id_:
                self._anew[id_] = _told(id_, out, step.noted.now_ns)

    def _outs(self, step: _Step) -> list[Any]:
        noted = step.noted
        if noted.told:
            told = self._event(noted.told, step)
            return [] if told is None else self._machines.feed(told, noted.now_ns)
        if noted.given is not None:
            return self._machines.feed(self._given(step), noted.now_ns)
        return self._machines.due(noted.now_ns)

    def _event(self, id_: int, step: _Step) -> Told | None:
        """The event of that id, as it is now."""
        if id_ in self._step_of:
            return self._anew.get(id_)
        if id_ in self._known:
            return self._known[id_].told()
        step.differences.append(f"line {step.line.number}: event {id_} came before the recording")
        return None

    def _given(self, step: _Step) -> Any:
        try:
            return self._vocabulary.decode(step.noted.given or {})
        except ValueError as error:
            raise RequestError(
                f"line {step.line.number}: machines were given what is unknown now: {error}; "
                "replay with the version that recorded"
            ) from error


class _Step:
    """A step of the recording, and what is other about it now."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.noted = cast("MachinesStepped", line.told().event)  # by its name
        self.belonging = (*filter(None, self.noted.made), line.id)
        self.surplus: list[Told] = []
        self.differences: list[str] = []

    def replayed(self) -> Replayed:
        """The note itself, after what the machines want now and did not want then."""
        more = [f"line {self.line.number}: {told.event.name} comes now" for told in self.surplus]
        lines = [encoded(about(told)) for told in self.surplus]
        return Replayed((*lines, self.line.text), (*self.differences, *more))


def _told(id_: int, out: Publish, at_ns: int) -> Told:
    causes = tuple(out.causes)
    return Told(id_, out.event, causes, at_ns, hops_after(causes) if causes else 0)
