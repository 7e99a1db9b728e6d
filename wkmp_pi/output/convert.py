"""Float stream → the bytes of a device: pure arithmetic on arrays that are made once.

Full scale is 2^(bits-1), so that what came from integers of that size goes
back to the very same integers. It never dithers (that is the mixer's part)
and it never wraps round: what lies outside is clipped before the cast.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wkmp_pi.output.sink import CHANNELS, Stream


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleFormat:
    """One way to write a sample, little-endian.

    Attributes:
        width_bytes: of one sample of one channel.
        dtype: what the scaled value is cast to; only its low ``width_bytes`` are kept.
        full_scale: what 1.0 would become.
        highest: the largest sample that can be written, a float32; the lowest is -1.0.
    """

    width_bytes: int
    dtype: str
    full_scale: float
    highest: float


FORMATS: Mapping[str, SampleFormat] = {
    "S16": SampleFormat(width_bytes=2, dtype="<i2", full_scale=2.0**15, highest=1 - 2.0**-15),
    "S24_3LE": SampleFormat(width_bytes=3, dtype="<i4", full_scale=2.0**23, highest=1 - 2.0**-23),
    "S24_LE": SampleFormat(width_bytes=4, dtype="<i4", full_scale=2.0**23, highest=1 - 2.0**-23),
    # The largest float32 below 1.0: 2^31 itself would wrap to full negative scale in the cast.
    "S32": SampleFormat(width_bytes=4, dtype="<i4", full_scale=2.0**31, highest=1 - 2.0**-24),
    "F32": SampleFormat(width_bytes=4, dtype="<f4", full_scale=1.0, highest=1.0),
}
"""By the name that ``SinkFormat.format`` uses; S24_LE is 24 bits in the low end of 32."""

_MEANINGS: Mapping[str, tuple[str, ...]] = {"S24": ("S24_3LE", "S24_LE")}


def formats_meant(name: str) -> tuple[str, ...]:
    """The formats that a person means by ``name``, the best first: S24 leaves the packing open."""
    return _MEANINGS.get(name, (name,))


class Converter:
    """Stream periods to bytes of one format and channel count.

    Owns: its arrays. What a call returns is overwritten by the next call.

    Args:
        format_name: a key of ``FORMATS``.
        channels: of the device: 1 gets the mean of both, above 2 the rest is silent.
        frames: the usual length of a period; a longer one makes the arrays grow once.
    """

    def __init__(self, format_name: str, channels: int, frames: int) -> None:
        self._format = FORMATS[format_name]
        self._channels = channels
        self.frame_bytes = self._format.width_bytes * channels
        self._allocate(frames)

    def __call__(self, stream: Stream) -> NDArray[np.uint8]:
        """The bytes of ``stream`` (interleaved stereo), rounded to nearest; NaN is silence."""
        frames = stream.size // CHANNELS
        if frames > self._frames:
            self._allocate(frames)
        samples = self._mapped(stream, frames)
        scaled, whole = self._scaled[: samples.size], self._whole[: samples.size]
        form = self._format
        np.clip(samples, -1.0, form.highest, out=scaled)
        scaled[scaled != scaled] = 0.0  # only NaN differs from itself
        np.multiply(scaled, form.full_scale, out=scaled)
        if whole.dtype.kind == "i":
            np.rint(scaled, out=scaled)
        np.copyto(whole, scaled, casting="unsafe")
        return self._packed(whole)

    def _allocate(self, frames: int) -> None:
        samples = frames * self._channels
        self._frames = frames
        self._remapped = np.zeros(samples, np.float32)
        self._scaled = np.empty(samples, np.float32)
        self._whole: NDArray[Any] = np.empty(samples, self._format.dtype)
        self._narrow = np.empty(samples * self._format.width_bytes, np.uint8)

    def _mapped(self, stream: Stream, frames: int) -> NDArray[np.float32]:
        if self._channels == CHANNELS:
            return stream
        mapped = self._remapped[: frames * self._channels]
        if self._channels == 1:
            np.add(stream[::2], stream[1::2], out=mapped)
            np.multiply(mapped, 0.5, out=mapped)
        else:
            mapped[0 :: self._channels] = stream[::2]
            mapped[1 :: self._channels] = stream[1::2]
        return mapped

    def _packed(self, whole: NDArray[Any]) -> NDArray[np.uint8]:
        wide, width = whole.view(np.uint8), self._format.width_bytes
        if whole.itemsize == width:
            return wide
        narrow = self._narrow[: whole.size * width]
        for byte in range(width):  # three strided copies cost a third of one (n, 3) copy
            narrow[byte::width] = wide[byte :: whole.itemsize]
        return narrow
