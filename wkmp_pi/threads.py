"""Threads whose names can be seen from outside: in ``top -H``, ``ps -T`` and the kernel's log."""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path


class NamedThread(threading.Thread):
    """A thread that tells the kernel its name (the first 15 bytes), as Python does from 3.14 on."""

    def run(self) -> None:
        """Take the name, then do the work."""
        with suppress(OSError):  # no /proc: the name is a courtesy
            Path(f"/proc/self/task/{threading.get_native_id()}/comm").write_text(self.name)
        super().run()
