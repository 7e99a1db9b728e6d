from __future__ import annotations

import threading
from typing import Any

import pytest
from gpio.mock import Chip, Clock

from wkmp_pi.config.pins import Light, Relay
from wkmp_pi.consumers.lights import Lights
from wkmp_pi.errors import RequestError
from wkmp_pi.events.bus import Bus
from wkmp_pi.events.kinds import LightChanged, MqttChanged, ProblemChanged, StateChanged
from wkmp_pi.gpio import PinThread

MS = 1_000_000
PLAIN = Light(name="lamp", pins=(17,))
DIM = Light(name="glow", pins=(18,), pwm=True)
RGB = Light(name="mood", pins=(22, 23, 24))
AMP = Relay(name="amplifier", pin=25)


class Box:
    """Lights on a mocked chip, the events that they publish and the problems they have."""

    def __init__(self, *lights: Light, relays: tuple[Relay, ...] = ()) -> None:
        self.chip, self.clock, self.bus = Chip(), Clock(), Bus()
        self.problems: dict[str, str | None] = {}
        self.pokes = 0
        self.heard = self.bus.subscribe("light.changed")
        self.lights = Lights(
            lights, relays, self.bus, self.problems.__setitem__, self._poke, retry_s=5
        )
        self.thread = PinThread([self.lights], lambda _: None, self.chip.open, clock_ns=self.clock)

    def _poke(self) -> None:
        self.pokes += 1

    def set(self, name: str, **asked: Any) -> None:
        self.lights.set(name, **asked)
        self.thread.step()

    def duty(self, pin: int) -> float:
        return float(self.chip.pin(pin).state)

    def events(self) -> list[tuple[str, bool, float, str]]:
        told = []
        while (event := self.heard.get(0)) is not None:
            assert isinstance(event, LightChanged)
            told.append((event.light, event.on, event.level, event.colour))
        return told


def test_a_lamp_is_switched_and_that_is_told_once() -> None:
    box = Box(PLAIN)
    box.set("lamp", on=True)
    assert box.duty(17) == 1
    box.set("lamp", on=True)
    box.set("lamp", on=False)
    assert box.duty(17) == 0
    assert box.events() == [("lamp", True, 1.0, ""), ("lamp", False, 0.0, "")]


def test_a_lamp_that_cannot_be_dimmed_is_on_at_any_level() -> None:
    box = Box(PLAIN)
    box.set("lamp", level=0.2, fade_ms=1000)
    assert box.duty(17) == 1
    assert box.events() == [("lamp", True, 1.0, "")]


def test_a_light_that_is_on_while_its_pin_is_low() -> None:
    box = Box(Light(name="lamp", pins=(17,), active_low=True))
    box.thread.step()
    assert box.duty(17) == 1
    box.set("lamp", on=True)
    assert box.duty(17) == 0


def test_a_dimmed_light_has_levels() -> None:
    box = Box(DIM)
    box.set("glow", level=0.5)
    assert box.duty(18) == pytest.approx(0.2176, abs=1e-4)
    box.set("glow", level=1.0)
    assert box.duty(18) == 1


def test_a_coloured_light_is_white_at_first_and_has_colours() -> None:
    box = Box(RGB)
    box.set("mood", on=True)
    assert [box.duty(pin) for pin in (22, 23, 24)] == [1, 1, 1]
    box.set("mood", colour="#ff0000")
    assert [box.duty(pin) for pin in (22, 23, 24)] == [1, 0, 0]
    assert box.events()[-1] == ("mood", True, 1.0, "#ff0000")


def test_a_fade_goes_in_steps_of_20_ms_and_tells_its_end_at_its_beginning() -> None:
    box = Box(DIM)
    box.thread.step()
    box.lights.set("glow", on=True, fade_ms=200)
    duties, dues = [], []
    while (due_ns := box.thread.step()) is not None:
        duties.append(box.duty(18))
        dues.append(due_ns)
        box.clock.now_ns = due_ns
    assert dues == [step * 20 * MS for step in range(1, 11)]
    assert duties == sorted(duties)
    assert (duties[0], box.duty(18)) == (0, 1)
    assert box.events() == [("glow", True, 1.0, "")]


def test_a_fade_that_is_overtaken_goes_on_from_where_it_was() -> None:
    box = Box(DIM)
    box.set("glow", on=True, fade_ms=1000)
    box.clock.ahead(500)
    box.thread.step()
    half = box.duty(18)
    box.set("glow", on=False, fade_ms=1000)
    assert box.duty(18) == half
    box.clock.ahead(1000)
    assert box.thread.step() is None
    assert box.duty(18) == 0


def test_an_order_without_a_fade_ends_one() -> None:
    box = Box(DIM)
    box.set("glow", on=True, fade_ms=10_000)
    box.set("glow", on=False)
    assert box.duty(18) == 0
    assert box.thread.step() is None


def test_orders_are_obeyed_in_order() -> None:
    box = Box(DIM)
    for level in (0.1, 0.9, 0.4):
        box.lights.set("glow", level=level)
    assert box.pokes == 3
    box.thread.step()
    assert [level for _, _, level, _ in box.events()] == [0.1, 0.9, 0.4]


def test_what_caused_a_change_is_told_with_it() -> None:
    box = Box(PLAIN)
    cause = box.bus.publish(playing("playing"))
    box.lights.set("lamp", on=True, causes=(cause,))
    box.thread.step()
    told = box.heard.take(0)
    assert told is not None
    assert told.causes == (cause,)


def test_a_relay_is_switched() -> None:
    box = Box(relays=(AMP,))
    box.lights.switch("amplifier", on=True)
    box.thread.step()
    assert box.duty(25) == 1
    assert box.events() == [("amplifier", True, 1.0, "")]


def test_a_relay_may_be_on_from_the_first_moment() -> None:
    box = Box(relays=(Relay(name="amplifier", pin=25, active_low=True, on=True),))
    box.thread.step()
    assert [state for _, state in box.chip.pin(25).states][-1] == 0
    assert box.events() == []


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (("set", "gone"), r"light gone: not known; expected one of box.toml \(lamp\); .*\[\[light"),
        (("switch", "gone"), r"relay gone: not known; expected one of box.toml \(amplifier\)"),
        (("set", "amplifier"), "light amplifier: not known"),
        (("switch", "lamp"), "relay lamp: not known"),
    ],
)
def test_what_there_is_not_is_refused(asked: tuple[str, str], words: str) -> None:
    box = Box(PLAIN, relays=(AMP,))
    method, name = asked
    with pytest.raises(RequestError, match=words):
        getattr(box.lights, method)(name, on=True)


def test_a_colour_for_a_light_without_is_refused() -> None:
    with pytest.raises(RequestError, match="light glow: found a colour; expected none"):
        Box(DIM).lights.set("glow", colour="#ff0000")


def test_a_busy_pin_is_told_and_the_light_is_right_when_it_is_free() -> None:
    box = Box(PLAIN, DIM)
    box.chip.busy = {17}
    box.set("lamp", on=True)
    box.set("glow", on=True)
    assert "gpio pin 17: GPIO busy" in str(box.problems["light lamp"])
    assert box.duty(18) == 1
    box.chip.busy = set()
    box.clock.ahead(5000)
    assert box.thread.step() is None
    assert box.problems == {"light lamp": None, "light glow": None}
    assert box.duty(17) == 1


def test_after_the_chip_was_away_all_lights_are_what_they_should_be() -> None:
    box = Box(PLAIN)
    box.set("lamp", on=True)
    box.thread.close()
    box.thread.step()
    assert box.duty(17) == 1
    assert len(box.events()) == 1


def test_at_the_end_everything_is_off() -> None:
    box = Box(PLAIN, RGB, relays=(AMP,))
    box.set("lamp", on=True)
    box.set("mood", on=True)
    box.lights.switch("amplifier", on=True)
    box.thread.step()
    pins = [box.chip.pin(pin) for pin in (17, 22, 25)]
    box.thread.close()
    assert [pin.states[-1].state for pin in pins] == [0, 0, 0]


def playing(state: str) -> StateChanged:
    return StateChanged(state=state, entry=1, position_ms=0)


def test_a_light_may_show_that_music_plays() -> None:
    box = Box(Light(name="status", pins=(17,), shows="playing"), PLAIN)
    box.bus.publish(playing("playing"))
    assert box.pokes == 1
    box.thread.step()
    assert box.duty(17) == 1
    box.bus.publish(playing("paused"))
    box.thread.step()
    assert box.duty(17) == 0
    assert [name for name, *_ in box.events()] == ["status", "status"]


def test_a_command_holds_until_the_next_change() -> None:
    box = Box(Light(name="status", pins=(17,), shows="playing"))
    box.bus.publish(playing("playing"))
    box.set("status", on=False)
    box.thread.step()
    assert box.duty(17) == 1  # the news came later than the command was obeyed
    box.set("status", on=False)
    assert box.duty(17) == 0
    box.bus.publish(playing("playing"))
    box.thread.step()
    assert box.duty(17) == 1


def test_a_light_may_show_that_something_is_wrong_until_nothing_is() -> None:
    box = Box(Light(name="alarm", pins=(17,), shows="problem"))
    for key, text, shines in (
        ("output", "no card", True),
        ("music", "no disk", True),
        ("output", None, True),
        ("gone", None, True),
        ("music", None, False),
    ):
        box.bus.publish(ProblemChanged(key=key, text=text))
        box.thread.step()
        assert box.duty(17) == shines


def test_a_light_may_show_that_the_broker_is_there() -> None:
    box = Box(Light(name="net", pins=(17,), shows="online"))
    box.bus.publish(MqttChanged(connected=True, broker="b"))
    box.thread.step()
    assert box.duty(17) == 1


def test_lights_that_show_nothing_by_themselves_listen_to_nothing() -> None:
    box = Box(PLAIN)
    box.bus.publish(playing("playing"))
    assert box.pokes == 0


@pytest.mark.flow
def test_however_many_lights_there_are_one_thread_drives_them() -> None:
    box = Box(*(Light(name=f"l{pin}", pins=(pin,), pwm=True) for pin in range(4, 20)))
    thread = PinThread([box.lights], lambda _: None, box.chip.open)
    box.lights.poke = thread.poke
    before = threading.active_count()
    thread.start()
    for pin in range(4, 20):
        box.lights.set(f"l{pin}", on=True, fade_ms=50)
    for _ in range(16):
        assert box.heard.get(5)
    assert threading.active_count() == before + 1
    assert thread.stop(5)
