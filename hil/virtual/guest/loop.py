"""The event loop of process 1: descriptors, children and deadlines, on one thread.

It has one thing that no other loop has: it can refuse to sleep. In simulated time the clock only
moves while every process sleeps, so a process that looks for input again and again stops it.
"""

from __future__ import annotations

import heapq
import os
import selectors
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import count
from subprocess import DEVNULL, PIPE, Popen

Ended = Callable[[int], None]


class Loop:
    """Thread: the only one. Owns: the children and who waits for what.

    Everything else goes first: this process is only scheduled when nobody has something to do.
    """

    def __init__(self) -> None:
        self.awake: Callable[[], bool] = lambda: False
        """Asked before each sleep: whether to go on looking instead."""
        with suppress(PermissionError):
            policy = os.SCHED_IDLE | os.SCHED_RESET_ON_FORK
            os.sched_setscheduler(0, policy, os.sched_param(0))
        self._selector = selectors.DefaultSelector()
        self._children: dict[int, tuple[Popen[bytes], Ended]] = {}
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self._bell, bell = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(bell, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self.watch(self._bell, self._reap)

    def watch(self, descriptor: int, ready: Callable[[], None]) -> None:
        """Call ``ready`` whenever there is something to read."""
        os.set_blocking(descriptor, False)
        self._selector.register(descriptor, selectors.EVENT_READ, ready)

    def forget(self, descriptor: int) -> None:
        """Watch it no longer; harmless if it was not watched."""
        with suppress(KeyError, ValueError):
            self._selector.unregister(descriptor)

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        """Once, after so long."""
        heapq.heappush(self._due, (time.monotonic() + seconds, next(self._order), action))

    def spawn(
        self,
        argv: Sequence[str],
        ended: Ended,
        *,
        output: int = DEVNULL,
        errors: int = DEVNULL,
        piped_input: bool = False,
        environment: dict[str, str] | None = None,
    ) -> Popen[bytes]:
        """A child in a session of its own; ``ended`` gets its status, negative for a signal.

        Raises:
            OSError: it cannot be run.
        """
        child = Popen(
            argv,
            stdin=PIPE if piped_input else DEVNULL,
            stdout=output,
            stderr=errors,
            env=environment,
            start_new_session=True,
            bufsize=0,
        )
        self._children[child.pid] = (child, ended)
        return child

    def run(self) -> None:
        """For ever."""
        while True:
            for key, _ in self._selector.select(self._timeout()):
                key.data()
            while self._due and self._due[0][0] <= time.monotonic():
                heapq.heappop(self._due)[2]()

    def _timeout(self) -> float | None:
        if self.awake():
            os.sched_yield()  # time stands, so that nothing else would take the processor from us
            return 0
        return max(self._due[0][0] - time.monotonic(), 0) if self._due else None

    def _reap(self) -> None:
        with suppress(BlockingIOError):
            os.read(self._bell, 4096)
        with suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return
                code = os.waitstatus_to_exitcode(status)
                child, ended = self._children.pop(pid, (None, None))
                if child is not None and ended is not None:
                    child.returncode = code
                    ended(code)
