"""The broker beside the box, as another client of it sees it; the rig's only import of paho."""

from __future__ import annotations

import queue
import threading
import time
from typing import Any

from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from hil.drivers.protocols import Message
from hil.errors import RigError

_PATIENCE_S = 10.0
_KEEPALIVE_S = 5
_QOS = 1


class BrokerClient:
    """A connection to the broker; a ``Broker``. It comes back by itself when the broker does.

    Thread: paho's, which reads the socket and calls the methods that begin with ``_on``.
    Owns: the socket.

    Args:
        host: where the broker is.
        port: of it.
        user: ``None`` for nobody.
        password: ``None`` for none.

    Raises:
        RigError: it is not there, or turns us away.
    """

    def __init__(
        self, host: str, port: int = 1883, user: str | None = None, password: str | None = None
    ) -> None:
        self._place = f"broker {host}:{port}"
        self._messages: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._greetings: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._confirmed: queue.SimpleQueue[tuple[int, Any]] = queue.SimpleQueue()
        self._connected = threading.Event()
        self._topics: list[str] = []
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2)
        self._client.username_pw_set(user, password)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_message = self._on_message
        self._client.on_subscribe = self._on_subscribe
        self._connect(host, port)

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Publish with QoS 1, and wait until the broker has it; see ``Broker``.

        Raises:
            RigError: it has not after 10 s.
        """
        deadline = time.monotonic() + _PATIENCE_S
        if self._connected.wait(_PATIENCE_S):
            sent = self._client.publish(topic, payload, qos=_QOS, retain=retain)
            try:
                sent.wait_for_publish(max(0.0, deadline - time.monotonic()))
            except RuntimeError as error:  # the connection broke a moment ago
                raise self._gone(f"publish {topic}") from error
            if sent.is_published():
                return
        raise self._gone(f"publish {topic}")

    def subscribe(self, *topics: str) -> None:
        """Begin to listen, and wait until the broker has confirmed it; see ``Broker``.

        Raises:
            RigError: it has not after 10 s, or refuses.
        """
        place = f"subscribe {', '.join(topics)}"
        if not self._connected.wait(_PATIENCE_S):
            raise self._gone(place)
        self._topics += topics
        _, number = self._client.subscribe([(topic, _QOS) for topic in topics])
        codes = self._confirmation(number, place)
        if refused := [str(code) for code in codes if code.is_failure]:
            raise RigError(
                f"{self._place}: {place}: {refused[0]}; expected that it is granted; "
                "see the broker's access list"
            )

    def hear(self, timeout_s: float = 10.0) -> Message:
        """The next message; see ``Broker``."""
        try:
            return self._messages.get(timeout=timeout_s)
        except queue.Empty:
            state = "connected" if self._connected.is_set() else "not connected"
            raise TimeoutError(
                f"{self._place}: {state}, and no message within {timeout_s:g} s"
            ) from None

    def close(self) -> None:
        """Leave; see ``Broker``. May be repeated."""
        self._client.disconnect()
        self._client.loop_stop()

    def _connect(self, host: str, port: int) -> None:
        try:
            self._client.connect(host, port, _KEEPALIVE_S)
        except OSError as error:
            raise RigError(f"{self._place}: {error}; expected a broker; does it run?") from error
        self._client.loop_start()
        try:
            greeting = self._greetings.get(timeout=_PATIENCE_S)
        except queue.Empty:
            self.close()
            raise self._gone("hello") from None
        if greeting.is_failure:
            self.close()
            raise RigError(
                f"{self._place}: {greeting}; expected to be let in; "
                "correct user and password_file in the rig file"
            )

    def _confirmation(self, number: int | None, place: str) -> Any:
        """The broker's codes for the request of that number."""
        while True:
            try:
                confirmed, codes = self._confirmed.get(timeout=_PATIENCE_S)
            except queue.Empty:
                raise self._gone(place) from None
            if confirmed == number:
                return codes

    def _gone(self, place: str) -> RigError:
        return RigError(
            f"{self._place}: {place}: no answer within {_PATIENCE_S:g} s; expected one; "
            "does the broker run?"
        )

    def _on_connect(self, client: Any, _data: Any, _flags: Any, code: Any, _more: Any) -> None:
        if not code.is_failure:
            if self._topics:
                client.subscribe([(topic, _QOS) for topic in self._topics])
            self._connected.set()
        self._greetings.put(code)

    def _on_disconnect(self, *_: Any) -> None:
        self._connected.clear()

    def _on_message(self, _client: Any, _data: Any, message: Any) -> None:
        now_ns = time.monotonic_ns()
        self._messages.put(Message(message.topic, message.payload, bool(message.retain), now_ns))

    def _on_subscribe(self, _client: Any, _data: Any, number: int, codes: Any, _more: Any) -> None:
        self._confirmed.put((number, codes))
