"""What can go wrong with a rig: the bench is not what its file says, or it does not work."""

from __future__ import annotations


class RigError(Exception):
    """The rig cannot do what was asked. *Place: found; expected; remedy.*."""


class RigFileError(RigError):
    """The rig file is wrong; every problem at once, each with file and line."""
