"""What kind of audio file these bytes are, whatever the file is called.

Pure. The answer picks one demuxer; nothing is ever probed by FFmpeg itself,
so that a playlist or a manifest (M3U, HLS, DASH, concat), which could name
other files and hosts, cannot be taken for sound.
"""

from __future__ import annotations

import re
from typing import Final

from wkmp_pi.decode.formats import adts, mpeg
from wkmp_pi.decode.formats.id3 import ReadAt, audio_begin
from wkmp_pi.errors import MediaError

_MAGIC: Final = (  # (offset, bytes, kind)
    (0, b"fLaC", "flac"),
    (0, b"OggS", "ogg"),
    (8, b"WAVE", "wav"),
    (0, b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00", "w64"),
    (8, b"AIFF", "aiff"),
    (8, b"AIFC", "aiff"),
    (4, b"ftyp", "mov"),
    (4, b"moov", "mov"),
    (4, b"mdat", "mov"),
    (4, b"wide", "mov"),
)
_REFUSED: Final = (  # (bytes, what they are)
    (b"#EXT", "a playlist (M3U)"),
    (b"[playlist]", "a playlist (PLS)"),
    (b"ffconcat", "an FFmpeg script"),
    (b"\x1aE\xdf\xa3", "Matroska or WebM"),
    (b"0&\xb2u", "Windows Media"),
    (b"MAC ", "Monkey's Audio"),
    (b"wvpk", "WavPack"),
    (b"MPCK", "Musepack"),
    (b"MP+", "Musepack"),
    (b"DSD ", "DSD"),
    (b"FRM8", "DSD"),
    (b"MThd", "MIDI"),
    (b"PSID", "a SID tune"),
    (b"RSID", "a SID tune"),
    (b"\x7fELF", "a program"),
    (b"PK\x03\x04", "an archive"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
)
_TAGS: Final = re.compile(rb"<[?!a-z][^\0-\x08\x0e-\x1f\x7f]*", re.IGNORECASE)
_EXPECTED: Final = "expected MP3, FLAC, Ogg, M4A, WAV, AIFF or AAC"


def sniff(read: ReadAt, size: int) -> str:
    """The kind of a file, by FFmpeg's name for its demuxer.

    Args:
        read: bytes of the file.
        size: how many there are.

    Returns:
        ``mp3``, ``flac``, ``ogg``, ``mov``, ``wav``, ``w64``, ``aiff`` or ``aac``.

    Raises:
        MediaError: anything else.
    """
    if size == 0:
        raise MediaError(f"is empty; {_EXPECTED}; replace the file")
    begin = audio_begin(read)
    head = read(begin, 32)
    for offset, magic, kind in _MAGIC:
        if head[offset : offset + len(magic)] == magic:
            return kind
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    for magic, name in _REFUSED:
        if text.startswith(magic):
            raise MediaError(f"is {name}; {_EXPECTED}; remove it from the queue")
    if _TAGS.fullmatch(text):
        raise MediaError(f"is a text with tags (XML, HTML); {_EXPECTED}; remove it from the queue")
    if mpeg.find_stream(read, begin, size):
        return "mp3"
    if adts.find_stream(read, begin, size):
        return "aac"
    raise MediaError(f"is no audio file that is known; {_EXPECTED}; replace the file")
