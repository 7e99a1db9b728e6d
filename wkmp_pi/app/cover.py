"""The picture of what plays: a file beside the music, as people and rippers put it there."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Final

MAX_BYTES: Final = 256 * 1024

NO_PICTURE: Final = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)
"""One transparent pixel (PNG): a picture that shows that there is none."""

_STEMS = ("cover", "folder", "front")
_KINDS = {".jpg": b"\xff\xd8\xff", ".jpeg": b"\xff\xd8\xff", ".png": b"\x89PNG\r\n\x1a\n"}


def cover(file: str, max_bytes: int = MAX_BYTES) -> bytes:
    """The picture beside an audio file, or ``NO_PICTURE``; never raises."""
    if not file:
        return NO_PICTURE
    folder = Path(file).parent
    try:
        with os.scandir(folder) as entries:
            found = {entry.name.lower(): entry.path for entry in entries}
    except (OSError, ValueError):
        return NO_PICTURE
    for stem in _STEMS:
        for kind, beginning in _KINDS.items():
            path = found.get(stem + kind)
            if path and (picture := _read(path, max_bytes)).startswith(beginning):
                return picture
    return NO_PICTURE


def _read(path: str, max_bytes: int) -> bytes:
    """A regular file of a bearable size; nothing else."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as opened:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                return b""
            picture = opened.read(max_bytes + 1)
    except (OSError, ValueError):
        return b""
    return picture if len(picture) <= max_bytes else b""
