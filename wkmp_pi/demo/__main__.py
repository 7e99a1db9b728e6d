"""``python -m wkmp_pi.demo DIR`` makes the demo box, once."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from wkmp_pi.demo.box import prepare
from wkmp_pi.errors import WkmpError


def main() -> int:
    """Make the demo in the folder that the command line names; says nothing if it is there."""
    parser = argparse.ArgumentParser(prog="wkmp_pi.demo", description=main.__doc__)
    parser.add_argument("folder", type=Path, metavar="DIR")
    folder = parser.parse_args().folder.resolve()
    try:
        prepare(folder, lambda line: print(f"demo: {line}", file=sys.stderr))
    except (WkmpError, OSError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
