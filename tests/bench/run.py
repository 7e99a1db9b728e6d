"""``make bench``: what the player costs and how exact it is, beside MPD on the same machine.

Prints one table within ten minutes, misses as misses. ``--update-readme``
puts it into the README. ``--only PART`` measures one part. ``--realtime`` (as
root) is for a machine that has other things to do meanwhile.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path[:1] = [str(Path(__file__).parents[i]) for i in (1, 2)]  # as pytest has it

from bench import main, parts  # noqa: E402

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Measure this machine.")
    parser.add_argument("--update-readme", action="store_true", help="put the table into README.md")
    parser.add_argument("--only", choices=parts.PARTS, action="append", help="measure this part")
    parser.add_argument("--realtime", action="store_true", help="do not let others interfere")
    arguments = parser.parse_args()
    names = arguments.only or list(parts.PARTS)
    done = main.run(names, realtime=arguments.realtime, update_readme=arguments.update_readme)
    sys.exit(done)
