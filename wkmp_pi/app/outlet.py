"""Which output takes the sound: the configured card, the first one there is, silence, or a file.

A card that was chosen once is the only one from then on: when it is lost,
playback stands still until it is back, rather than move to another room.
"""

from __future__ import annotations

import dataclasses
from collections import deque
from collections.abc import Callable
from pathlib import Path

from wkmp_pi.config import Audio
from wkmp_pi.errors import DeviceError
from wkmp_pi.output.alsa import native_rate_hz, open_alsa
from wkmp_pi.output.alsa_sink import AlsaSink
from wkmp_pi.output.devices import list_cards
from wkmp_pi.output.silent import SilentSink
from wkmp_pi.output.sink import Sink
from wkmp_pi.output.wav import WavSink
from wkmp_pi.units import NS_PER_SECOND, Hz, frames_from_ms

Report = Callable[[str | None], None]
"""Told why there is no sound, or ``None`` when there is."""

_SILENCE = "silent"
_LARGEST_MS = 2000
_XRUNS = 3
_XRUN_SPAN_NS = 60 * NS_PER_SECOND
_USUAL_HZ = Hz(44_100)


def best_rate_hz(device: str) -> Hz:
    """The rate that a card likes best, or 44.1 kHz while it is not there."""
    try:
        return native_rate_hz(device)
    except DeviceError:
        return _USUAL_HZ


class CardOutlet:
    """Opens sound cards; called by the writer's thread only.

    Args:
        audio: what is configured.
        rate_hz: of the stream.
        report: see ``Report``.
        attach: told the number of the card in use (``None``: no card), for its volume control.
    """

    def __init__(
        self, audio: Audio, rate_hz: Hz, report: Report, attach: Callable[[int | None], None]
    ) -> None:
        self._audio = audio
        self._rate_hz = rate_hz
        self._report = report
        self._attach = attach
        self._device = audio.device
        self._too_small = False
        self._xruns_ns: deque[int] = deque(maxlen=_XRUNS)

    def open(self, current: Sink | None) -> Sink:
        """The sink in use if it is a card, else a card if there is one, else silence.

        Raises:
            DeviceError: a card that was named or used before is not to be had.
        """
        if current is not None and current.format.device != _SILENCE and not self._too_small:
            return current
        if self._too_small and current is not None:
            current.close()  # the same card is to be opened again
        self._too_small = False
        if self._device == _SILENCE:
            return current or self._silence(stand_in=False)
        try:
            sink = self._open_card()
        except DeviceError as error:
            if self._device != "auto":
                self._report(str(error))
                raise
            why = f" ({error})" if list_cards() else ""
            self._report(f"no sound card{why}; playing silently until one is plugged in")
            return current or self._silence(stand_in=True)
        self._device = sink.format.device
        self._attach(sink.card)
        self._report(None)
        return sink

    def ran_dry(self, now_ns: int) -> int | None:
        """Count an xrun; three in a minute, and this machine needs a larger buffer.

        Returns:
            The ms with which the card is to be opened again; ``None``: go on with this one.
        """
        self._xruns_ns.append(now_ns)
        if len(self._xruns_ns) < _XRUNS or now_ns - self._xruns_ns[0] > _XRUN_SPAN_NS:
            return None
        self._xruns_ns.clear()
        return self._grow()

    def _grow(self) -> int | None:
        latency_ms = min(self._audio.latency_ms * 2, _LARGEST_MS)
        if latency_ms == self._audio.latency_ms:
            return None
        period_ms = self._audio.period_ms * latency_ms // self._audio.latency_ms
        self._audio = dataclasses.replace(self._audio, latency_ms=latency_ms, period_ms=period_ms)
        self._too_small = True
        return latency_ms

    def _open_card(self) -> AlsaSink:
        audio = self._audio
        return open_alsa(
            self._device,
            self._rate_hz,
            None if audio.format == "auto" else audio.format,
            latency_ms=audio.latency_ms,
            period_ms=audio.period_ms,
        )

    def _silence(self, *, stand_in: bool) -> Sink:
        """Silence with the timing of a card."""
        period = frames_from_ms(self._audio.period_ms, self._rate_hz)
        return SilentSink(
            self._rate_hz,
            period,
            frames_from_ms(self._audio.latency_ms, self._rate_hz),
            stand_in=stand_in,
        )


class FileOutlet:
    """Makes one WAV file; a file that could not be written to the end is not begun again."""

    def __init__(self, path: Path, rate_hz: Hz, format_name: str, report: Report) -> None:
        self._path = path
        self._report = report
        self._rate_hz = rate_hz
        self._format = format_name
        self._opened = False

    def ran_dry(self, now_ns: int) -> int | None:  # noqa: ARG002 - see Outlet
        """A file never does."""
        return None

    def open(self, current: Sink | None) -> Sink:
        """The file.

        Raises:
            DeviceError: it cannot be made, or was lost.
        """
        if current is not None:
            return current
        if self._opened:
            raise DeviceError(f"wav:{self._path}: not whole; expected one go; render it again")
        self._opened = True
        try:
            return WavSink(self._path, self._rate_hz, self._format)
        except DeviceError as error:
            self._report(str(error))
            raise
