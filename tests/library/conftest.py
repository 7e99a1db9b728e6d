from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from library.building import close, open_at

from wkmp_pi.library.connection import LibraryConnection


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[LibraryConnection]:
    """A fresh library on the disk."""
    opened = open_at(tmp_path)
    yield opened.connection
    close(opened)
