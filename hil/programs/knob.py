"""Gives a card of this machine a volume control that it does not have, and tells where it stands.

The kernel keeps such a control as it keeps a DAC's own; it is gone when the card is pulled. It
needs ALSA's library and a user who may use the card, and nothing else.

What it is asked on its standard input, one JSON object a line, and what it answers:

- ``{"add": name}``: a control of 0 to 100 that stands at 0. ``{"added": name}``.
- ``{"read": name}``: ``{"value": …}``.
- ``{"await": name, "seconds": s}``: wait until it is moved away from 0. ``{"value": …, "at_ns":
  …}``: where it stood then, and CLOCK_MONOTONIC just before that; value 0 if nobody moved it.
- anything else: ``{"error": …}``.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

MOST = 100
_LOOK_S = 0.001
_OF_THE_MIXER = 2


class Alsa:
    """The few functions of ALSA's library that this needs.

    Args:
        card: ALSA's name of its control device.
    """

    def __init__(self, card: str) -> None:
        self._card = card.encode()
        self._library = ctypes.CDLL("libasound.so.2")
        self._library.snd_ctl_elem_value_get_integer.restype = ctypes.c_long

    def add(self, name: str) -> None:
        """Make a control; see above.

        Raises:
            OSError: there is no such card, or it has one of that name.
        """
        numbers = [ctypes.c_long(number) for number in (0, MOST, 1)]
        with self._opened() as control, self._made("id") as key:
            self._name(key, name)
            self._checked("snd_ctl_elem_add_integer", control, key, 1, *numbers)

    def read(self, name: str) -> int:
        """Where a control stands.

        Raises:
            OSError: there is no such card or control.
        """
        with self._opened() as control, self._made("id") as key, self._made("value") as value:
            self._name(key, name)
            self._library.snd_ctl_elem_value_set_id(value, key)
            self._checked("snd_ctl_elem_read", control, value)
            return int(self._library.snd_ctl_elem_value_get_integer(value, 0))

    def _name(self, key: ctypes.c_void_p, name: str) -> None:
        self._library.snd_ctl_elem_id_set_interface(key, _OF_THE_MIXER)
        self._library.snd_ctl_elem_id_set_name(key, name.encode())

    @contextmanager
    def _opened(self) -> Iterator[ctypes.c_void_p]:
        control = ctypes.c_void_p()
        self._checked("snd_ctl_open", ctypes.byref(control), self._card, 0)
        try:
            yield control
        finally:
            self._library.snd_ctl_close(control)

    @contextmanager
    def _made(self, what: str) -> Iterator[ctypes.c_void_p]:
        made = ctypes.c_void_p()
        self._checked(f"snd_ctl_elem_{what}_malloc", ctypes.byref(made))
        try:
            yield made
        finally:
            getattr(self._library, f"snd_ctl_elem_{what}_free")(made)

    def _checked(self, function: str, *arguments: Any) -> None:
        result = getattr(self._library, function)(*arguments)
        if result < 0:
            raise OSError(-result, f"{function}: {os.strerror(-result)}")


def answer(alsa: Alsa, line: str) -> dict[str, Any]:
    """The answer to one line; whatever it is, it does not raise."""
    try:
        return _answer(alsa, json.loads(line))
    except (ValueError, TypeError, AttributeError, KeyError, OSError) as error:
        return {"error": f"{line.strip()[:200]}: {error}"}


def _answer(alsa: Alsa, asked: Mapping[str, Any]) -> dict[str, Any]:
    if "add" in asked:
        alsa.add(asked["add"])
        return {"added": asked["add"]}
    if "read" in asked:
        return {"value": alsa.read(asked["read"])}
    if "await" in asked:
        return _moved(alsa, asked["await"], asked["seconds"])
    raise ValueError("expected add, read or await")


def _moved(alsa: Alsa, name: str, seconds: float) -> dict[str, Any]:
    end = time.monotonic() + seconds
    while True:
        at_ns = time.monotonic_ns()
        value = alsa.read(name)
        if value or time.monotonic() > end:
            return {"value": value, "at_ns": at_ns}
        time.sleep(_LOOK_S)


def main() -> None:
    """Answer until standard input ends."""
    alsa = Alsa(sys.argv[1])
    for line in sys.stdin:
        print(json.dumps(answer(alsa, line)), flush=True)


if __name__ == "__main__":
    main()
