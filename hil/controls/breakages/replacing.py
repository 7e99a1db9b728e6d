"""The one way in which the product is broken: a method of it is replaced."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def replace_method(owner: Any, name: str, by: Callable[..., Any]) -> None:
    """Put ``by`` in its place.

    Raises:
        AttributeError: it is not there, so that nothing would be broken.
    """
    if not hasattr(owner, name):
        raise AttributeError(f"{owner.__name__}.{name}: gone; this control breaks nothing any more")
    setattr(owner, name, by)


def replace_value(owner: Any, name: str, by: object) -> None:
    """Put another value in the place of one.

    Raises:
        AttributeError: as ``replace_method``.
    """
    replace_method(owner, name, lambda: None)
    setattr(owner, name, by)
