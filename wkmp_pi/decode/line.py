"""The line to the decoder process: who waits for which answer, and how long at most."""

from __future__ import annotations

import time
from collections import deque
from typing import Final, NamedTuple

from wkmp_pi.decode.client import START_LIMIT_S, DecoderGoneError, DecoderProcess
from wkmp_pi.decode.protocol import (
    Broken,
    CloseSession,
    Hello,
    OpenSession,
    Read,
    Reply,
    Samples,
    SessionOpened,
)
from wkmp_pi.decode.take import Take

Answer = SessionOpened | Samples | Broken
"""What a take is answered with."""


_NONSENSE: Final = "the decoder process answers something else than was asked"


class _Expected(NamedTuple):
    """One answer that is to come; ``take`` is None for the first word of a new process."""

    take: Take | None
    request: OpenSession | Read | None
    limit_s: float


class Line:
    """A decoder process that is started when it is needed, and the answers it owes.

    It answers in order, so only the first answer can be late, and whoever waits for
    that one is to blame when the process fails.

    Belongs to one thread; owns the process.
    """

    def __init__(self, open_limit_s: float, read_limit_s: float) -> None:
        self._open_limit_s = open_limit_s
        self._read_limit_s = read_limit_s
        self._process: DecoderProcess | None = None
        self._expected: deque[_Expected] = deque()
        self._since_s = 0.0

    @property
    def pid(self) -> int | None:
        """The decoder's process id, if one runs."""
        return None if self._process is None else self._process.pid

    @property
    def reading(self) -> bool:
        """Whether samples are on their way: they are asked for one piece at a time."""
        return any(isinstance(expected.request, Read) for expected in self._expected)

    def fileno(self) -> int:
        """For ``poll``; -1 while no process runs."""
        return -1 if self._process is None else self._process.fileno()

    def remaining_s(self) -> float | None:
        """Time until the first answer is overdue; ``None`` if none is expected."""
        if not self._expected:
            return None
        return max(0.0, self._since_s + self._expected[0].limit_s - time.monotonic())

    def start(self) -> None:
        """Start the process if none runs; it gets warm by itself.

        Raises:
            DecoderGoneError: none can be started.
        """
        if self._process is None:
            self._expect(_Expected(None, None, START_LIMIT_S))
            self._process = DecoderProcess(self._read_limit_s)

    def open(self, take: Take) -> None:
        """Have the take's file opened.

        Raises:
            DecoderGoneError: the process has failed.
        """
        self._ask(take, take.opening(), self._open_limit_s, take.fd)

    def read(self, take: Take, request: Read) -> None:
        """Have samples decoded; raises as ``open`` does."""
        self._ask(take, request, self._read_limit_s)

    def forget(self, take: Take) -> None:
        """Have the take's session closed, if a process knows it; raises as ``open`` does."""
        if self._process is not None:
            self._process.send(CloseSession(take.request.take))

    def receive(self) -> tuple[Take, Answer] | None:
        """The next answer and whose it is, samples put into the buffer but not committed.

        Returns:
            ``None`` for the first word of a new process.

        Raises:
            DecoderGoneError: the process has failed, or this is no answer to what was asked.
        """
        assert self._process is not None  # noqa: S101 only called when its socket is readable
        reply = self._process.receive()
        if not self._expected:
            raise DecoderGoneError("the decoder process speaks without being asked")
        expected = self._expected[0]
        take, request = expected.take, expected.request
        if take is None or request is None:
            if not isinstance(reply, Hello):
                raise DecoderGoneError(_NONSENSE)
            self._answered()
            return None
        answer = _checked(reply, request)
        if isinstance(answer, Samples):
            for memory in take.free_bytes(answer.frames):
                self._process.receive_into(memory)
        self._answered()
        return take, answer

    def drop(self) -> Take | None:
        """Kill the process; gives whoever waited for the first answer, if anybody did."""
        blamed = self._expected[0].take if self._expected else None
        if self._process is not None:
            self._process.kill()
        self._process = None
        self._expected.clear()
        return blamed

    def _ask(
        self, take: Take, request: OpenSession | Read, limit_s: float, fd: int | None = None
    ) -> None:
        self.start()
        assert self._process is not None  # noqa: S101 just started
        self._process.send(request, fd)
        self._expect(_Expected(take, request, limit_s))

    def _expect(self, expected: _Expected) -> None:
        if not self._expected:
            self._since_s = time.monotonic()
        self._expected.append(expected)

    def _answered(self) -> None:
        self._expected.popleft()
        self._since_s = time.monotonic()


def _checked(reply: Reply, request: OpenSession | Read) -> Answer:
    """The reply, if it is one that this request may get."""
    match reply, request:
        case Broken(), _:
            sound = True
        case SessionOpened(), OpenSession():
            sound = reply.length_frames >= 0
        case Samples(), Read():
            sound = 0 <= reply.frames <= request.frames
        case _:
            raise DecoderGoneError(_NONSENSE)
    if not sound or reply.session != request.session:
        raise DecoderGoneError(_NONSENSE)
    return reply
