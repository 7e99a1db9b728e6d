"""What holds for all tests.

The property tests try the same examples everywhere; with ``WKMP_PI_SEEDS`` set, other ones.
Programs that tests start can be interrupted, also where a shell runs the tests in the background:
it has SIGINT ignored then, and what is ignored stays so in a new program.
"""

from __future__ import annotations

import os
import signal

from hypothesis import settings

if "WKMP_PI_SEEDS" not in os.environ:
    settings.load_profile("ci")  # derandomised, and without a database of earlier failures

signal.signal(signal.SIGINT, signal.default_int_handler)
