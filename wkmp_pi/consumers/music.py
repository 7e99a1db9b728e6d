"""Whether the folder of the music is there: a disk may be late, or be pulled.

While it is away, what cannot be opened below it is no reason to drop anything
from the queue: those who ask here learn that it will come back, and are told
when it has. A mount point that is empty is as good as none.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

from wkmp_pi.files import is_folder
from wkmp_pi.threads import NamedThread

_LOOK_S = 2.0
"""Between two looks while it is away; the first comes later than the news of its absence."""


class MusicFolder:
    """Looks at one folder.

    Thread: ``wkmp-music``; it sleeps while all is well, and looks from time to time while not.
    Owns: nothing.

    Args:
        root: absolute path of the folder.
        report: told why there is no music, and ``None`` when there is; from any thread.
        look_s: see ``_LOOK_S``.
    """

    def __init__(
        self, root: Path, report: Callable[[str | None], None], look_s: float = _LOOK_S
    ) -> None:
        self._root = root
        self._report = report
        self._look_s = look_s
        self._away = threading.Event()
        self._stopping = threading.Event()
        self._thread = NamedThread(target=self._run, name="wkmp-music", daemon=True)

    def start(self) -> None:
        """Look for the first time, and begin to wait."""
        if not is_folder(self._root):
            self._tell_away()
        self._thread.start()

    def stop(self, timeout_s: float) -> bool:
        """End the thread; False if it did not end in time, as on a disk that hangs."""
        self._stopping.set()
        self._away.set()
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def has_lost(self, file: str) -> bool:
        """Whether ``file`` cannot be opened because the folder is away; may wait for the disk."""
        if not file.startswith(f"{self._root}/") or self._is_there():
            return False
        self._tell_away()
        return True

    def _tell_away(self) -> None:
        found = "empty" if is_folder(self._root) else "no folder"
        self._report(
            f"{self._root}: {found}; expected the music; "
            "plug in its disk, or name another music_root in box.toml"
        )
        self._away.set()

    def _is_there(self) -> bool:
        try:
            with os.scandir(self._root) as entries:
                return any(entries)
        except OSError:
            return False

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._away.wait()
            self._away.clear()  # before the look: what is lost after it is looked for again
            while not self._stopping.wait(self._look_s) and not self._is_there():
                pass
            if not self._stopping.is_set():
                self._report(None)
