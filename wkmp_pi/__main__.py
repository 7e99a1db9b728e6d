"""``python -m wkmp_pi`` is the command line ``wkmp-pi``."""

from wkmp_pi.cli import main

raise SystemExit(main())
