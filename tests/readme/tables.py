"""The tables of the README that are made from code; run as a script, this renews them."""

from __future__ import annotations

import dataclasses
import json
import re
from enum import StrEnum
from pathlib import Path

from wkmp_pi import settings
from wkmp_pi.events.kinds import KINDS

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"


def settings_table() -> str:
    head = "| setting | default | values | takes effect | what it does |"
    rows = [head, "|---|---|---|---|---|"]
    for about in settings.ABOUT.values():
        default = json.dumps(about.default).strip('"')
        unit = f" {about.unit}" if about.unit and not issubclass(about.type, StrEnum) else ""
        values = about.expected().removeprefix("one of ").removeprefix("a whole number from ")
        rows.append(
            f"| `{about.key}` | {default}{unit} | {values} | {about.effect} | {about.text} |"
        )
    return "\n".join(rows)


def events_table() -> str:
    rows = ["| event | fields | when |", "|---|---|---|"]
    for name, kind in KINDS.items():
        fields = ", ".join(f"`{f.name}`" for f in dataclasses.fields(kind))
        text = " ".join((kind.__doc__ or "").split()).replace("``", "`")
        rows.append(f"| `{name}` | {fields} | {text} |")
    return "\n".join(rows)


TABLES = {"settings": settings_table, "events": events_table}


def renewed(text: str) -> str:
    for name, table in TABLES.items():
        pattern = rf"(<!-- table: {name} -->\n).*?(<!-- end -->)"
        made = table()
        text = re.sub(pattern, lambda m, made=made: f"{m[1]}{made}\n{m[2]}", text, flags=re.DOTALL)  # type: ignore[misc]
    return text


if __name__ == "__main__":
    README.write_text(renewed(README.read_text()))
