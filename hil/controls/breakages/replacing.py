"""The one way in which the product is broken: a method or a value of it is replaced."""

from __future__ import annotations

from typing import Any


def put(owner: Any, name: str, by: Any) -> None:
    """Put ``by`` in the place of what ``owner`` has under this name.

    Raises:
        AttributeError: it is not there, so that nothing would be broken.
    """
    if not hasattr(owner, name):
        raise AttributeError(f"{owner.__name__}.{name}: gone; this control breaks nothing any more")
    setattr(owner, name, by)
