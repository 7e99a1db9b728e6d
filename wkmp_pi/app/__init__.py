"""Builds everything, starts it, stops it in reverse: the only place that knows everyone."""

from wkmp_pi.app.oneshot import play
from wkmp_pi.app.service import run

__all__ = ["play", "run"]
