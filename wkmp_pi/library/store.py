"""The one writer of the library: others leave jobs and saves in its inbox and never wait.

A *job* is a function of the connection; it runs in a transaction of its own.
A *save* (queue, player state, setting, play) only says what shall be kept: saves
that come fast are laid one over the other and stored in one transaction. When
the disk refuses, both wait in memory and are tried again until it takes them.
"""

from __future__ import annotations

import logging
import queue
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from typing import Any, TypeVar

import msgspec

from wkmp_pi.errors import LibraryError, WkmpError
from wkmp_pi.library import faults, upkeep
from wkmp_pi.library.connection import LibraryConnection, transact
from wkmp_pi.library.database import Opened
from wkmp_pi.library.inbox import Asking, Job, Save, Waiting
from wkmp_pi.library.records import Play
from wkmp_pi.threads import NamedThread

T = TypeVar("T")

LINGER_S = 0.002
"""How long a save waits for others that belong to the same change.

Not longer, because answers wait for it. A disk that is slow makes saves wait for each other by
itself.
"""

PATIENCE_S = 60.0
"""How long a save waits that nobody waits for.

Each transaction costs a memory card some 25 KB, whatever is in it; so what follows from the music
alone is stored with the position, which is each half minute, or with the next command.
"""

BACKUP_AFTER_S = 60.0
"""The daily backup is made this long after the start, when playback has settled."""

_FIRST_RETRY_S, _LAST_RETRY_S = 0.25, 5.0
_log = logging.getLogger(__name__)


class Store:
    """Runs everything that touches the library.

    Thread: ``wkmp-store``; ``submit``, the ``save_…`` methods and ``stop`` may
        be called from any other, and return at once (``stop`` excepted).
    Owns: the connection and its lock, from ``start`` to the end of ``stop``.
    Inbox: without limit, because nothing may be dropped; saves shrink to the
        latest value of each key as soon as the thread takes them out.

    Args:
        opened: what ``database.open_library`` returned.
        on_problem: called on the store's thread with a text when the library
            cannot keep what it is given, and with ``None`` when it can again.
        linger_s: see ``LINGER_S``.
        patience_s: see ``PATIENCE_S``.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        opened: Opened,
        on_problem: Callable[[str | None], None],
        *,
        linger_s: float = LINGER_S,
        patience_s: float = PATIENCE_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._conn, self._lock, self._path = opened.connection, opened.lock, opened.path
        self._identity = upkeep.identity(self._path)
        self._on_problem, self._problem = on_problem, opened.problem
        self._linger_s, self._longest_s, self._clock = linger_s, patience_s, clock
        self._inbox: queue.SimpleQueue[Job | Save | Asking | None] = queue.SimpleQueue()
        self._gate = threading.Lock()  # between the last message and the end
        self._closed = False
        self._waiting = Waiting()
        self._asking: list[Callable[[], None]] = []
        self._parked: deque[Job] = deque()
        self._pause_s = 0.0
        self._due: float | None = None
        self._backup_due: float | None = clock() + BACKUP_AFTER_S
        self._deadline = 0.0
        self._thread = NamedThread(target=self._run, name="wkmp-store", daemon=True)

    # From any thread.

    def start(self) -> None:
        """Begin to work."""
        if self._problem:
            self._on_problem(self._problem)
        self._thread.start()

    def submit(
        self,
        job: Callable[[LibraryConnection], T],
        *,
        durable: bool = False,
        patient: bool = True,
        after_saves: bool = True,
    ) -> Future[T]:
        """Run ``job`` in a transaction.

        Args:
            job: plain reads and writes; quick, no network, no decoding, no commit.
            durable: survives a power cut once the future is done (waits for the disk).
            after_saves: it sees every save that was asked for before, unless the disk is in
                trouble. False for what has nothing to do with them, and lets them wait on.
            patient: while the disk is in trouble, keep the job and try again until it
                is done. Otherwise its future gets a ``LibraryError`` at once; so do
                jobs that somebody waits for, reads among them.

        Returns:
            its result, or what it raised.
        """
        done: Future[T] = Future()
        self._put(
            Job(run=job, done=done, durable=durable, patient=patient, after_saves=after_saves)
        )
        return done

    def save_queue(self, queue: Mapping[str, Any], *, soon: bool = True) -> Future[None]:
        """Keep the play queue; survives a power cut once the future is done.

        Args:
            queue: plain data, as ``writes.save_queue`` takes it; not changed afterwards.
            soon: False for what nobody waits for; see ``PATIENCE_S``.
        """
        return self._save(queue=queue, soon=soon)

    def save_setting(self, key: str, value: Any) -> Future[None]:
        """Keep one setting; survives a power cut once the future is done."""
        return self._save(settings=_frozen({key: value}))

    def save_state(self, values: Mapping[str, Any], *, soon: bool = True) -> Future[None]:
        """Keep values of the player state; they survive a power cut once the future is done.

        Args:
            values: JSON values; keys that are not named keep theirs.
            soon: False for what nobody waits for; see ``PATIENCE_S``.
        """
        return self._save(state=_frozen(values), soon=soon)

    def save_play(self, play: Play) -> Future[None]:
        """Add to the history, which nobody waits for; the future as of the other saves."""
        return self._save(play=play, soon=False)

    def when_kept(self, then: Callable[[], None]) -> None:
        """Call ``then`` once all that was saved before this survives a power cut.

        While the disk is in trouble, which is told as a problem, nobody can be made to wait: it is
        called then, too. On the store's thread, or at once if the library is closed.
        """
        with self._gate:
            if not self._closed:
                self._inbox.put(Asking(then))
                return
        then()

    def stop(self, timeout_s: float) -> bool:
        """Store what waits, close the library, end the thread; harmless when repeated.

        Returns:
            False if ``timeout_s`` was not enough; what then waits is lost with the process.
        """
        self._deadline = self._clock() + timeout_s * 3 / 4  # the rest is for closing
        self._inbox.put(None)
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        elif not self._closed:
            self._run()
        return not (self._thread.is_alive() or self._waiting or self._parked)

    def _save(self, **what: Any) -> Future[None]:
        done: Future[None] = Future()
        self._put(Save(done=done, **what))
        return done

    def _put(self, message: Job | Save) -> None:
        message.done.set_running_or_notify_cancel()  # from here on it cannot be cancelled
        with self._gate:
            if not self._closed:
                self._inbox.put(message)
                return
        message.done.set_exception(_refusal("it is closed already"))

    # On the store's thread.

    def step(self) -> bool:
        """Wait for one message or until something is due, and deal with it.

        Returns:
            False when the thread shall end.
        """
        try:
            message = self._inbox.get(timeout=self._patience_s())
        except queue.Empty:
            self._do_what_is_due()
            return True
        if message is None:
            return False
        self._take(message)
        if self._patience_s() == 0:  # messages without end must not keep it from the clock
            self._do_what_is_due()
        return True

    def _run(self) -> None:
        upkeep.keep_reserve(self._path)
        while self.step():
            pass
        self._drain()
        self._close()

    def _patience_s(self) -> float | None:
        due = [moment for moment in (self._due, self._backup_due) if moment is not None]
        return max(0.0, min(due) - self._clock()) if due else None

    def _do_what_is_due(self) -> None:
        now = self._clock()
        if self._due is not None and now >= self._due:
            self._work_off()
        if self._backup_due is not None and now >= self._backup_due:
            self._backup_due = None
            upkeep.back_up_if_due(self._conn, self._path)

    def _take(self, message: Job | Save | Asking) -> None:
        if isinstance(message, Asking):
            if self._waiting and not self._pause_s:
                self._asking.append(message.then)
                self._be_due(self._linger_s)
            else:
                message.then()
            return
        if isinstance(message, Save):
            self._waiting.add(message)
            if not self._pause_s:
                self._be_due(self._linger_s if message.soon else self._longest_s)
            return
        if message.after_saves and self._waiting and not self._pause_s:
            self._work_off()
        trouble = self._attempt(message.run, [message.done], durable=message.durable)
        if trouble and message.patient:
            self._parked.append(message)
        elif trouble:
            message.done.set_exception(_refusal(faults.words(trouble)))

    def _be_due(self, within_s: float) -> None:
        due = self._clock() + within_s
        self._due = due if self._due is None else min(self._due, due)

    def _work_off(self) -> None:
        """Store what waits and what was parked, in order, until the disk refuses."""
        self._due = None
        if self._pause_s:
            upkeep.make_room(self._conn, self._path)
        waiting = self._waiting
        if waiting:
            trouble = self._attempt(waiting.write, waiting.done, durable=True)
            asking, self._asking = self._asking, []
            for then in asking:
                then()
            if trouble:
                return
            self._waiting = Waiting()
        while self._parked:
            job = self._parked[0]
            if self._attempt(job.run, [job.done], durable=job.durable):
                return
            self._parked.popleft()
        if self._pause_s:
            self._pause_s = 0.0
            upkeep.keep_reserve(self._path)
        self._tell(upkeep.alarm(self._path, self._identity))

    def _attempt(
        self,
        run: Callable[[LibraryConnection], Any],
        done: Sequence[Future[Any]],
        *,
        durable: bool,
    ) -> sqlite3.Error | None:
        """Run it and complete its futures; or leave all as it was and tell the disk's trouble."""
        try:
            result = transact(self._conn, run, durable=durable)
        except Exception as error:  # noqa: BLE001 - it belongs to whoever asked
            if isinstance(error, sqlite3.Error) and faults.is_trouble(error):
                self._postpone(error)
                return error
            if not isinstance(error, WkmpError):
                _log.error("a job of the library failed", exc_info=error)
            for future in done:
                future.set_exception(error)
            return None
        for future in done:
            future.set_result(result)
        return None

    def _postpone(self, error: sqlite3.Error) -> None:
        if self._due is None:
            self._pause_s = min(max(2 * self._pause_s, _FIRST_RETRY_S), _LAST_RETRY_S)
            self._due = self._clock() + self._pause_s
        self._tell(
            f"library {self._path}: {faults.words(error)}; expected to store changes; they wait in "
            "memory until it can be written: make room or mend the disk"
        )

    def _tell(self, problem: str | None) -> None:
        # A library in memory has told at the start why it is there, and that stays true.
        if self._path is not None and problem != self._problem:
            self._problem = problem
            self._on_problem(problem)

    def _drain(self) -> None:
        with self._gate:
            self._closed = True
        while not self._inbox.empty():
            if message := self._inbox.get():
                self._take(message)
        self._work_off()
        while (self._waiting or self._parked) and self._clock() < self._deadline:
            time.sleep(_FIRST_RETRY_S / 5)
            self._work_off()
        for done in [*self._waiting.done, *(job.done for job in self._parked)]:
            done.set_exception(_refusal("the disk did not take it before the end"))

    def _close(self) -> None:
        if problem := upkeep.shrink_log(self._conn):
            _log.warning("library %s: closed with a log beside it: %s", self._path, problem)
        self._conn.close()
        if self._lock:
            self._lock.release()


def _frozen(values: Mapping[str, Any]) -> dict[str, msgspec.Raw]:
    # Encoded by the one who asks: nothing is shared, and a value that is no JSON is his error.
    return {key: msgspec.Raw(msgspec.json.encode(value)) for key, value in values.items()}


def _refusal(reason: str) -> LibraryError:
    return LibraryError(
        f"library: {reason}; expected to store a change; it was not made: try again later"
    )
