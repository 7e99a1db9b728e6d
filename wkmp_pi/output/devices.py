"""Which sound cards there are, by names that stay the same from boot to boot.

Read from /sys, which a hardened service can see, and from /proc/asound where
that is visible too (names, formats, who holds a card). Nothing is opened here:
asking a card itself is left to ``probe``. No card at all is an empty list.

The order of the list is the order of ``auto``: external DACs (HAT and USB, by
id), then the board's own headphone jack, then HDMI, then cards of software.
``auto`` is the first of them, whether it is free or not: a box must not move to
the television because the DAC is busy for a moment.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from pathlib import Path
from typing import NamedTuple

from wkmp_pi.errors import DeviceError
from wkmp_pi.output.problems import device_error

_SYS_CARDS = "sys/class/sound"
_ID_PATTERN = re.compile(r"(usb|platform|pci|card)-\S+")
_KERNEL_PCM = re.compile(r"(?:plug)?hw:(?:CARD=)?(?P<card>[^,]+)")


class Kind(IntEnum):
    """What a card is, in the order in which ``auto`` takes them."""

    DAC = 0
    HEADPHONES = 1
    HDMI = 2
    VIRTUAL = 3


class Capabilities(NamedTuple):
    """What a card takes: formats by our names, rates in Hz (two: a range)."""

    formats: tuple[str, ...] = ()
    rates_hz: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A card that can play.

    Attributes:
        id: the same after every boot: ``usb-VENDOR:PRODUCT-SERIAL`` (without a serial, the port),
            ``platform-DEVICE``, or ``card-`` and the kernel's id.
        number: the kernel's, which changes.
        kernel_id: the kernel's short id.
        name: for people.
        alsa_name: the PCM to open.
        holder: the program that plays to it, if somebody does and may be seen.
        usable: nobody holds it, and this user may open it.
    """

    id: str
    number: int
    kernel_id: str
    name: str
    alsa_name: str
    kind: Kind
    can: Capabilities
    holder: str | None
    usable: bool


class Target(NamedTuple):
    """What a configured device means: how to call it, what to open, and its card if known."""

    name: str
    alsa_name: str
    card: int | None


def list_cards(
    root: Path = Path("/"), probe: Callable[[str], Capabilities] | None = None
) -> list[Card]:
    """The cards that can play, in the order of ``auto``.

    Args:
        root: where /sys, /proc and /dev are.
        probe: asks a free card for what /proc does not tell; it opens the card for a moment.
    """
    cards = [
        _read_card(root, folder, device)
        for folder in sorted((root / _SYS_CARDS).glob("card[0-9]*"))
        if (device := _first_playback(folder)) is not None
    ]
    if probe is not None:
        cards = [_probed(card, probe) for card in cards]
    return sorted(_with_distinct_ids(cards), key=lambda card: (card.kind, card.id))


def resolve(device: str, cards: Sequence[Card]) -> Target:
    """The card or PCM that ``device`` means: ``auto``, a stable id, or a name of ALSA's.

    Raises:
        DeviceError: it is not there; another card is never taken instead. Errno is ENODEV.
    """
    if device == "auto":
        if not cards:
            raise _missing("auto: no sound card", cards)
        return Target(cards[0].id, cards[0].alsa_name, cards[0].number)
    for card in cards:
        if card.id == device:
            return Target(card.id, card.alsa_name, card.number)
    if _ID_PATTERN.fullmatch(device):
        raise _missing(f"{device}: no such card", cards)
    kernel_pcm = _KERNEL_PCM.match(device)
    if kernel_pcm is None:
        return Target(device, device, None)
    for card in cards:
        if kernel_pcm["card"] in (card.kernel_id, str(card.number)):
            return Target(device, device, card.number)
    raise _missing(f"{device}: no such card", cards)


def holder_of(number: int, root: Path = Path("/")) -> str | None:
    """The program that plays to card ``number``, as ``name (pid N)``, where that can be seen."""
    folder = root / f"proc/asound/card{number}"
    for status in sorted(folder.glob("pcm*p/sub*/status")):
        owner = re.search(r"owner_pid\s*:\s*(\d+)", _text(status))
        if owner:
            name = _text(root / "proc" / owner[1] / "comm").strip()
            return f"{name or 'a program'} (pid {owner[1]})"
    return None


def parse_stream(text: str) -> Capabilities:
    """What a USB card plays, from its ``/proc/asound/cardN/stream0``.

    The file is written by the kernel's sound/usb/proc.c.
    """
    _, _, playback = text.partition("Playback:")
    playback, _, _ = playback.partition("Capture:")
    formats = [_OURS.get(name, name) for name in re.findall(r"Format: (\S+)", playback)]
    rates: set[int] = set()
    for line in re.findall(r"Rates: (.+)", playback):
        rates.update(int(number) for number in re.findall(r"\d+", line))
    return Capabilities(tuple(dict.fromkeys(formats)), tuple(sorted(rates)))


_OURS = {"S16_LE": "S16", "S32_LE": "S32", "FLOAT_LE": "F32"}


def _read_card(root: Path, folder: Path, device: int) -> Card:
    number = int(folder.name.removeprefix("card"))
    kernel_id = _text(folder / "id").strip() or str(number)
    name = _name(root, number) or kernel_id
    hardware = folder / "device"
    kind = _kind(kernel_id, name, hardware.resolve().name if hardware.exists() else "")
    holder = holder_of(number, root)
    node = root / f"dev/snd/pcmC{number}D{device}p"
    # The Pi's own HDMI takes only IEC 958 subframes; ALSA's "hdmi" PCM makes them.
    pcm = "hdmi" if kernel_id.startswith("vc4hdmi") else "hw"
    return Card(
        id=_stable_id(hardware, kernel_id),
        number=number,
        kernel_id=kernel_id,
        name=name,
        alsa_name=f"{pcm}:CARD={kernel_id},DEV={device}",
        kind=kind,
        can=parse_stream(_text(root / f"proc/asound/card{number}/stream0")),
        holder=holder,
        usable=holder is None and os.access(node, os.R_OK | os.W_OK),
    )


def _first_playback(folder: Path) -> int | None:
    number = folder.name.removeprefix("card")
    names = [entry.name for entry in folder.glob(f"pcmC{number}D*p")]
    devices = [int(found[1]) for name in names if (found := re.search(r"D(\d+)p$", name))]
    return min(devices, default=None)


def _stable_id(hardware: Path, kernel_id: str) -> str:
    if not hardware.exists():
        return f"card-{kernel_id}"
    device = hardware.resolve()
    for place in (device, *device.parents):
        if (place / "idVendor").exists():
            vendor, product = _text(place / "idVendor").strip(), _text(place / "idProduct").strip()
            which = _text(place / "serial").strip() or place.name
            return f"usb-{vendor}:{product}-{_printable(which)}"
    bus = "pci" if (device / "subsystem").resolve().name == "pci" else "platform"
    return f"{bus}-{_printable(device.name)}"


def _with_distinct_ids(cards: list[Card]) -> Iterator[Card]:
    """Several cards of one device, or twins with one serial, are told apart by the kernel's id."""
    ids = [card.id for card in cards]
    for card in cards:
        twins = ids.count(card.id) > 1
        yield replace(card, id=f"{card.id}-{card.kernel_id}") if twins else card


def _kind(kernel_id: str, name: str, hardware: str) -> Kind:
    if hardware.startswith(("snd_aloop", "snd_dummy")) or kernel_id in ("Loopback", "Dummy"):
        return Kind.VIRTUAL
    if "hdmi" in f"{kernel_id} {name} {hardware}".lower():
        return Kind.HDMI
    return Kind.HEADPHONES if kernel_id == "Headphones" else Kind.DAC


def _name(root: Path, number: int) -> str:
    """The short name from /proc/asound/cards: `` 0 [id]: driver - name``."""
    cards = _text(root / "proc/asound/cards")
    line = re.search(rf"^ *{number} \[.*?\]: .*? - (.+)$", cards, re.MULTILINE)
    return line[1].strip() if line else ""


def _probed(card: Card, probe: Callable[[str], Capabilities]) -> Card:
    if card.can.formats or not card.usable:
        return card
    try:
        return replace(card, can=probe(card.alsa_name))
    except OSError:
        return card  # what it takes stays unknown; opening it for good will tell why


def _missing(found: str, cards: Sequence[Card]) -> DeviceError:
    there = ", ".join(card.id for card in cards) or "none"
    text = f"{found}; expected one of the cards there are: {there}; plug it in, or name another"
    return device_error(errno.ENODEV, text)


def _printable(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._:@+-]", "_", text)


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""
