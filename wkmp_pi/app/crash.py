"""A mistake in any thread ends the process, loudly: half a box is worse than one that restarts."""

from __future__ import annotations

import os
import sys
import threading
import traceback

BUG = 70
"""Exit code of a bug: EX_SOFTWARE of sysexits.h; the supervisor starts the box again."""


def end_on_any_bug() -> None:
    """From now on, what a thread raises and does not catch ends the process with ``BUG``."""
    threading.excepthook = _end


def _end(hook: threading.ExceptHookArgs) -> None:
    name = hook.thread.name if hook.thread else "a thread"
    traceback.print_exception(hook.exc_type, hook.exc_value, hook.exc_traceback)
    print(f"wkmp-pi: this is a bug in {name}; the lines above tell where", file=sys.stderr)
    sys.stderr.flush()
    os._exit(BUG)
