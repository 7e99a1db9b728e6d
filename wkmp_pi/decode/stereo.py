"""Any sample format, layout and number of channels → float32 stereo.

Pure. Integers are scaled by powers of two and thereby exact: 16 bit samples
are ``int / 32768``, 24 bit samples ``int / 8388608``. One channel goes to both
sides at full level, two stay as they are. More are mixed down as ITU-R
BS.775-4, annex 4 does (centre and surround at -3 dB, a single rear centre at
-6 dB, no LFE), scaled so that no input can clip.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from wkmp_pi.decode.decoder import Stereo

_HALF_POWER: Final = 0.5**0.5

_LEFT: Final = {
    "FL": 1.0,
    "DL": 1.0,
    "FLC": 1.0,
    "WL": 1.0,
    "TFL": _HALF_POWER,
    "SL": _HALF_POWER,
    "BL": _HALF_POWER,
    "TBL": _HALF_POWER,
    "TSL": _HALF_POWER,
}
_BOTH: Final = {"FC": _HALF_POWER, "TFC": _HALF_POWER, "TC": 0.5, "BC": 0.5, "TBC": 0.5}
_USUAL: Final = {
    3: "FL FR FC",
    4: "FL FR BL BR",
    5: "FL FR FC BL BR",
    6: "FL FR FC LFE BL BR",
    7: "FL FR FC LFE BC SL SR",
    8: "FL FR FC LFE BL BR SL SR",
}
"""Which channels are meant when a file names none (the order of WAVE's channel mask)."""

_SCALES: Final = {"u1": 2.0**-7, "i2": 2.0**-15, "i4": 2.0**-31}


def to_stereo(planes: Sequence[NDArray[Any]], names: tuple[str, ...]) -> Stereo:
    """Samples of one piece as stereo.

    Args:
        planes: one array for each channel, all of one length; or a single array in which the
            channels are interleaved. Types u1, i2, i4, f4 or f8.
        names: FFmpeg's short names of the channels, in order.

    Returns:
        A new array that shares no memory with ``planes``.
    """
    channels = len(names)
    if len(planes) == 1 and channels == 2:
        return _scaled(planes[0]).reshape(-1, 2)
    if len(planes) == 1:
        planes = list(planes[0].reshape(-1, channels).T)
    if channels > 2:
        return _mixed(planes, names)
    out = np.empty((len(planes[0]), 2), np.float32)
    out[:, 0] = planes[0]
    out[:, 1] = planes[-1]
    return _scale(out, planes[0].dtype)


@cache
def downmix_matrix(names: tuple[str, ...]) -> NDArray[np.float32]:
    """The shares of the channels in left and right, shape (channels, 2).

    Both columns have the same scale, and the larger one sums to 1.
    """
    if not any(name in _LEFT or name in _BOTH for name in names):
        names = tuple(_USUAL[len(names)].split())
    shares = np.array(
        [
            (_BOTH.get(name) or _LEFT.get(name, 0.0), _BOTH.get(name) or _right(name))
            for name in names
        ]
    )
    matrix: NDArray[np.float32] = (shares / shares.sum(axis=0).max()).astype(np.float32)
    return matrix


def without_nonsense(samples: Stereo) -> Stereo:
    """Float samples, which may go over full scale and keep that, but no NaN and no infinity."""
    flat = samples.reshape(-1)
    # One pass of BLAS finds every NaN and infinity, as neither can vanish from a sum of squares.
    if not np.isfinite(np.dot(flat, flat)):
        np.nan_to_num(samples, copy=False, nan=0.0, posinf=0.0, neginf=0.0)
        np.clip(samples, -64.0, 64.0, out=samples)
    return samples


def _right(name: str) -> float:
    mirrored = name.replace("R", "L") if name.endswith(("R", "RC")) else ""
    return _LEFT.get(mirrored, 0.0)


def _mixed(planes: Sequence[NDArray[Any]], names: tuple[str, ...]) -> Stereo:
    every = np.empty((len(planes[0]), len(planes)), np.float32)
    for channel, plane in enumerate(planes):
        every[:, channel] = plane
    mixed: Stereo = _scale(every, planes[0].dtype) @ downmix_matrix(names)
    return mixed


def _scaled(samples: NDArray[Any]) -> NDArray[np.float32]:
    return _scale(samples.astype(np.float32), samples.dtype)


def _scale(samples: NDArray[np.float32], was: np.dtype[Any]) -> NDArray[np.float32]:
    """In place, so that full scale is ±1; unsigned samples have their zero in the middle."""
    scale = _SCALES.get(was.str[1:])
    if scale is not None:
        if was.kind == "u":
            samples -= 128.0
        samples *= np.float32(scale)
    return samples
