"""A link by paho-mqtt, driven by its owner's thread.

Thread: all methods belong to one thread, its owner's; only ``wake`` may be
called from others. Every connection has a new client of paho's, so that
nothing of a broken one, no half-sent packet and no old message, can come
alive in the next.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import ssl
import time
from typing import Any, Final, NoReturn

from wkmp_pi.errors import WkmpError
from wkmp_pi.mqtt.words import (
    ORIGIN,
    Broker,
    Delivered,
    Denied,
    Down,
    Happening,
    Incoming,
    LinkError,
    Outgoing,
    Up,
)

KEEP_ALIVE_S: Final = 15
WINDOW: Final = 16
"""Messages under way at once; the next ones wait where they can still be replaced."""

_UNANSWERED_MS = 20_000
_LOOK_S = KEEP_ALIVE_S / 5
_TAKEN_OVER = 0x8E


class PahoLink:
    """A link by paho-mqtt; see ``Link``.

    Owns: the socket, paho's client, the pair of sockets that ``wake`` writes to.
    """

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._client: Any = None
        self._happened: list[Happening] = []
        self._why = ""
        self._closed = False
        self._under_way: set[int] = set()
        self._window = WINDOW
        self._asked: int | None = None
        self._selector = selectors.DefaultSelector()
        self._woken, self._waker = socket.socketpair()
        for end in (self._woken, self._waker):
            end.setblocking(False)
        self._selector.register(self._woken, selectors.EVENT_READ)

    def open(self) -> None:
        """Begin to connect; see ``Link``."""
        self._leave()
        place = f"mqtt {self._broker.host}:{self._broker.port}"
        try:
            from wkmp_pi.mqtt.client import new_client  # paho costs 60 ms, but nobody who waits

            self._client = new_client(self._broker, self, KEEP_ALIVE_S)
            self._client.reconnect()
        except WkmpError as error:
            self._leave()
            raise LinkError(str(error)) from error
        except ssl.SSLError as error:
            self._leave()
            why = getattr(error, "verify_message", "") or error.reason or str(error)
            raise LinkError(
                f"{place}: {why}; expected a TLS connection that can be trusted; "
                "correct mqtt.tls, ca_file, certificate and key"
            ) from error
        except (OSError, ValueError) as error:  # also of names that cannot be resolved or written
            self._leave()
            why = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise LinkError(f"{place}: {why}; expected a broker; does it run?") from error

    def step(self, timeout_s: float) -> list[Happening]:
        """Send, wait, read; see ``Link``. What goes wrong inside paho ends the connection."""
        try:
            self._work(timeout_s)
        except Exception as error:  # noqa: BLE001 - whatever a broker makes paho raise
            self._lost(f"{type(error).__name__}: {error}")
        happened, self._happened = self._happened, []
        return happened

    def send(self, message: Outgoing) -> int | None:
        """Take a message if there is room; see ``Link``."""
        if self._client is None or len(self._under_way) >= self._window:
            return None
        from wkmp_pi.mqtt.client import publish

        number = publish(self._client, self._broker, message)
        if number is not None:
            self._under_way.add(number)
        return number

    def drop(self) -> None:
        """End the connection without a word; see ``Link``."""
        self._happened.clear()
        self._leave()

    def wake(self) -> None:
        """End the wait; see ``Link``."""
        with contextlib.suppress(OSError):  # a full pipe is awake already
            self._waker.send(b"\0")

    def close(self, patience_s: float) -> None:
        """Wait for what is under way, say goodbye and free everything; harmless when repeated."""
        if self._closed:
            return
        self._closed = True
        end = time.monotonic() + patience_s
        with contextlib.suppress(Exception):  # it ends in any case
            while self._client is not None and self._under_way and time.monotonic() < end:
                self._work(end - time.monotonic())
            if self._client is not None:
                self._client.disconnect()
            while self._client is not None and time.monotonic() < end:
                self._work(end - time.monotonic())
        self._leave()
        self._selector.close()
        self._woken.close()
        self._waker.close()

    def _work(self, timeout_s: float) -> None:
        client = self._client
        if client is not None and client.want_write():
            client.loop_write()
            if self._client is None:
                return
        for key, mask in self._selector.select(self._patience_s(timeout_s)):
            if key.fileobj is self._woken:
                with contextlib.suppress(BlockingIOError):
                    self._woken.recv(4096)
            elif mask & selectors.EVENT_READ:
                self._read()
        if self._client is not None:
            if self._client.want_write():
                self._client.loop_write()
            self._client.loop_misc()
        self._watch()

    def _patience_s(self, timeout_s: float) -> float:
        self._watch()
        if self._happened:
            return 0.0
        return max(0.0, timeout_s if self._client is None else min(timeout_s, _LOOK_S))

    def _read(self) -> None:
        """What has arrived; TLS may hold more of it than the kernel knows."""
        while self._client is not None:
            self._client.loop_read()
            held = self._client and self._client.socket()
            if not (held and hasattr(held, "pending") and held.pending()):
                return

    def _watch(self) -> None:
        """Have the selector wait for the socket there is, and for room in it if that is needed."""
        if self._client is None:
            return
        found = self._client.socket()
        if found is None:
            self._lost("the connection ended")
            return
        interest = selectors.EVENT_READ
        if self._client.want_write():
            interest |= selectors.EVENT_WRITE
        if found not in self._selector.get_map():
            self._selector.register(found, interest)
        elif self._selector.get_key(found).events != interest:
            self._selector.modify(found, interest)

    def _lost(self, why: str, *, taken_over: bool = False) -> None:
        if self._client is None:
            return
        self._happened.append(Down(self._why or why, taken_over))
        self._leave()

    def _leave(self) -> None:
        """Nothing of the connection that was is left."""
        client, self._client = self._client, None
        self._why = ""
        self._under_way.clear()
        self._asked = None
        for key in list(self._selector.get_map().values()):
            if key.fileobj is not self._woken:  # paho may have closed it, so it must go before
                self._selector.unregister(key.fileobj)  # another one gets its number
        held = None if client is None else client.socket()
        if held is not None:
            held.close()

    # Called by paho, within ``_work``

    def socket_opened(self, opened: Any) -> None:
        """Small packets at once, and no endless wait for an answer of the other side's kernel."""
        with contextlib.suppress(OSError):
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _UNANSWERED_MS)

    def refuse_packet(self, size_bytes: int) -> NoReturn:
        """A packet that is not worth its memory; what follows it cannot be found any more.

        Raises:
            OSError: always; to paho, a broken connection.
        """
        self._why = f"the broker sent {size_bytes} bytes at once; expected short commands"
        raise OSError(self._why)

    def connected(self, code: Any, properties: Any) -> None:
        """The broker answered."""
        if code.is_failure:
            self._why = (
                f"mqtt {self._broker.host}:{self._broker.port}: {code.getName()}; expected to be "
                "let in; correct mqtt.user, password_file and protocol"
            )
            return
        self._window = min(WINDOW, getattr(properties, "ReceiveMaximum", WINDOW))
        from wkmp_pi.mqtt.client import subscribe

        self._asked = subscribe(self._client, self._broker)
        self._happened.append(Up(getattr(properties, "MaximumPacketSize", None)))

    def disconnected(self, code: Any, *, by_broker: bool) -> None:
        """The connection is gone."""
        taken_over = by_broker and code.value == _TAKEN_OVER
        self._lost(f"the connection ended ({code.getName()})", taken_over=taken_over)

    def delivered(self, number: int, code: Any) -> None:
        """The broker confirmed a message."""
        self._under_way.discard(number)
        self._happened.append(Delivered(number, code.getName() if code.is_failure else ""))

    def subscribed(self, number: int, codes: Any) -> None:
        """The broker answered a subscription."""
        topics = self._broker.topics if number == self._asked else ()
        self._happened += [
            Denied(topic) for topic, code in zip(topics, codes, strict=False) if code.is_failure
        ]

    def received(self, message: Any) -> None:
        """A message; one whose topic is no text is none."""
        with contextlib.suppress(UnicodeDecodeError):
            found = message.properties
            self._happened.append(
                Incoming(
                    topic=message.topic,
                    payload=bytes(message.payload),
                    retained=bool(message.retain),
                    response_topic=getattr(found, "ResponseTopic", ""),
                    correlation=getattr(found, "CorrelationData", b""),
                    origin=dict(getattr(found, "UserProperty", ())).get(ORIGIN, ""),
                )
            )
