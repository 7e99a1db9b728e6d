from __future__ import annotations

import time

from gpio.mock import Chip, Clock

from wkmp_pi.config.pins import Button, Encoder
from wkmp_pi.controls.buttons import Buttons, contacts
from wkmp_pi.controls.gestures import Edge, Input, Level, Storm
from wkmp_pi.gpio import PinThread

MS = 1_000_000
PLAY = Button(name="play", pin=17)
STOP = Button(name="stop", pin=27, pull_up=False, active_low=False)
KNOB = Encoder(name="knob", pin_a=5, pin_b=6)


class Box:
    """Buttons on a mocked chip, and what they post and report."""

    def __init__(self, *buttons: Button, encoders: tuple[Encoder, ...] = ()) -> None:
        self.chip, self.clock = Chip(), Clock()
        self.posted: list[Input] = []
        self.problems: dict[str, str | None] = {}
        self.pokes = 0
        self.buttons = Buttons(
            contacts(buttons, encoders),
            self.posted.append,
            self.problems.__setitem__,
            self._poke,
            retry_s=5,
            clock_ns=self.clock,
        )
        self.thread = PinThread(
            [self.buttons],
            lambda text: self.problems.__setitem__("gpio", text),
            self.chip.open,
            clock_ns=self.clock,
        )

    def _poke(self) -> None:
        self.pokes += 1

    def edges(self) -> list[tuple[str, bool]]:
        return [(item.button, item.down) for item in self.posted if isinstance(item, Edge)]


def test_at_the_start_every_level_is_told() -> None:
    box = Box(PLAY, STOP, encoders=(KNOB,))
    assert box.thread.step() is None
    assert box.posted == [
        Level("play", False, 0),
        Level("stop", False, 0),
        Level("knob.a", False, 0),
        Level("knob.b", False, 0),
    ]
    assert not any(box.problems.values())


def test_edges_are_posted_as_the_buttons_side_sees_them() -> None:
    box = Box(PLAY, STOP, encoders=(KNOB,))
    box.thread.step()
    box.chip.press(17)
    box.chip.release(27)  # this one is down while its pin is high
    box.chip.press(5)
    box.chip.release(17)
    assert box.edges() == [("play", True), ("stop", True), ("knob.a", True), ("play", False)]


def test_edges_bear_the_stamp_of_the_kernel() -> None:
    box = Box(PLAY)
    box.thread.step()
    before_ns = time.monotonic_ns()
    box.chip.press(17)
    edge = box.posted[-1]
    assert before_ns - MS <= edge.at_ns <= time.monotonic_ns()


def test_a_reading_is_posted_when_the_thread_comes_by() -> None:
    box = Box(PLAY)
    box.thread.step()
    box.chip.press(17)
    box.clock.ahead(100)
    box.buttons.read("play")
    box.buttons.read("gone")
    assert box.pokes == 2
    box.thread.step()
    assert box.posted[-1] == Level("play", True, 100 * MS)


def test_a_button_that_is_down_at_the_start_is_a_problem_until_it_comes_up() -> None:
    box = Box(STOP)
    box.chip.open()
    box.thread.step()
    assert box.problems["button stop"] is None
    low = Box(Button(name="stop", pin=27, pull_up=True, active_low=False))
    assert low.thread.step() == 5000 * MS
    assert low.posted == [Level("stop", True, 0)]
    assert low.problems["button stop"] == (
        "button stop: pin 27 is high since the start; expected a button that is up; "
        "let it go, check its wires, or change active_low"
    )
    low.chip.press(27)
    low.clock.ahead(5000)
    assert low.thread.step() is None
    assert low.problems["button stop"] is None


def test_a_knob_may_rest_anywhere() -> None:
    box = Box(encoders=(Encoder(name="knob", pin_a=5, pin_b=6, pull_up=True),))
    box.thread.step()
    assert box.problems == {"button knob.a": None, "button knob.b": None}


def test_a_busy_pin_is_told_and_asked_for_again_while_the_others_work() -> None:
    box = Box(PLAY, STOP)
    box.chip.busy = {17}
    assert box.thread.step() == 5000 * MS
    assert "gpio pin 17: GPIO busy" in str(box.problems["button play"])
    box.chip.release(27)
    assert box.edges() == [("stop", True)]
    box.chip.busy = set()
    box.clock.ahead(4999)
    assert box.thread.step() == 5000 * MS
    box.clock.ahead(1)
    assert box.thread.step() is None
    assert box.problems["button play"] is None
    box.chip.press(17)
    assert box.edges()[-1] == ("play", True)


def test_a_missing_chip_is_told_and_asked_for_again() -> None:
    box = Box(PLAY)
    box.chip.missing = "can not open gpiochip"
    assert box.thread.step() == 5000 * MS
    box.buttons.read("play")  # harmless
    assert "can not open gpiochip" in str(box.problems["gpio"])
    box.chip.missing = None
    box.clock.ahead(5000)
    box.thread.step()
    assert box.problems["gpio"] is None
    box.chip.press(17)
    assert box.edges() == [("play", True)]


def test_a_storm_is_told_once_and_not_listened_to() -> None:
    box = Box(PLAY, STOP)
    box.thread.step()
    box.posted.clear()
    for _ in range(500):
        box.chip.press(17)
        box.chip.release(17)
    assert len(box.posted) == 65
    storm = box.posted[-1]
    assert isinstance(storm, Storm)
    assert storm.button == "play"
    assert storm.per_second > 1000
    assert box.pokes == 1
    assert box.thread.step() == 250 * MS
    box.chip.press(17)
    box.chip.release(27)
    assert box.posted[-1] == Edge("stop", True, box.posted[-1].at_ns)
    box.clock.ahead(250)
    assert box.thread.step() is None
    assert box.posted[-1] == Level("play", True, 250 * MS)
    box.chip.release(17)
    assert box.edges()[-1] == ("play", False)


def test_bouncing_is_no_storm() -> None:
    box = Box(PLAY)
    box.thread.step()
    for _ in range(30):
        box.chip.press(17)
        box.chip.release(17)
    assert not any(isinstance(item, Storm) for item in box.posted)


def test_at_the_end_all_pins_are_let_go() -> None:
    box = Box(PLAY, STOP)
    box.thread.step()
    pin = box.chip.pin(17)
    box.thread.close()
    box.posted.clear()
    pin.drive_low()
    assert box.posted == []
    assert box.chip.pin(17) is not pin
