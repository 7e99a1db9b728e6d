from __future__ import annotations

import errno
import os
from dataclasses import dataclass, field
from typing import Any

import alsaaudio
import pytest
from support.fake_pcm import spoken
from support.pulse import Pulse

from wkmp_pi.output.mixer_control import MixerControl, find_control
from wkmp_pi.output.volume import card_level_db

RAW, DB, PERCENT = (
    alsaaudio.VOLUME_UNITS_RAW,
    alsaaudio.VOLUME_UNITS_DB,
    alsaaudio.VOLUME_UNITS_PERCENTAGE,
)
GARBAGE = 139_955_035_754_816


@dataclass
class Knob:
    """A control of a card: ``steps`` raw steps of ``step_mb`` up to ``high_mb``."""

    steps: int = 207
    step_mb: int = 50
    high_mb: int = 0
    switch: bool = True
    has_db: bool = True
    mutes_at_bottom: bool = False
    stale_range: tuple[int, int] = (658_852_959, 844_310_304)
    raw: int = 0
    muted: bool = False
    open_now: int = 0
    calls: list[str] = field(default_factory=list)
    gone: int = 0

    @property
    def low_mb(self) -> int:
        return self.high_mb - self.steps * self.step_mb

    @property
    def mb(self) -> int:
        return self.low_mb + self.raw * self.step_mb


class FakeMixer:
    """``alsaaudio.Mixer`` on a ``Knob``, with uninitialised memory where the C source has it."""

    def __init__(self, knob: Knob, **asked: Any) -> None:
        if knob.gone:
            raise spoken(knob.gone)
        assert asked == {"control": "Digital", "device": "hw:2"}
        self.knob = knob
        knob.open_now += 1

    def volumecap(self) -> list[str]:
        return ["Playback Volume", "Joined Playback Volume"]

    def switchcap(self) -> list[str]:
        return ["Playback Mute"] if self.knob.switch else []

    def getrange(self, pcmtype: int, units: int) -> list[int]:
        assert units == DB
        if not self.knob.has_db:
            return list(self.knob.stale_range)
        low = -9_999_999 if self.knob.mutes_at_bottom else self.knob.low_mb
        return [low, self.knob.high_mb]

    def getvolume(self, pcmtype: int, units: int) -> list[int]:
        if units == RAW:
            return [self.knob.raw] * 2
        return [self.knob.mb if self.knob.has_db else GARBAGE] * 2

    def setvolume(self, volume: int, *, pcmtype: int, units: int) -> None:
        assert pcmtype == alsaaudio.PCM_PLAYBACK
        knob = self.knob
        if units == PERCENT:
            knob.raw = round(knob.steps * volume / 100)
        elif knob.has_db:
            wanted = round((volume - knob.low_mb) / knob.step_mb)
            knob.raw = min(max(wanted, 0), knob.steps)
        knob.calls.append("dB" if units == DB else "percent")

    def setmute(self, mute: int) -> None:
        assert self.knob.switch
        self.knob.muted = bool(mute)

    def close(self) -> None:
        self.knob.open_now -= 1


def put(knob: Knob, percent: int, *, muted: bool = False) -> None:
    control = MixerControl("hw:2", "Digital", lambda **asked: FakeMixer(knob, **asked))
    control.set(percent, card_level_db, muted=muted)
    assert knob.open_now == 0  # nothing is held over an unplug


@pytest.mark.parametrize(("percent", "mb"), [(100, 0), (50, -1800), (10, -6000), (1, -10350)])
def test_a_control_with_decibels_follows_the_curve(percent: int, mb: int) -> None:
    knob = Knob()
    put(knob, percent)
    assert abs(knob.mb - mb) <= 50
    assert knob.calls == ["dB"]
    assert not knob.muted


def test_full_volume_is_0_db_even_where_the_control_could_do_more() -> None:
    knob = Knob(high_mb=2400, steps=255)
    put(knob, 100)
    assert knob.mb == 0


def test_a_control_that_is_silent_at_its_bottom_follows_the_curve_too() -> None:
    knob = Knob(mutes_at_bottom=True)
    put(knob, 50)
    assert abs(knob.mb + 1800) <= 50


@pytest.mark.parametrize("stale", [(658_852_959, 844_310_304), (-10_350, 0), (0, 0), (-5, -900)])
def test_a_control_without_decibels_is_put_to_the_percentage_of_its_steps(
    stale: tuple[int, int],
) -> None:
    knob = Knob(steps=100, has_db=False, stale_range=stale)
    put(knob, 30)
    assert knob.raw == 30


def test_believing_the_stale_range_would_leave_the_level_where_it_was() -> None:
    knob = Knob(steps=100, has_db=False, stale_range=(-10_350, 0), raw=100)
    FakeMixer(knob, control="Digital", device="hw:2").setvolume(
        -3137, pcmtype=alsaaudio.PCM_PLAYBACK, units=DB
    )
    assert knob.raw == 100


@pytest.mark.parametrize(("percent", "muted"), [(0, False), (0, True), (60, True)])
def test_silence_uses_the_switch(percent: int, muted: bool) -> None:
    knob = Knob()
    put(knob, percent, muted=muted)
    assert knob.muted
    put(knob, 60)
    assert not knob.muted


@pytest.mark.parametrize(("percent", "muted"), [(0, False), (60, True)])
def test_without_a_switch_silence_is_the_lowest_step(percent: int, muted: bool) -> None:
    for has_db in (True, False):
        knob = Knob(switch=False, has_db=has_db, raw=100)
        put(knob, percent, muted=muted)
        assert knob.raw == 0


@pytest.mark.parametrize("number", [errno.ENODEV, errno.ENOENT, errno.EACCES])
def test_a_card_that_is_gone_is_told(number: int) -> None:
    with pytest.raises(OSError, match=os.strerror(number)) as told:
        put(Knob(gone=number), 50)
    assert told.value.errno == number


def test_the_best_playback_control_is_found() -> None:
    knob = Knob()

    class Capture(FakeMixer):
        def volumecap(self) -> list[str]:
            return ["Capture Volume", "Joined Capture Volume"]

    def find(there: list[str], kind: type[FakeMixer], names: list[str]) -> MixerControl | None:
        return find_control(
            "hw:2",
            names,
            list_mixers=lambda device: there,
            open_mixer=lambda **asked: kind(knob, **asked),
        )

    found = find(["Analogue", "Digital"], FakeMixer, ["Digital", "Analogue"])
    assert found is not None
    assert (found.device, found.name) == ("hw:2", "Digital")
    assert find(["Digital"], Capture, ["Digital"]) is None
    assert find(["Deemphasis"], FakeMixer, ["Digital"]) is None
    assert find([], FakeMixer, []) is None


def test_a_card_without_a_mixer_has_no_control() -> None:
    def list_mixers(device: str) -> list[str]:
        raise spoken(errno.ENOENT, device)

    assert find_control("hw:9", ["Digital"], list_mixers=list_mixers) is None


@pytest.mark.flow
def test_a_real_control_without_decibels_goes_where_it_shall(pulse: Pulse) -> None:
    control = find_control(pulse.device, ["Digital", "Master"])
    assert control is not None
    assert control.name == "Master"
    for percent, muted in ((100, False), (40, False), (40, True), (100, False)):
        control.set(percent, card_level_db, muted=muted)
        mixer = alsaaudio.Mixer("Master", device=pulse.device)
        assert mixer.getvolume() == [percent] * 2
        assert mixer.getmute() == [int(muted)] * 2
        mixer.close()


@pytest.mark.flow
def test_a_real_capture_control_is_not_taken(pulse: Pulse) -> None:
    assert find_control(pulse.device, ["Capture"]) is None
