"""``python -m hil.controls NAME WORD …``: the command line ``wkmp-pi WORD …``, broken."""

from __future__ import annotations

import sys

from hil.controls import breakages
from wkmp_pi.cli import main

if __name__ == "__main__":
    name, *words = sys.argv[1:]
    breakages.BREAKAGES[name]()
    raise SystemExit(main(words))
