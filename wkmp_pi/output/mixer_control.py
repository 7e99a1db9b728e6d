"""The door to a card's mixer: ``alsaaudio.Mixer`` with its traps fenced off.

What the C source of pyalsaaudio 0.11 does, and what this door makes of it:

- a control without decibels has a range of uninitialised memory: the range
  must be plausible, and a level set in dB must be read back before it is believed;
- an element that went away with its card aborts the process when it is read:
  a mixer is opened for each change and closed at once, never kept over an unplug;
- ``setvolume`` does not tell whether the card took it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Protocol

import alsaaudio

from wkmp_pi.output.pcm import os_error

_MILLIBEL = 100
"""ALSA counts in hundredths of a dB."""
_PLAUSIBLE_MB = (-20_000, 6_000)
_MUTE_MB = -9_999_999
"""The low end of a control whose lowest step is silence (SND_CTL_TLV_DB_GAIN_MUTE)."""
_COARSE_STEP_MB = 600


class RawMixer(Protocol):
    """What is used of ``alsaaudio.Mixer``."""

    def volumecap(self) -> list[str]: ...  # noqa: D102
    def switchcap(self) -> list[str]: ...  # noqa: D102
    def getrange(self, pcmtype: int, units: int) -> Sequence[int]: ...  # noqa: D102
    def getvolume(self, pcmtype: int, units: int) -> list[int]: ...  # noqa: D102
    def setvolume(self, volume: int, *, pcmtype: int, units: int) -> None: ...  # noqa: D102
    def setmute(self, mute: int, /) -> None: ...  # noqa: D102
    def close(self) -> None: ...  # noqa: D102


OpenMixer = Callable[..., RawMixer]
open_raw_mixer: OpenMixer = alsaaudio.Mixer
list_raw_mixers: Callable[..., list[str]] = alsaaudio.mixers


@dataclass(frozen=True, slots=True)
class Range:
    """Where a control can be put, in dB; 0 dB is what the stream says."""

    low_db: float
    high_db: float


@dataclass(frozen=True, slots=True)
class MixerControl:
    """One playback control of one card; nothing of it is held open.

    Attributes:
        device: ALSA's name of the card's control device, ``hw:N``.
        name: of the control.
    """

    device: str
    name: str
    open_mixer: OpenMixer = open_raw_mixer

    def set(self, percent: int, level_db: Callable[[int, Range], float], *, muted: bool) -> None:
        """Put the control to ``percent`` (0 to 100; 0 mutes where the card has a switch).

        Args:
            percent: what was asked.
            level_db: percent to dB within a range; a control without dB is put to the percentage
                of its own steps.
            muted: silence, whatever ``percent`` is.

        Raises:
            OSError: the card or the control is gone.
        """
        with _opened(self) as mixer:
            silent = muted or percent == 0
            switch = _is_for_playback(mixer.switchcap())
            level = 0 if silent and not switch else percent
            reach = _range(mixer)
            if reach is None or not _set_db(mixer, level_db(level, reach)):
                mixer.setvolume(
                    level,
                    pcmtype=alsaaudio.PCM_PLAYBACK,
                    units=alsaaudio.VOLUME_UNITS_PERCENTAGE,
                )
            if switch:
                mixer.setmute(int(silent))


def find_control(
    device: str,
    names: Sequence[str],
    *,
    list_mixers: Callable[..., list[str]] = list_raw_mixers,
    open_mixer: OpenMixer = open_raw_mixer,
) -> MixerControl | None:
    """The first of ``names`` that is a playback volume of ``device``; ``None`` without one."""
    try:
        there = list_mixers(device=device)
    except alsaaudio.ALSAAudioError:
        return None
    for name in names:
        if name in there:
            control = MixerControl(device, name, open_mixer)
            with suppress(OSError), _opened(control) as mixer:
                if _is_for_playback(mixer.volumecap()):
                    return control
    return None


@contextmanager
def _opened(control: MixerControl) -> Iterator[RawMixer]:
    try:
        mixer = control.open_mixer(control=control.name, device=control.device)
        try:
            yield mixer
        finally:
            mixer.close()
    except alsaaudio.ALSAAudioError as error:
        raise os_error(error) from error


def _is_for_playback(capabilities: Sequence[str]) -> bool:
    return any("Capture" not in capability for capability in capabilities)


def _range(mixer: RawMixer) -> Range | None:
    low, high = mixer.getrange(alsaaudio.PCM_PLAYBACK, alsaaudio.VOLUME_UNITS_DB)
    if low == _MUTE_MB:
        low = _PLAUSIBLE_MB[0]
    if not _PLAUSIBLE_MB[0] <= low < high <= _PLAUSIBLE_MB[1]:
        return None
    return Range(low / _MILLIBEL, high / _MILLIBEL)


def _set_db(mixer: RawMixer, level_db: float) -> bool:
    """Whether the card really went there, to the width of a coarse step."""
    wanted_mb = round(level_db * _MILLIBEL)
    mixer.setvolume(wanted_mb, pcmtype=alsaaudio.PCM_PLAYBACK, units=alsaaudio.VOLUME_UNITS_DB)
    # Read in raw steps first: what a control without dB leaves uninitialised then holds those.
    mixer.getvolume(alsaaudio.PCM_PLAYBACK, alsaaudio.VOLUME_UNITS_RAW)
    reached = mixer.getvolume(alsaaudio.PCM_PLAYBACK, alsaaudio.VOLUME_UNITS_DB)
    return bool(reached) and abs(reached[0] - wanted_mb) <= _COARSE_STEP_MB
