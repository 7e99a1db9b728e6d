"""Programs on this machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hil.drivers.popen import PopenShell


class LocalShell(PopenShell):
    """The machine on which the bench itself runs; a ``Shell``.

    Args:
        environment: what is added to the environment of the bench.
    """

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        super().__init__("this machine", environment)

    def _command(self, argv: Sequence[str]) -> list[str]:
        return list(argv)
