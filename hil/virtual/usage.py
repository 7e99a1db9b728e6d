"""What a virtual Pi costs this machine, and how it costs nothing for a while.

The guest's own accounts count in ticks of 10 ms and miss what runs between two of them, so its
processor time is read where it is spent: from the host's account of the guest's processes. What
a system call costs there is many times what it costs on a board; a share so measured is too high.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from hil.errors import RigError

_PROC = Path("/proc")


def cpu_s(folder: Path) -> float:
    """Processor time that the guest has taken since it was switched on, in seconds.

    Args:
        folder: the bench's own, as ``VirtualPi`` has it.

    Raises:
        RigError: it is off.
    """
    session = _session(_kernel_pid(folder))
    return (
        sum(_ns(process) for process in _PROC.glob("[0-9]*") if _session(process) == session) / 1e9
    )


@contextmanager
def still(folder: Path) -> Iterator[None]:
    """It does nothing meanwhile, if it is on.

    In simulated time it takes half a processor while it waits for the bench: if it were idle, its
    time would go on.
    """
    try:
        kernel = int(_kernel_pid(folder).name)
    except RigError:
        yield
        return
    os.kill(kernel, signal.SIGSTOP)
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            os.kill(kernel, signal.SIGCONT)


def _kernel_pid(folder: Path) -> Path:
    for file in (folder / "uml").glob("*/pid"):
        with suppress(OSError):
            process = _PROC / file.read_text().strip()
            if process.exists():
                return process
    raise RigError(f"{folder}: no virtual Pi runs there; expected one; switch it on first")


def _session(process: Path) -> str | None:
    with suppress(OSError):
        return (process / "stat").read_text().rpartition(")")[2].split()[3]
    return None


def _ns(process: Path) -> int:
    """Of all its threads."""
    total = 0
    for file in process.glob("task/*/schedstat"):
        with suppress(OSError):
            total += int(file.read_text().split()[0])
    return total
