"""The command line ``wkmp-pi``: reads what is asked, hands it on, prints what comes back.

Nothing is decided here. Every subcommand imports what it needs when it runs,
so that the service and a quick ``wkmp-pi pause`` load nothing they do not use.

Exit codes: 0 done · 1 refused or failed · 2 the command line is wrong ·
70 a bug · 78 the configuration is wrong · 130 interrupted.
"""

from __future__ import annotations

import errno
import sys
from collections.abc import Sequence

from wkmp_pi.errors import ConfigError, WkmpError

EXIT_OK = 0
EXIT_FAILED = 1
EXIT_BUG = 70
EXIT_CONFIG = 78
EXIT_INTERRUPTED = 130

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line (default: the process's own) and give its exit code.

    Raises:
        SystemExit: with code 2 for a wrong command line, 0 after help or version.
    """
    try:
        return _run(sys.argv[1:] if argv is None else argv)
    except ConfigError as error:
        return _complain(error.problems, EXIT_CONFIG)
    except WkmpError as error:
        return _complain((str(error),), EXIT_FAILED)
    except BrokenPipeError:
        return _print_no_more(EXIT_OK)  # ``wkmp-pi queue | head -1``: not our failure
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except OSError as error:
        return _no_room(error) if error.errno in _NO_ROOM else _confess()
    except Exception:  # noqa: BLE001 the top of the process; the trace is the report
        return _confess()


def _run(argv: Sequence[str]) -> int:
    from wkmp_pi.cli.parser import parse

    _prepare_streams()
    arguments = parse(argv)
    code: int = arguments.run(arguments)
    sys.stdout.flush()
    return code


def _complain(problems: Sequence[str], code: int) -> int:
    for problem in problems:
        print(f"wkmp-pi: {problem}", file=sys.stderr)
    return code


def _confess() -> int:
    import traceback

    traceback.print_exc()
    return _complain(("this is a bug; the lines above tell where",), EXIT_BUG)


def _no_room(error: OSError) -> int:
    """``wkmp-pi queue >/full/disk``: others who write files tell of them in their own words."""
    found = f"standard output: {error.strerror}"
    _complain((f"{found}; expected room for what is printed; free some space",), EXIT_FAILED)
    return _print_no_more(EXIT_FAILED)


def _print_no_more(code: int) -> int:
    """The interpreter must not flush once more at its end."""
    import os

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code


def _prepare_streams() -> None:
    """Whatever is printed, and wherever to: it must not be an error.

    File names need not be UTF-8: what came in as bytes goes out as the same bytes. A terminal
    need not be UTF-8 either: it gets a ? for what it cannot show. And there may be none.
    """
    import codecs
    import io
    import os

    codecs.register_error("wkmp-pi", _bytes_or_mark)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by the caller
            setattr(sys, name, open(os.devnull, "w"))  # noqa: PTH123, SIM115 - stays open
        if isinstance(stream := getattr(sys, name), io.TextIOWrapper):
            stream.reconfigure(errors="wkmp-pi")


def _bytes_or_mark(error: UnicodeError) -> tuple[str | bytes, int]:
    import codecs

    try:
        return codecs.lookup_error("surrogateescape")(error)
    except UnicodeError:
        return codecs.lookup_error("replace")(error)
