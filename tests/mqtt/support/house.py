"""A box of the product's own parts at a real broker; only the player behind it is played."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from mqtt.support.scenes import PARTS, status

from wkmp_pi import commands
from wkmp_pi.app.broker import mqtt_of
from wkmp_pi.commands import AnyCommand
from wkmp_pi.config.mqtt import Mqtt as Config
from wkmp_pi.events import kinds
from wkmp_pi.events.bus import Bus
from wkmp_pi.mqtt.retries import Retries


class House:
    """A player that obeys a few commands, and everything of MQTT around it.

    Attributes:
        asked: every command that reached it.
    """

    def __init__(self, config: Config, retries: Retries | None = None) -> None:
        self.bus = Bus()
        self.state = status()
        self.parts = PARTS
        self.asked: list[AnyCommand] = []
        self.problems: list[str | None] = []
        self.mqtt = mqtt_of(
            config,
            self.bus,
            self.ask,
            lambda: self.state,
            rate_hz=44_100,
            inventory=lambda: self.parts,
            report=self.problems.append,
            retries=retries,
        )

    def ask(self, command: AnyCommand, answer: Callable[[Any, str | None], None]) -> None:
        """Obey."""
        self.asked.append(command)
        match command:
            case commands.SetVolume(percent=int(percent)):
                self.change(volume=percent)
            case commands.Mute(on=bool(on)):
                self.change(muted=on)
            case commands.Play():
                self.change(state="playing")
            case commands.Pause():
                self.change(state="paused")
        answer({"volume": self.state["volume"]}, None)

    def change(self, **more: Any) -> None:
        """Another player state, and an event that something changed."""
        self.state = {**self.state, **more}
        self.bus.publish(
            kinds.VolumeChanged(percent=self.state["volume"], muted=self.state["muted"])
        )

    def until_asked(self, kind: type[AnyCommand], seconds: float = 20.0) -> AnyCommand:
        """The last command of a kind, when it has come."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for command in reversed(self.asked):
                if isinstance(command, kind):
                    return command
        raise AssertionError(f"never asked for {kind}; only {self.asked}")


@contextmanager
def running(config: Config, retries: Retries | None = None) -> Iterator[House]:
    """A house whose thread runs."""
    house = House(config, retries)
    house.mqtt.start()
    try:
        yield house
    finally:
        assert house.mqtt.stop(10.0), "the thread did not end"
