"""One JSON object a line, always the same bytes for the same words. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import msgspec


def encoded(message: Mapping[str, Any]) -> bytes:
    """A line with its newline; what is no plain data becomes text."""
    try:
        return msgspec.json.encode(message, enc_hook=str) + b"\n"
    except UnicodeEncodeError:
        # A file name that is not UTF-8: its odd bytes travel as escaped lone surrogates.
        return json.dumps(msgspec.to_builtins(message, enc_hook=str)).encode() + b"\n"
