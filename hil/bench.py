"""The bench as a test sees it: one box, what drives it, and what hears it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from hil.box_file import box_file
from hil.drivers.boxside import Answer, BoxSide, Event, SilentError
from hil.drivers.clocks import SAME, ClockMap
from hil.drivers.linein import RecorderLineIn
from hil.drivers.lines import PulledLines
from hil.drivers.protocols import Broker, Power, Shell
from hil.drivers.service import SystemdService
from hil.errors import RigError
from hil.material import write_wav
from hil.recording import Recording, Samples
from hil.resources import Rig
from hil.strategy import Status, Strategy

MUSIC = "/srv/music"
_CONFIG = "/etc/wkmp-pi/box.toml"
_PLAYLISTS = "/etc/wkmp-pi/playlists"
_STATE = "/var/lib/wkmp-pi"
_UP_S = 60.0
_LOOK_S = 0.1
_LONGEST_S = 6 * 3600.0
"""A simulated day of playing takes hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a bench is put together from; functions make what lives only while the box is up.

    Attributes:
        shell: the box.
        python: of the product, there.
        root: what makes a command root's, there.
        power: feeds the box.
        service: the product as a service.
        line_in: makes what records, for a rate, a format such as ``S32``, and channels.
        lines: makes what pulls.
        broker: makes a client of the broker; ``None`` where the rig has none.
        clock: from the recorder's clock to the box's; measured anew at each call.
        new_card: puts an empty card into the box; ``None`` where that takes a person.
        reached: waits until the box answers after its power came.
        cpu_s: processor time that a virtual box has taken of the bench's machine; ``None`` for a
            box with a processor of its own.
        still: has a virtual box do nothing meanwhile.
        simulated: whether the box's time is.
    """

    shell: Shell
    python: str
    root: Sequence[str]
    power: Power
    service: SystemdService
    line_in: Callable[[int, str, int], RecorderLineIn]
    lines: Callable[[], PulledLines]
    broker: Callable[[], Broker] | None
    clock: Callable[[], ClockMap] = lambda: SAME
    reached: Callable[[], None] = lambda: None
    cpu_s: Callable[[], float] | None = None
    still: Callable[[], AbstractContextManager[None]] = nullcontext
    simulated: bool = False


class Bench:
    """One box and everything around it.

    Args:
        rig: what its file says.
        parts: the drivers.
        broken: name of a control of ``hil.controls``: the product is broken on purpose.
    """

    def __init__(self, rig: Rig, parts: Parts, broken: str | None = None) -> None:
        self.rig = rig
        self.shell = parts.shell
        self.power = parts.power
        self.service = parts.service
        self.python = parts.python
        self.root = parts.root
        self.simulated = parts.simulated
        self.clock = parts.clock
        self.cpu_s = parts.cpu_s
        self.still = parts.still
        self.strategy = Strategy(
            {
                Status.OFF: self._cut,
                Status.BOOTED: self._boot,
                Status.PLAYING: self._play,
            }
        )
        self._parts = parts
        self._broken = broken
        self._side: BoxSide | None = None
        self._lines: PulledLines | None = None
        self._runs_with: tuple[str, int | None] = ("", None)
        self._settings: dict[str, Any] = {}

    # --- states --------------------------------------------------------------------------------

    def fresh(
        self,
        audio: Mapping[str, Any] | None = None,
        settings: Mapping[str, Any] | None = None,
        further: str = "",
    ) -> None:
        """The box as after its installation: nothing in its queue, and this configuration.

        A service that runs with this very configuration is not started anew, unless this machine
        was so busy that the service has become more patient than it is configured.

        Args:
            audio: keys of ``[audio]`` in box.toml.
            settings: first values of settings; crossfades are off unless said otherwise.
            further: what else its box.toml says.
        """
        self.strategy.to(Status.BOOTED)
        text = _box_file(audio, settings) + further
        as_it_was = self._runs_with == (text, self.service.main_pid())
        if as_it_was and not self.events("output.buffer_grown"):
            self._tidy()
            return
        self.service.stop()
        self.forget()
        self.configure(audio, settings, further)
        self.start()
        self._runs_with = (text, self.service.main_pid())
        self._settings = self.ask("settings.get")
        self.strategy.changed(Status.BOOTED)

    def start(self) -> None:
        """Start the service and wait until it answers; its events are heard from there on."""
        self._leave()
        self.service.start()
        self.connect()

    def stop(self) -> None:
        """End the service as a shutdown does."""
        self.service.stop()
        self._leave()

    def forget(self) -> None:
        """Empty the box's library; only while the service is off."""
        words = ["find", _STATE, "-mindepth", "1", "-not", "-name", "lost+found", "-delete"]
        self.shell.run([*self._parts.root, *words])

    def configure(
        self,
        audio: Mapping[str, Any] | None = None,
        settings: Mapping[str, Any] | None = None,
        further: str = "",
    ) -> None:
        """Write the box's configuration; see ``fresh``. It counts from the next start on."""
        text = _box_file(audio, settings) + further
        self._store(_CONFIG, text.encode())
        self._break()

    def connect(self, timeout_s: float = _UP_S) -> None:
        """Wait until the service answers, and follow all of its events.

        Raises:
            RigError: it does not answer.
        """
        last: SilentError | None = None
        for _ in range(round(timeout_s / _LOOK_S)):
            try:
                self.side.ask({"command": "status"})
                self.side.follow("*")
            except SilentError as error:
                last = error
                self.wait(_LOOK_S)
            else:
                return
        raise RigError(f"the box: no answer within {timeout_s:g} s; {last}") from last

    def off(self) -> None:
        """Cut the power."""
        self.strategy.to(Status.OFF)

    def close(self) -> None:
        """Leave the box and cut its power."""
        self._leave()
        self.power.off()

    # --- what a test does ------------------------------------------------------------------------

    @property
    def side(self) -> BoxSide:
        """The service's door, seen from the box itself; made when it is needed."""
        if self._side is None:
            self._side = BoxSide(self.shell, self.python, prefix=self._parts.root)
        return self._side

    @property
    def lines(self) -> PulledLines:
        """The wires to buttons and from outputs."""
        if self._lines is None:
            self._lines = self._parts.lines()
        return self._lines

    @contextmanager
    def recording(
        self,
        *,
        rate_hz: int = 44_100,
        format: str = "S32",  # noqa: A002 ALSA's word
        channels: int = 2,
        patient: bool = False,
        period_ms: float = 10.0,
    ) -> Iterator[Recording]:
        """Record what the box plays until the end of the block."""
        line_in = self._parts.line_in(rate_hz, format, channels)
        with line_in.recording(patient=patient, period_ms=period_ms) as recording:
            yield recording

    @contextmanager
    def broker(self) -> Iterator[Broker]:
        """A client of the broker beside the box."""
        if self._parts.broker is None:
            raise RigError(f"{self.rig.file}: no broker; expected [broker]; wire one")
        client = self._parts.broker()
        try:
            yield client
        finally:
            client.close()

    def ask(self, command: str, **fields: Any) -> dict[str, Any]:
        """Ask for one thing; its result.

        Raises:
            AssertionError: the box refuses.
        """
        result = self.asked(command, **fields).result
        assert result is not None
        return result

    def asked(self, command: str, **fields: Any) -> Answer:
        """The same, with the times."""
        answer = self.side.ask({"command": command, **fields})
        assert answer.error is None, answer.error
        return answer

    def status(self) -> dict[str, Any]:
        """The player state."""
        return self.ask("status")

    def event(
        self, name: str, wait_for: Callable[[Event], bool] = lambda _: True, timeout_s: float = 60
    ) -> Event:
        """The next event of that name."""
        return self.side.next_event(name, wait_for, timeout_s)

    def events(self, *names: str) -> list[Event]:
        """Every event of these names that has come so far, in order."""
        self.side.now_ns()  # what was said before the answer is here with it
        return [event for event in self.side.events if event.name in names]

    def wait(self, seconds: float) -> None:
        """Let time pass at the box."""
        patience_s = _LONGEST_S if self.simulated else seconds + _UP_S
        self.shell.run(["sleep", f"{seconds:.3f}"], timeout_s=patience_s)

    def put(self, name: str, samples: Samples, rate_hz: int = 44_100, *, bits: int = 16) -> str:
        """A WAV file in the box's music folder; its name there."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "file.wav")
            write_wav(file, samples, rate_hz, bits=bits)
            return self.bring(file, name)

    def bring(self, file: Path, name: str) -> str:
        """A file of the bench into the box's music folder; its path there."""
        path = str(PurePosixPath(MUSIC, name))
        self._store(path, file.read_bytes())
        return path

    def playlist(self, name: str, text: str | None) -> None:
        """A file of an event playlist beside the box's configuration; ``None``: none any more."""
        path = str(PurePosixPath(_PLAYLISTS, f"{name}.toml"))
        if text is not None:
            self._store(path, text.encode())
        else:
            self.shell.run([*self._parts.root, "rm", "-f", path])

    def journal(self, lines: int = 20) -> str:
        """What the service said last."""
        words = ["journalctl", "--no-pager", "-o", "cat", "-n", str(lines), "-u", "wkmp-pi"]
        return self.shell.run([*self._parts.root, *words], check=False).out

    # --- steps of the strategy -----------------------------------------------------------------

    def _cut(self) -> None:
        self._leave()
        self.power.off()

    def _boot(self) -> None:
        self.power.on()
        self._parts.reached()
        self._break()
        if self._broken is not None:
            self.service.restart()
        self.connect()

    def _play(self) -> None:
        from hil.material import noise

        self.put("playing.wav", noise(1, 60))
        self.ask("enqueue", items=["playing.wav"])
        self.ask("play")
        self.event("passage.started")

    def _store(self, path: str, data: bytes) -> None:
        """A file of root's on the box."""
        if not self._parts.root:
            self.shell.write(path, data)
            return
        script = 'mkdir -p "${1%/*}" && cat >"$1"'
        command = [*self._parts.root, "sh", "-c", script, "sh", path]
        self.shell.run(command, stdin=data, timeout_s=600)

    def _tidy(self) -> None:
        """Undo what a test can have done to a service that it left running."""
        self.connect()
        self.ask("clear")
        self.ask("sleep")
        self.ask("mute", on=False)
        self.ask("volume", percent=100)
        for key, value in self.ask("settings.get").items():
            if value != self._settings[key]:
                self.ask("settings.set", key=key, value=self._settings[key])
        self.ask("play")
        self.wait(0.5)
        self._leave()
        self.connect()

    def _break(self) -> None:
        if self._broken is not None:
            command = f"{self.python} -m hil.controls {self._broken} run"
            text = (
                f"[Service]\nEnvironment=PYTHONPATH=/opt/wkmp-pi\nExecStart=\nExecStart={command}\n"
            )
            self.service.override(text)

    def _leave(self) -> None:
        """The programs at the other end go with the service or the power."""
        for program in (self._side, self._lines):
            if program is not None:
                try:
                    program.close()
                except (RigError, TimeoutError):
                    continue  # the box was faster
        self._side = self._lines = None


def _box_file(audio: Mapping[str, Any] | None, settings: Mapping[str, Any] | None) -> str:
    return box_file(audio or {}, {"crossfade_ms": 0, **(settings or {})})
