"""Tags around the audio of a stream that has no container: where it begins and ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

ReadAt = Callable[[int, int], bytes]
"""Bytes of a file: (offset, length); fewer only at the end."""

_ID3V1_SIZE: Final = 128
_APE_FOOTER_SIZE: Final = 32
_APE_HAS_HEADER: Final = 0x80000000


def audio_begin(read: ReadAt) -> int:
    """The first byte after all ID3v2 tags at the head (https://id3.org/id3v2.4.0-structure)."""
    offset = 0
    while (head := read(offset, 10))[:3] == b"ID3" and len(head) == 10:
        size = 0
        for byte in head[6:10]:  # seven bits each, so that no size looks like a sync word
            size = size << 7 | byte & 0x7F
        has_footer = head[5] & 0x10
        offset += 10 + size + (10 if has_footer else 0)
    return offset


def audio_end(read: ReadAt, size: int) -> int:
    """The byte after the audio: what remains without ID3v1 and APEv2 tags at the tail."""
    end = size
    if read(end - _ID3V1_SIZE, 3) == b"TAG":
        end -= _ID3V1_SIZE
    footer = read(end - _APE_FOOTER_SIZE, _APE_FOOTER_SIZE)
    if footer[:8] == b"APETAGEX" and len(footer) == _APE_FOOTER_SIZE:
        flags = int.from_bytes(footer[20:24], "little")
        end -= int.from_bytes(footer[12:16], "little")
        end -= _APE_FOOTER_SIZE if flags & _APE_HAS_HEADER else 0
    return end if 0 < end <= size else size
