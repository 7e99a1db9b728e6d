"""The property tests try the same examples everywhere; with ``WKMP_PI_SEEDS`` set, other ones."""

from __future__ import annotations

import os

from hypothesis import settings

if "WKMP_PI_SEEDS" not in os.environ:
    settings.load_profile("ci")  # derandomised, and without a database of earlier failures
