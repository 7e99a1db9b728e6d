"""The box at the broker: link, mirror and remote on one thread of their own.

It never waits for the sound, and nothing waits for it: events come in through
an inbox that drops the oldest, commands go out as any other door's do. With
no broker, or one that misbehaves, the box plays on and says so.
"""

from __future__ import annotations

import logging
import queue
import random
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from wkmp_pi.commands import AnyCommand
from wkmp_pi.consumers.mirror import Inventory, Mirror, Moment, Want
from wkmp_pi.controls.remote import Order, Refused, Remote
from wkmp_pi.events.bus import Bus
from wkmp_pi.events.kinds import MqttChanged
from wkmp_pi.mqtt import (
    Delivered,
    Denied,
    Down,
    Happening,
    Incoming,
    Link,
    LinkError,
    Outgoing,
    Up,
)
from wkmp_pi.mqtt.retries import Retries
from wkmp_pi.mqtt.standing import Standing
from wkmp_pi.threads import NamedThread
from wkmp_pi.units import NS_PER_SECOND

Answer = Callable[[Any, str | None], None]
Ask = Callable[[AnyCommand, Answer], None]

INBOX: Final = 512
"""Events that may wait for this thread; beyond it the oldest are dropped and counted."""

_AT_ONCE = 128
_NEVER_S = 3600.0
_GOODBYE_S = 1.0
_log = logging.getLogger(__name__)


class Mqtt:
    """Everything that this box tells and is told by MQTT.

    Thread: ``wkmp-mqtt``; all of this class but ``start`` and ``stop`` is its own.
    Owns: the link, the mirror, the remote.

    Args:
        link: to the broker; it belongs to this from now on.
        broker: its place, for people.
        mirror: what is told.
        remote: what is asked.
        bus: where events come from, and where ``mqtt.changed`` goes.
        ask: hands a command over; the answer may come from any thread.
        status: the player state, from any thread.
        inventory: what the box is made of now.
        vitals: how the machine does; see ``vitals.py``.
        cover: the picture of a file, from any thread; may take a while.
        report: told why there is no broker, and ``None`` when there is one.
        retries: when the broker is tried again.
        clock_ns: CLOCK_MONOTONIC.
        utc_ns: calendar time.
        chance: a new number from 0 to 1.
    """

    def __init__(
        self,
        link: Link,
        broker: str,
        mirror: Mirror,
        remote: Remote,
        bus: Bus,
        ask: Ask,
        status: Callable[[], Mapping[str, Any]],
        *,
        inventory: Callable[[], Inventory],
        vitals: Callable[[], Mapping[str, Any]],
        cover: Callable[[str], bytes],
        report: Callable[[str | None], None],
        retries: Retries | None = None,
        clock_ns: Callable[[], int] = time.monotonic_ns,
        utc_ns: Callable[[], int] = time.time_ns,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._link = link
        self._broker = broker
        self._mirror = mirror
        self._remote = remote
        self._bus = bus
        self._ask = ask
        self._status = status
        self._inventory = inventory
        self._vitals = vitals
        self._cover = cover
        self._report = report
        self._standing = Standing(broker, retries or Retries(), clock_ns())
        self._clock_ns = clock_ns
        self._utc_ns = utc_ns
        self._chance = chance
        self._answers: queue.SimpleQueue[tuple[Order, Any, str | None]] = queue.SimpleQueue()
        self._inbox = bus.subscribe(limit=INBOX, wake=link.wake, label="mqtt")
        self._shown_problem: str | None = None
        self._shown_file: str | None = None
        self._refusals = 0
        self._mistakes = 0
        self._stopping = threading.Event()
        self._thread = NamedThread(target=self._run, name="wkmp-mqtt", daemon=True)

    def start(self) -> None:
        """Begin to connect; returns at once."""
        self._thread.start()

    def stop(self, timeout_s: float) -> bool:
        """Say goodbye and end; False if that took too long, as with a name server that hangs."""
        self._stopping.set()
        self._link.wake()
        self._thread.join(timeout_s)
        self._bus.unsubscribe(self._inbox)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self.guarded_step()
        self._say_goodbye()

    def guarded_step(self) -> None:
        """One ``step``; a mistake in it costs the connection, but neither the thread nor the box.

        What strangers send must not be able to end the music, whatever was overlooked here.
        """
        try:
            self.step()
        except Exception:  # noqa: BLE001 - see above
            self._mistakes += 1
            if self._mistakes & (self._mistakes - 1) == 0:  # the 1st, 2nd, 4th, …
                _log.exception("mqtt: a bug; the connection begins anew")
            self._link.drop()
            self._forget_connection(Down("a mistake of this box; see its log"))

    def step(self) -> None:
        """Connect if it is time, wait for what comes, and go on with it."""
        self._connect_if_due()
        for happening in self._link.step(self._patience_s()):
            self._take(happening)
        self._take_events()
        self._take_answers()
        self._do_what_is_due()
        self._send()

    def _moment(self) -> Moment:
        return Moment(self._clock_ns(), self._utc_ns())

    def _patience_s(self) -> float:
        """How long nothing is to be done."""
        now_ns = self._clock_ns()
        moments = (self._mirror.deadline_ns, self._standing.deadline_ns(now_ns))
        next_ns = min((at for at in moments if at is not None), default=None)
        return _NEVER_S if next_ns is None else max(next_ns - now_ns, 0) / NS_PER_SECOND

    # The connection

    def _connect_if_due(self) -> None:
        if not self._standing.wants_to_connect(self._clock_ns()):
            return
        try:
            self._link.open()
        except LinkError as error:
            self._standing.failed(str(error), self._clock_ns(), self._chance())
        else:
            self._standing.opening()

    def _take(self, happening: Happening) -> None:
        match happening:
            case Up():
                self._greet(happening)
            case Down():
                self._forget_connection(happening)
            case Delivered():
                self._note_delivery(happening)
            case Denied():
                self._standing.denied(happening.topic)
            case Incoming():
                self._take_message(happening)

    def _greet(self, up: Up) -> None:
        now_ns = self._clock_ns()
        self._standing.up(now_ns)
        self._show_problem()
        self._mirror.connect(up.largest_bytes, now_ns)
        self._bus.publish(MqttChanged(connected=True, broker=self._broker))
        _log.info("mqtt: connected to %s", self._broker)

    def _forget_connection(self, down: Down) -> None:
        was_connected = self._standing.down(
            down.why, self._clock_ns(), self._chance(), taken_over=down.taken_over
        )
        if was_connected:
            self._mirror.disconnect()
            self._bus.publish(MqttChanged(connected=False, broker=self._broker))
            _log.info("mqtt: %s", down.why)

    def _show_problem(self) -> None:
        """Tell what a person should see to, if it is another thing than before."""
        problem = self._standing.problem(self._clock_ns())
        if problem == self._shown_problem:
            return
        self._shown_problem = problem
        if problem is not None:
            self._mirror.own_problem = problem
        self._report(problem)

    def _note_delivery(self, delivered: Delivered) -> None:
        self._mirror.delivered(delivered.number)
        if delivered.refused:
            self._refusals += 1
            if self._refusals & (self._refusals - 1) == 0:
                _log.warning(
                    "mqtt: the broker refused a message: %s; see its access list",
                    delivered.refused,
                )

    # What goes in and out

    def _take_message(self, message: Incoming) -> None:
        now_ns = self._clock_ns()
        if message.topic == self._mirror.birth_topic:
            if message.payload == b"online" and not message.retained:
                self._mirror.birth(now_ns)
            return
        if message.topic == self._mirror.discovery_topic:
            if message.retained:
                self._mirror.retained_discovery(message.payload, now_ns)
            return
        taken = self._remote.take(message, now_ns)
        for answer in taken.messages:
            self._mirror.answer(answer, now_ns)
        if taken.refused is not None:
            self._complain(taken.refused)
        if taken.order is not None:
            self._obey(taken.order)

    def _complain(self, refused: Refused) -> None:
        what = {"topic": refused.topic, "error": refused.error}
        self._mirror.complain(refused.reason, what, self._moment())

    def _obey(self, order: Order) -> None:
        if order.admin:
            _log.info("mqtt: admin command %s", type(order.command).__name__)

        def answer(result: Any, error: str | None) -> None:
            self._answers.put((order, result, error))
            self._link.wake()

        self._ask(order.command, answer)

    def _take_answers(self) -> None:
        while not self._answers.empty():
            order, result, error = self._answers.get()
            for message in self._remote.answered(order, result, error):
                self._mirror.answer(message, self._clock_ns())

    def _take_events(self) -> None:
        for _ in range(_AT_ONCE):
            told = self._inbox.take(0)
            if told is None:
                return
            self._mirror.hear(told, self._moment())
        self._link.wake()  # the rest after what else is to be done

    def _do_what_is_due(self) -> None:
        now_ns = self._clock_ns()
        for want in self._mirror.due(now_ns):
            if want is Want.STATUS:
                self._look()
            else:
                self._mirror.examine(self._all_vitals(), self._moment())
        self._show_problem()

    def _look(self) -> None:
        status = self._status()
        self._mirror.change(self._inventory(), self._clock_ns())
        file = (status.get("current") or {}).get("file")
        if file != self._shown_file:
            self._shown_file = file
            self._mirror.show_cover(self._cover(file or ""))
        self._mirror.look(status, self._moment())

    def _all_vitals(self) -> dict[str, Any]:
        own = {
            "connections": self._standing.connections,
            "refused_by_broker": self._refusals,
            "missed_events": self._inbox.missed,
            "commands": dict(self._remote.counts),
        }
        return {**self._vitals(), "mqtt": own}

    def _send(self) -> None:
        """As much as there is room for; the rest waits where it can be replaced."""
        while (
            self._standing.connected
            and (waiting := self._mirror.next(self._clock_ns())) is not None
        ):
            number = self._link.send(waiting.message)
            if number is None:
                self._mirror.put_back(waiting)
                return
            self._mirror.sent(number, waiting)

    def _say_goodbye(self) -> None:
        """Tell the last events and that the box is off, if the broker is quick."""
        try:
            if self._standing.connected:
                self._take_events()
                self._send()
                gone = Outgoing(
                    topic=self._mirror.topics.availability, payload=b"offline", retain=True
                )
                self._link.send(gone)
        except Exception:  # noqa: BLE001 - the end must come
            _log.exception("mqtt: a bug at the end")
        self._link.close(_GOODBYE_S)
