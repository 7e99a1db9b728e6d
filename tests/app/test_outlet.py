"""Which output takes the sound, on a machine without a card."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from wkmp_pi.app import outlet as outlets
from wkmp_pi.app.outlet import CardOutlet, FileOutlet
from wkmp_pi.config import Audio
from wkmp_pi.errors import DeviceError
from wkmp_pi.output.silent import SilentSink
from wkmp_pi.units import NS_PER_SECOND, Hz

RATE = Hz(44_100)


class FakeCard(SilentSink):
    """What ``open_alsa`` would give."""

    card = 1

    def __init__(self, latency_ms: int, period_ms: int, name: str) -> None:
        super().__init__(RATE, 44 * period_ms, 44 * latency_ms)
        object.__setattr__(self.format, "device", name)
        self.closed = False

    def close(self) -> None:
        self.closed = True


class Rig:
    def __init__(self, monkeypatch: pytest.MonkeyPatch, device: str) -> None:
        self.cards: list[str] = []
        self.asked: list[str] = []
        self.reports: list[str | None] = []
        self.attached: list[int | None] = []
        monkeypatch.setattr(outlets, "open_alsa", self._open)
        self.outlet = CardOutlet(
            Audio(device=device), RATE, self.reports.append, self.attached.append
        )

    def _open(self, device: str, *_: Any, latency_ms: int, period_ms: int) -> FakeCard:
        self.asked.append(device)
        name = self.cards[0] if device == "auto" and self.cards else device
        if name not in self.cards:
            raise DeviceError(2, f"{device}: not there; expected a card; plug it in")
        return FakeCard(latency_ms, period_ms, name)


def test_without_a_card_it_is_silent_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig(monkeypatch, "auto")
    sink = rig.outlet.open(None)
    assert sink.format.device == "silent"
    assert rig.reports[-1] is not None
    assert rig.reports[-1].startswith("no sound card")
    assert sink.stand_in
    assert rig.outlet.open(sink) is sink


def test_a_card_that_comes_takes_over_and_stays_the_only_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rig = Rig(monkeypatch, "auto")
    silent = rig.outlet.open(None)
    rig.cards = ["usb-1"]
    card = rig.outlet.open(silent)
    assert card.format.device == "usb-1"
    assert (rig.reports[-1], rig.attached) == (None, [1])
    rig.cards = ["hdmi"]
    assert rig.outlet.open(card) is card
    with pytest.raises(DeviceError):
        rig.outlet.open(None)
    assert rig.asked[-1] == "usb-1"


def test_a_named_card_that_is_missing_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig(monkeypatch, "usb-1")
    rig.cards = ["hdmi"]
    with pytest.raises(DeviceError):
        rig.outlet.open(None)
    assert "usb-1" in str(rig.reports[-1])


def test_three_xruns_in_a_minute_open_the_same_card_again_with_twice_the_buffer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rig = Rig(monkeypatch, "auto")
    rig.cards = ["usb-1"]
    first = rig.outlet.open(None)
    assert [rig.outlet.ran_dry(at_s * NS_PER_SECOND) for at_s in (0, 1, 60)] == [None, None, 160]
    second = rig.outlet.open(first)
    assert isinstance(first, FakeCard)
    assert first.closed
    assert second.format.buffer_frames == 2 * first.format.buffer_frames
    largest = [rig.outlet.ran_dry(at_s * NS_PER_SECOND) for at_s in range(61, 91)]
    assert [ms for ms in largest if ms is not None] == [320, 640, 1280, 2000]


def test_xruns_further_apart_are_no_reason_to_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig(monkeypatch, "auto")
    assert not any(rig.outlet.ran_dry(at_s * NS_PER_SECOND) for at_s in range(0, 600, 31))


def test_silence_can_be_chosen_and_is_no_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig(monkeypatch, "silent")
    sink = rig.outlet.open(None)
    assert sink.format.device == "silent"
    assert not sink.stand_in
    assert rig.reports == []
    assert rig.asked == []


def test_a_file_is_made_once(tmp_path: Path) -> None:
    reports: list[str | None] = []
    outlet = FileOutlet(tmp_path / "a.wav", RATE, "S16", reports.append)
    sink = outlet.open(None)
    assert outlet.open(sink) is sink
    with pytest.raises(DeviceError, match="render it again"):
        outlet.open(None)
    assert not any(outlet.ran_dry(at_ns) for at_ns in range(9))
    sink.close()


def test_a_file_that_can_not_be_made_is_reported(tmp_path: Path) -> None:
    reports: list[str | None] = []
    outlet = FileOutlet(tmp_path / "no" / "a.wav", RATE, "S16", reports.append)
    with pytest.raises(DeviceError):
        outlet.open(None)
    assert "a.wav" in str(reports[0])
