"""What lies at a path, as far as this user may know.

``Path.exists`` and ``Path.is_dir`` raise, before Python 3.14, where a folder on the way may not
be entered or a name is too long. For whoever may not look, nothing is there; opening it says why.
"""

from __future__ import annotations

import os
from pathlib import Path


def exists(path: Path | str) -> bool:
    """Whether something is there; never raises."""
    return os.path.exists(path)  # noqa: PTH110 - on purpose, see above


def is_folder(path: Path | str) -> bool:
    """Whether a folder is there; never raises."""
    return os.path.isdir(path)  # noqa: PTH112 - on purpose, see above
