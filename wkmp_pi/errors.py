"""Every error of the product, sorted by who can put it right.

    WkmpError
    ├── ConfigError    the owner edits a file or a setting      exit 78
    ├── MediaError     somebody replaces or removes a file      skipped, play on
    ├── DeviceError    somebody plugs a card in or frees it     reopened with back-off
    ├── LibraryError   disk or database; the change is refused  play on
    └── RequestError   the one who asked                        the request is refused

A message has four parts: *place: found; expected; remedy.* Anything else that
is raised is a bug: it ends the process and the supervisor starts it again.
"""

from __future__ import annotations

from collections.abc import Sequence


class WkmpError(Exception):
    """Base of everything that a person outside the code can put right."""


class ConfigError(WkmpError, ValueError):
    """A configuration is wrong; carries every problem that was found, not only the first.

    Args:
        problems: one line each, in the form *place: found; expected; remedy*.
    """

    def __init__(self, problems: Sequence[str] | str) -> None:
        self.problems = (problems,) if isinstance(problems, str) else tuple(problems)
        super().__init__("\n".join(self.problems))


class MediaError(WkmpError, OSError):
    """A media file cannot be read or decoded."""


class DeviceError(WkmpError, OSError):
    """A sound card is missing, busy, lost, or refuses a format."""


class LibraryError(WkmpError, OSError):
    """The database cannot take a change, or is not one of ours."""


class RequestError(WkmpError, ValueError):
    """A command asks for something that cannot be done."""
