"""Our service beside the Music Player Daemon: the same box, card, buffer, files and measures."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import NamedTuple

import pytest

from hil.bench import Bench
from hil.limits import LIMITS
from hil.material import noise
from hil.measures.alignment import end_of_sound, locate, onset
from hil.measures.gap import silences
from hil.measures.latency import spread
from hil.players import ITS_OWN_BUFFER, Ours, Player, peer
from hil.promises import Figures
from hil.quiet import calm
from hil.reactions import Act, Effect, Heard
from hil.recording import Recording, Samples

_RATE_HZ = 44_100
_WINDOW = 4096
_CROSSFADE_S = 2
_ROUNDS = 8
_SEEK_MS = (5000, 12_000)
"""By turns, so that what is asked for never comes by itself."""

_KINDS = {"pause": Effect.SILENCE, "play": Effect.SOUND, "seek": Effect.ARRIVAL}
_SHORT = [noise(seed, 1.5) for seed in range(90, 95)]
_LONG = [noise(seed, 20.5) for seed in (95, 96)]
"""MPD crossfades no song of less than 20 s."""


class Joint(NamedTuple):
    """Songs, one behind the other, as they were heard.

    Attributes:
        off_frames: how much longer or shorter all of them were than they should be.
        silent_frames: how many of the frames in between were silent.
    """

    off_frames: int
    silent_frames: int


@pytest.mark.timeout(300)
def test_between_two_songs_nothing_is_heard_or_told_but_what_happens(
    swift: Bench, figures: Figures
) -> None:
    """In simulated time, where nothing else is late."""
    ours = _joints(swift, Ours(swift))
    with peer(swift) as mpd:
        theirs = _joints(swift, mpd)
    with peer(swift, ITS_OWN_BUFFER) as mpd:
        as_shipped = _announced(_played(swift, mpd, _SHORT), swift, mpd)
    for what in ("gapless", "crossfade"):
        _promise_joint(figures, what, getattr(ours, what), getattr(theirs, what))
    for its, what in ((theirs.announced_ms, "same buffer"), (as_shipped, "MPD as shipped")):
        figures.promise(
            f"song change announced too early or late, simulated time, {what}",
            _worst_ms(ours.announced_ms),
            unit="ms",
            limit=LIMITS["event_late_ms"],
            peer=_worst_ms(its),
        )
    figures.check_all()


@pytest.mark.timeout(300)
def test_reactions_and_announcements_in_real_time(box: Bench, figures: Figures) -> None:
    ours, theirs = calm(box.cpu_s, lambda: _both(box))
    figures.promise(
        f"song change announced too early or late, p50 of {len(ours.announced_ms)}",
        _usual_ms(ours.announced_ms),
        unit="ms",
        limit=box.rig.limit("event_late_ms", LIMITS["event_late_ms"]),
        peer=_usual_ms(theirs.announced_ms),
    )
    for kind, effect in _KINDS.items():
        figures.promise(
            f"{kind}: command to {effect.value}, p50 of {_ROUNDS}",
            spread(ours.reactions_ms[kind]).p50,
            unit="ms",
            limit=box.rig.limit("command_to_sound_ms", LIMITS["command_to_sound_ms"]),
            peer=spread(theirs.reactions_ms[kind]).p50,
        )
    figures.check_all()


class Joints(NamedTuple):
    """How one player goes from song to song; ``announced_ms`` as in ``Times``."""

    gapless: Joint
    crossfade: Joint
    announced_ms: list[float]


class Times(NamedTuple):
    """How one player does.

    Attributes:
        announced_ms: each announcement of a song, less when its first frame was heard.
        reactions_ms: from command to sound, by command.
    """

    announced_ms: list[float]
    reactions_ms: dict[str, list[float]]


def _both(box: Bench) -> tuple[Times, Times]:
    box.fresh()
    mine = Ours(box)
    ours = _times(box, mine)
    with peer(box) as mpd:
        return ours, _times(box, mpd)


def _times(box: Bench, player: Player) -> Times:
    announced_ms = _announced(_played(box, player, _SHORT), box, player)
    return Times(announced_ms, _reactions(box, player))


def _joints(bench: Bench, player: Player) -> Joints:
    gapless = _played(bench, player, _SHORT)
    announced_ms = _announced(gapless, bench, player)
    crossfaded = _played(bench, player, _LONG, _CROSSFADE_S)
    due = sum(map(len, _LONG)) - _CROSSFADE_S * _RATE_HZ
    return Joints(_joint(gapless, sum(map(len, _SHORT))), _joint(crossfaded, due), announced_ms)


def _joint(recording: Recording, due_frames: int) -> Joint:
    samples = recording.only.samples
    sound = samples[onset(samples) : end_of_sound(samples)]
    return Joint(abs(len(sound) - due_frames), sum(gap.length for gap in silences(sound)))


def _promise_joint(figures: Figures, what: str, ours: Joint, theirs: Joint) -> None:
    for about, mine, its in (
        ("frames too many or too few", ours.off_frames, theirs.off_frames),
        ("silent frames between songs", ours.silent_frames, theirs.silent_frames),
    ):
        figures.promise(f"{what}: {about}", mine, unit="frames", limit=0, peer=its)


def _announced(recording: Recording, bench: Bench, player: Player) -> list[float]:
    """Every song change of the short songs: announcement less first frame, in ms."""
    stretch, to_box = recording.only, bench.clock()
    told_ns = player.announced_ns()
    assert len(told_ns) == len(_SHORT), f"{len(told_ns)} of {len(_SHORT)} songs announced"
    begins = [_beginning(stretch.samples, song) for song in _SHORT]
    pairs = list(zip(told_ns, begins, strict=True))[1:]
    return [(at_ns - to_box(stretch.at_ns(frame))) / 1e6 for at_ns, frame in pairs]


def _beginning(samples: Samples, song: Samples) -> int:
    """Of a song in the recording; through an underrun, too, if none is within its first 0.1 s."""
    return locate(song[:_WINDOW], samples).frame


def _played(
    bench: Bench, player: Player, songs: Sequence[Samples], crossfade_s: int = 0
) -> Recording:
    """All of them, one after the other."""
    paths = [bench.put(f"{number}.wav", song) for number, song in enumerate(songs)]
    with bench.recording() as recording:
        player.start(paths, crossfade_s)
        bench.wait(sum(map(len, songs)) / _RATE_HZ + 1.5)
    return recording


def _reactions(bench: Bench, player: Player) -> dict[str, list[float]]:
    """Pause, go on and seek so many times, at moments that follow no period."""
    song = _LONG[0]
    path, dice, acts = bench.put("long.wav", song), random.Random(3), list[Act]()
    to_recorder = bench.clock().back
    with bench.recording() as recording:
        player.start([path])
        bench.wait(1)
        for number in range(_ROUNDS):
            to_ms = _SEEK_MS[number % 2]
            for kind, asked_ns in (
                ("pause", player.pause),
                ("play", player.resume),
                ("seek", lambda to_ms=to_ms: player.seek(to_ms)),
            ):
                there = song[to_ms * _RATE_HZ // 1000 :]
                acts.append(Act(kind, to_recorder(asked_ns()), _KINDS[kind], there))
                bench.wait(dice.uniform(0.25, 0.35))
    return Heard(recording.only, bench.rig).by_kind(acts)


def _worst_ms(errors_ms: Sequence[float]) -> float:
    return max(map(abs, errors_ms))


def _usual_ms(errors_ms: Sequence[float]) -> float:
    return spread(map(abs, errors_ms)).p50
