"""Opening a sound card: which one is meant, and what it and we can both do.

The best format that both know (32 bits before 24 before 16), the stream's
rate or the nearest that the card has, stereo or what the card has instead. A
card that is missing or busy is a ``DeviceError`` that says so; another card is
never taken in its place.
"""

from __future__ import annotations

import errno
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from wkmp_pi.errors import DeviceError
from wkmp_pi.output.alsa_sink import AlsaSink
from wkmp_pi.output.convert import formats_meant
from wkmp_pi.output.devices import Capabilities, Target, holder_of, list_cards, resolve
from wkmp_pi.output.pcm import ALSA_NAMES, Asked, OpenRaw, Pcm, open_raw_pcm
from wkmp_pi.output.problems import device_error, failed
from wkmp_pi.output.sink import CHANNELS
from wkmp_pi.units import Hz, frames_from_ms

_USUAL_RATES = (Hz(44_100), Hz(48_000))
_PLUGIN_STEPS = 4.382
"""Periods of a plugin's ring per period of ours: a sound server tells positions in its periods.

Not a whole number: looks that come once a period of ours would otherwise meet
the server's steps at the same place for seconds on end.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    formats: tuple[str, ...]
    rate_hz: int
    latency_ms: int
    period_ms: int
    steps: float

    def asked(self, format_name: str, rate_hz: int, channels: int = CHANNELS) -> Asked:
        """Parameters of ALSA: the ring is the latency, in periods."""
        return Asked(
            format_name,
            rate_hz,
            channels,
            max(int(frames_from_ms(self.period_ms, rate_hz) / self.steps), 1),
            max(math.ceil(self.latency_ms * self.steps / self.period_ms), 2),
        )

    def first_tries(self) -> Iterator[Asked]:
        """What we would like; then what nearly every card can do, for those that cannot answer."""
        yield self.asked(self.formats[0], self.rate_hz)
        for rate_hz in _USUAL_RATES:
            yield self.asked("S16", rate_hz)


def open_alsa(
    device: str,
    rate_hz: Hz,
    format_name: str | None = None,
    *,
    latency_ms: int = 80,
    period_ms: int = 20,
    root: Path = Path("/"),
    open_raw: OpenRaw = open_raw_pcm,
    now_ns: Callable[[], int] = time.monotonic_ns,
) -> AlsaSink:
    """Open ``device`` for a stream of ``rate_hz``.

    Args:
        device: ``auto``, a stable id of ``devices.list_cards``, or any PCM name of ALSA's. After
            ``auto`` has chosen, open again by ``sink.format.device``, lest it chooses otherwise.
        rate_hz: of the stream.
        format_name: S16, S24, S32 or F32; ``None`` takes the best.
        latency_ms: how much sound may be queued.
        period_ms: how much the writer hands over at once.
        root: where /sys and /proc are.
        open_raw: ``alsaaudio.PCM``, or what behaves like it.
        now_ns: CLOCK_MONOTONIC.

    Raises:
        DeviceError: missing, busy, not permitted, or without a common format; see its ``errno``.
            Every one may be tried again.
    """
    target = resolve(device, list_cards(root))
    wish = _Wish(
        formats=formats_meant(format_name) if format_name else tuple(ALSA_NAMES),
        rate_hz=rate_hz,
        latency_ms=latency_ms,
        period_ms=period_ms,
        steps=_PLUGIN_STEPS if target.card is None else 1,
    )

    def open_pcm(asked: Asked) -> Pcm:
        return Pcm(target.alsa_name, asked, open_raw, now_ns)

    try:
        pcm = _negotiated(open_pcm, wish, target.name)
    except DeviceError:
        raise
    except OSError as error:
        raise _refused(target, error, root) from error
    return AlsaSink(
        pcm, target.name, rate_hz=rate_hz, latency_ms=latency_ms, period_ms=period_ms, now_ns=now_ns
    )


def native_rate_hz(device: str, *, root: Path = Path("/"), open_raw: OpenRaw = open_raw_pcm) -> Hz:
    """The rate that the device takes without resampling: 44.1 kHz if it can; opens it briefly.

    Raises:
        DeviceError: as ``open_alsa``.
    """
    sink = open_alsa(device, _USUAL_RATES[0], root=root, open_raw=open_raw)
    sink.close()
    return sink.format.rate_hz


def probe(alsa_name: str, open_raw: OpenRaw = open_raw_pcm) -> Capabilities:
    """What a free device takes, for ``devices.list_cards``; opens it briefly.

    Raises:
        OSError: it cannot be opened now.
    """
    wish = _Wish(formats=("S32",), rate_hz=_USUAL_RATES[0], latency_ms=80, period_ms=20, steps=1)
    pcm = Pcm(alsa_name, next(wish.first_tries()), open_raw)
    try:
        offered = pcm.formats()
        return Capabilities(tuple(name for name in ALSA_NAMES if name in offered), pcm.rates_hz())
    finally:
        pcm.close()


def _negotiated(open_pcm: Callable[[Asked], Pcm], wish: _Wish, place: str) -> Pcm:
    """Ask for the best; where the answer differs, ask again for exactly what was answered."""
    asked, pcm = _first_answer(open_pcm, wish)
    real = pcm.realised
    as_asked = (real.format, real.rate_hz) == (asked.format, asked.rate_hz)
    if as_asked and real.format in wish.formats:
        return pcm
    try:
        format_name = real.format if real.format == wish.formats[0] else _common(pcm, wish, place)
    finally:
        pcm.close()
    again = wish.asked(format_name, real.rate_hz, real.channels)
    pcm = open_pcm(again)
    if pcm.realised.format != format_name:
        pcm.close()
        raise _no_format(place, wish, pcm.realised.format)
    return pcm


def _first_answer(open_pcm: Callable[[Asked], Pcm], wish: _Wish) -> tuple[Asked, Pcm]:
    refusal = OSError(errno.EINVAL, "no parameters fit")
    for asked in wish.first_tries():
        try:
            return asked, open_pcm(asked)
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
            refusal = error
    raise refusal


def _common(pcm: Pcm, wish: _Wish, place: str) -> str:
    offered = pcm.formats()
    for name in wish.formats:
        if name in offered:
            return name
    raise _no_format(place, wish, ", ".join(sorted(offered)) or "none that we know")


def _no_format(place: str, wish: _Wish, offered: str) -> DeviceError:
    text = (
        f"{place}: the device takes {offered}; expected one of {', '.join(wish.formats)}; "
        "set the format to auto, or name another device"
    )
    return device_error(errno.EINVAL, text)


def _refused(target: Target, error: OSError, root: Path) -> DeviceError:
    if error.errno != errno.EBUSY:
        return failed(target.name, "opening", error, "a device that can be opened")
    holder = None if target.card is None else holder_of(target.card, root)
    text = (
        f"{target.name}: busy, held by {holder or 'another program'}; expected a free device; "
        "stop that program; it is tried again"
    )
    return device_error(errno.EBUSY, text)
