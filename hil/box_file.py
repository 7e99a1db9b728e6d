"""The box's configuration as a text of TOML."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def box_file(audio: Mapping[str, Any], settings: Mapping[str, Any]) -> str:
    """A box.toml with these keys of ``[audio]`` and ``[settings]``; all values are plain."""
    tables = {"audio": audio, "library": {"music_root": "/srv/music"}, "settings": settings}
    lines = []
    for name, values in tables.items():
        lines += [f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in values.items())]
    return "\n".join(lines) + "\n"
