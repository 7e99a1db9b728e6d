from __future__ import annotations

import errno
import os

import alsaaudio
import numpy as np
import pytest
from support.fake_pcm import NS, FakeCard, spoken

from wkmp_pi.output.pcm import Asked, Pcm, os_error

ASKED = Asked("S32", 44_100, 2, 100, 4)
PERIOD = np.zeros(800, np.uint8)


def opened(card: FakeCard) -> Pcm:
    return Pcm("hw:0", ASKED, card.open, card.clock)


@pytest.mark.parametrize("number", sorted(errno.errorcode))
def test_the_number_comes_back_from_the_text(number: int) -> None:
    found = os_error(spoken(number, "hw:CARD=x [y],DEV=0"))
    assert os.strerror(found.errno) == os.strerror(number)


def test_a_text_that_is_no_error_of_the_kernel_is_kept() -> None:
    found = os_error(alsaaudio.ALSAAudioError("Data size must be a multiple of framesize"))
    assert found.errno == errno.EPROTO
    assert "framesize" in str(found)


def test_what_was_realised_is_read_back_once() -> None:
    card = FakeCard(formats=("S16_LE",), rates=(48_000,), channels=(8,), least_ring=1000, number=3)
    pcm = opened(card)
    real = pcm.realised
    assert (real.format, real.rate_hz, real.channels) == ("S16", 48_000, 8)
    assert (real.period_frames, real.ring_frames, real.card) == (100, 1000, 3)
    assert card.opened[0].infos == 1


def test_a_device_behind_a_plugin_has_no_card() -> None:
    assert opened(FakeCard(number=-1)).realised.card is None


@pytest.mark.parametrize("number", [errno.ENODEV, errno.EBUSY, errno.EACCES, errno.EINVAL])
def test_a_device_that_does_not_open_tells_its_number(number: int) -> None:
    card = FakeCard()
    card.fail("open", number)
    with pytest.raises(OSError, match=os.strerror(number)) as told:
        opened(card)
    assert told.value.errno == number


def test_a_device_that_goes_while_it_is_read_back_is_closed() -> None:
    card = FakeCard()
    card.fail("info", errno.ENODEV)
    with pytest.raises(OSError, match="No such device"):
        opened(card)
    assert card.opened[0].closed == 1


def test_the_drivers_own_time_stamp_is_taken() -> None:
    card = FakeCard()
    pcm = opened(card)
    pcm.write(PERIOD)
    stamp_ns = card.now_ns - 3_000_000
    card.fail("htimestamp", None, (stamp_ns // NS, stamp_ns % NS, 350))
    assert pcm.look() == (50, stamp_ns)


def test_a_card_that_moved_some_time_ago_is_said_to_stand_there_since_then() -> None:
    card = FakeCard(rates=(48_000,))
    pcm = opened(card)
    pcm.write(PERIOD)
    interrupt_ns = card.now_ns - 7_000_000
    card.fail("htimestamp", (interrupt_ns // NS, interrupt_ns % NS, 300))
    assert pcm.look() == (100, interrupt_ns)


def test_what_came_after_the_interrupt_is_counted_at_the_cards_rate() -> None:
    card = FakeCard(rates=(48_000,))
    pcm = opened(card)
    pcm.write(PERIOD)
    interrupt_ns = card.now_ns - 7_000_000
    card.fail("htimestamp", (interrupt_ns // NS, interrupt_ns % NS, 300 - 48 * 5))
    assert pcm.look() == (100, interrupt_ns + 5_000_000)


def test_an_old_interrupt_never_makes_a_position_later_than_the_look_at_it() -> None:
    card = FakeCard(rates=(48_000,))
    pcm = opened(card)
    pcm.write(PERIOD)
    interrupt_ns = card.now_ns - 1_000_000
    card.fail("htimestamp", (interrupt_ns // NS, interrupt_ns % NS, 300 - 48 * 5))
    assert pcm.look() == (100, card.now_ns)


def test_a_plugin_has_no_interrupts_and_is_not_asked_for_them() -> None:
    card = FakeCard(rates=(48_000,), number=-1)
    pcm = opened(card)
    pcm.write(PERIOD)
    card.fail("state", errno.EIO)
    assert pcm.look() == (100, card.now_ns)
    assert card.faults["state"]


@pytest.mark.parametrize(
    "garbage",
    [
        (0, 0, 350),
        (5, 1, 350),  # in the future
        (4, 999_999_999, -5),
        (4, 999_999_999, 401),
        (4, 1_999_999_999, 350),
        (2**40, 0, 350),
        (-1, -1, -1),
    ],
)
def test_a_time_stamp_that_cannot_be_true_is_not_believed(garbage: tuple[int, int, int]) -> None:
    card = FakeCard()
    pcm = opened(card)
    pcm.write(PERIOD)
    card.fail("htimestamp", garbage, garbage)
    assert pcm.look() == (100, card.now_ns)


def test_without_time_stamps_the_clock_is_read_beside() -> None:
    card = FakeCard()
    card.fail("set_tstamp_mode", 1)
    pcm = opened(card)
    pcm.write(PERIOD)
    card.fail("htimestamp", (4, 999_999_999, 0))
    assert pcm.look() == (100, card.now_ns)


def test_more_room_than_the_ring_has_means_nothing_is_queued() -> None:
    card = FakeCard()
    card.fail("set_tstamp_mode", 1)
    pcm = opened(card)
    pcm.write(PERIOD)
    card.fail("avail", -1)
    assert pcm.look().queued_frames == 0


@pytest.mark.parametrize("number", [errno.EPIPE, errno.ENODEV, errno.EBADFD, errno.EIO])
def test_negative_room_is_an_error(number: int) -> None:
    card = FakeCard()
    pcm = opened(card)
    card.fail("avail", number)
    with pytest.raises(OSError, match=os.strerror(number)) as told:
        pcm.look()
    assert told.value.errno == number


def test_closing_drops_first_and_only_once_whatever_fails() -> None:
    card = FakeCard()
    pcm = opened(card)
    pcm.write(PERIOD)
    pcm.close()
    pcm.close()
    assert card.opened[0].closed == 1


def test_without_the_drop_closing_would_play_to_the_end() -> None:
    card = FakeCard()
    opened(card).write(PERIOD)
    with pytest.raises(AssertionError, match="play the queue"):
        card.opened[0].close()


def test_an_unplugged_device_can_be_closed() -> None:
    card = FakeCard()
    pcm = opened(card)
    pcm.write(PERIOD)
    card.unplugged = True
    pcm.close()
    assert card.opened[0].closed == 1


def test_a_device_that_may_not_answer_is_abandoned_without_a_question() -> None:
    card = FakeCard()
    pcm = opened(card)
    pcm.write(PERIOD)
    card.hung = True
    pcm.abandon()
    pcm.close()
    assert card.opened[0].closed == 1


def test_closing_a_device_that_does_not_answer_would_hold_the_interpreter() -> None:
    card = FakeCard()
    pcm = opened(card)
    pcm.write(PERIOD)
    card.hung = True
    with pytest.raises(AssertionError, match="hung"):
        pcm.close()


def test_nothing_reaches_a_closed_device() -> None:
    card = FakeCard()
    pcm = opened(card)
    pcm.close()
    for call in (lambda: pcm.write(PERIOD), pcm.look, pcm.formats, pcm.disconnected, pcm.drop):
        with pytest.raises(OSError, match="closed by us"):
            call()


def test_formats_and_rates_are_told_in_our_words() -> None:
    pcm = opened(FakeCard(formats=("U8", "S16_LE", "FLOAT_LE"), rates=(44_100, 96_000)))
    assert pcm.formats() == {"S16", "F32"}
    assert pcm.rates_hz() == (44_100, 96_000)
    assert opened(FakeCard(rates=(48_000,))).rates_hz() == (48_000,)
