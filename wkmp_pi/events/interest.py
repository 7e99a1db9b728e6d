"""Which events a subscriber wants: by name, by the beginning of a name, or by class. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from wkmp_pi.events.kinds import Event

Pattern = str | type[Event]
"""A name, a beginning that ends in ``*`` (``passage.*``, ``*``), or a class with its subclasses.

Quiet events come only to those who ask for exactly them.
"""


class Interest:
    """What was asked for.

    Attributes:
        words: the patterns as text, for people.
    """

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        asked = tuple(patterns)
        names = [pattern for pattern in asked if isinstance(pattern, str)]
        self._exact = frozenset(name for name in names if not name.endswith("*"))
        self._prefixes = tuple(name[:-1] for name in names if name.endswith("*"))
        self._classes = tuple(pattern for pattern in asked if not isinstance(pattern, str))
        self.words = tuple(map(_word, asked))

    def wants(self, event: Event) -> bool:
        """Whether it was asked for."""
        name = event.name
        if event.quiet:
            return name in self._exact or type(event) in self._classes
        return (
            name in self._exact
            or name.startswith(self._prefixes)
            or isinstance(event, self._classes)
        )

    def names(self, kind: type[Event]) -> bool:
        """Whether events of exactly that class were asked for by their own name."""
        return kind.name in self._exact or kind in self._classes


def _word(pattern: Pattern) -> str:
    """A name as it is; a class by the name of its events, or by its own where they have many."""
    name = pattern if isinstance(pattern, str) else pattern.name
    return name if isinstance(name, str) and name else pattern.__name__  # type: ignore[union-attr]
