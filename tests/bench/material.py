"""The files that are played: one piece of the demo in three formats, and a file that counts.

In the counting file, 24 bits without loss, each frame holds its own number
on both channels: whoever records the output reads off which frame it is, and
sees the first one that was changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from wkmp_pi.demo import encode
from wkmp_pi.demo.desk import played
from wkmp_pi.demo.pieces import night_bus

MUSIC_S = 60
COUNTER_S = 90
COUNTER_RATE_HZ = 44_100


@dataclass(frozen=True, slots=True)
class Material:
    """Where the files are.

    Attributes:
        music: by the name that the table gives them.
        counter: see above; its first frame holds 1.
    """

    music: dict[str, Path]
    counter: Path


_FORMS = {
    "FLAC": (encode.FLAC_16, 44_100),
    "MP3": (encode.MP3, 44_100),
    "FLAC 96 kHz": (encode.FLAC_24, 96_000),
}


def make(folder: Path) -> Material:
    """Render and encode everything into ``folder``; some seconds."""
    music = {}
    for name, (form, rate_hz) in _FORMS.items():
        sound = played(night_bus.PIECE, rate_hz)
        frames = MUSIC_S * rate_hz
        sound = np.tile(sound, -(-frames // sound.shape[1]))[:, :frames]
        path = folder / f"{name.lower().replace(' ', '-')}{form.suffix}"
        encode.write(path, sound, rate_hz, form, {"title": name})
        music[name] = path
    counter = folder / "counter.flac"
    encode.write(counter, _counting(), COUNTER_RATE_HZ, encode.FLAC_24, {})
    return Material(music, counter)


def _counting() -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    numbers = np.arange(1, COUNTER_S * COUNTER_RATE_HZ + 1, dtype=np.float32) / np.float32(2**23)
    return np.stack((numbers, numbers))
