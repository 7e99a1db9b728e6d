"""The tables and payloads of docs/playlists.md; run as a script, this renews them.

    .venv/bin/python tests/playlists/guide.py [FILE]

With a file of figures that the rig wrote (``pytest hil --figures FILE``), also the windows.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from playlists.clockwork import MS, Clockwork, good_book  # noqa: E402

from hil.tables import markdown, renewed, with_unit  # noqa: E402
from wkmp_pi.controls import protocol  # noqa: E402
from wkmp_pi.events.kinds import ButtonPressed, Custom, Event, StopReason, as_dict  # noqa: E402
from wkmp_pi.playlists import definition, values  # noqa: E402
from wkmp_pi.playlists.definition import Retrigger  # noqa: E402

GUIDE = ROOT / "docs" / "playlists.md"
WINDOW = "window of "
"""How the rig's promises about windows begin: ``window of a push button, double, 0.9 of it``."""

SHARES = ("0.9 of it", "1.0 of it", "1.1 of it")

KEYS: Mapping[str, Mapping[str, str]] = {
    "head": {
        "name": "for people; the id if it is left out",
        "metadata": "anything of yours, told with all that comes of a run",
        "retrigger": "what a trigger does while a run goes on; `parallel` if it is left out",
        "max_runs": "so many at once, those that wait included; 16, or fewer with many steps",
        "anchor": "`clock` (if it is left out), `passage start` or `passage end`",
        "deadline_s": "a run that takes longer ends; needed with an anchor in the music",
        "veto_ms": "time to object before the first step; 20",
        "completion": "an event of yours, after a run that came to its end",
        "needs": "`light:NAME` or `relay:NAME`, without which it does not start",
        "foreign": "events of yours that come from outside of the box",
    },
    "trigger": {
        "event": "its name, or the beginning of one and a `*`",
        "where": "what its data must be",
        "state": "what the state of the player must be; not for a wait",
        "deadline_s": "how long it is waited for; only, and always, for a wait",
    },
    "step": {
        "id": "for `after`",
        "event": "an event of yours",
        "command": "or a command of the box",
        "data": "of the event, or the command's fields",
        "offset_s": "when, from the anchor; 0 if it is left out",
        "offset_frames": "the same in frames, with an anchor in the music; both are added",
        "repeat": "how often",
        "interval_s": "the distance of its repeats, at least 0.01",
        "interval_frames": "the same in frames",
        "after": "the id of a step: count from its last occurrence instead",
        "wait": "an event: count from its coming instead",
        "producer": "who is told to have published the event; the playlist if it is left out",
        "drop_after_ms": "an occurrence that would be later than this is left out",
    },
    "ending": {
        "event": "an event of yours",
        "command": "or a command of the box",
        "data": "of the event, or the command's fields",
        "reasons": "with which ends; all but `completed` if it is left out",
    },
}

RULES: Mapping[str, set[str]] = {
    "head": set(values.HEAD),
    "trigger": set(values.TRIGGER) | set(values.WAIT),
    "step": set(values.STEP) | {"wait"},
    "ending": set(values.ENDING),
}

OPERATORS: Mapping[str, tuple[str, str]] = {
    "is": ('`button = "play"`', "equal, also arrays; the short form of `{ is = … }`"),
    "not": ('`button = { not = "play" }`', "not equal, or not there"),
    "in": ('`button = { in = ["up", "down"] }`', "one of these"),
    "contains": ('`buttons = { contains = "up" }`', "an array with this in it, or a text"),
    "has": ("`song = { has = true }`", "there and not null; or, with `false`, neither"),
    "above": ("`held_ms = { above = 900 }`", "a number above this"),
    "below": ("`held_ms = { below = 900 }`", "a number below this"),
    "at_least": ("`count = { at_least = 2 }`", "this or more"),
    "at_most": ("`count = { at_most = 2 }`", "this or less"),
}

POLICIES: Mapping[Retrigger, str] = {
    Retrigger.PARALLEL: "begins another run beside it, up to `max_runs`",
    Retrigger.IGNORE: "does nothing; a command is refused",
    Retrigger.RESTART: "stops it (reason `superseded`) and begins anew",
    Retrigger.QUEUE: "waits for its turn, up to `max_runs`",
}

REASONS: Mapping[StopReason, str] = {
    StopReason.COMPLETED: "all steps are done",
    StopReason.INTERRUPTED: "by an `[[interrupt]]`; `interrupt` tells which",
    StopReason.CANCELLED: "by a command, or because its file has gone",
    StopReason.SUPERSEDED: 'by its successor, with `retrigger = "restart"`',
    StopReason.FAILED: "something could not come out: its passage was left, or its data was none",
    StopReason.TIMEOUT: "a deadline has come",
    StopReason.SHUTDOWN: "the box ends",
}


def key_table(name: str) -> str:
    return markdown(("key", "meaning"), [(f"`{key}`", text) for key, text in KEYS[name].items()])


def operator_table() -> str:
    return markdown(("for example", "holds for"), list(OPERATORS.values()))


def limit_table() -> str:
    d, waiting = definition, "one for each step, or all repeats with an anchor in the music"
    rows = [
        ("offset, with all repeats", f"{d.MAX_OFFSET_S} s from the anchor"),
        ("repeats of a step", str(d.MAX_REPEAT)),
        ("interval", f"at least {d.MIN_INTERVAL_S} s, or {d.MIN_INTERVAL_FRAMES} frames"),
        ("steps of a playlist", str(d.MAX_STEPS)),
        ("occurrences that wait at once", f"{d.MAX_IN_FLIGHT} over all `max_runs`; {waiting}"),
        ("playlists", str(d.MAX_PLAYLISTS)),
        ("runs of all playlists", str(d.MAX_RUNS)),
        ("metadata", f"{d.MAX_METADATA_BYTES} bytes as JSON"),
        ("data of an event", f"{d.MAX_DATA_BYTES} bytes as JSON"),
        ("a file", "64 KiB"),
    ]
    return markdown(("what", "at most"), rows)


def windows_table(figures: list[dict[str, Any]] | None) -> str | None:
    """What the rig has measured; ``None`` if it did not measure now."""
    measured = [f for f in figures or () if str(f["promise"]).startswith(WINDOW)]
    if not measured:
        return None
    rows: dict[tuple[str, str], dict[str, str]] = {}
    for figure in measured:
        kind, gesture, share = str(figure["promise"]).removeprefix(WINDOW).split(", ")
        at = str(figure["note"]).partition(",")[0]
        found = _amount(figure["measured"], figure["unit"])
        rows.setdefault((kind, gesture), {})[share] = f"{at}: {found}"
    cells = [(*about, *(row.get(share, "") for share in SHARES)) for about, row in rows.items()]
    return markdown(("button", "gesture", *SHARES), cells)


def _amount(value: Any, unit: str) -> str:
    return with_unit(value, unit) if isinstance(value, int | float) else "not measured"


NOT_MEASURED = "*not measured yet: `make hil` fills this table*"


def blocks() -> dict[str, str]:
    """Everything that is made from code, by the name of its block."""
    made = {name: key_table(name) for name in KEYS}
    made["operators"] = operator_table()
    made["retrigger"] = markdown(
        ("`retrigger`", "a trigger during a run"),
        [(f"`{p}`", text) for p, text in POLICIES.items()],
    )
    made["reasons"] = markdown(
        ("reason", "the run ended"), [(f"`{reason}`", text) for reason, text in REASONS.items()]
    )
    made["limits"] = limit_table()
    return {**made, **payloads()}


def payloads() -> dict[str, str]:
    """What arrives of a run of the first example, on a clock that stands still but for the run."""
    name, text = examples()[0]
    box = Clockwork(good_book(**{name: text}), stall=lambda: MS // 5)
    box.feed(Custom(event="door.opened", producer="mqtt", data={"door": "front"}))
    box.run(1.2)
    box.feed(ButtonPressed(button="play", at_ns=box.now - 3 * MS))
    late = Clockwork(good_book(**{name: 'completion = "door.done"\n' + text}))
    late.start(name, source="cli", metadata={"visitor": "Ann"})
    late.stand(36).run(1)
    return {
        "created": shown(box.created()[0]),
        "own": shown(box.named("hall.greeted")[0]),
        "emitted": shown(box.emitted()[1]),
        "stopped": shown(box.stopped()[0]),
        "completion": shown(late.named("door.done")[0]),
        "overdue": shown(late.named("alert.playlist.overdue")[0]),
    }


def shown(event: Event) -> str:
    """An event as it arrives on the socket, laid out for readers."""
    line = json.loads(protocol.event(as_dict(event)))["event"]
    return f"```json\n{json.dumps(line, indent=2, ensure_ascii=False)}\n```"


def examples() -> list[tuple[str, str]]:
    """The playlists in the guide: id and text."""
    texts = re.findall(r"```toml\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    return [(re.match(r"# (\w+)\.toml", text)[1], text) for text in texts]  # type: ignore[index]


def make(document: str, figures: list[dict[str, Any]] | None = None) -> str:
    """The guide with all its blocks renewed."""
    for name, text in blocks().items():
        document = renewed(document, name, text, GUIDE.name)
    windows = windows_table(figures)
    if windows is None and window_block(document):
        return document
    return renewed(document, "windows", windows or NOT_MEASURED, GUIDE.name)


def window_block(document: str) -> str:
    """The table of windows as it stands."""
    found = re.search(r"<!-- table: windows -->\n(.*?)<!-- end -->", document, re.DOTALL)
    return found[1].strip() if found else ""


if __name__ == "__main__":
    given = sys.argv[1:]
    wanted = json.loads(Path(given[0]).read_text())["promises"] if given else None
    GUIDE.write_text(make(GUIDE.read_text(), wanted))
