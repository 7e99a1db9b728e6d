from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wkmp_pi.output import volume
from wkmp_pi.output.mixer_control import Range
from wkmp_pi.output.volume import CardVolume, card_level_db, perceptual_gain

FULL = Range(-103.5, 0.0)


def test_full_volume_changes_no_bit_and_none_is_silence() -> None:
    assert perceptual_gain(100) == 1.0
    assert perceptual_gain(0) == 0.0
    assert 20 * math.log10(perceptual_gain(50)) == pytest.approx(-18.06, abs=0.01)


@given(st.integers(0, 99))
def test_each_percent_is_louder_than_the_one_before(percent: int) -> None:
    assert perceptual_gain(percent) < perceptual_gain(percent + 1)


@given(st.integers(0, 99), st.floats(-120, 20), st.floats(0, 120))
def test_a_card_gets_louder_with_every_percent_within_its_range(
    percent: int, low: float, span: float
) -> None:
    reach = Range(low, low + span)
    quiet, loud = card_level_db(percent, reach), card_level_db(percent + 1, reach)
    assert reach.low_db <= quiet <= loud <= max(min(reach.high_db, 0.0), reach.low_db)


def test_a_card_with_a_large_range_follows_the_curve_of_the_software() -> None:
    for percent in range(10, 101):
        expected = 20 * math.log10(perceptual_gain(percent))
        assert card_level_db(percent, FULL) == pytest.approx(expected)


def test_a_small_range_is_used_whole() -> None:
    small = Range(-28.0, 0.0)
    assert card_level_db(100, small) == 0.0
    assert card_level_db(10, small) == pytest.approx(-28.0)
    assert card_level_db(50, small) == pytest.approx(-18.06 * 28 / 60, abs=0.01)


class Cards:
    """Which cards have which control, and what was set on them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **controls: str) -> None:
        self.controls = {device.replace("_", ":"): name for device, name in controls.items()}
        self.set: list[tuple[str, int, bool]] = []
        monkeypatch.setattr(volume, "find_control", self._find)

    def _find(self, device: str, names: tuple[str, ...]) -> Control | None:
        name = self.controls.get(device)
        return Control(device, self) if name in names else None


class Control:
    def __init__(self, device: str, cards: Cards) -> None:
        self.device, self.cards = device, cards

    def set(self, percent: int, level_db: Callable[[int, Range], float], *, muted: bool) -> None:
        if self.device not in self.cards.controls:
            raise OSError(19, "No such device")
        self.cards.set.append((self.device, percent, muted))


def test_a_card_that_comes_back_gets_its_level_before_anything_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cards = Cards(monkeypatch, hw_2="Digital", hw_3="PCM")
    volume_of_card = CardVolume()
    assert volume_of_card.attach(2)
    assert cards.set == []  # nothing was asked yet: the card keeps its own level
    volume_of_card.set(40, muted=False)
    volume_of_card.set(40, muted=True)
    assert volume_of_card.attach(3)
    assert cards.set == [("hw:2", 40, False), ("hw:2", 40, True), ("hw:3", 40, True)]


def test_a_level_that_is_set_while_the_card_is_away_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cards = Cards(monkeypatch, hw_2="Digital")
    volume_of_card = CardVolume()
    volume_of_card.attach(2)
    del cards.controls["hw:2"]
    volume_of_card.set(30, muted=False)
    cards.controls["hw:2"] = "Digital"
    volume_of_card.attach(2)
    assert cards.set == [("hw:2", 30, False)]


@pytest.mark.parametrize(
    ("control", "card", "has_control"),
    [
        ("auto", 2, True),
        ("auto", 3, False),
        ("auto", None, False),
        ("Digital", 2, True),
        ("Analogue", 2, False),
        ("software", 2, False),
    ],
)
def test_only_a_control_that_is_wanted_and_there_is_used(
    control: str, card: int | None, has_control: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    cards = Cards(monkeypatch, hw_2="Digital", hw_3="Deemphasis")
    volume_of_card = CardVolume(control)
    assert volume_of_card.attach(card) is has_control
    volume_of_card.set(50, muted=False)
    assert cards.set == ([("hw:2", 50, False)] if has_control else [])
