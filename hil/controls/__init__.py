"""The product broken on purpose, to see the rig's tests fail: who tests the tests.

``list.toml`` says which breakage which tests must notice, ``breakages`` how each is done, and
``python -m hil.controls NAME …`` runs ``wkmp-pi …`` with that breakage in it. Nothing of the
product knows of this.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import tomli

_LIST = Path(__file__).with_name("list.toml")


@dataclass(frozen=True, slots=True)
class Control:
    """One way to break the product.

    Attributes:
        name: of the function in ``breakages``.
        what: is broken, in a few words.
        tests: those that must fail then, as pytest names them.
    """

    name: str
    what: str
    tests: tuple[str, ...]


def controls() -> list[Control]:
    """All of the list."""
    listed = tomli.loads(_LIST.read_text(encoding="utf-8"))
    return [Control(name, about["what"], tuple(about["tests"])) for name, about in listed.items()]
