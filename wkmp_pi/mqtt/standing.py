"""How we stand with the broker: connected or not, when to try again, what a person should see to.

Pure: time and chance come in as arguments.
"""

from __future__ import annotations

from wkmp_pi.mqtt.retries import Retries
from wkmp_pi.units import NS_PER_SECOND

PATIENCE_NS = 5 * NS_PER_SECOND
"""So long without a broker is no problem yet: at a start the network comes later."""


class Standing:
    """The state of one connection and of the attempts to make it.

    Args:
        broker: its place, for people.
        retries: when to try again.
        now_ns: the moment of the start.
    """

    def __init__(self, broker: str, retries: Retries, now_ns: int) -> None:
        self._broker = broker
        self._retries = retries
        self._since_ns = now_ns
        self._why = f"mqtt {broker}: not connected; expected the broker"
        self._denied: set[str] = set()
        self._opening = False
        self.connected = False
        self.connections = 0

    def wants_to_connect(self, now_ns: int) -> bool:
        """Whether it is time for a try."""
        idle = not (self.connected or self._opening)
        return idle and now_ns >= self._retries.next_ns

    def opening(self) -> None:
        """A try has begun."""
        self._opening = True

    def failed(self, why: str, now_ns: int, chance: float) -> None:
        """A try failed at once."""
        self._why = why
        self._retries.failed(now_ns, chance)

    def up(self, now_ns: int) -> None:
        """The broker let us in."""
        self._opening, self.connected = False, True
        self._since_ns = now_ns
        self._denied.clear()
        self.connections += 1
        self._retries.up(now_ns)

    def down(self, why: str, now_ns: int, chance: float, *, taken_over: bool) -> bool:
        """The connection or the try ended; whether it was a connection."""
        was_connected = self.connected
        self._opening = self.connected = False
        self._why = why if why.startswith("mqtt ") else f"mqtt {self._broker}: {why}"
        self._retries.lost(now_ns, chance, taken_over=taken_over)
        if was_connected:
            self._since_ns = now_ns
        return was_connected

    def denied(self, topic: str) -> None:
        """The broker does not let us hear that."""
        self._denied.add(topic)

    def problem(self, now_ns: int) -> str | None:
        """What a person should see to now."""
        if self.connected:
            self._retries.steady(now_ns)
        if self._retries.flapping:
            return (
                f"mqtt {self._broker}: the connection ends again and again; expected to be the "
                "only client of this name; give each box a mqtt.box of its own"
            )
        if self.connected:
            return self._problem_of_rights()
        return self._why if now_ns - self._since_ns >= PATIENCE_NS else None

    def _problem_of_rights(self) -> str | None:
        if not self._denied:
            return None
        return (
            f"mqtt {self._broker}: may not listen to {', '.join(sorted(self._denied))}; "
            "expected to; see the broker's access list"
        )

    def deadline_ns(self, now_ns: int) -> int | None:
        """When to look again, if nothing happens before."""
        if self.connected:
            return self._retries.steady_ns if self._retries.flapping else None
        told_ns = self._since_ns + PATIENCE_NS
        moments = [told_ns] if told_ns > now_ns else []
        if not self._opening:
            moments.append(self._retries.next_ns)
        return min(moments, default=None)
