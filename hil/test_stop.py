"""The player is shut down: the sound fades, it ends soon, and the next start goes on there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hil.bench import Bench
from hil.material import noise, tone
from hil.measures.alignment import locate
from hil.measures.click import clicks
from hil.measures.fade import fade_length
from hil.outages import sounds_in
from hil.plugging import card_of
from hil.promises import Figures
from hil.recording import Recording, Samples

_RATE_HZ = 44_100
_SECONDS = 30.0
_CROSSFADE_MS = 6000
_FADE_MS = 50.0
_CUT_MS = 1.0
_STOP_S = 5.0
_AGAIN_S = 0.5
_STEADY = 8192
_WINDOW = 4096
_RISE = 1024
_LEAST = 0.3
"""Likeness of a sound that is heard together with another."""


@dataclass(frozen=True, slots=True)
class _Stop:
    """One stop and the start after it.

    Attributes:
        took_s: from the word to the end of the player.
        sounds: what was heard, piece by piece: a beep in the left channel, noise in the right.
    """

    took_s: float
    sounds: list[Samples]


def test_a_player_that_is_stopped_fades_out_and_goes_on_there_at_the_next_start(
    swift: Bench, figures: Figures
) -> None:
    sound = _beep_and_noise(440, 60)
    stop = _stopped(swift, _playing(swift, sound), lambda: swift.wait(2))
    _promise_end(figures, "playing", stop)
    fade_ms = _fade_ms(stop.sounds[0])
    figures.promise("stopped while playing: fade", fade_ms, unit="ms", limit=_FADE_MS)
    figures.promise(
        "stopped while playing: it is no cut", fade_ms, unit="ms", limit=_CUT_MS, at_least=True
    )
    _promise_place(figures, "playing", stop, sound)
    figures.check_all()


def test_a_stop_in_a_crossfade_is_no_click_either(swift: Bench, figures: Figures) -> None:
    sound = _beep_and_noise(440, 61)
    swift.ask("settings.set", key="crossfade_ms", value=_CROSSFADE_MS)

    def in_the_middle() -> None:
        swift.ask("seek", position_ms=round(_SECONDS * 1000) - _CROSSFADE_MS - 1000)
        swift.event("crossfade.started")
        swift.wait(2)

    play = _playing(swift, sound, _beep_and_noise(550, 62))
    stop = _stopped(swift, play, in_the_middle)
    _promise_end(figures, "in a crossfade", stop)
    _promise_place(figures, "in a crossfade", stop, sound)
    figures.check_all()


def test_a_player_that_is_stopped_while_paused_is_paused_at_the_next_start(
    swift: Bench, figures: Figures
) -> None:
    sound = _beep_and_noise(440, 63)

    def pause() -> None:
        swift.wait(2)
        swift.ask("pause")
        swift.wait(1)

    def play_again() -> None:
        swift.wait(1)
        before = swift.status()["state"]
        figures.promise("stopped while paused: plays by itself", int(before != "paused"), limit=0)
        swift.ask("play")

    stop = _stopped(swift, _playing(swift, sound), pause, then=play_again)
    _promise_end(figures, "paused", stop)
    _promise_place(figures, "paused", stop, sound)
    figures.check_all()


def test_a_player_that_is_stopped_while_its_card_is_away_ends_and_goes_on_there(
    swift: Bench, figures: Figures
) -> None:
    sound = _beep_and_noise(440, 64)
    with card_of(swift) as card:

        def pull() -> None:
            swift.wait(2)
            card.unplug()
            swift.wait(1)

        def plug() -> None:
            card.plug()

        stop = _stopped(swift, _playing(swift, sound), pull, meanwhile=plug)
    figures.promise("stopped without a card: ended after", stop.took_s, unit="s", limit=_STOP_S)
    _promise_place(figures, "without a card", stop, sound)
    figures.check_all()


def test_a_stop_takes_less_than_five_seconds(box: Bench, figures: Figures) -> None:
    """In real time, with all that the processor has to do."""
    stop = _stopped(box, _playing(box, _beep_and_noise(440, 65)), lambda: box.wait(1))
    figures.check("real time: stopped, ended after", stop.took_s, unit="s", limit=_STOP_S)


def _stopped(
    bench: Bench,
    play: Callable[[], None],
    until: Callable[[], None],
    *,
    meanwhile: Callable[[], None] = lambda: None,
    then: Callable[[], None] = lambda: None,
) -> _Stop:
    """Play, stop, start again.

    Args:
        bench: the box.
        play: begins.
        until: what happens before the stop.
        meanwhile: what happens between stop and start.
        then: what happens after the start.
    """
    with bench.recording(patient=True) as recording:
        play()
        until()
        begin_ns = bench.side.now_ns()
        bench.service.stop()
        took_s = (bench.side.now_ns() - begin_ns) / 1e9
        meanwhile()
        bench.wait(0.5)
        bench.start()
        then()
        bench.wait(1.5)
    return _Stop(took_s, list(_pieces(recording)))


def _pieces(recording: Recording) -> list[Samples]:
    return [
        stretch.samples[first:last]
        for stretch in recording.stretches
        for first, last in sounds_in(stretch.samples, _RATE_HZ)
    ]


def _playing(bench: Bench, *sounds: Samples) -> Callable[[], None]:
    names = [bench.put(f"stop-{n}.wav", sound) for n, sound in enumerate(sounds)]

    def play() -> None:
        bench.ask("enqueue", items=names)
        bench.event("passage.started")

    return play


def _beep_and_noise(frequency_hz: float, seed: int) -> Samples:
    """A tone to hear clicks in, beside noise that tells the place."""
    beep = tone(frequency_hz, _SECONDS, channels=1)
    return np.concatenate((beep, noise(seed, _SECONDS, channels=1)), axis=1)


def _promise_end(figures: Figures, when: str, stop: _Stop) -> None:
    """It ends soon, and with no click."""
    beep = stop.sounds[0][:, :1]
    end = np.concatenate((beep[-_RATE_HZ:], np.zeros((_STEADY, 1), np.int32)))
    found = clicks(end, _RATE_HZ)
    figures.promise(f"stopped {_while(when)}: ended after", stop.took_s, unit="s", limit=_STOP_S)
    figures.promise(
        f"stopped {_while(when)}: clicks",
        len(found),
        limit=0,
        note=", ".join(f"{click.excess_db:.0f} dB" for click in found),
    )


def _promise_place(figures: Figures, when: str, stop: _Stop, sound: Samples) -> None:
    what = f"stopped {_while(when)}: heard again at the next start"
    if len(stop.sounds) < 2:
        figures.promise(what, None, unit="s", limit=_AGAIN_S, note="it does not go on")
        return
    before, after = stop.sounds[0], stop.sounds[-1]
    ended = _place(before[-_WINDOW:], sound) + _WINDOW
    begun = _place(after[_RISE : _RISE + _WINDOW], sound) - _RISE
    again_s = (ended - begun) / _RATE_HZ
    figures.promise(what, again_s, unit="s", limit=_AGAIN_S)
    figures.promise(
        f"stopped {_while(when)}: not heard at the next start", -again_s, unit="s", limit=0.05
    )


def _place(window: Samples, sound: Samples) -> int:
    return locate(window[:, 1:], sound[:, 1:], least=_LEAST).frame


def _fade_ms(sound: Samples) -> float:
    beep = sound[-2 * _STEADY :, :1]
    ended = np.concatenate((beep, np.zeros((_STEADY, 1), np.int32)))
    return fade_length(ended, steady_frames=_STEADY) / _RATE_HZ * 1000


def _while(when: str) -> str:
    return f"while {when}" if when in {"playing", "paused"} else when
