"""Locking a decoder in, as far as the kernel lets an ordinary process do that to itself.

Decoders read what strangers wrote. Whatever goes wrong in one must cost one
file: no network, no other files, no programs, little memory, first victim
when memory runs out, dead with the service. Each measure is tried on its own
and the report says which hold; none is a reason not to play.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
from pathlib import Path
from typing import Final

from wkmp_pi.decode.seccomp import refuse_calls

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_NO_NEW_PRIVS: Final = 38
_CLONE_NEWUSER: Final = 0x10000000
_CLONE_NEWNET: Final = 0x40000000
_MEMORY_BYTES: Final = 256 * 1024 * 1024
_OOM_SCORE: Final = 800


def enter(parent: int) -> dict[str, bool]:
    """What must come first: before any other thread, before anything is imported.

    Args:
        parent: the process that started this one; ends this one if it is gone already.

    Returns:
        Each measure, and whether it holds.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    held = {
        "no new privileges": libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0,
        "ends with the service": libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) == 0,
        "first victim when memory runs out": _volunteer(),
        "network of its own": _leave_network(libc),
    }
    if os.getppid() != parent:
        raise SystemExit(0)  # it went between starting us and the line above
    return held


def close_doors() -> dict[str, bool]:
    """What comes when all is imported and warm: from here on nothing can be opened."""
    return {
        "limited memory, no files written": _limit(),
        "no files, sockets, programs": refuse_calls(),
    }


def _volunteer() -> bool:
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(str(_OOM_SCORE), encoding="ascii")
        return True
    return False


def _leave_network(libc: ctypes.CDLL) -> bool:
    """Into an empty network namespace; without privileges this takes a user namespace too."""
    tries = (_CLONE_NEWUSER | _CLONE_NEWNET, _CLONE_NEWNET)
    return any(libc.unshare(flags) == 0 for flags in tries)


def _limit() -> bool:
    limits = {
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_DATA: _MEMORY_BYTES,  # heap and private mappings; not shared libraries
    }
    try:
        for which, value in limits.items():
            resource.setrlimit(which, (value, value))
    except (OSError, ValueError):
        return False
    return True
