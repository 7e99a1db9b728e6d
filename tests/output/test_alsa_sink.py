from __future__ import annotations

import errno

import alsaaudio
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.fake_pcm import FakeCard

from wkmp_pi.errors import DeviceError
from wkmp_pi.output.alsa_sink import AlsaSink
from wkmp_pi.output.pcm import Asked, Pcm
from wkmp_pi.units import Hz

RATE = Hz(48_000)
PERIOD_MS, LATENCY_MS = 10, 40
FRAMES = RATE * PERIOD_MS // 1000
GONE = (errno.ENODEV, errno.ENXIO, errno.ENOENT, errno.EACCES, errno.EINVAL, errno.ENOMEM)


def opened(card: FakeCard, stream_rate: Hz = RATE, name: str = "S16") -> AlsaSink:
    pcm = Pcm("hw:0", Asked(name, RATE, 2, FRAMES, 4), card.open, card.clock)
    return AlsaSink(
        pcm,
        "usb-dac",
        rate_hz=stream_rate,
        latency_ms=LATENCY_MS,
        period_ms=PERIOD_MS,
        now_ns=card.clock,
    )


def card() -> FakeCard:
    return FakeCard(rates=(RATE,))


def ramp(frames: int, start: int = 0) -> np.ndarray:
    """Frames that differ from each other: left counts up, right down."""
    count = np.arange(start, start + frames) % 30_000 + 1
    return (np.stack((count, -count), axis=1).reshape(-1) / 2**15).astype(np.float32)


def played(box: FakeCard) -> np.ndarray:
    return np.frombuffer(bytes(box.heard), "<i2")


def test_the_format_tells_what_the_device_really_is() -> None:
    sink = opened(card())
    about = sink.format
    assert (about.device, about.rate_hz, about.channels, about.format) == (
        "usb-dac",
        RATE,
        2,
        "S16",
    )
    assert (about.period_frames, about.buffer_frames) == (FRAMES, 4 * FRAMES)
    assert sink.card == 0


def test_a_larger_ring_does_not_make_the_latency_larger() -> None:
    box = card()
    box.least_ring = 48_000
    assert opened(box).format.buffer_frames == 4 * FRAMES


def test_frames_arrive_in_order_and_are_counted_when_they_are_out() -> None:
    box = card()
    sink = opened(box)
    for count in range(4):
        assert sink.write(ramp(FRAMES, count * FRAMES))
        assert sink.position().heard == 0
    for ms in (1, 2, 7, 10):
        box.advance(ms)
        assert sink.position() == (len(played(box)) // 2, box.now_ns)
    assert sink.position().heard == 2 * FRAMES
    assert played(box).tolist() == (ramp(2 * FRAMES) * 2**15).tolist()


def test_what_the_device_does_not_take_goes_first_the_next_time() -> None:
    box = card()
    sink = opened(box)
    for count in range(5):  # one more than the ring holds
        sink.write(ramp(FRAMES, count * FRAMES))
    assert sink.position().heard == 0
    box.advance(5)
    sink.position()  # a look is enough to hand over the rest
    for _ in range(9):
        box.advance(5)
        sink.position()
    assert played(box).tolist() == (ramp(5 * FRAMES) * 2**15).tolist()
    assert sink.position().heard == 5 * FRAMES


def test_an_underrun_is_told_once_and_the_refused_period_is_written_again() -> None:
    box = card()
    sink = opened(box)
    assert sink.write(ramp(FRAMES))
    box.advance(15)
    assert sink.position().heard == FRAMES
    assert not sink.write(ramp(FRAMES, FRAMES))
    assert sink.write(ramp(FRAMES, 2 * FRAMES))
    box.advance(19)
    assert sink.position().heard == FRAMES + 19 * RATE // 1000
    box.advance(2)
    assert sink.position().heard == 3 * FRAMES
    assert played(box).tolist() == (ramp(3 * FRAMES) * 2**15).tolist()


def test_without_writing_again_the_refused_period_would_be_lost() -> None:
    box = card()
    pcm = Pcm("hw:0", Asked("S16", RATE, 2, FRAMES, 4), box.open, box.clock)
    period = np.ones(FRAMES * 4, np.uint8)
    pcm.write(period)
    box.advance(15)
    with pytest.raises(BrokenPipeError):
        pcm.write(period)
    pcm.write(period)
    box.advance(15)
    pcm.close()
    assert len(played(box)) // 2 == 2 * FRAMES < 3 * FRAMES


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(["write", "look", "wait", "long wait", "pause"]), max_size=60))
def test_whatever_happens_no_frame_is_lost_doubled_or_counted_wrong(steps: list[str]) -> None:
    box = card()
    sink = opened(box)
    written = heard = 0
    for step in steps:
        queued = written - sink.position().heard
        if step == "write" and queued <= sink.format.buffer_frames - FRAMES:
            sink.write(ramp(FRAMES, written))
            written += FRAMES
        elif step == "pause":
            sink.pause()
            box.heard.clear()
            base = written
            assert sink.position().heard == base
        else:
            box.advance({"wait": 3, "long wait": 60}.get(step, 0))
        now = sink.position().heard
        assert heard <= now <= written
        heard = now
    out = played(box)[::2]
    assert (np.diff(out) == 1).all() or not len(out)
    if "pause" not in steps:
        assert len(out) == heard


def test_a_pause_forgets_what_is_queued_and_the_next_write_starts_again() -> None:
    box = card()
    sink = opened(box)
    for count in range(3):
        sink.write(ramp(FRAMES, count * FRAMES))
    box.advance(5)
    sink.pause()
    assert sink.position().heard == 3 * FRAMES
    box.advance(1000)
    assert sink.position().heard == 3 * FRAMES
    assert sink.write(ramp(FRAMES, 3 * FRAMES))
    box.advance(4)
    assert sink.position().heard == 3 * FRAMES + 4 * RATE // 1000


def test_after_a_suspend_it_goes_on_by_itself() -> None:
    box = card()
    sink = opened(box)
    sink.write(ramp(FRAMES))
    box.advance(5)
    box.opened[0].suspend()
    assert not sink.write(ramp(FRAMES, FRAMES))
    box.advance(4)
    assert sink.position().heard == FRAMES + 4 * RATE // 1000


def test_a_suspend_is_survived_by_looking_too() -> None:
    box = card()
    sink = opened(box)
    for count in range(4):
        sink.write(ramp(FRAMES, count * FRAMES))
    box.opened[0].suspend()
    assert sink.position().heard == 4 * FRAMES  # there is room again
    assert not sink.write(ramp(FRAMES, 4 * FRAMES))


def test_a_device_that_does_not_wake_up_in_two_seconds_is_lost() -> None:
    box = card()
    sink = opened(box)
    sink.write(ramp(FRAMES))
    box.fail("write", *[errno.ESTRPIPE] * 100)
    for _ in range(20):
        box.advance(100)
        sink.write(ramp(1))
    box.advance(101)
    with pytest.raises(DeviceError, match=r"usb-dac: writing failed with ESTRPIPE"):
        sink.write(ramp(1))


# --- every error at every call -----------------------------------------------------------------


def playing(box: FakeCard) -> AlsaSink:
    sink = opened(box)
    sink.write(ramp(FRAMES))
    box.advance(1)
    return sink


@pytest.mark.parametrize("number", GONE)
@pytest.mark.parametrize("call", ["write", "avail"])
def test_a_lost_device_is_told_at_once(call: str, number: int) -> None:
    box = card()
    sink = playing(box)
    box.fail(call, number)
    with pytest.raises(DeviceError, match=r"^usb-dac: .+ failed with E.+; expected .+; .+") as told:
        sink.write(ramp(FRAMES)) if call == "write" else sink.position()
    assert told.value.errno == number
    sink.close()
    assert box.opened[0].closed == 1


@pytest.mark.parametrize("number", [errno.EIO, errno.EBADFD])
@pytest.mark.parametrize("call", ["write", "avail"])
def test_an_error_that_may_pass_is_told_when_it_repeats_itself(call: str, number: int) -> None:
    box = card()
    sink = playing(box)
    box.fail(call, *[number] * 5)

    def use_three_times() -> None:
        for _ in range(3):
            sink.write(ramp(1)) if call == "write" else sink.position()

    with pytest.raises(DeviceError, match=errno.errorcode[number]):
        use_three_times()


@pytest.mark.parametrize("number", [errno.EIO, errno.EBADFD, errno.EINTR, errno.EAGAIN])
def test_an_error_that_passes_costs_no_frame(number: int) -> None:
    box = card()
    sink = opened(box)
    box.fail("write", number)
    assert sink.write(ramp(FRAMES))
    assert sink.write(ramp(FRAMES, FRAMES))
    box.advance(25)
    sink.position()
    assert played(box).tolist() == (ramp(2 * FRAMES) * 2**15).tolist()


@pytest.mark.parametrize("number", [errno.EIO, errno.EBADFD, errno.EINTR, errno.EAGAIN])
def test_a_look_that_fails_for_a_moment_leaves_the_position_where_it_was(number: int) -> None:
    box = card()
    sink = playing(box)
    before = sink.position().heard
    box.advance(1)
    box.fail("avail", number)
    assert sink.position().heard == before
    assert sink.position().heard > before


@pytest.mark.parametrize("call", ["write", "position", "pause"])
def test_an_unplugged_card_that_says_bad_descriptor_is_lost_at_once(call: str) -> None:
    box = card()
    sink = playing(box)
    box.unplugged = True
    with pytest.raises(DeviceError, match="EBADFD"):
        sink.write(ramp(FRAMES)) if call == "write" else getattr(sink, call)()


def test_a_card_that_goes_while_paused_is_noticed() -> None:
    box = card()
    sink = playing(box)
    sink.pause()
    sink.position()
    box.unplugged = True
    with pytest.raises(DeviceError, match="ENODEV"):
        sink.position()


@pytest.mark.parametrize("number", [errno.ENODEV, errno.EBADFD, errno.EIO])
def test_a_state_that_cannot_be_read_is_a_lost_device(number: int) -> None:
    box = card()
    sink = opened(box)
    box.fail("state", number, number)
    with pytest.raises(DeviceError):
        sink.position()


@pytest.mark.parametrize("number", GONE)
def test_a_pause_of_a_lost_device_says_so(number: int) -> None:
    box = card()
    sink = playing(box)
    box.fail("drop", number)
    with pytest.raises(DeviceError, match="stopping failed"):
        sink.pause()


@pytest.mark.parametrize("number", [*GONE, errno.EIO, errno.EBADFD, errno.EPIPE])
def test_closing_never_fails(number: int) -> None:
    box = card()
    sink = opened(box)
    box.fail("drop", number)
    sink.close()
    sink.close()
    assert box.opened[0].closed == 1


def test_ten_thousand_underruns_need_no_new_device() -> None:
    box = card()
    sink = opened(box)
    tiny = ramp(16)
    for _ in range(10_000):
        box.fail("write", errno.EPIPE)
        assert not sink.write(tiny)
    assert sink.position().heard == 10_000 * 16 - 16
    assert len(box.opened) == 1


def test_a_frozen_card_stands_still_for_the_writer_to_see() -> None:
    box = card()
    sink = playing(box)
    box.fail("set_tstamp_mode")
    seen = {sink.position().heard for _ in range(5)}
    assert len(seen) == 1


# --- another rate -------------------------------------------------------------------------------


def sine(frames: int, rate: int) -> np.ndarray:
    wave = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(frames) / rate)
    return np.repeat(wave, 2).astype(np.float32)


def test_a_device_of_another_rate_hears_the_same_sound_at_the_right_time() -> None:
    box = card()
    sink = opened(box, Hz(44_100))
    assert sink.format.rate_hz == RATE
    assert sink.format.period_frames == 441
    stream, written = sine(44_100, 44_100), 0
    while written < 40_000:
        while written - sink.position().heard <= sink.format.buffer_frames - 441:
            sink.write(stream[written * 2 : (written + 441) * 2])
            written += 441
        box.advance(3)
    heard = sink.position().heard
    out = played(box)[::2] / 2**15
    expected = sine(len(out), RATE)[::2]
    assert np.abs(out - expected)[200:-200].max() < 1e-4
    assert heard == len(out) * 44_100 // RATE


def test_heard_frames_are_those_of_the_stream() -> None:
    box = card()
    sink = opened(box, Hz(96_000))
    for _ in range(4):
        sink.write(sine(960, 96_000))
    box.advance(10)
    assert sink.position().heard == 960


@pytest.mark.parametrize("rate", [22_050, 44_100, 88_200, 96_000, 192_000])
def test_what_the_resampler_holds_back_never_keeps_the_device_from_playing(rate: int) -> None:
    box = card()
    sink = opened(box, Hz(rate))
    period, written = sink.format.period_frames, 0
    for _ in range(200):
        while written - sink.position().heard <= sink.format.buffer_frames - period:
            sink.write(np.zeros(period * 2, np.float32))
            written += period
        box.advance(1)
    assert sink.position().heard >= rate // 10


def test_a_device_that_ran_dry_has_not_heard_what_the_resampler_holds_back() -> None:
    box = card()
    sink = opened(box, Hz(44_100))
    for _ in range(3):
        sink.write(sine(441, 44_100))
    box.advance(50)
    assert sink.position().heard == len(played(box)) // 2 * 44_100 // RATE < 3 * 441


def test_a_pause_also_forgets_what_the_resampler_holds_back() -> None:
    box = card()
    sink = opened(box, Hz(44_100))
    for _ in range(4):
        sink.write(np.full(882, 0.5, np.float32))
    sink.pause()
    assert sink.position().heard == 4 * 441
    box.heard.clear()
    for _ in range(4):
        sink.write(np.zeros(882, np.float32))
    box.advance(20)
    sink.position()
    assert not played(box).any()


def test_a_sound_server_is_asked_for_its_state_only_when_something_is_wrong() -> None:
    box = FakeCard(rates=(RATE,), number=-1)
    sink = playing(box)
    box.fail("state", errno.ENODEV)
    assert sink.write(ramp(FRAMES))
    sink.position()
    assert box.faults["state"]
    assert alsaaudio.PCM_STATE_DISCONNECTED == 8
