"""Sound → audio files, in every format that the box is asked to play.

The only door from the demo to PyAV. It writes whole files from whole arrays
and decides how each codec is driven; what stands in the files it does not know.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.random import default_rng
from numpy.typing import NDArray

from wkmp_pi.demo.waves import Sound

BLOCK = 16_384


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """How a file is written.

    Attributes:
        suffix: end of the file's name, which chooses the container too.
        codec: FFmpeg's name of the encoder.
        samples: s16, s32 (24 bits of it used) or flt, as the encoder takes them.
        kbps: bit rate of a lossy codec; 0 otherwise.
        options: for the encoder.
        container: options for the writer of the container.
    """

    suffix: str
    codec: str
    samples: str
    kbps: int = 0
    options: Mapping[str, str] = field(default_factory=dict)
    container: Mapping[str, str] = field(default_factory=dict)


FLAC_16 = Format(suffix=".flac", codec="flac", samples="s16")
FLAC_24 = Format(suffix=".flac", codec="flac", samples="s32", options={"bits_per_raw_sample": "24"})
WAV_24 = Format(suffix=".wav", codec="pcm_s24le", samples="s32")
AIFF_16 = Format(suffix=".aiff", codec="pcm_s16be", samples="s16", container={"write_id3v2": "1"})
ALAC_16 = Format(suffix=".m4a", codec="alac", samples="s16")
MP3 = Format(suffix=".mp3", codec="libmp3lame", samples="flt", kbps=192)
AAC = Format(suffix=".m4a", codec="aac", samples="flt", kbps=192)
OPUS = Format(suffix=".opus", codec="libopus", samples="flt", kbps=128)
VORBIS = Format(  # FFmpeg's own encoder is coarse at its usual quality of 8, good at 16
    suffix=".ogg",
    codec="vorbis",
    samples="flt",
    options={"strict": "experimental", "flags": "+qscale", "global_quality": str(16 * 118)},
)


def write(path: Path, sound: Sound, rate_hz: int, form: Format, tags: Mapping[str, str]) -> None:
    """Encode ``sound`` (2, frames) into a new file; ``path`` bears the format's suffix."""
    import av  # heavy; whoever only asks for the programme does not pay for it

    frames = _quantised(sound, form.samples)
    with av.open(str(path), "w", options=dict(form.container)) as container:
        container.metadata.update(tags)
        stream: Any = container.add_stream(form.codec, rate=rate_hz, options=dict(form.options))
        stream.layout = "stereo"
        stream.format = next(f for f in stream.codec.audio_formats if f.packed.name == form.samples)
        if form.kbps:
            stream.bit_rate = form.kbps * 1000
        for begin in range(0, sound.shape[1], BLOCK):
            block = frames[:, 2 * begin : 2 * (begin + BLOCK)]
            frame = av.AudioFrame.from_ndarray(block, format=form.samples, layout="stereo")
            frame.sample_rate, frame.pts = rate_hz, begin
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def _quantised(sound: Sound, samples: str) -> NDArray[Any]:
    """Interleaved as the encoder takes it, shape (1, 2 * frames); 16 bits are dithered."""
    flat = np.ascontiguousarray(sound.T).reshape(1, -1)
    if samples == "flt":
        return flat
    if samples == "s32":
        return np.round(flat * np.float32(2**23)).astype(np.int32) << 8
    dither = default_rng(16).random((2, flat.size), dtype=np.float32)
    return np.asarray(np.round(flat * np.float32(2**15 - 1) + dither[0] - dither[1]), np.int16)
