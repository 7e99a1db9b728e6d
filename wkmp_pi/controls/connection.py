"""One client's connection: lines in, lines out, both bounded; never waits.

Thread: none of its own; everything here runs on ``wkmp-socket``.
"""

from __future__ import annotations

import itertools
import selectors
import socket

from wkmp_pi.controls import protocol
from wkmp_pi.controls.protocol import MAX_LINE_BYTES
from wkmp_pi.events.bus import Subscription
from wkmp_pi.events.kinds import as_dict
from wkmp_pi.events.recording import about

READ_BYTES = 64 * 1024
"""Read at once from one client, so that the others have their turn."""

MAX_UNANSWERED = 16
"""Requests of one client that may wait for the conductor; the next ones wait in the kernel."""

FULL_BYTES = 256 * 1024
"""With so much unread, a client is not listened to and gets no further events."""

_numbers = itertools.count(1)


class Connection:
    """What one client sent and what it still has to get.

    Owns: the client's socket and both buffers.

    Attributes:
        number: of the connection, from 1, for people.
        subscription: the events it follows; they stay there, and the oldest are dropped there,
            while the client reads too slowly.
        following: events are taken from it; before, they only gather there.
        causes: they are sent with their numbers and causes.
        greeted: the client got its first line; before, it is not listened to.
        closing: nothing is read any more; the connection ends when everything is sent.
    """

    def __init__(self, client: socket.socket) -> None:
        client.setblocking(False)
        self.socket = client
        self.number = next(_numbers)
        self.subscription: Subscription | None = None
        self.following = False
        self.causes = False
        self.greeted = False
        self.closing = False
        self._incoming = bytearray()
        self._outgoing = bytearray()
        self._searched = 0
        self._serials = itertools.count()
        self._unanswered: set[int] = set()
        self._told_missed = 0
        self._events_wait = False

    @property
    def interest(self) -> int:
        """What to wait for, as a mask of ``selectors``; 0 while only the conductor can go on."""
        reading = selectors.EVENT_READ if self._listening() and not self.closing else 0
        writing = selectors.EVENT_WRITE if self._outgoing or self._events_wait else 0
        return reading | writing

    @property
    def finished(self) -> bool:
        """Nothing will come, nothing is left to answer and nothing to send."""
        return self.closing and not self._outgoing and not self._unanswered

    def _listening(self) -> bool:
        return (
            self.greeted
            and len(self._unanswered) < MAX_UNANSWERED
            and len(self._outgoing) < FULL_BYTES
        )

    def expect_answer(self) -> int:
        """Note that something was asked; gives the serial number of its answer."""
        serial = next(self._serials)
        self._unanswered.add(serial)
        return serial

    def take_answer(self, serial: int) -> bool:
        """Whether that answer was still expected; it is not, from then on."""
        expected = serial in self._unanswered
        self._unanswered.discard(serial)
        return expected

    def receive(self) -> None:
        """Take in what has arrived.

        Raises:
            OSError: the client is gone.
        """
        try:
            data = self.socket.recv(READ_BYTES)
        except BlockingIOError:
            return
        self._incoming += data
        self.closing = not data

    def next_line(self) -> bytes | None:
        """The next complete line, unless none is there or the client has to wait.

        A line that is too long is answered here, and ends the connection.
        """
        if not self._listening():
            return None
        end = self._incoming.find(b"\n", self._searched)
        length = len(self._incoming) if end < 0 else end
        if length > MAX_LINE_BYTES:
            self._too_long()
        elif end >= 0:
            return self._cut(end)
        else:
            self._searched = length
        return None

    def _cut(self, end: int) -> bytes:
        line = bytes(self._incoming[:end])
        del self._incoming[: end + 1]
        self._searched = 0
        return line

    def _too_long(self) -> None:
        self._incoming.clear()
        self._searched = 0
        self.closing = True
        error = f"line: found more than {MAX_LINE_BYTES} bytes; expected a shorter line"
        self.send(protocol.refusal(None, error))

    def send(self, line: bytes) -> None:
        """Add a line to what the client gets."""
        self._outgoing += line

    def collect(self, subscription: Subscription | None, *, causes: bool = False) -> None:
        """Let events gather in this inbox, or in none; they are sent once it is ``following``."""
        self.subscription = subscription
        self.causes = causes
        self.following = False
        self._told_missed = 0

    def take_events(self) -> None:
        """Move events that wait into the outgoing lines, while the client keeps up."""
        self._events_wait = False
        while self.following and self.subscription:
            if len(self._outgoing) >= READ_BYTES:
                self._events_wait = True
                return
            told = self.subscription.take(0)
            if told is None:
                return
            self._tell_missed(self.subscription.missed)
            plain = (
                protocol.told(about(told)) if self.causes else protocol.event(as_dict(told.event))
            )
            self.send(plain)

    def _tell_missed(self, total: int) -> None:
        if total > self._told_missed:
            self.send(protocol.missed(total - self._told_missed))
            self._told_missed = total

    def flush(self) -> None:
        """Send what the client takes now.

        Raises:
            OSError: the client is gone.
        """
        while self._outgoing:
            try:
                sent = self.socket.send(self._outgoing)
            except BlockingIOError:
                return
            del self._outgoing[:sent]
