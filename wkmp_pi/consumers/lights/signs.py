"""What a light can show by itself: that music plays, that something is wrong, and so on. Pure."""

from __future__ import annotations

from wkmp_pi.events.kinds import Event, MqttChanged, ProblemChanged, StateChanged

EVENTS = (StateChanged.name, ProblemChanged.name, MqttChanged.name)


class Signs:
    """Knows what there is to show."""

    def __init__(self) -> None:
        self._problems: set[str] = set()

    def told(self, event: Event) -> tuple[str, bool] | None:
        """The sign that an event is about, and whether it is given now."""
        match event:
            case StateChanged(state=state):
                return "playing", state == "playing"
            case MqttChanged(connected=connected):
                return "online", connected
            case ProblemChanged(key=key, text=text):
                (self._problems.discard if text is None else self._problems.add)(key)
                return "problem", bool(self._problems)
        return None
