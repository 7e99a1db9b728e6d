"""The sink that is a sound card (or any other playback device of ALSA).

It accounts for frames and judges errors. It never waits, never recovers in a
loop (an unplugged card would turn that into a spin) and never changes to
another card: what it cannot cure is a ``DeviceError`` for the caller, who
opens again.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable
from contextlib import suppress

import numpy as np

from wkmp_pi.output.convert import Converter
from wkmp_pi.output.patience import Patience, Verdict
from wkmp_pi.output.pcm import Pcm
from wkmp_pi.output.problems import failed
from wkmp_pi.output.resample import Resampler
from wkmp_pi.output.sink import CHANNELS, Position, SinkFormat, Stream
from wkmp_pi.units import Hz, frames_from_ms, rescale_frames

_NOTHING = np.empty(0, np.uint8)


class AlsaSink:
    """An open device; ``alsa.open_alsa`` makes it.

    Thread: the writer's.
    Owns: the device.

    Args:
        pcm: open, in a format that ``Converter`` knows.
        device: what the sink shall be called.
        rate_hz: of the stream; what the device has is resampled to.
        latency_ms: the most that may be queued, even in a device with a larger ring.
        period_ms: how much the writer shall hand over at once.
        now_ns: CLOCK_MONOTONIC.
    """

    realtime = True
    stand_in = False

    def __init__(
        self,
        pcm: Pcm,
        device: str,
        *,
        rate_hz: Hz,
        latency_ms: int,
        period_ms: int,
        now_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        real = pcm.realised
        self.card = real.card
        """Number of the card, for its mixer; ``None`` behind a plugin."""
        self._resampler = Resampler(rate_hz, real.rate_hz) if real.rate_hz != rate_hz else None
        held_frames = 0 if self._resampler is None else self._resampler.held_frames
        ring_frames = rescale_frames(real.ring_frames, real.rate_hz, rate_hz)
        buffer_frames = min(frames_from_ms(latency_ms, rate_hz), ring_frames) + held_frames
        self.format = SinkFormat(
            device=device,
            rate_hz=Hz(real.rate_hz),
            channels=real.channels,
            format=real.format,
            period_frames=min(frames_from_ms(period_ms, rate_hz), max(buffer_frames // 2, 1)),
            buffer_frames=buffer_frames,
        )
        self._pcm = pcm
        self._rate_hz = rate_hz
        self._now_ns = now_ns
        period = rescale_frames(self.format.period_frames, rate_hz, real.rate_hz)
        self._convert = Converter(real.format, real.channels, 2 * period)
        self._patience = Patience()
        self._written = 0  # stream frames, since the device was opened
        self._base = 0  # the stream frame with which the device began after the last pause
        self._taken = 0  # device frames, since then
        self._heard = 0
        self._rest = _NOTHING  # what the device has not taken yet
        self._ran_dry = False

    def write(self, stream: Stream) -> bool:
        """Hand over one period; see ``Sink.write``."""
        self._written += stream.size // CHANNELS
        ready = stream if self._resampler is None else self._resampler(stream)
        data = self._convert(ready)
        self._rest = np.concatenate((self._rest, data)) if self._rest.size else data
        self._offer_rest()
        if self._rest.size:
            self._rest = self._rest.copy()  # the converter's array is about to be used again
        ran_dry, self._ran_dry = self._ran_dry, False
        return not ran_dry

    def position(self) -> Position:
        """Where the device stands; see ``Sink.position``. It steps as the driver steps."""
        if self._rest.size:
            self._offer_rest()
        if self._taken == 0:
            return self._standing()
        try:
            look = self._pcm.look()
        except OSError as error:
            return self._position_after(self._judge("looking", error))
        self._hear(max(self._taken - look.queued_frames, 0))
        return Position(self._heard, look.at_ns)

    def pause(self) -> None:
        """Stop at once; see ``Sink.pause``.

        Not by ALSA's own pause: many cards have none, and through the pulse
        plugin it comes back as an underrun.
        """
        try:
            self._pcm.drop()
        except OSError as error:
            self._judge("stopping", error)
        if self._resampler is not None:
            self._resampler.clear()
        self._rest = _NOTHING
        self._ran_dry = False
        self._taken = 0
        self._base = self._heard = self._written

    def close(self) -> None:
        """Release the device; what is queued is not played."""
        self._pcm.close()
        self._resampler = None  # soxr complains of one that lives to the end of the process

    def abandon(self) -> None:
        """Release the device without asking anything of it; see ``Sink.abandon``."""
        self._pcm.abandon()
        self._resampler = None

    def _offer_rest(self) -> None:
        for _ in range(2):  # a device that ran dry takes the same frames at the second try
            if not self._rest.size:
                return
            try:
                taken = self._pcm.write(self._rest)
            except OSError as error:
                self._after_refusal(self._judge("writing", error))
            else:
                if taken:
                    self._patience.succeeded()
                self._taken += taken
                self._rest = self._rest[taken * self._convert.frame_bytes :]
                return

    def _after_refusal(self, verdict: Verdict) -> None:
        self._ran_dry |= verdict in (Verdict.DRY, Verdict.ASLEEP)
        if verdict is Verdict.ASLEEP:
            self._stop_and_go_on()

    def _stop_and_go_on(self) -> None:
        """After a suspend: alsaaudio has no resume (and few drivers), but a write prepares again.

        What was queued is lost and counts as heard.
        """
        with suppress(OSError):
            self._pcm.drop()
        self._hear(self._taken)
        self._base, self._taken = self._heard, 0

    def _hear(self, device_frames: int) -> None:
        told = self._base + device_frames * self._rate_hz // self.format.rate_hz
        self._heard = min(max(self._heard, told), self._written)

    def _standing(self) -> Position:
        """Nothing was handed over since the start or the last pause; the card may still go away."""
        if self._disconnected():
            self._judge("looking", OSError(errno.ENODEV, os.strerror(errno.ENODEV)))
        return Position(self._heard, self._now_ns())

    def _position_after(self, verdict: Verdict) -> Position:
        if verdict is Verdict.DRY:
            self._hear(self._taken)
        elif verdict is Verdict.ASLEEP:
            self._after_refusal(verdict)
        return Position(self._heard, self._now_ns())

    def _disconnected(self) -> bool:
        try:
            return self._pcm.disconnected()
        except OSError:
            return True

    def _judge(self, doing: str, error: OSError) -> Verdict:
        """What to do about ``error``; raises ``DeviceError`` if the device is lost."""
        verdict = self._patience.judge(
            error.errno or 0, self._now_ns(), disconnected=self._disconnected()
        )
        if verdict is Verdict.LOST:
            place = self.format.device
            raise failed(place, doing, error, "a device that plays") from error
        return verdict
