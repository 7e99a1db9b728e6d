"""The decode worker: keeps decode-ahead buffers filled from the decoder process.

It decodes nothing itself. It opens files, hands them to the process, receives
samples straight into the buffers, and tells what has happened. Everything it
does is the answer to an event: a request, a buffer that drained, an answer of
the process, or a limit that passed without one. The take that is being served
when the process fails is lost; all others go on at their exact frame in a new
process.
"""

from __future__ import annotations

import select
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from wkmp_pi.decode.client import DecoderGoneError
from wkmp_pi.decode.files import open_media, shown
from wkmp_pi.decode.inbox import Inbox
from wkmp_pi.decode.line import Answer, Line
from wkmp_pi.decode.messages import (
    DecodeMessage,
    DecodeRequest,
    Failed,
    Finished,
    Opened,
    Priority,
    TakeId,
    ThresholdReached,
)
from wkmp_pi.decode.protocol import Broken, Samples, SessionOpened
from wkmp_pi.decode.rings import Rings
from wkmp_pi.decode.take import Stage, Take
from wkmp_pi.errors import MediaError
from wkmp_pi.threads import NamedThread
from wkmp_pi.units import frames_from_ms

OPEN_LIMIT_S: Final = 10.0
READ_LIMIT_S: Final = 5.0
PAUSES_S: Final = (0.0, 0.25, 0.5, 1.0, 2.0, 2.0, 2.0)
"""Before each start after a process that died without having been asked; then it is given up.

Buffers last longer than that. So a process that is killed again and again costs nothing, and an
installation in which none can start is told, and not for ever tried.
"""


@dataclass(frozen=True, slots=True)
class _Reprioritise:
    take: TakeId
    priority: Priority


@dataclass(frozen=True, slots=True)
class _Release:
    take: TakeId


@dataclass(frozen=True, slots=True)
class _Drained:
    take: TakeId


class DecodeWorker:
    """Serves decode requests, the most urgent first.

    ``request``, ``reprioritise``, ``release``, ``known``, ``start`` and ``stop`` may be
    used from any thread, and never wait (but ``stop``).

    Thread: ``wkmp-decode``; everything else runs there, ``post`` too.
    Owns: the decoder process and its socket, the files, the filling end of each buffer.

    Args:
        rate_hz: the working rate of all buffers.
        post: takes what has happened; must not wait.
        buffer_ms: the length of each decode-ahead buffer.
        open_limit_s: a file that takes longer to open has hung the decoder.
        read_limit_s: likewise for a second of sound.
        pauses_s: see ``PAUSES_S``.
    """

    def __init__(
        self,
        rate_hz: int,
        post: Callable[[DecodeMessage], None],
        buffer_ms: int,
        *,
        open_limit_s: float = OPEN_LIMIT_S,
        read_limit_s: float = READ_LIMIT_S,
        pauses_s: Sequence[float] = PAUSES_S,
    ) -> None:
        self._rate_hz = rate_hz
        self._post = post
        self._rings = Rings(frames_from_ms(buffer_ms, rate_hz))
        self._inbox: Inbox[DecodeRequest | _Reprioritise | _Release | _Drained] = Inbox()
        self._line = Line(open_limit_s, read_limit_s)
        self._takes: dict[TakeId, Take] = {}
        self._known: set[TakeId] = set()
        self._pauses_s = pauses_s
        self._failures = 0
        self._start_at_s: float | None = None
        self._stopping = False
        self._thread = NamedThread(target=self._run, name="wkmp-decode")

    @property
    def known(self) -> frozenset[TakeId]:
        """The takes that are served or were: neither released nor failed."""
        return frozenset(self._known)

    @property
    def pid(self) -> int | None:
        """The process id of the decoder, if one runs."""
        return self._line.pid

    def request(self, request: DecodeRequest) -> None:
        """Begin to fill a buffer; a take that is known already is left as it is."""
        self._known.add(request.take)
        self._inbox.put(request)

    def reprioritise(self, take: TakeId, priority: Priority) -> None:
        """Another order of filling; an unknown take is ignored."""
        self._inbox.put(_Reprioritise(take, priority))

    def release(self, take: TakeId) -> None:
        """Nobody reads this take any more; harmless when repeated."""
        self._inbox.put(_Release(take))

    def start(self) -> None:
        """Start the thread, which starts the decoder process."""
        self._thread.start()

    def stop(self, timeout_s: float) -> bool:
        """End the thread, the process and all takes.

        Returns:
            Whether the thread has ended in time.
        """
        self._stopping = True
        self._inbox.wake()
        if self._thread.ident is None:
            self._close()
            return True
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def step(self, wait_s: float | None = None) -> None:
        """Wait for one event and answer it.

        Args:
            wait_s: how long at most; ``None`` for as long as it takes.
        """
        pid = self._line.pid
        answered = self._wait(wait_s)
        for message in self._inbox.take_all():
            self._obey(message)
        if answered and self._line.pid == pid:
            self._guarded(self._receive)
        elif self._line.remaining_s() == 0:
            self._lose("the decoder process hangs")
        elif self._pause_s() == 0:
            self._start_again()
        self._ask_next()

    def _run(self) -> None:
        self._guarded(self._line.start)  # warm before the first request
        while not self._stopping:
            self.step()
        self._close()

    def _close(self) -> None:
        for take in self._takes.values():
            take.end(Stage.OVER)
        self._takes.clear()
        self._line.drop()

    def _wait(self, wait_s: float | None) -> bool:
        """Wait for anything; whether the decoder process has something to say."""
        line = self._line.fileno()
        poll = select.poll()
        poll.register(self._inbox, select.POLLIN)
        if line >= 0:
            poll.register(line, select.POLLIN)
        waits = (wait_s, self._line.remaining_s(), self._pause_s())
        limits = [s for s in waits if s is not None]
        # Rounded up: waiting a moment too short would turn the last millisecond into a spin.
        ready = poll.poll(int(min(limits) * 1000) + 1 if limits else None)
        return any(fd == line for fd, _ in ready)

    def _obey(self, message: DecodeRequest | _Reprioritise | _Release | _Drained) -> None:
        match message:
            case DecodeRequest():
                if message.take not in self._takes:
                    self._open(message)
            case _Reprioritise(take=number, priority=priority):
                if number in self._takes:
                    self._takes[number].priority = priority
            case _Release(take=number):
                self._release(number)
            case _Drained():
                pass  # it only had to wake us

    def _open(self, request: DecodeRequest) -> None:
        try:
            take = Take(request, open_media(request.file), self._rate_hz)
        except MediaError as error:
            self._known.discard(request.take)
            self._post(Failed(take=request.take, error=error))
            return
        self._takes[request.take] = take
        if self._start_at_s is None:
            self._guarded(self._line.open, take)

    def _release(self, number: TakeId) -> None:
        self._known.discard(number)
        take = self._takes.pop(number, None)
        if take is not None and take.stage in {Stage.OPENING, Stage.FILLING}:
            self._guarded(self._line.forget, take)
        if take is not None:
            take.end(Stage.OVER)

    def _ask_next(self) -> None:
        """Ask for samples for the most urgent take that has room."""
        if self._line.reading:
            return
        for take in self._by_urgency():
            read = take.next_read()
            if read is not None:
                self._guarded(self._line.read, take, read)
                return

    def _receive(self) -> None:
        received = self._line.receive()
        if received is None:
            return
        take, answer = received
        self._failures = 0
        if take.stage is not Stage.OVER:
            self._accept(take, answer)

    def _accept(self, take: Take, answer: Answer) -> None:
        match answer:
            case SessionOpened():
                self._opened(take, answer)
            case Samples():
                self._filled(take, answer)
            case Broken():
                self._fail(take, answer.error, invalid_timing=answer.invalid_timing)

    def _opened(self, take: Take, reply: SessionOpened) -> None:
        take.stage = Stage.FILLING
        if take.buffer is not None:
            return  # opened again after the process had failed
        number = take.request.take
        buffer = take.allocate(reply.length_frames, self._rings)
        buffer.on_drained = lambda: self._inbox.put(_Drained(number))
        self._post(
            Opened(
                take=number,
                media=reply.media,
                length_frames=reply.length_frames,
                exact16=reply.exact16,
                buffer=buffer,
            )
        )

    def _filled(self, take: Take, reply: Samples) -> None:
        number, buffer = take.request.take, take.buffer
        assert buffer is not None  # noqa: S101 samples are asked for only after opening
        if reply.frames:
            buffer.commit(reply.frames)
        if reply.finished:
            take.end(Stage.FINISHED)
            buffer.finish(take.done_frames)
        for threshold_ms in take.reached():
            self._post(ThresholdReached(take=number, threshold_ms=threshold_ms))
        if reply.finished:
            self._post(Finished(take=number, frames=take.done_frames))
            self._line.forget(take)

    def _fail(self, take: Take, why: str, *, invalid_timing: bool = False) -> None:
        self._takes.pop(take.request.take, None)
        self._known.discard(take.request.take)
        take.end(Stage.OVER)
        self._post(
            Failed(
                take=take.request.take,
                error=MediaError(f"{shown(take.request.file)}: {why}"),
                frames=take.done_frames,
                invalid_timing=invalid_timing,
            )
        )

    def _guarded(self, talk: Callable[..., None], *about: object) -> None:
        """Talk to the process; lose it if that fails."""
        try:
            talk(*about)
        except DecoderGoneError as error:
            self._lose(str(error))

    def _lose(self, why: str) -> None:
        """The process is of no use: whoever it served is lost, the others go on in a new one."""
        blamed = self._line.drop()
        self._failures = 0 if blamed else self._failures + 1
        if blamed is not None and blamed.stage is not Stage.OVER:
            self._fail(blamed, f"{why}; expected sound; replace the file")
        for take in self._unfinished():
            take.stage = Stage.OPENING
        if self._failures > len(self._pauses_s):
            for take in self._unfinished():
                self._fail(take, f"{why}; expected one that works; check the installation")
            return  # the next request tries again
        self._start_at_s = time.monotonic() + self._pauses_s[max(self._failures - 1, 0)]
        if self._pause_s() == 0:
            self._start_again()

    def _pause_s(self) -> float | None:
        """How long there is to be no process; ``None`` if there is one, or no need of one."""
        return None if self._start_at_s is None else max(0.0, self._start_at_s - time.monotonic())

    def _start_again(self) -> None:
        self._start_at_s = None
        try:
            for take in self._unfinished():
                self._line.open(take)
            self._line.start()
        except DecoderGoneError as error:
            self._lose(str(error))

    def _unfinished(self) -> list[Take]:
        return [t for t in self._by_urgency() if t.stage in {Stage.OPENING, Stage.FILLING}]

    def _by_urgency(self) -> list[Take]:
        return sorted(self._takes.values(), key=lambda take: (take.priority, take.request.take))
