"""The box starts without its card, or finds it taken: it says so, and goes on when it can."""

from __future__ import annotations

import pytest

from hil.bench import Bench
from hil.drivers.card import DEVICE, held
from hil.limits import LIMITS
from hil.material import noise
from hil.plugging import BACK_S, Heard, card_of, heard_between, told
from hil.promises import Figures
from hil.recording import Recording, Samples
from hil.strategy import Status

CARD = f"platform-{DEVICE}"
AUTO = "auto"
_FREED_MS = 3000.0
_BUFFER_MS = 80.0
_FRAMES_PER_MS = 44.1


@pytest.mark.parametrize("device", [AUTO, CARD])
def test_a_card_that_comes_after_the_start_takes_the_sound(
    simulated_time: Bench, figures: Figures, device: str
) -> None:
    """Without a name the box plays silently until then; it waits for a card that was named."""
    sound = noise(51, 30)
    swift = _booted(simulated_time)
    swift.put("long.wav", sound)
    with card_of(swift) as card:
        _stop(swift, device)
        card.unplug()
        swift.start()
        text = "no sound card" if device == AUTO else "no such card"
        _promise_told(swift, figures, text, "the status says that there is no card")
        swift.ask("enqueue", items=["long.wav"])
        swift.wait(3.7)
        with swift.recording(patient=True) as recording:
            begin_ns = card.plug()
            end_ns = _played(swift)
    limit_ms = swift.rig.limit("replug_sound_ms", LIMITS["replug_sound_ms"])
    heard = _heard(recording, sound, begin_ns, end_ns)
    _promise_sound(figures, "card comes → sound", heard, begin_ns, limit_ms)
    _promise_right_place(swift, figures, device, heard)
    figures.check_all()


@pytest.mark.parametrize("device", [AUTO, CARD])
def test_a_card_that_another_program_has_is_waited_for_and_its_holder_named(
    simulated_time: Bench, figures: Figures, device: str
) -> None:
    sound = noise(52, 30)
    swift = _booted(simulated_time)
    swift.put("long.wav", sound)
    with card_of(swift):
        _stop(swift, device)
        with held(swift.shell, swift.python) as holder:
            swift.start()
            text = f"held by {holder.name} (pid {holder.pid})"
            _promise_told(swift, figures, text, "the status names who has the card")
            swift.ask("enqueue", items=["long.wav"])
            swift.wait(7)
        with swift.recording() as recording:
            begin_ns = swift.side.now_ns()
            end_ns = _played(swift)
    heard = _heard(recording, sound, begin_ns, end_ns)
    _promise_sound(figures, "card freed → sound", heard, begin_ns, _FREED_MS)
    _promise_right_place(swift, figures, device, heard)
    figures.check_all()


def _booted(swift: Bench) -> Bench:
    """As it is: what these tests need, they make."""
    swift.strategy.to(Status.BOOTED)
    return swift


def _stop(swift: Bench, device: str) -> None:
    """End the service; it is to play to ``device`` from its next start on."""
    swift.stop()
    swift.forget()
    swift.configure(audio={"device": device})


def _played(swift: Bench) -> int:
    """Wait for the card to be opened and to play for a while; then, by the box's clock."""
    told(swift, "output.opened", BACK_S)
    swift.wait(0.5)
    return swift.side.now_ns()


def _heard(recording: Recording, sound: Samples, begin_ns: int, end_ns: int) -> Heard | None:
    return heard_between(recording, sound, begin_ns, end_ns, 0)


def _promise_told(swift: Bench, figures: Figures, text: str, what: str) -> None:
    """What is missing stands in the status before anything is played."""
    said = sum(text in problem for problem in swift.status()["problems"])
    figures.promise(what, said, limit=1, at_least=True)


def _promise_sound(
    figures: Figures, what: str, heard: Heard | None, begin_ns: int, limit_ms: float
) -> None:
    after_ms = None if heard is None else (heard.at_ns - begin_ns) / 1e6
    figures.promise(what, after_ms, unit="ms", limit=limit_ms)


def _promise_right_place(swift: Bench, figures: Figures, device: str, heard: Heard | None) -> None:
    """A named card begins with the first frame; silence has gone on as if it were heard."""
    if device != AUTO:
        first = None if heard is None else heard.piece.first
        figures.promise("frames left out before the card was there", first, limit=0)
        return
    off_ms = None
    if heard is not None:
        (started,) = swift.events("passage.started")
        silent_ms = (heard.at_ns - started.body["heard_ns"]) / 1e6
        off_ms = abs(heard.piece.first / _FRAMES_PER_MS - silent_ms)
    what = "silent and audible position differ by"
    figures.promise(what, off_ms, unit="ms", limit=_BUFFER_MS)
