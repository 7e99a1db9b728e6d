"""The door to ALSA's playback devices: ``alsaaudio.PCM`` with its traps fenced off.

What the C source of pyalsaaudio 0.11 does, and what this door makes of it:

- errors come in three ways (an exception that holds only text, a negative
  number, an uninitialised one): here they are all ``OSError`` with a number;
- a closed PCM aborts the process in ``info``: nothing reaches a closed one here;
- parameters are requests, unchecked: ``realised`` is what was read back;
- ``info``, ``getformats`` and ``getrates`` leak: each is called at most once per open;
- ``getchannels`` does not end on plugin devices: never called;
- ``htimestamp`` has no result of its own: it is believed only if it fits;
- ``close`` plays to the end what is queued: ``drop`` goes first.

It never waits: the device is opened non-blocking. A kernel card answers every
call at once; a plugin that asks a sound server (pulse) waits for the answer
and holds the interpreter meanwhile, up to 30 s if the server hangs.
"""

from __future__ import annotations

import ctypes
import errno
import functools
import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import alsaaudio
import numpy as np
from numpy.typing import NDArray

from wkmp_pi.units import NS_PER_SECOND

ALSA_NAMES: Mapping[str, str] = {
    "S32": "S32_LE",
    "S24_3LE": "S24_3LE",
    "S24_LE": "S24_LE",
    "S16": "S16_LE",
    "F32": "FLOAT_LE",
}
"""Our names of formats to ALSA's, the best first."""

OUR_NAMES: Mapping[str, str] = {alsa: ours for ours, alsa in ALSA_NAMES.items()}

_OLDEST_STAMP_NS = 50_000_000


class RawPcm(Protocol):
    """What is used of ``alsaaudio.PCM``."""

    def write(self, data: Any, /) -> int: ...  # noqa: D102
    def avail(self) -> int: ...  # noqa: D102
    def htimestamp(self) -> tuple[int, int, int]: ...  # noqa: D102
    def state(self) -> int: ...  # noqa: D102
    def info(self) -> dict[str, Any]: ...  # noqa: D102
    def getformats(self) -> dict[str, int]: ...  # noqa: D102
    def getrates(self) -> int | tuple[int, int] | list[int]: ...  # noqa: D102
    def set_tstamp_mode(self, mode: int, /) -> None: ...  # noqa: D102
    def set_tstamp_type(self, kind: int, /) -> None: ...  # noqa: D102
    def drop(self) -> int: ...  # noqa: D102
    def close(self) -> None: ...  # noqa: D102


OpenRaw = Callable[..., RawPcm]
open_raw_pcm: OpenRaw = alsaaudio.PCM


class Asked(NamedTuple):
    """What we would like a device to be; it answers with ``Realised``."""

    format: str
    rate_hz: int
    channels: int
    period_frames: int
    periods: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Realised:
    """What a device is, in its own frames.

    Attributes:
        format: one of our names, or ALSA's where we have none.
        ring_frames: the whole buffer.
        card: number of the kernel's card; ``None`` behind a plugin without one.
    """

    format: str
    rate_hz: int
    channels: int
    period_frames: int
    ring_frames: int
    card: int | None


class Look(NamedTuple):
    """Frames still queued in the device, at a moment of CLOCK_MONOTONIC."""

    queued_frames: int
    at_ns: int


class _Stamp(NamedTuple):
    """Room in the ring when the kernel last saw the device move."""

    avail: int
    at_ns: int


class Pcm:
    """An open playback device; every method raises ``OSError`` with the kernel's number.

    Args:
        name: ALSA's name of it.
        asked: parameters; ALSA takes the nearest it can do.
        open_raw: ``alsaaudio.PCM`` or what behaves like it.
        now_ns: CLOCK_MONOTONIC.
    """

    def __init__(
        self,
        name: str,
        asked: Asked,
        open_raw: OpenRaw = open_raw_pcm,
        now_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._now_ns = now_ns
        self._closed = False
        hush_alsa()
        try:
            self._raw = open_raw(
                type=alsaaudio.PCM_PLAYBACK,
                mode=alsaaudio.PCM_NONBLOCK,
                device=name,
                rate=asked.rate_hz,
                channels=asked.channels,
                format=_format_number(asked.format),
                periodsize=asked.period_frames,
                periods=asked.periods,
            )
        except alsaaudio.ALSAAudioError as error:
            raise os_error(error) from error
        try:
            self.realised = _realised(self._raw.info())
            self._stamped = self._ask_for_stamps()
        except alsaaudio.ALSAAudioError as error:
            self.close()
            raise os_error(error) from error

    def formats(self) -> frozenset[str]:
        """Those of our formats that the device takes; to be asked once (it leaks)."""
        try:
            offered = self._open().getformats()
        except alsaaudio.ALSAAudioError as error:
            raise os_error(error) from error
        return frozenset(OUR_NAMES[name] for name in offered if name in OUR_NAMES)

    def rates_hz(self) -> tuple[int, ...]:
        """The rates that the device takes; two mean a range. To be asked once (it leaks)."""
        try:
            rates = self._open().getrates()
        except alsaaudio.ALSAAudioError as error:
            raise os_error(error) from error
        return (rates,) if isinstance(rates, int) else tuple(rates)

    def write(self, data: NDArray[np.uint8]) -> int:
        """Hand over whole frames; how many the device took, 0 if there is no room.

        Raises:
            BrokenPipeError: it had run dry (EPIPE) and is ready again; nothing was taken.
            OSError: anything else.
        """
        try:
            taken = self._open().write(data)
        except alsaaudio.ALSAAudioError as error:
            raise os_error(error) from error
        if taken < 0:
            raise OSError(-taken, os.strerror(-taken))
        return taken

    def look(self) -> Look:
        """How much is queued now, and since when at the earliest.

        ``avail`` makes the driver look at the hardware; the driver's own time
        stamp of that look is taken if it is one, else the clock after it. A card
        that moves in steps may have stood there for a while: it was seen then by
        the interrupt that came with the last step, whose stamp says how long.
        (Looks alone, once a period, may meet every step at the same distance:
        10 ms late for ever on snd-aloop.)

        Raises:
            BrokenPipeError: it ran dry: nothing is queued.
            OSError: anything else.
        """
        raw, realised = self._open(), self.realised
        before = self._last_interrupt()
        avail = raw.avail()
        now = _Stamp(avail, self._now_ns())
        if avail < 0:
            raise OSError(-avail, os.strerror(-avail))
        now = self._stamp(now.at_ns) or now
        at_ns = now.at_ns
        if before is not None and now.avail >= before.avail:
            moved_ns = (now.avail - before.avail) * NS_PER_SECOND // realised.rate_hz
            at_ns = min(at_ns, before.at_ns + moved_ns)
        return Look(realised.ring_frames - min(now.avail, realised.ring_frames), at_ns)

    def disconnected(self) -> bool:
        """Whether the kernel says that the card is gone."""
        try:
            return bool(self._open().state() == alsaaudio.PCM_STATE_DISCONNECTED)
        except alsaaudio.ALSAAudioError as error:
            raise os_error(error) from error

    def drop(self) -> None:
        """Stop at once and forget what is queued; the next write prepares and starts it again."""
        try:
            self._open().drop()
        except alsaaudio.ALSAAudioError as error:
            raise os_error(error) from error

    def close(self) -> None:
        """Release the device; no error matters any more. May be repeated."""
        if not self._closed:
            with suppress(alsaaudio.ALSAAudioError):  # it is gone already
                self._raw.drop()
        self.abandon()

    def abandon(self) -> None:
        """Release a device that may not answer any more. May be repeated.

        Without ``drop``, which would wait for a hung sound server and hold the interpreter
        meanwhile; what waits in ``close`` does not.
        """
        if self._closed:
            return
        self._closed = True
        with suppress(alsaaudio.ALSAAudioError):
            self._raw.close()

    def _open(self) -> RawPcm:
        if self._closed:
            raise OSError(errno.EBADF, "the device was closed by us")
        return self._raw

    def _last_interrupt(self) -> _Stamp | None:
        """When the kernel last saw a card move by itself; a plugin has no interrupts."""
        if self.realised.card is None:
            return None
        try:
            self._raw.state()  # fetches the kernel's status where it cannot be mapped (ARM)
        except alsaaudio.ALSAAudioError:
            return None
        return self._stamp(self._now_ns())

    def _stamp(self, looked_ns: int) -> _Stamp | None:
        """The kernel's last time stamp, if it can be one of shortly before ``looked_ns``."""
        if not self._stamped:
            return None
        seconds, nanoseconds, avail = self._raw.htimestamp()
        at_ns = seconds * NS_PER_SECOND + nanoseconds
        fits = 0 <= avail <= self.realised.ring_frames and 0 <= nanoseconds < NS_PER_SECOND
        if fits and looked_ns - _OLDEST_STAMP_NS <= at_ns <= self._now_ns():
            return _Stamp(avail, at_ns)
        return None

    def _ask_for_stamps(self) -> bool:
        try:
            self._raw.set_tstamp_mode(alsaaudio.PCM_TSTAMP_ENABLE)
            self._raw.set_tstamp_type(alsaaudio.PCM_TSTAMP_TYPE_MONOTONIC)
        except RuntimeError:  # that is what alsaaudio raises here
            return False
        return True


@functools.cache
def hush_alsa() -> None:
    """Keep alsa-lib from writing to our stderr, at each try to open what is not there.

    What it has to say is in the error that we raise. Its handler must be a C function; one
    that takes no arguments ignores those it gets, and needs no interpreter to do so.
    """
    with suppress(OSError):  # another name on another system: then it talks
        nothing = ctypes.cast(ctypes.CDLL(None).getpid, ctypes.c_void_p)
        ctypes.CDLL("libasound.so.2").snd_lib_error_set_handler(nothing)


def os_error(error: alsaaudio.ALSAAudioError) -> OSError:
    """The number back from the text ``strerror [device]``, in whatever language it is."""
    text = str(error).partition(" [")[0]
    for number in errno.errorcode:
        if os.strerror(number) == text:
            return OSError(number, text)
    return OSError(errno.EPROTO, str(error))


def _format_number(name: str) -> int:
    number: int = getattr(alsaaudio, "PCM_FORMAT_" + ALSA_NAMES[name])
    return number


def _realised(info: Mapping[str, Any]) -> Realised:
    return Realised(
        format=OUR_NAMES.get(info["format_name"], info["format_name"]),
        rate_hz=info["rate"],
        channels=info["channels"],
        period_frames=info["period_size"],
        ring_frames=info["buffer_size"],
        card=info["card_no"] if info["card_no"] >= 0 else None,
    )
