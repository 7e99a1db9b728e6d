"""The only import of gpiozero, and through it of lgpio.

Both are imported when the first pin is asked for: a box without pins pays
nothing. Only edges, levels and duty cycles are taken from gpiozero; its hold,
debounce and fade threads are not used (its issues 697, 1039 and 550 tell why).

Whatever goes wrong is a ``PinError`` that says what to do.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import ModuleType
from typing import Any

from wkmp_pi.errors import DeviceError
from wkmp_pi.gpio.stamps import on_monotonic_ns

OnEdge = Callable[[bool, int], None]
"""Called with the level (whether high) and the stamp (CLOCK_MONOTONIC, ns) of an edge.

On gpiozero's thread: it may only note and post, and must never raise: that would end the thread.
"""

MakeFactory = Callable[[int | None], Any]
"""Makes a pin factory of gpiozero for the chip of that number, or for the usual one."""


_NO_CHIP = (
    "see: ls -l /dev/gpiochip*; this user must be in the group gpio; "
    "name another chip in [gpio], or remove what hangs on pins from box.toml"
)
_BUSY = "stop the program that holds it (see: gpioinfo), or use another pin"


class PinError(DeviceError):
    """A chip or a pin cannot be had; says what to do."""


class Pins:
    """A GPIO chip.

    Thread: one for everything but the calls of ``OnEdge``.
    Owns: the chip, and every pin that was asked for.

    Args:
        chip: number of the ``/dev/gpiochip``; ``None`` takes the header's.
        factory: how to get at it.

    Raises:
        PinError: there is no such chip, no right to use it, or no library for it.
    """

    def __init__(self, chip: int | None = None, factory: MakeFactory | None = None) -> None:
        where = f"gpio chip {'auto' if chip is None else chip}"
        with _told(where, "a chip that this user may use", _NO_CHIP):
            import gpiozero

            self._gpiozero = gpiozero
            self._factory = (factory or lgpio_factory)(chip)
            try:
                _ = self._factory.board_info  # a machine that is no Pi has no pins to speak of
            except Exception:
                self._factory.close()
                raise

    def line(self, pin: int, *, pull_up: bool, on_edge: OnEdge) -> Line:
        """A pin that is read; edges come from now on."""
        with _told(f"gpio pin {pin}"):
            device = self._gpiozero.InputDevice(pin, pull_up=pull_up, pin_factory=self._factory)
            return Line(device, pin, on_edge)

    def output(self, pin: int, *, active_low: bool, on: bool = False) -> Output:
        """A pin that is on or off."""
        with _told(f"gpio pin {pin}"):
            return Output(
                self._gpiozero.LED(
                    pin, active_high=not active_low, initial_value=on, pin_factory=self._factory
                ),
                pin,
            )

    def dimmer(self, pin: int, *, active_low: bool, frequency_hz: int) -> Dimmer:
        """A pin with pulses, dark at first."""
        with _told(f"gpio pin {pin}"):
            return Dimmer(
                self._gpiozero.PWMLED(
                    pin,
                    active_high=not active_low,
                    frequency=frequency_hz,
                    pin_factory=self._factory,
                ),
                pin,
            )

    def colour(self, pins: Sequence[int], *, active_low: bool) -> Colour:
        """Three pins with pulses: red, green and blue, dark at first."""
        with _told(f"gpio pins {', '.join(map(str, pins))}"):
            return Colour(
                self._gpiozero.RGBLED(*pins, active_high=not active_low, pin_factory=self._factory),
                pins[0],
            )

    def close(self) -> None:
        """Let go of chip and pins; every pin is an input after that."""
        with suppress(Exception):  # it may be gone
            self._factory.close()


class _Held:
    """A device of gpiozero, and the number of its (first) pin for messages."""

    def __init__(self, device: Any, pin: int) -> None:
        self._device = device
        self._pin = pin

    def close(self) -> None:
        """Let go of the pin."""
        with suppress(Exception):  # its chip may be gone
            self._device.close()


class Line(_Held):
    """A pin that is read; build it with ``Pins.line``."""

    def __init__(self, device: Any, pin: int, on_edge: OnEdge) -> None:
        super().__init__(device, pin)
        self._on_edge = on_edge
        self._device.pin.bounce = None
        self._device.pin.edges = "both"
        self.listen(on=True)

    def listen(self, *, on: bool) -> None:
        """Hear edges, or none of them."""
        with _told(f"gpio pin {self._pin}"):
            # gpiozero holds this weakly: it lives as long as this object does.
            self._device.pin.when_changed = self._changed if on else None

    def high(self) -> bool:
        """The level now.

        Raises:
            PinError: the chip is gone.
        """
        with _told(f"gpio pin {self._pin}"):
            return bool(self._device.pin.state)

    def _changed(self, ticks_s: float, state: Any) -> None:
        at_ns = on_monotonic_ns(ticks_s, time.monotonic_ns(), time.time_ns())
        self._on_edge(bool(state), at_ns)

    def close(self) -> None:
        """Let go of the pin."""
        with suppress(PinError):
            self.listen(on=False)
        super().close()


class Output(_Held):
    """A pin that is on or off; build it with ``Pins.output``."""

    def set(self, on: bool) -> None:
        """Switch it; raises ``PinError`` when the chip is gone."""
        with _told(f"gpio pin {self._pin}"):
            self._device.value = int(on)


class Dimmer(_Held):
    """A pin with pulses; build it with ``Pins.dimmer``."""

    def set(self, duty: float) -> None:
        """Change the duty cycle (0 to 1); raises ``PinError`` when the chip is gone."""
        with _told(f"gpio pin {self._pin}"):
            self._device.value = duty


class Colour(_Held):
    """Three pins with pulses; build it with ``Pins.colour``."""

    def set(self, duties: tuple[float, float, float]) -> None:
        """Change red, green and blue (0 to 1); raises ``PinError`` when the chip is gone."""
        with _told(f"gpio pin {self._pin}"):
            self._device.value = duties


def lgpio_factory(chip: int | None) -> Any:
    """Real pins through ``/dev/gpiochip``.

    Always this one: left to itself, gpiozero tries other libraries, with a warning for each.
    """
    _import_lgpio()
    return importlib.import_module("gpiozero.pins.lgpio").LGPIOFactory(chip)


def _import_lgpio() -> ModuleType:
    """Import lgpio so that its pipe is nobody's business.

    While it is imported, lgpio makes a named pipe ``.lgd-nfy0`` in the folder that ``LG_WD``
    names, goes there, and opens it again by its bare name (lgpio 0.2.2.0, ``_callback_thread`` and
    ``lguGetWorkDir``). A service's working folder is / or read-only, whoever can write into the
    pipe presses buttons, and a process that changes its folder takes its threads along. So the
    pipe is made in a folder of our own, which is gone when both ends are open, and the way back
    is taken in the same moment.
    """
    if known := sys.modules.get("lgpio"):
        return known
    spec = importlib.util.find_spec("lgpio")
    if spec is None or spec.loader is None:
        raise ImportError("No module named 'lgpio'")
    module = importlib.util.module_from_spec(spec)
    with (
        tempfile.TemporaryDirectory(prefix="wkmp-pi-gpio-") as folder,
        _working_folder(folder) as (go_back),
    ):
        vars(module)["open"] = lambda name, mode: go_back((Path(folder) / name).open(mode))
        sys.modules["lgpio"] = module
        try:
            spec.loader.exec_module(module)
        except BaseException:
            del sys.modules["lgpio"]
            raise
        finally:
            del vars(module)["open"]
    return module


@contextmanager
def _working_folder(folder: str) -> Iterator[Callable[[Any], Any]]:
    """What lgpio takes for the place of its pipe; gives the way back from there."""
    before, here = os.environ.get("LG_WD"), os.open(".", os.O_PATH | os.O_CLOEXEC)

    def go_back(result: Any) -> Any:
        os.fchdir(here)
        return result

    os.environ["LG_WD"] = folder
    try:
        yield go_back
    finally:
        go_back(None)
        os.close(here)
        del os.environ["LG_WD"]
        if before is not None:
            os.environ["LG_WD"] = before


@contextmanager
def _told(where: str, expected: str = "a free one", remedy: str = _BUSY) -> Iterator[None]:
    """Whatever gpiozero and lgpio raise, as one error; lgpio's own derives from nothing else."""
    try:
        yield
    except PinError:
        raise
    except ImportError as error:
        raise PinError(
            f"{where}: {error}; expected gpiozero and lgpio; install them with: make setup"
        ) from error
    except Exception as error:
        # To gpiozero a pin is taken for as long as a device of it lives, and tracebacks keep one
        # that failed alive (from Python 3.13 on until the next collection of garbage).
        traceback.clear_frames(error.__traceback__)
        found = " ".join(str(error).strip("'").split()) or type(error).__name__
        raise PinError(f"{where}: {found}; expected {expected}; {remedy}") from error
