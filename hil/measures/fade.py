"""How long a tone took to fall silent."""

from __future__ import annotations

import numpy as np

from hil.measures.alignment import end_of_sound
from hil.measures.pitch import frequency_hz
from hil.measures.samples import DIGITAL_SILENCE, MeasureError, Signal, as_signal, checked
from hil.recording import Samples

_NOTICED = 0.002
_NOISE_FACTOR = 2.0


def fade_length(
    samples: Samples, below_dbfs: float = DIGITAL_SILENCE, steady_frames: int = 8192
) -> int:
    """Frames from the last one at full level to the first silent one; 0 is a hard cut.

    The tone is told in advance from its steady part, and the fade begins where it is 0.2 % less
    than that (more in a noisy recording): right to a tenth of a period, and to some per cent. To
    measure how long a tone takes to rise, turn the recording round.

    Args:
        samples: shape (frames, channels): a steady tone, its end, and silence.
        below_dbfs: peak level that still is silence; minus infinity: zeros only.
        steady_frames: so long, from the first frame on, the tone is steady; at least 4096, and
            16 periods.

    Raises:
        MeasureError: it is no tone, it does not begin steady, or no silence follows.
    """
    checked(samples, "samples", steady_frames + 1)
    end = end_of_sound(samples, below_dbfs)
    if end == len(samples):
        raise MeasureError(
            f"samples: sound up to the last of {len(samples)} frames; expected silence behind "
            "the fade; record longer, or raise the level that still is silence"
        )
    sound = as_signal(samples)
    tone = _continued(sound, frequency_hz(samples[:steady_frames], 1.0), steady_frames)
    apart = np.abs(sound - tone).max(axis=1)
    level = float(np.abs(tone).max())
    limit = max(_NOTICED * level, _NOISE_FACTOR * float(apart[:steady_frames].max()))
    less = apart[:end] > limit
    return end - int(np.argmax(less)) if less.any() else 0


def _continued(sound: Signal, frequency: float, steady_frames: int) -> Signal:
    """The tone of the steady part (``frequency`` in cycles per frame) as if it never ended."""
    angle = 2 * np.pi * frequency * np.arange(len(sound))
    waves = np.stack((np.cos(angle), np.sin(angle), np.ones(len(sound))), axis=1)
    parts = np.linalg.lstsq(waves[:steady_frames], sound[:steady_frames], rcond=None)[0]
    return np.asarray(waves @ parts, np.float64)
