from __future__ import annotations

import errno
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.machine import USB_STREAM, Machine, raspberry_pi

from wkmp_pi.errors import DeviceError
from wkmp_pi.output.devices import Capabilities, Kind, list_cards, parse_stream, resolve

HAT = "platform-soc:sound"
USB = "usb-0d8c:0014-1-1.2"


def test_a_machine_without_sound_has_no_cards(tmp_path: Path) -> None:
    assert list_cards(tmp_path) == []


def test_the_cards_of_a_pi_are_listed_in_the_order_of_auto(tmp_path: Path) -> None:
    cards = list_cards(raspberry_pi(tmp_path).root)
    assert [(card.id, card.kind) for card in cards] == [
        (HAT, Kind.DAC),
        (USB, Kind.DAC),
        ("platform-bcm2835_audio", Kind.HEADPHONES),
        ("platform-fef00700.hdmi", Kind.HDMI),
    ]
    assert [card.alsa_name for card in cards] == [
        "hw:CARD=sndrpihifiberry,DEV=0",
        "hw:CARD=Audio,DEV=0",
        "hw:CARD=Headphones,DEV=0",
        "hdmi:CARD=vc4hdmi0,DEV=0",
    ]
    assert [card.name for card in cards] == [
        "snd_rpi_hifiberry_dacplus",
        "USB Audio",
        "bcm2835 Headphones",
        "vc4-hdmi-0",
    ]
    assert all(card.usable and card.holder is None for card in cards)


def test_ids_do_not_depend_on_the_kernels_numbers(tmp_path: Path) -> None:
    one, other = Machine(tmp_path / "one"), Machine(tmp_path / "other")
    for machine, numbers in ((one, (0, 1)), (other, (1, 0))):
        machine.add_usb(numbers[0], "Audio", "1-1.2")
        machine.add(numbers[1], "sndrpihifiberry", "x - y", "platform/soc/soc:sound")
    assert [card.id for card in list_cards(one.root)] == [
        card.id for card in list_cards(other.root)
    ]


def test_a_serial_number_makes_the_id_independent_of_the_port(tmp_path: Path) -> None:
    one, other = Machine(tmp_path / "one"), Machine(tmp_path / "other")
    one.add_usb(0, "Audio", "1-1.2", serial="AB 12/3")
    other.add_usb(0, "Audio", "2-1", serial="AB 12/3", bus=2)
    ids = {card.id for root in (one.root, other.root) for card in list_cards(root)}
    assert ids == {"usb-0d8c:0014-AB_12_3"}


def test_twins_are_told_apart(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.add_usb(0, "Audio", "1-1.2", serial="0000")
    machine.add_usb(1, "Audio_1", "1-1.3", serial="0000")
    ids = [card.id for card in list_cards(tmp_path)]
    assert ids == ["usb-0d8c:0014-0000-Audio", "usb-0d8c:0014-0000-Audio_1"]


def test_a_card_without_hardware_goes_by_the_kernels_id(tmp_path: Path) -> None:
    card = tmp_path / "sys/class/sound/card0"
    (card / "pcmC0D0p").mkdir(parents=True)
    (card / "id").write_text("Bare\n")
    assert [card.id for card in list_cards(tmp_path)] == ["card-Bare"]


def test_a_card_of_software_comes_last(tmp_path: Path) -> None:
    machine = raspberry_pi(tmp_path)
    machine.add(4, "Loopback", "Loopback - Loopback", "platform/snd_aloop.0", playback=(0, 1))
    last = list_cards(tmp_path)[-1]
    assert (last.id, last.kind) == ("platform-snd_aloop.0", Kind.VIRTUAL)
    assert last.alsa_name == "hw:CARD=Loopback,DEV=0"


def test_a_card_that_only_records_is_left_out(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.add(0, "Mic", "USB-Audio - Microphone", "platform/x", playback=())
    assert list_cards(tmp_path) == []


def test_without_proc_the_cards_are_still_there(tmp_path: Path) -> None:
    root = raspberry_pi(tmp_path).root
    (root / "proc").rename(root / "hidden")
    assert [card.id for card in list_cards(root)][:2] == [HAT, USB]
    assert list_cards(root)[0].name == "sndrpihifiberry"


def test_a_held_card_names_its_holder_and_is_not_usable(tmp_path: Path) -> None:
    machine = raspberry_pi(tmp_path)
    machine.hold(2, 812, "mpd")
    card = list_cards(tmp_path)[0]
    assert (card.holder, card.usable) == ("mpd (pid 812)", False)


def test_a_card_whose_node_is_missing_is_not_usable(tmp_path: Path) -> None:
    machine = raspberry_pi(tmp_path)
    (machine.root / "dev/snd/pcmC2D0p").unlink()
    assert [card.usable for card in list_cards(tmp_path)] == [False, True, True, True]


def test_what_a_usb_card_takes_stands_in_its_stream_file(tmp_path: Path) -> None:
    usb = list_cards(raspberry_pi(tmp_path).root)[1]
    assert usb.can.formats == ("S16", "S24_3LE")
    assert usb.can.rates_hz == (44_100, 48_000, 88_200, 96_000, 176_400, 192_000)


def test_continuous_rates_are_a_range() -> None:
    text = USB_STREAM.replace("44100, 48000, 88200, 96000\n", "8000 - 96000 (continuous)\n")
    text = text.replace("44100, 48000, 88200, 96000, 176400, 192000", "8000 - 96000 (continuous)")
    assert parse_stream(text).rates_hz == (8_000, 96_000)


@given(st.text())
def test_any_text_can_be_parsed(text: str) -> None:
    parse_stream("Playback:" + text)


def test_only_free_cards_of_unknown_abilities_are_probed(tmp_path: Path) -> None:
    machine = raspberry_pi(tmp_path)
    machine.hold(2, 812, "mpd")
    asked: list[str] = []

    def probe(alsa_name: str) -> Capabilities:
        asked.append(alsa_name)
        if alsa_name.startswith("hdmi"):
            raise OSError(errno.EBUSY, "somebody was faster")
        return Capabilities(("S16",), (48_000,))

    cards = list_cards(tmp_path, probe)
    assert asked == ["hw:CARD=Headphones,DEV=0", "hdmi:CARD=vc4hdmi0,DEV=0"]
    assert [card.can.formats for card in cards] == [(), ("S16", "S24_3LE"), ("S16",), ()]


# --- what a configured device means ------------------------------------------------------------


def test_auto_is_a_dac_before_the_jack_before_hdmi(tmp_path: Path) -> None:
    cards = list_cards(raspberry_pi(tmp_path).root)
    while cards:
        target = resolve("auto", cards)
        assert target.name == cards[0].id
        assert (target.alsa_name, target.card) == (cards[0].alsa_name, cards[0].number)
        cards = cards[1:]


def test_auto_does_not_leave_the_dac_because_it_is_busy(tmp_path: Path) -> None:
    machine = raspberry_pi(tmp_path)
    machine.hold(2, 812, "mpd")
    assert resolve("auto", list_cards(tmp_path)).name == HAT


@pytest.mark.parametrize(
    ("device", "alsa_name", "card"),
    [
        (USB, "hw:CARD=Audio,DEV=0", 3),
        ("hw:CARD=Audio,DEV=0", "hw:CARD=Audio,DEV=0", 3),
        ("hw:3", "hw:3", 3),
        ("plughw:Headphones,0", "plughw:Headphones,0", 0),
        ("default", "default", None),
        ("pulse", "pulse", None),
        ("my-own-pcm", "my-own-pcm", None),
    ],
)
def test_a_device_is_an_id_or_a_name_of_alsas(
    device: str, alsa_name: str, card: int | None, tmp_path: Path
) -> None:
    target = resolve(device, list_cards(raspberry_pi(tmp_path).root))
    assert target == (device, alsa_name, card)


@pytest.mark.parametrize("device", ["usb-0d8c:0014-9-9", "platform-none", "hw:9", "hw:CARD=None"])
def test_a_missing_card_is_told_with_those_that_there_are(device: str, tmp_path: Path) -> None:
    cards = list_cards(raspberry_pi(tmp_path).root)
    with pytest.raises(DeviceError, match=rf"{device}: no such card; .*{USB}") as told:
        resolve(device, cards)
    assert told.value.errno == errno.ENODEV
