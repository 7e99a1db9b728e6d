"""What the box can be asked, told to whoever asks ``cmd/help``. Pure."""

from __future__ import annotations

from typing import Any

import msgspec

from wkmp_pi.controls.remote.verbs import ALIASES, COMMANDS, PROPERTIES, PUBLIC


def paths(*, admin: bool) -> list[str]:
    """Every topic that takes a command, below the box's own."""
    public = [f"cmd/{_path(tag)}" for tag in COMMANDS if tag in PUBLIC]
    public += [f"cmd/{alias}" for alias in ALIASES]
    public += ["cmd/help", *(f"set/{name}" for name in PROPERTIES)]
    return sorted(public + ([f"admin/{_path(tag)}" for tag in COMMANDS] if admin else []))


def described(*, admin: bool) -> dict[str, Any]:
    """Each command with what it does, and the JSON schemas of the payloads."""
    _, schemas = msgspec.json.schema_components(
        tuple(COMMANDS.values()), ref_template="#/definitions/{name}"
    )
    commands = {
        **{f"cmd/{_path(tag)}": _about(kind) for tag, kind in COMMANDS.items() if tag in PUBLIC},
        **{f"cmd/{alias}": _about(COMMANDS[tag]) for alias, tag in ALIASES.items()},
        "cmd/help": {"does": "Tell this.", "payload": {"type": "null"}},
    }
    if admin:
        others = {tag: kind for tag, kind in COMMANDS.items() if tag not in PUBLIC}
        commands |= {f"admin/{_path(tag)}": _about(kind) for tag, kind in others.items()}
    return {
        "v": 1,
        "commands": commands,
        "properties": [f"set/{name}" for name in PROPERTIES],
        "payload": 'the plain value, or a JSON object; "id" in it asks for an answer on reply/ID',
        "definitions": {name: _without_name(schema) for name, schema in schemas.items()},
    }


def _path(tag: str) -> str:
    return tag.replace(".", "/")


def _about(kind: type) -> dict[str, Any]:
    said = (kind.__doc__ or "").split("\n\n")[0].replace("``", "")
    return {"does": " ".join(said.split()), "payload": {"$ref": f"#/definitions/{kind.__name__}"}}


def _without_name(schema: dict[str, Any]) -> dict[str, Any]:
    """The fields of a command; its name stands in the topic."""
    fields = schema.get("properties", {})
    if "command" not in fields:
        return schema
    fields = {key: value for key, value in fields.items() if key != "command"}
    needed = [key for key in schema.get("required", ()) if key != "command"]
    return {"type": "object", "properties": fields, "required": needed}
