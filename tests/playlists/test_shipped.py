"""The playlists that come with the box: right, complete, and harmless where a part is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playlists.clockwork import Clockwork, completed, started

from wkmp_pi.commands import (
    Duck,
    Mute,
    Next,
    Pause,
    Sample,
    SetLight,
    SetRelay,
    SimulateGesture,
)
from wkmp_pi.events.kinds import ButtonPressed, OutputXrun, StateChanged
from wkmp_pi.playlists.book import EMPTY, Book
from wkmp_pi.playlists.folder import Folder

FOLDER = Path(__file__).parents[2] / "config" / "playlists"
BOOK: Book = Folder([FOLDER]).load()
EVERYTHING = ("light:status", "relay:amp")
TEN_MINUTES = 600


def box(*have: str, **state: Any) -> Clockwork:
    clockwork = Clockwork(BOOK, have=have)
    clockwork.state = state
    return clockwork


def of(clockwork: Clockwork, kind: type) -> list[Any]:
    return [command for command in clockwork.commands if isinstance(command, kind)]


def playing(state: str) -> StateChanged:
    return StateChanged(state=state, entry=1, position_ms=0)


def test_nothing_is_wrong_with_them():
    assert BOOK.problems == ()
    assert set(BOOK.playlists) == {
        "amplifier_warmup",
        "chime",
        "colour_cycle",
        "level_burst",
        "notification_banner",
        "rig_press_train",
        "sleep_fade",
        "surprise",
    }


@pytest.mark.parametrize("name", sorted(BOOK.playlists))
def test_each_runs_to_its_end_and_leaves_nothing(name):
    clockwork = box(*EVERYTHING)
    clockwork.start(name)
    clockwork.run(TEN_MINUTES)
    assert clockwork.reasons() == ["completed"]
    steps = BOOK.get(name).steps
    assert len(clockwork.emitted()) == sum(step.repeat for step in steps)
    assert clockwork.runs.in_flight == 0
    assert len(clockwork.commands) > 0, "it drives something real"


@pytest.mark.parametrize("name", sorted(BOOK.playlists))
def test_each_is_told_in_few_bytes(name):
    from wkmp_pi.events.kinds import thawed
    from wkmp_pi.playlists.values import json_bytes

    assert 0 < json_bytes(thawed(BOOK.get(name).metadata)) <= 200


@pytest.mark.parametrize("name", sorted(BOOK.playlists))
def test_each_that_is_stopped_in_the_middle_puts_right_what_it_did(name):
    for seconds in (0.5, 1.5, 65, 250):
        clockwork = box(*EVERYTHING)
        clockwork.start(name)
        clockwork.run(seconds)
        clockwork.stop()
        assert [duck.percent for duck in of(clockwork, Duck)][-1:] in ([], [100])
        assert [mute.on for mute in of(clockwork, Mute)][-1:] in ([], [False])


@pytest.mark.parametrize("name", sorted(BOOK.playlists))
def test_none_asks_for_a_part_that_is_not_there(name):
    clockwork = box()
    clockwork.feed(playing("playing"))
    if not BOOK.get(name).needs:
        clockwork.start(name)
    clockwork.run(TEN_MINUTES)
    assert not of(clockwork, SetLight)
    assert not of(clockwork, SetRelay)
    assert not of(clockwork, Mute)


def test_the_colour_cycle_shows_six_colours_ten_times_and_ends_with_the_music():
    clockwork = box(*EVERYTHING)
    clockwork.start("colour_cycle")
    clockwork.run(130)
    lights = of(clockwork, SetLight)
    assert len({light.colour for light in lights[:-1]}) == 6
    assert len(lights) == 61
    assert lights[-1].on is False
    clockwork.start("colour_cycle")
    clockwork.run(5)
    clockwork.feed(playing("paused"))
    assert clockwork.reasons() == ["completed", "interrupted"]
    assert of(clockwork, SetLight)[-1].on is False


def test_a_banner_shows_its_text_and_the_next_one_waits():
    clockwork = box(*EVERYTHING)
    clockwork.tell("banner.requested", text="Dinner", level=2)
    clockwork.tell("banner.requested", text="Phone")
    clockwork.tell("banner.requested", nothing=1)
    clockwork.run(20)
    shown = clockwork.named("banner.shown")
    assert [event.data["text"] for event in shown] == ["Dinner", "Phone"]
    assert shown[0].data["level"] == 2
    assert clockwork.times("banner.shown", "banner.cleared") == [
        (0.02, "banner.shown"),
        (8.02, "banner.cleared"),
        (8.02, "banner.shown"),
        (16.02, "banner.cleared"),
    ]
    lights = [light.on for light in of(clockwork, SetLight)]
    assert lights == [True, False] * 8
    clockwork.tell("banner.requested", text="Bell")
    clockwork.run(1)
    clockwork.tell("banner.dismissed")
    assert clockwork.names[-2:] == ["banner.cleared", "stopped"]


def test_a_sound_that_ran_dry_has_the_machine_measured():
    clockwork = box()
    for _ in range(3):
        clockwork.feed(OutputXrun(frame=0, lost_frames=100))
    clockwork.run(12)
    assert [sample.what for sample in of(clockwork, Sample)] == [
        *["load", "cpu_temperature"] * 10,
        "disk",
    ]
    assert len(clockwork.created()) == 1


def test_the_sleep_fade_goes_down_pauses_and_is_as_loud_as_before():
    clockwork = box(*EVERYTHING)
    clockwork.start("sleep_fade")
    clockwork.run(400)
    levels = [duck.percent for duck in of(clockwork, Duck)]
    assert levels[:-1] == sorted(levels[:-1], reverse=True)
    assert levels[-2:] == [0, 100]
    index = clockwork.commands.index(Pause())
    assert clockwork.commands[index + 1] == Duck(percent=100, fade_ms=0)
    assert clockwork.named("sleep_fade.completed")


def test_a_press_interrupts_the_sleep_fade_and_brings_the_music_back():
    clockwork = box(*EVERYTHING)
    clockwork.start("sleep_fade", source="mqtt")
    clockwork.run(130)
    clockwork.feed(ButtonPressed(button="play", at_ns=0))
    (stopped,) = clockwork.stopped()
    assert (stopped.reason, stopped.interrupt["source"]) == ("interrupted", "play")
    assert of(clockwork, Duck)[-1] == Duck(percent=100, fade_ms=1000)
    assert of(clockwork, SetLight)[-1].on is True
    clockwork.run(400)
    assert Pause() not in clockwork.commands


def test_the_chime_lets_the_music_step_back_and_come_again():
    clockwork = box(*EVERYTHING)
    clockwork.tell("door.rung")
    clockwork.run(1)
    clockwork.tell("door.rung")
    clockwork.run(5)
    assert [duck.percent for duck in of(clockwork, Duck)] == [25, 25, 100]
    assert clockwork.reasons() == ["superseded", "completed"]
    assert [event.data["door"] for event in clockwork.named("chime.struck")] == ["test"] * 3


def test_the_amplifier_is_quiet_while_it_wakes_up():
    clockwork = box("relay:amp", relays={"amp": False})
    clockwork.feed(playing("playing"))
    clockwork.run(0)
    assert clockwork.commands == [Duck(percent=0, fade_ms=0)]
    clockwork.run(2)
    assert clockwork.commands[1:] == [SetRelay(relay="amp", on=True)]
    clockwork.run(2)
    assert clockwork.commands[2:] == [Duck(percent=100, fade_ms=200)]
    clockwork.state = {"relays": {"amp": True}}
    clockwork.feed(playing("playing"))
    assert len(clockwork.created()) == 1, "it is warm"


def test_a_pause_while_the_amplifier_wakes_up_ends_that():
    clockwork = box("relay:amp", relays={"amp": False})
    clockwork.feed(playing("playing"))
    clockwork.run(1)
    clockwork.feed(playing("paused"))
    assert clockwork.reasons() == ["interrupted"]
    assert clockwork.commands[-1] == Duck(percent=100, fade_ms=200)


def test_the_press_train_has_the_gaps_that_it_says():
    clockwork = box()
    clockwork.start("rig_press_train")
    clockwork.run(20)
    trains = [simulated.edges for simulated in of(clockwork, SimulateGesture)]
    window_ms = clockwork.created()[0].metadata["window_ms"]
    gaps = [train[2][2] - train[1][2] for train in trains[:3]]
    assert gaps == [0.9 * window_ms, window_ms, pytest.approx(1.1 * window_ms)]
    assert all([down for _, down, _ in train] == [True, False] * 2 for train in trains[:3])
    assert len(clockwork.created()[0].metadata["expected"]) == 5


def test_the_surprise_ducks_flashes_and_plays_something_else():
    clockwork = box(*EVERYTHING)
    clockwork.feed(started(1))
    clockwork.start("surprise", source="bind")
    clockwork.run(5)
    clockwork.feed(completed(1))
    assert Next() in clockwork.commands
    assert of(clockwork, Duck)[-1].percent == 100
    (sprung,) = clockwork.named("surprise.sprung")
    assert sprung.data == {"by": "playlist.start"}


def test_no_light_flashes_more_than_three_times_a_second():
    for name in BOOK.playlists:
        clockwork = box(*EVERYTHING)
        clockwork.start(name)
        clockwork.run(TEN_MINUTES)
        bright = [
            came.at_s
            for came in clockwork.came
            if isinstance(getattr(came.out, "command", None), SetLight)
            and came.out.command.level == 1.0
        ]
        for index in range(3, len(bright)):
            assert bright[index] - bright[index - 3] >= 1.0


def test_an_empty_box_has_none_and_needs_none():
    clockwork = Clockwork(EMPTY)
    clockwork.feed(playing("playing"))
    assert clockwork.came == []
