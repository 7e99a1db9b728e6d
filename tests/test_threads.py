"""Threads are seen from outside by the names that the README gives them."""

from __future__ import annotations

import threading
from pathlib import Path

from wkmp_pi.threads import NamedThread


def kernel_name() -> str:
    return Path(f"/proc/self/task/{threading.get_native_id()}/comm").read_text().strip()


def test_the_kernel_knows_the_name() -> None:
    seen: list[str] = []
    thread = NamedThread(target=lambda: seen.append(kernel_name()), name="wkmp-a-long-name")
    thread.start()
    thread.join()
    assert seen == ["wkmp-a-long-nam"]
