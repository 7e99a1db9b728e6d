"""Media files as bytes: opened without waiting, read at a place, never beyond their first size.

Only regular files are opened: a pipe or a device named ``x.mp3`` is refused
before it is touched. A file that grows while it plays ends where it ended
when it was opened; one that shrinks ends early. Nothing here knows what the
bytes mean.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Final

from wkmp_pi.errors import MediaError

_KINDS: Final = {
    stat.S_IFDIR: "a directory",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def shown(path: str) -> str:
    """A path as one printable line, whatever bytes and control characters it holds."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in path)


def open_media(path: str) -> int:
    """Open a regular file for reading; symbolic links are followed, nothing is ever waited for.

    Returns:
        A file descriptor that belongs to the caller.

    Raises:
        MediaError: no such file, no permission, or not a regular file.
    """
    place = shown(path)
    try:
        _refuse_other_kinds(place, Path(path).stat().st_mode)
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        if isinstance(error, MediaError):
            raise
        why = error.strerror if isinstance(error, OSError) else error
        raise MediaError(
            f"{place}: cannot be opened ({why}); expected a readable file; "
            "check the path and its permissions"
        ) from error
    try:
        _refuse_other_kinds(place, os.fstat(fd).st_mode)  # what was opened, not what was looked at
    except MediaError:
        os.close(fd)
        raise
    return fd


def _refuse_other_kinds(place: str, mode: int) -> None:
    if not stat.S_ISREG(mode):
        kind = _KINDS.get(stat.S_IFMT(mode), "something else")
        raise MediaError(f"{place}: is {kind}; expected a regular file; remove it from the queue")


class FileBytes:
    """A file by descriptor, as the framings read it: any span, at any time, no position kept.

    Owns the descriptor.

    Attributes:
        size: bytes when it was opened; nothing beyond is ever read.
    """

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self.size = os.fstat(fd).st_size

    def read(self, offset: int, length: int) -> bytes:
        """Bytes from ``offset`` on; fewer than ``length`` only at the end of the file.

        Raises:
            OSError: the medium cannot be read.
        """
        length = min(length, self.size - offset)
        if offset < 0 or length <= 0:
            return b""
        data = os.pread(self._fd, length, offset)
        while 0 < len(data) < length and (more := self._more(offset, data, length)):
            data += more
        return data

    def close(self) -> None:
        """Close the descriptor; harmless when repeated."""
        if self._fd >= 0:
            os.close(self._fd)
        self._fd = -1

    def _more(self, offset: int, data: bytes, length: int) -> bytes:
        return os.pread(self._fd, length - len(data), offset + len(data))


class FileReader:
    """A ``FileBytes`` as a readable, seekable file object, for libraries that want one."""

    def __init__(self, source: FileBytes) -> None:
        self._source = source
        self._position = 0

    def read(self, length: int) -> bytes:
        """The next bytes; empty at the end."""
        data = self._source.read(self._position, length)
        self._position += len(data)
        return data

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to ``offset`` from the start, from here, or from the end; the new position."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._source.size}
        self._position = max(0, base[whence] + offset)
        return self._position

    def tell(self) -> int:
        """The position of the next byte."""
        return self._position
