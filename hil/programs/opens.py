"""Counts how often anybody opens or looks through files and folders, as the kernel tells it.

Needs nothing but Python. It watches folders (inotify) until its standard input ends. On its
standard output it says, one JSON object a line:

- ``{"watching": n}``: it hears everything from now on;
- ``{"opens": [[at_ns, path], …]}`` at the end: each opening of a file in such a folder, and of the
  folder itself, in order; CLOCK_MONOTONIC when it was heard of.

An opening that the file's driver refuses is not heard of; of the same thing opened twice within a
moment, so that nothing else came between, the kernel tells once.
"""

from __future__ import annotations

import ctypes
import json
import os
import select
import struct
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import PurePath

_OPEN = 0x20
_HEAD = struct.Struct("iIII")
_READ_BYTES = 1 << 16


class Watch:
    """The kernel's news of some folders.

    Args:
        folders: which; each must be there.

    Raises:
        OSError: one is not there, or may not be watched.
    """

    def __init__(self, folders: Sequence[str]) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self.descriptor = self._checked(self._libc.inotify_init1(os.O_NONBLOCK), "inotify")
        self._folders = {self._added(folder): folder for folder in folders}

    def news(self) -> Iterator[str]:
        """What was opened since the last call; each path once for each opening."""
        try:
            data = os.read(self.descriptor, _READ_BYTES)
        except BlockingIOError:
            return
        while data:
            watch, _, _, size = _HEAD.unpack_from(data)
            name = data[_HEAD.size : _HEAD.size + size].rstrip(b"\0")
            if watch in self._folders:
                yield str(PurePath(self._folders[watch], os.fsdecode(name)))
            data = data[_HEAD.size + size :]

    def _added(self, folder: str) -> int:
        add = self._libc.inotify_add_watch
        return self._checked(add(self.descriptor, os.fsencode(folder), _OPEN), folder)

    def _checked(self, result: int, place: str) -> int:
        if result < 0:
            number = ctypes.get_errno()
            raise OSError(number, f"{place}: {os.strerror(number)}")
        return result


def watched(watch: Watch, stdin: int) -> list[tuple[int, str]]:
    """Everything that is opened until ``stdin`` ends."""
    opens: list[tuple[int, str]] = []
    while True:
        ready, _, _ = select.select([stdin, watch.descriptor], [], [])
        at_ns = time.monotonic_ns()
        opens += [(at_ns, path) for path in watch.news()]
        if stdin in ready and not os.read(stdin, 4096):
            return opens


def main() -> None:
    """Watch the folders of the command line until standard input ends."""
    watch = Watch(sys.argv[1:])
    print(json.dumps({"watching": len(sys.argv) - 1}), flush=True)
    print(json.dumps({"opens": watched(watch, sys.stdin.fileno())}), flush=True)


if __name__ == "__main__":
    main()
