"""The socket server: requests of local clients to the conductor, answers and events back.

It never waits for a client, for the conductor or for the sound, and it never
decides anything: what a line asks is handed on, and the answer that comes back
later, from another thread, is sent.

Limits: 32 clients; 16 unanswered requests and 256 waiting events each (the
oldest events are lost, and the client is told how many); lines of 1 MiB.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import selectors
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from wkmp_pi.commands import AnyCommand, GetStatus
from wkmp_pi.controls import peer, protocol
from wkmp_pi.controls.connection import Connection
from wkmp_pi.controls.protocol import Follow, Graph, Refusal, Request, RequestId
from wkmp_pi.errors import WkmpError
from wkmp_pi.events.bus import Bus
from wkmp_pi.threads import NamedThread

Reply = Callable[[Any, str | None], None]
"""Called once, from any thread: the result of a command, or ``None`` and the error."""

Ask = Callable[[AnyCommand, Reply], None]
"""Hands a command over and returns at once; the reply comes whenever it comes."""

Done = Callable[[Any], None]
"""What happens with a result, on the server's thread."""

MAX_CLIENTS = 32
MAX_EVENTS = 256
JOIN_S = 2.0
ACCEPT_PAUSE_S = 1.0
"""Without a free descriptor the listening socket stays readable: looking at once would spin."""

_log = logging.getLogger(__name__)


class SocketServer:
    """Local clients on a Unix socket.

    Thread: ``wkmp-socket`` runs :meth:`step` until :meth:`stop`; ``ask``'s replies and the
    bus only put into inboxes and wake it.
    Owns: the socket file, the selector, every connection.
    Inbox: answers only, and so at most as many as there are unanswered requests.

    Args:
        path: the socket file.
        bus: where followers get their events from.
        ask: hands a command to the conductor. A result belongs to the server from then on.
    """

    def __init__(self, path: Path, bus: Bus, ask: Ask) -> None:
        self.path = path
        self._bus = bus
        self._ask = ask
        self._inbox: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._selector = selectors.DefaultSelector()
        self._woken, self._waker = socket.socketpair()
        self._clients: set[Connection] = set()
        self._listener: socket.socket | None = None
        self._accept_at: float | None = None
        self._stopping = threading.Event()
        self._thread = NamedThread(target=self._run, name="wkmp-socket", daemon=True)

    def open(self) -> None:
        """Listen, so that clients can connect from now on.

        Raises:
            RequestError: another service answers at the path.
            ConfigError: the path cannot be used.
        """
        self._listener = peer.listen(self.path, backlog=MAX_CLIENTS)
        for end in (self._woken, self._waker):
            end.setblocking(False)
        self._selector.register(self._woken, selectors.EVENT_READ, self._hear)
        self._selector.register(self._listener, selectors.EVENT_READ, self._accept)

    def start(self) -> None:
        """Serve on a thread of its own; opens before, and raises as :meth:`open` does."""
        if self._listener is None:
            self.open()
        self._thread.start()

    def stop(self) -> None:
        """End the thread, all connections and the socket file; harmless when repeated.

        Raises:
            TimeoutError: the thread does not end.
        """
        self._stopping.set()
        self._wake()
        if self._thread.is_alive():
            self._thread.join(JOIN_S)
            if self._thread.is_alive():
                raise TimeoutError(f"{self._thread.name} did not end within {JOIN_S} s")
        self._close()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self.step()

    def step(self, timeout_s: float | None = None) -> None:
        """Wait until something happens, at most ``timeout_s``, and deal with it."""
        if self._accept_at is not None:
            timeout_s = max(0.0, self._accept_at - time.monotonic())
        for key, mask in self._selector.select(timeout_s):
            if key.data in self._clients:
                self._serve(key.data, mask)
            elif not isinstance(key.data, Connection):
                key.data()
        self._take_inbox()
        if self._accept_at is not None and time.monotonic() >= self._accept_at:
            self._accept_again()

    # From other threads

    def _wake(self) -> None:
        # A full pipe is awake already; a closed one needs nobody.
        with contextlib.suppress(OSError):
            self._waker.send(b"\0")

    def _post(self, action: Callable[[], None]) -> None:
        self._inbox.put(action)
        self._wake()

    # On the server's thread

    def _hear(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._woken.recv(4096)
        for client in tuple(self._clients):
            if client.following:
                self._settle(client)

    def _take_inbox(self) -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                self._inbox.get_nowait()()

    def _accept(self) -> None:
        if self._listener is None:
            return
        try:
            client, _ = self._listener.accept()
        except BlockingIOError:
            return
        except OSError as error:
            _log.warning("no more clients for now: %s", error)
            self._selector.unregister(self._listener)
            self._accept_at = time.monotonic() + ACCEPT_PAUSE_S
            return
        self._welcome(client)

    def _accept_again(self) -> None:
        self._accept_at = None
        if self._listener is not None:
            self._selector.register(self._listener, selectors.EVENT_READ, self._accept)

    def _welcome(self, client: socket.socket) -> None:
        user = peer.user_of(client)
        if not peer.allowed(user):
            self._turn_away(client, f"user {user} may not command this box; be its user, or root")
        elif len(self._clients) >= MAX_CLIENTS:
            self._turn_away(client, f"{MAX_CLIENTS} clients are connected already; close one")
        else:
            self._greet(Connection(client))

    def _turn_away(self, client: socket.socket, why: str) -> None:
        with contextlib.suppress(OSError), client:
            client.setblocking(False)
            client.send(protocol.refusal(None, why))

    def _greet(self, client: Connection) -> None:
        def greet(snapshot: Any) -> None:
            client.greeted = True
            client.send(protocol.hello(snapshot))

        self._clients.add(client)
        self._forward(client, None, GetStatus(), greet)

    def _serve(self, client: Connection, mask: int) -> None:
        if mask & selectors.EVENT_READ:
            try:
                client.receive()
            except OSError:
                self._drop(client)
                return
        self._settle(client)

    def _settle(self, client: Connection) -> None:
        """Go on with one client as far as it goes: its lines, its events, what it has to get."""
        try:
            client.flush()
            while (line := client.next_line()) is not None:
                self._carry_out(client, protocol.parse(line))
                client.flush()  # a client that reads must not be stopped by what it has read
            client.take_events()
            client.flush()
        except OSError:
            self._drop(client)
            return
        if client.finished:
            self._drop(client)
        else:
            self._watch(client)

    def _carry_out(self, client: Connection, request: Request | Refusal) -> None:
        if isinstance(request, Refusal):
            client.send(protocol.refusal(request.id, request.error))
        elif isinstance(request.asked, Follow):
            self._follow(client, request.id, request.asked)
        elif isinstance(request.asked, Graph):
            client.send(protocol.reply(request.id, self._graph()))
        else:
            self._forward(
                client,
                request.id,
                request.asked,
                lambda result: client.send(protocol.reply(request.id, result)),
            )

    def _graph(self) -> dict[str, Any]:
        listeners = [listener._asdict() for listener in self._bus.graph()]
        return {"listeners": listeners, "looped": self._bus.looped}

    def _follow(self, client: Connection, request_id: RequestId, asked: Follow) -> None:
        """Collect from now on, but send the state first: nothing falls between the two."""

        def begin(snapshot: Any) -> None:
            result = {"following": asked.names, "snapshot": snapshot}
            client.send(protocol.reply(request_id, result))
            client.following = True

        self._unfollow(client)
        subscription = self._bus.subscribe(
            *asked.names, limit=MAX_EVENTS, wake=self._wake, label=f"client {client.number}"
        )
        client.collect(subscription, causes=asked.causes)
        self._forward(client, request_id, GetStatus(), begin)

    def _forward(
        self, client: Connection, request_id: RequestId, command: AnyCommand, done: Done
    ) -> None:
        serial = client.expect_answer()

        def reply(result: Any, error: str | None) -> None:
            self._post(lambda: self._answer(client, serial, request_id, done, result, error))

        try:
            self._ask(command, reply)
        except WkmpError as error:
            reply(None, str(error))

    def _answer(
        self,
        client: Connection,
        serial: int,
        request_id: RequestId,
        done: Done,
        result: Any,
        error: str | None,
    ) -> None:
        if client not in self._clients or not client.take_answer(serial):
            return
        if error is None:
            done(result)
        else:
            client.send(protocol.refusal(request_id, error))
            client.closing = client.closing or not client.greeted
        self._settle(client)

    def _watch(self, client: Connection) -> None:
        """Wait for what this client can do next."""
        key = self._selector.get_map().get(client.socket)
        if key is None and client.interest:
            self._selector.register(client.socket, client.interest, client)
        elif key is not None and not client.interest:
            self._selector.unregister(client.socket)
        elif key is not None and key.events != client.interest:
            self._selector.modify(client.socket, client.interest, client)

    def _unfollow(self, client: Connection) -> None:
        if client.subscription:
            self._bus.unsubscribe(client.subscription)
            client.collect(None)

    def _drop(self, client: Connection) -> None:
        self._unfollow(client)
        self._clients.discard(client)
        if client.socket in self._selector.get_map():
            self._selector.unregister(client.socket)
        client.socket.close()

    def _close(self) -> None:
        for client in tuple(self._clients):
            self._drop(client)
        if self._listener:
            peer.remove(self.path, self._listener)
            self._listener = None
        self._selector.close()
        self._woken.close()
        self._waker.close()
