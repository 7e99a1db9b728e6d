"""``devices``: the sound cards there are, by the names that ``box.toml`` takes."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from wkmp_pi.cli import link

if TYPE_CHECKING:
    from wkmp_pi.output.devices import Card


def add(commands: Any) -> None:
    """Declare the subcommand."""
    parser = commands.add_parser(
        "devices",
        help="the sound cards there are",
        description="The sound cards there are, in the order in which device = auto takes "
        "them. What a free card can do is asked from it for a moment.",
    )
    link.add_json(parser)
    parser.set_defaults(run=_devices)


def _devices(arguments: argparse.Namespace) -> int:
    from wkmp_pi.output.alsa import probe
    from wkmp_pi.output.devices import list_cards

    cards = list_cards(probe=probe)
    return link.show(arguments, [_plain(card) for card in cards], _text(cards))


def _plain(card: Card) -> dict[str, Any]:
    return {
        "id": card.id,
        "name": card.name,
        "alsa_name": card.alsa_name,
        "kind": card.kind.name.lower(),
        "formats": list(card.can.formats),
        "rates_hz": list(card.can.rates_hz),
        "holder": card.holder,
        "usable": card.usable,
    }


def _text(cards: list[Card]) -> str:
    from wkmp_pi.cli import text

    if not cards:
        return "no sound card; the service waits for one and plays as soon as it is plugged in"
    titles = ("device", "name", "kind", "formats", "rates", "state")
    return text.table([titles, *(_row(card) for card in cards)])


def _row(card: Card) -> tuple[str, ...]:
    from wkmp_pi.shown import clean

    return (
        card.id,
        clean(card.name),
        card.kind.name.lower(),
        " ".join(card.can.formats) or "?",
        " ".join(f"{rate / 1000:g}k" for rate in card.can.rates_hz) or "?",
        state(card),
    )


def state(card: Card) -> str:
    """Whether the card can be opened now, and if not, why."""
    if card.holder:
        return f"held by {card.holder}"
    return "free" if card.usable else "not for this user; join the group audio"
