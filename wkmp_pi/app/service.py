"""``wkmp-pi run``: the box as a service. One screen shows its whole life.

Started from the DAC upward, stopped from the doors downward. Nothing here
waits for the network, and nothing ends because a device is missing.
"""

from __future__ import annotations

import logging
import sys
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from wkmp_pi.app.crash import end_on_any_bug
from wkmp_pi.app.door import Door
from wkmp_pi.app.driven import Driven
from wkmp_pi.app.engine import Engine
from wkmp_pi.app.keeper import Keeper, restored, wants_to_play
from wkmp_pi.app.outlet import CardOutlet, best_rate_hz
from wkmp_pi.app.signals import signals_call
from wkmp_pi.commands import Pause, Play
from wkmp_pi.conductor import Problem, Tick
from wkmp_pi.conductor.consequences import saved_state
from wkmp_pi.conductor.decide import MUSIC
from wkmp_pi.conductor.effects import Ask
from wkmp_pi.config import Config
from wkmp_pi.config.mqtt import chosen
from wkmp_pi.consumers.consumer import Consumer
from wkmp_pi.consumers.history import NAMES as HISTORY_NAMES
from wkmp_pi.consumers.history import History
from wkmp_pi.consumers.music import MusicFolder
from wkmp_pi.consumers.supervisor import Supervisor, watchdog_interval_s
from wkmp_pi.consumers.terminal import Terminal
from wkmp_pi.controls import address
from wkmp_pi.controls.socket_server import SocketServer
from wkmp_pi.errors import ConfigError
from wkmp_pi.hotplug import Hotplug
from wkmp_pi.library.database import open_library
from wkmp_pi.library.store import Store
from wkmp_pi.output.volume import CardVolume
from wkmp_pi.units import Hz

if TYPE_CHECKING:
    from wkmp_pi.app.mqtt import Mqtt

_STOP_S = 5.0
_FADE_S = 0.5
_DISPLAY_LIMIT = 256
_log = logging.getLogger(__name__)


def run(config: Config) -> int:
    """Run until SIGINT or SIGTERM; 0 if everything was kept, 1 if a part did not end.

    Raises:
        LibraryError: another service has the library open.
        RequestError: another service answers at the socket.
        ConfigError: the socket's place cannot be used.
    """
    end_on_any_bug()
    over_live_line = "\r\033[K" if sys.stderr.isatty() else ""
    logging.basicConfig(
        level=config.log.level.upper(), format=f"{over_live_line}%(levelname)s %(message)s"
    )
    return _Service(config).run()


class _Service:
    def __init__(self, config: Config) -> None:
        self._config = config
        root = str(config.library.music_root)
        opened = open_library(config.library.database, root)
        rate_hz = Hz(config.audio.rate_hz or best_rate_hz(config.audio.device))
        state = restored(opened.connection, rate_hz, config.settings)
        self._plays = wants_to_play(opened.connection, state.settings)
        self._store = Store(opened, self._report_store)
        keeper = Keeper(self._store, root)
        volume = CardVolume(config.audio.mixer)
        self._music = MusicFolder(config.library.music_root, self._report_music)
        self._engine = engine = Engine(
            state,
            lambda report, attach: CardOutlet(config.audio, rate_hz, report, attach),
            dither=config.audio.dither,
            patient=False,
            keeper=keeper,
            card_volume=volume,
            music_lost=self._music.has_lost,
        )
        door = Door(engine.conductor.post, self._store, config.library.music_root)
        self._server = SocketServer(
            address.of_service(config.control.socket),
            engine.bus,
            partial(door.ask, source="socket"),
        )
        history = History(keeper.record, rate_hz, lambda: datetime.now(UTC))
        self._consumers = [Consumer(engine.bus, "history", history.handle, *HISTORY_NAMES)]
        self._display = Terminal(engine.status, sys.stdout)
        names = self._display.NAMES
        self._consumers.append(
            Consumer(engine.bus, "terminal", self._display.handle, *names, limit=_DISPLAY_LIMIT)
        )
        for warning in opened.warnings:
            engine.conductor.post(Problem("library at the start", warning))
        self._driven = Driven(config, engine, door, self._store)
        self._mqtt = self._broker(config, door, rate_hz)
        self._hotplug = Hotplug(engine.writer.reopen)
        self._supervisor = Supervisor(
            self._nudge,
            (lambda: engine.conductor.steps, lambda: engine.writer.steps),
            watchdog_interval_s(),
        )

    def run(self) -> int:
        engine, complaints = self._engine, list[str]()
        with ExitStack() as stack:
            stack.enter_context(signals_call(self._ask_to_stop))  # before anybody can see us
            self._store.start()
            stack.callback(self._stop_store, complaints)
            for consumer in self._consumers:
                consumer.start()
                stack.callback(consumer.stop, _STOP_S)
            self._music.start()
            stack.callback(self._music.stop, _STOP_S)
            engine.start()
            stack.callback(self._stop_engine, complaints)
            self._watch_cards()
            stack.callback(self._hotplug.stop)
            self._driven.start()
            stack.callback(self._driven.stop, _STOP_S)
            self._server.open()
            self._server.start()
            stack.callback(self._server.stop)
            if self._mqtt is not None:
                self._mqtt.start()
                stack.callback(self._mqtt.stop, _STOP_S)
            self._supervisor.start()
            stack.callback(self._supervisor.stop)
            if self._plays:  # at once, or a stop that comes first would be kept as a pause
                engine.conductor.step(Ask(Play(), _nobody))
            engine.conductor.run()
            self._driven.end_runs()
            self._fade_out()
        self._display.finish()
        for complaint in complaints:
            _log.error("%s", complaint)
        return 1 if complaints else 0

    def _broker(self, config: Config, door: Door, rate_hz: Hz) -> Mqtt | None:
        """The box at its broker, if one is configured; what is wrong with it is no end of it."""
        engine = self._engine
        report = self._report_mqtt
        try:
            broker = chosen(config.mqtt)
            if not broker.host:
                return None
            # TLS, the mirror and Home Assistant: a box without a broker does without them
            from wkmp_pi.app.broker import mqtt_of

            return mqtt_of(
                broker,
                engine.bus,
                partial(door.ask, source="mqtt"),
                engine.status,
                rate_hz=rate_hz,
                inventory=self._driven.inventory,
                report=report,
            )
        except ConfigError as error:
            report(str(error))
            return None

    def _report_mqtt(self, problem: str | None) -> None:
        self._engine.conductor.post(Problem("mqtt", problem))

    def _stop_engine(self, complaints: list[str]) -> None:
        complaints += [
            f"thread {name} did not end within {_STOP_S:g} s; expected an end; see above"
            for name in self._engine.stop(_STOP_S)
        ]

    def _stop_store(self, complaints: list[str]) -> None:
        if not self._store.stop(_STOP_S):
            complaints.append(
                f"library {self._config.library.database}: the last changes were not stored within "
                f"{_STOP_S:g} s; expected a disk that takes them; the next start knows older ones"
            )

    def _watch_cards(self) -> None:
        problem = self._hotplug.start()
        if problem:
            _log.info("%s", problem)

    def _ask_to_stop(self) -> None:
        self._engine.conductor.stop()

    def _fade_out(self) -> None:
        """End what sounds without a click, and keep where it was and that it was playing."""
        conductor, writer = self._engine.conductor, self._engine.writer
        kept = saved_state(conductor.state, conductor.now_ns())
        conductor.step(Ask(Pause(), _nobody))
        writer.quiet.wait(_FADE_S)
        self._engine.perform(kept)

    def _report_music(self, problem: str | None) -> None:
        self._engine.conductor.post(Problem(MUSIC, problem))

    def _report_store(self, problem: str | None) -> None:
        self._engine.conductor.post(Problem("library", problem))

    def _nudge(self) -> None:
        self._engine.conductor.post(Tick())
        self._engine.writer.poke()


def _nobody(_: object, __: object) -> None:
    """Nobody waits for an answer."""
