from __future__ import annotations

import errno
from pathlib import Path

import pytest
from support.fake_pcm import FakeCard

from wkmp_pi.errors import DeviceError
from wkmp_pi.output.alsa import native_rate_hz, open_alsa, probe
from wkmp_pi.output.alsa_sink import AlsaSink
from wkmp_pi.units import Hz

CD = Hz(44_100)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A machine with one card, held by a program where that is asked for."""
    card = tmp_path / "sys/class/sound/card2"
    (card / "pcmC2D0p").mkdir(parents=True)
    (card / "id").write_text("Box\n")
    return tmp_path


def opened(card: FakeCard, root: Path, format_name: str | None = None, rate: Hz = CD) -> AlsaSink:
    card.number = 2
    return open_alsa(
        "hw:CARD=Box,DEV=0",
        rate,
        format_name,
        latency_ms=80,
        period_ms=20,
        root=root,
        open_raw=card.open,
        now_ns=card.clock,
    )


@pytest.mark.parametrize(
    ("offered", "taken"),
    [
        (("S16_LE", "S24_3LE", "S32_LE"), "S32"),
        (("S16_LE", "S24_3LE", "S24_LE"), "S24_3LE"),
        (("U8", "S16_LE", "S24_LE"), "S24_LE"),
        (("U8", "S16_LE"), "S16"),
        (("U8", "FLOAT_LE"), "F32"),
    ],
)
def test_the_best_common_format_is_taken(offered: tuple[str, ...], taken: str, root: Path) -> None:
    card = FakeCard(formats=offered)
    assert opened(card, root).format.format == taken
    assert [pcm.closed for pcm in card.opened[:-1]] == [1] * (len(card.opened) - 1)
    assert all(pcm.infos == 1 for pcm in card.opened)


@pytest.mark.parametrize(
    ("asked", "offered", "taken"),
    [
        ("S16", ("S16_LE", "S32_LE"), "S16"),
        ("S24", ("S16_LE", "S24_3LE", "S32_LE"), "S24_3LE"),
        ("S24", ("S16_LE", "S24_LE", "S32_LE"), "S24_LE"),
        ("F32", ("S16_LE", "FLOAT_LE"), "F32"),
    ],
)
def test_a_format_that_is_named_is_taken(
    asked: str, offered: tuple[str, ...], taken: str, root: Path
) -> None:
    assert opened(FakeCard(formats=offered), root, asked).format.format == taken


@pytest.mark.parametrize("asked", ["S24", "S32", "F32"])
def test_a_named_format_that_the_card_lacks_is_refused_with_what_it_has(
    asked: str, root: Path
) -> None:
    card = FakeCard(formats=("U8", "S16_LE"))
    with pytest.raises(DeviceError, match=r"the device takes S16; expected one of .+; set") as told:
        opened(card, root, asked)
    assert told.value.errno == errno.EINVAL
    assert card.opened[-1].closed == 1


def test_a_card_without_any_format_of_ours_is_refused(root: Path) -> None:
    with pytest.raises(DeviceError, match="takes none that we know"):
        opened(FakeCard(formats=("U8",)), root)


@pytest.mark.parametrize(
    ("rates", "stream", "real"),
    [
        ((44_100, 48_000), 44_100, 44_100),
        ((48_000,), 44_100, 48_000),
        ((32_000, 44_100), 48_000, 44_100),
        ((192_000,), 44_100, 192_000),
    ],
)
def test_the_streams_rate_or_the_nearest_is_taken(
    rates: tuple[int, ...], stream: int, real: int, root: Path
) -> None:
    card = FakeCard(rates=rates)
    sink = opened(card, root, rate=Hz(stream))
    assert sink.format.rate_hz == real
    assert sink.format.period_frames == stream // 50
    assert card.opened[-1].period == real // 50
    assert card.opened[-1].ring == real * 80 // 1000


@pytest.mark.parametrize(("channels", "real"), [((1, 2), 2), ((1,), 1), ((6, 8), 6)])
def test_stereo_or_what_the_card_has_instead(
    channels: tuple[int, ...], real: int, root: Path
) -> None:
    assert opened(FakeCard(channels=channels), root).format.channels == real


def test_a_card_that_refuses_the_best_is_asked_for_something_plain(root: Path) -> None:
    card = FakeCard()
    card.fail("open", errno.EINVAL)
    about = opened(card, root).format
    assert (about.format, about.rate_hz) == ("S16", CD)


def test_a_card_that_refuses_everything_says_so(root: Path) -> None:
    card = FakeCard()
    card.fail("open", *[errno.EINVAL] * 3)
    with pytest.raises(DeviceError, match="EINVAL") as told:
        opened(card, root)
    assert told.value.errno == errno.EINVAL


@pytest.mark.parametrize(
    "number",
    [errno.ENODEV, errno.ENOENT, errno.ENXIO, errno.EACCES, errno.EPERM, errno.EIO, errno.ENOMEM],
)
def test_what_cannot_be_opened_tells_why_and_how_to_help(number: int, root: Path) -> None:
    card = FakeCard()
    card.fail("open", number)
    with pytest.raises(
        DeviceError,
        match=r"^hw:CARD=Box,DEV=0: opening failed with E\w+ \(.+\); "
        r"expected .+; .+",
    ) as told:
        opened(card, root)
    assert told.value.errno == number


@pytest.mark.parametrize("number", [errno.ENODEV, errno.EBADFD])
def test_a_card_that_goes_while_it_is_opened_leaves_nothing_open(number: int, root: Path) -> None:
    for call in ("info", "getformats"):
        card = FakeCard(formats=("U8", "S16_LE"))
        card.fail(call, number)
        with pytest.raises(DeviceError) as told:
            opened(card, root)
        assert told.value.errno == number
        assert [pcm.closed for pcm in card.opened] == [1]


def test_a_busy_card_names_its_holder(root: Path) -> None:
    status = root / "proc/asound/card2/pcm0p/sub0/status"
    status.parent.mkdir(parents=True)
    status.write_text("state: RUNNING\nowner_pid   : 812\ntrigger_time: 17.5\n")
    (root / "proc/812").mkdir()
    (root / "proc/812/comm").write_text("mpd\n")
    card = FakeCard()
    card.fail("open", errno.EBUSY)
    with pytest.raises(DeviceError, match=r"busy, held by mpd \(pid 812\); .+; stop that") as told:
        opened(card, root)
    assert told.value.errno == errno.EBUSY


def test_a_busy_card_whose_holder_cannot_be_seen_is_still_told(root: Path) -> None:
    card = FakeCard()
    card.fail("open", errno.EBUSY)
    with pytest.raises(DeviceError, match="held by another program"):
        opened(card, root)


@pytest.mark.parametrize(
    "device", ["hw:Other", "plughw:CARD=Other,DEV=0", "hw:7", "usb-1234:5678-1-1.2", "card-Other"]
)
def test_a_missing_card_is_told_and_never_replaced_nor_opened(device: str, root: Path) -> None:
    card = FakeCard()
    with pytest.raises(DeviceError, match=rf"^{device}: no such card; .+card-Box") as told:
        open_alsa(device, CD, root=root, open_raw=card.open)
    assert told.value.errno == errno.ENODEV
    assert card.opened == []  # ALSA would print to stderr, and alsaaudio leak, at every try


def test_auto_calls_the_sink_by_the_stable_id_of_its_card(root: Path) -> None:
    card = FakeCard(number=2)
    sink = open_alsa("auto", CD, root=root, open_raw=card.open)
    assert sink.format.device == "card-Box"
    assert sink.card == 2


def test_auto_without_any_card_says_so(tmp_path: Path) -> None:
    with pytest.raises(DeviceError, match="no sound card") as told:
        open_alsa("auto", CD, root=tmp_path)
    assert told.value.errno == errno.ENODEV


def test_behind_a_plugin_positions_are_told_in_finer_steps(tmp_path: Path) -> None:
    card = FakeCard(number=-1)
    sink = open_alsa("default", CD, latency_ms=80, period_ms=20, root=tmp_path, open_raw=card.open)
    assert card.opened[0].period < sink.format.period_frames / 4
    assert sink.format.buffer_frames == CD * 80 // 1000
    assert sink.card is None


def test_the_rate_a_card_likes_is_found_by_asking_it(root: Path) -> None:
    card = FakeCard(rates=(48_000, 96_000))
    assert native_rate_hz("card-Box", root=root, open_raw=card.open) == 48_000
    assert card.opened[-1].closed == 1


def test_a_card_is_probed_and_closed_again() -> None:
    card = FakeCard(formats=("U8", "S16_LE", "S32_LE"), rates=(44_100, 96_000))
    assert probe("hw:0", card.open) == (("S32", "S16"), (44_100, 96_000))
    assert card.opened[-1].closed == 1
