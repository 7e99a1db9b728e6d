"""A chip whose pins a test can move, made of gpiozero's own mock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gpiozero.pins.mock import MockFactory, MockPWMPin

from wkmp_pi.gpio import Pins


class Chip:
    """A chip without hardware; ``missing`` and ``busy`` say what goes wrong."""

    def __init__(self) -> None:
        self.missing: str | None = None
        self.busy: set[int] = set()
        self.opened = 0
        self.factory: Any = None

    def open(self) -> Pins:
        return Pins(factory=self.make)

    def make(self, chip: int | None) -> Any:
        self.opened += 1
        if self.missing:
            raise Exception(repr(self.missing))  # noqa: TRY002 - as lgpio's own errors are
        self.factory = _Factory(self)
        return self.factory

    def pin(self, number: int) -> Any:
        return self.factory.pin(number)

    def press(self, number: int) -> None:
        self.pin(number).drive_low()

    def release(self, number: int) -> None:
        self.pin(number).drive_high()


class _Factory(MockFactory):
    """Refuses pins that are busy, and has pulses on all of them."""

    def __init__(self, chip: Chip) -> None:
        super().__init__(pin_class=MockPWMPin)
        self._chip = chip

    def pin(self, name: Any, pin_class: Any = None, **how: Any) -> Any:
        if name in self._chip.busy:
            raise Exception("'GPIO busy'")  # noqa: TRY002 - as lgpio's own errors are
        return super().pin(name, pin_class, **how)


class Clock:
    """A clock that a test sets."""

    def __init__(self, now_ns: int = 0) -> None:
        self.now_ns = now_ns

    def __call__(self) -> int:
        return self.now_ns

    def ahead(self, ms: float) -> Callable[[], int]:
        self.now_ns += round(ms * 1_000_000)
        return self
