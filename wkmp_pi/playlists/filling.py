"""Words of the trigger in the data of a step: ``text = "{trigger.data.text}"``.

Pure. Only events are filled, never commands: what comes in from outside must
not become a file name or a volume.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

_PLACE: Final = re.compile(r"\{([a-z_]+)((?:\.\w+)+)\}", re.ASCII)
ROOTS: Final = ("trigger", "metadata")


def filled(data: Any, known: Mapping[str, Any]) -> Any:
    """``data`` with its places filled from ``known``.

    A text that is one place and nothing else becomes the value itself, of whatever type; what is
    not there becomes nothing.
    """
    if isinstance(data, str):
        whole = _PLACE.fullmatch(data)
        return _value(whole, known) if whole else _PLACE.sub(lambda m: _text(m, known), data)
    if isinstance(data, Mapping):
        return {key: filled(value, known) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [filled(item, known) for item in data]
    return data


def roots(data: Any) -> Iterator[str]:
    """The first words of all places in ``data``."""
    if isinstance(data, str):
        yield from (match[1] for match in _PLACE.finditer(data))
    elif isinstance(data, Mapping):
        for value in data.values():
            yield from roots(value)
    elif isinstance(data, list | tuple):
        for item in data:
            yield from roots(item)


def _value(match: re.Match[str], known: Mapping[str, Any]) -> Any:
    found: Any = known.get(match[1])
    for key in match[2][1:].split("."):
        found = found.get(key) if isinstance(found, Mapping) else None
    return found


def _text(match: re.Match[str], known: Mapping[str, Any]) -> str:
    value = _value(match, known)
    return "" if value is None else str(value)
