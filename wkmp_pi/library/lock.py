"""One writing process: an flock'ed file beside the database, which names its holder.

SQLite alone would let two services share a database, and each would save its
own queue over the other's. The kernel drops the lock when the holder dies,
however it dies, so nothing ever has to be cleaned up.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path

from wkmp_pi.errors import LibraryError


class WriterLock:
    """The right to write one database.

    Owns: the descriptor of the lock file, until ``release``.
    """

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def release(self) -> None:
        """Give the right back; harmless when repeated."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def lock_writer(database: Path) -> WriterLock:
    """Take the only right to write ``database``; the lock file stays for ever, it costs nothing.

    Raises:
        LibraryError: another process has it.
        OSError: there is no place for a lock file (read-only, no permission).
    """
    path = database.with_name(database.name + ".lock")
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        holder = os.pread(fd, 20, 0).decode("ascii", "replace").strip() or "unknown"
        os.close(fd)
        if isinstance(error, BlockingIOError):
            raise LibraryError(
                f"{path}: found it held by process {holder}; expected no other wkmp-pi service; "
                "stop that one, or give this one another library"
            ) from None
        raise
    with contextlib.suppress(OSError):  # a full disk: the lock holds without the name
        os.ftruncate(fd, 0)
        os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)
    return WriterLock(fd)
