"""See ``config.tables``."""

from wkmp_pi.config.tables import Lines, Reading, named, near, places_of

__all__ = ["Lines", "Reading", "named", "near", "places_of"]
