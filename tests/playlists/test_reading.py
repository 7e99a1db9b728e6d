"""A playlist's file is taken as a whole or refused with every problem, file and line."""

from __future__ import annotations

import re
import textwrap
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playlists.broken import ONE_PROBLEM, STEP

from wkmp_pi.commands import Duck, Enqueue, SetLight
from wkmp_pi.config.toml_file import MAX_BYTES
from wkmp_pi.errors import ConfigError
from wkmp_pi.events.kinds import StopReason
from wkmp_pi.playlists.definition import Anchor, Retrigger, Span
from wkmp_pi.playlists.reading import parse
from wkmp_pi.playlists.report import whole

FILE = Path("evening.toml")
PAUSE = '[[step]]\ncommand = "pause"\n'
LOUDER = '[[step]]\ncommand = "volume"\ndata.delta = 1\n'
S = 1_000_000_000


def problems(text: str | bytes, file: Path = FILE) -> list[str]:
    data = textwrap.dedent(text).encode() if isinstance(text, str) else text
    try:
        parse(data, file)
    except ConfigError as error:
        return list(error.problems)
    return []


def playlist(text: str):
    return parse(textwrap.dedent(text).encode(), FILE).playlist


@pytest.mark.parametrize(("text", "line", "what"), ONE_PROBLEM)
def test_what_is_wrong_is_told_with_its_line_and_nothing_else_is(text, line, what):
    found = problems(text)
    assert len(found) == 1, found
    assert found[0].startswith(f"evening.toml:{line}: "), found[0]
    assert re.search(what, found[0]), found[0]
    assert found[0].count("; ") >= 2, found[0]
    assert len(found[0]) < 500


def test_all_problems_come_at_once_in_the_order_of_the_file():
    text = """
    retrigger = "sometimes"
    [[trigger]]
    evnt = "gesture.single"
    [[step]]
    event = "volume.changed"
    repeat = 2
    [[step]]
    command = "volume"
    data = { percent = 400 }
    interval_s = 1
    [[step]]
    event = "a.b"
    offset_s = 90000
    """
    lines = [int(re.match(r"evening.toml:(\d+):", found)[1]) for found in problems(text)]
    assert lines == [2, 4, 6, 10, 14]


@pytest.mark.parametrize(
    "text",
    [
        STEP + '[[trigger]]\nevent = "event.playlist.stopped"\nwhere = { playlist_id = "other" }',
        STEP + 'data = { x = 1 }\n[[trigger]]\nevent = "a.one"\nwhere = { x = 2 }',
        STEP + 'data = { x = 1 }\n[[trigger]]\nevent = "a.one"\nwhere = { y = 2 }',
        '[[step]]\ncommand = "next"\noffset_s = 30\n[[trigger]]\nevent = "passage.started"',
        PAUSE + '[[trigger]]\nevent = "playback.state_changed"\nwhere = { state = "playing" }',
        STEP + "offset_s = 1\n" + LOUDER + 'offset_s = 1\n[[interrupt]]\nevent = "volume.changed"',
    ],
)
def test_what_looks_endless_but_is_not_is_taken(text):
    assert problems(text) == []


def test_an_endless_one_is_found_although_a_place_of_it_is_filled_later():
    text = (
        STEP + 'data = { x = "{trigger.data.x}" }\n[[trigger]]\nevent = "a.one"\nwhere = { x = 2 }'
    )
    assert len(problems(text)) == 1


def test_a_deadline_that_is_removed_from_a_playlist_with_a_wait_is_flagged():
    """The control of the liveness test: only the deadline keeps such a playlist from hanging."""
    for text, deadline in (
        (
            'anchor = "passage end"\ndeadline_s = 600\n' + STEP + "offset_s = -3",
            "deadline_s = 600\n",
        ),
        (STEP + 'wait = { event = "gesture.single", deadline_s = 9 }', ", deadline_s = 9"),
    ):
        assert problems(text) == []
        assert len(problems(text.replace(deadline, ""))) == 1


def test_values_arrive_with_their_types():
    found = playlist(
        """
        name = "Evening"
        retrigger = "queue"
        max_runs = 4
        anchor = "passage end"
        deadline_s = 3600
        veto_ms = 5
        completion = "evening.done"
        needs = ["light:status", "relay:amp"]
        foreign = ["door.rung"]
        metadata = { room = "hall", levels = [1, 2.5] }
        [[trigger]]
        event = "gesture.double"
        where = { buttons = ["play"] }
        [[interrupt]]
        event = "gesture.*"
        [[step]]
        id = "dim"
        command = "light"
        data = { light = "status", level = 0.5, fade_ms = 100 }
        offset_s = -3
        [[step]]
        event = "evening.tick"
        offset_frames = -44100
        repeat = 3
        interval_frames = 441
        producer = "me"
        drop_after_ms = 50
        [[ending]]
        command = "duck"
        data = { percent = 100 }
        reasons = ["interrupted", "timeout"]
        """
    )
    assert (found.id, found.name, found.retrigger) == ("evening", "Evening", Retrigger.QUEUE)
    assert (found.anchor, found.deadline_ns, found.veto_ns) == (
        Anchor.PASSAGE_END,
        3600 * S,
        5_000_000,
    )
    assert found.metadata == {"room": "hall", "levels": (1, 2.5)}
    dim, tick = found.steps
    assert dim.command == SetLight(light="status", level=0.5, fade_ms=100)
    assert (dim.offset, dim.name) == (Span(-3 * S), "light")
    assert tick.last == Span(0, -44100 + 882)
    assert (tick.producer, tick.drop_after_ns) == ("me", 50_000_000)
    assert found.endings[0].command == Duck(percent=100)
    assert found.endings[0].reasons == {StopReason.INTERRUPTED, StopReason.TIMEOUT}


def test_a_definition_is_frozen_to_the_ground():
    found = playlist("metadata = { a = { b = [1] } }\n" + STEP + "data = { c = [{ d = 1 }] }")
    with pytest.raises(AttributeError):
        found.name = "x"
    with pytest.raises(TypeError):
        found.metadata["a"]["b"] = 2
    with pytest.raises(TypeError):
        found.steps[0].data["c"][0]["d"] = 2


def test_metadata_of_a_kibibyte_is_taken():
    assert problems('metadata.x = "' + "é" * 508 + '"\n' + STEP) == []


def test_steps_after_each_other_are_added_up():
    found = playlist(
        """
        [[step]]
        event = "a.last"
        after = "two"
        offset_s = 1
        [[step]]
        id = "one"
        event = "a.one"
        offset_s = 2
        repeat = 3
        interval_s = 10
        [[step]]
        id = "two"
        event = "a.two"
        after = "one"
        offset_s = 0.5
        """
    )
    assert [step.due(0).ns / S for step in found.steps] == [23.5, 2, 22.5]
    assert found.steps[0].written(0) == Span(1 * S)


def test_spans_are_exact():
    assert Span(333_333_333, 7).times(3).in_frames(44_100) == 44_100 + 21
    assert Span(-3 * S).in_frames(48_000) == -144_000
    assert Span(round(0.1 * S)).times(10_000).in_frames(44_100) == 44_100_000


def test_a_command_may_name_music_below_the_folder():
    text = """
    [[step]]
    command = "enqueue"
    data = { items = ["bells/ding.flac#t=0,1", "passage:12", "Café.flac", "100% silk.flac"] }
    """
    command = playlist(text).steps[0].command
    assert isinstance(command, Enqueue)
    assert len(command.items) == 4


@pytest.mark.parametrize("name", ["Evening", "1st", "a b", "a.b", "", "ä", "x" * 49])
def test_a_file_with_a_name_that_is_no_id_is_refused(name):
    (found,) = problems(STEP, Path(f"{name}.toml"))
    assert "found a file called" in found


def test_too_many_steps_and_tables_are_refused():
    assert problems(STEP * 500) == []
    (found,) = problems(STEP * 501)
    assert found.startswith("evening.toml:1001: step 501: found 501 of them; expected at most 500")
    (found,) = problems(STEP + '[[trigger]]\nevent = "gesture.single"\n' * 65)
    assert "trigger 65: found 65 of them; expected at most 64" in found


def test_usual_runs_are_fewer_if_a_playlist_is_long():
    assert playlist(STEP).max_runs == 16
    assert playlist(STEP * 100).max_runs == 10
    assert playlist(STEP * 500).max_runs == 2


def test_a_large_deep_or_many_partite_file_is_refused_before_it_is_parsed():
    begin = time.process_time()
    assert "more than 64 KiB" in problems(b"#" * (MAX_BYTES + 1))[0]
    assert "nesting deeper than 32" in problems(b"x = " + b"[" * 2000)[0]
    assert "a key of more than 16 parts" in problems(b".".join([b"a"] * 2000) + b" = 1")[0]
    assert time.process_time() - begin < 2


def test_byte_order_mark_and_windows_line_ends_are_taken():
    assert problems(b"\xef\xbb\xbf" + STEP.replace("\n", "\r\n").encode()) == []
    (found,) = problems(b"\xef\xbb\xbf" + (STEP + "repeat = 0").replace("\n", "\r\n").encode())
    assert found.startswith("evening.toml:3:")


def test_what_is_shown_of_a_playlist_is_its_file_again():
    text = """
    name = "Evening"
    foreign = ["door.rung"]
    [[trigger]]
    event = "door.rung"
    where = { data = { n = { above = 3 } }, who = "me" }
    state = { muted = true }
    [[step]]
    event = "a.one"
    wait = { event = "gesture.single", deadline_s = 9 }
    [[step]]
    command = "pause"
    offset_s = 3
    """
    shown = whole(playlist(text))
    assert shown["trigger"] == [
        {
            "event": "door.rung",
            "where": {"data": {"n": {"above": 3}}, "who": {"is": "me"}},
            "state": {"muted": {"is": True}},
        }
    ]
    assert shown["step"] == [
        {"event": "a.one", "offset_s": 0.0, "wait": {"event": "gesture.single", "deadline_s": 9.0}},
        {"command": "pause", "offset_s": 3.0},
    ]


@given(st.binary(max_size=80))
def test_any_bytes_give_a_playlist_or_problems_with_the_file(data):
    assert all(found.startswith("evening.toml") for found in problems(data))


KEYS = st.sampled_from(
    ["name", "max_runs", "anchor", "deadline_s", "metadata", "step", "trigger", "needs", "ending"]
)
VALUES = st.sampled_from(
    ["true", "0", "-1", "nan", '"x"', "[]", "{}", "[{}]", "2020-01-01", "9" * 400, '["a"]', "[1]"]
)


@given(st.dictionaries(KEYS, VALUES))
def test_any_values_give_a_playlist_or_problems_in_the_file(values):
    text = "".join(f"{key} = {value}\n" for key, value in values.items())
    lines = [int(found.split(":")[1]) for found in problems(text)]
    assert lines == sorted(lines)
    assert all(1 <= line <= max(len(values), 1) for line in lines)
