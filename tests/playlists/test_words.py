"""Runs among the machines on the bus: fed with plain words, and the same life from a recording."""

from __future__ import annotations

import json

import pytest
from playlists.clockwork import BEGIN, MS, good_book

from wkmp_pi.events.kinds import Custom
from wkmp_pi.events.machines import Machines, Member, Vocabulary
from wkmp_pi.events.told import Told
from wkmp_pi.playlists.definition import Anchor
from wkmp_pi.playlists.runs import Runs
from wkmp_pi.playlists.words import Answer, Join, Mark, MarkHeard, Shutdown, Start, Stop

VOCABULARY = Vocabulary(
    {
        "playlist.start": Start,
        "playlist.stop": Stop,
        "playlist.join": Join,
        "playlist.shutdown": Shutdown,
        "playlist.mark_heard": MarkHeard,
    }
)
MARK = Mark(
    run_id="a-1", step=0, repeat=2, anchor=Anchor.PASSAGE_END, entry=None, offset_frames=-441
)
TEXT = """
[[trigger]]
event = "b.go"
[[step]]
event = "a.one"
repeat = 3
interval_s = 0.1
"""
BOOK = good_book(a='foreign = ["b.go"]\n' + TEXT)


@pytest.mark.parametrize(
    "word",
    [
        Start(token=3, playlist="a", source="cli", data={"x": [1]}, metadata={"y": None}),
        Start(playlist="a"),
        Stop(token=4, run="a-1"),
        Join(token=5, run="a-1"),
        Shutdown(),
        MarkHeard(MARK, 12345),
    ],
)
def test_every_input_can_be_written_down_and_read_again(word):
    written = json.loads(json.dumps(VOCABULARY.encode(word)))
    assert VOCABULARY.decode(written) == word


def lived() -> list[object]:
    """One life as a member of a row of machines."""
    takes = (Told, Start, Stop, Join, Shutdown, MarkHeard)
    machines = Machines([Member(Runs(BOOK), takes)], _raise)
    outs: list[object] = []
    told = Told(1, Custom(event="b.go"), (), BEGIN, 0)
    for item in (told, Start(token=7, playlist="a"), Join(token=8, run="a-1"), MarkHeard(MARK, 1)):
        outs += machines.feed(item, BEGIN)
    while machines.deadline_ns is not None and machines.deadline_ns < BEGIN + 150 * MS:
        outs += machines.due(machines.deadline_ns)
    return outs + machines.feed(Shutdown(), BEGIN + 200 * MS)


def _raise(_machine: object, error: Exception) -> None:
    raise error


def test_the_same_inputs_at_the_same_times_give_the_same_life():
    first, again = lived(), lived()
    assert first == again
    answers = [out for out in first if isinstance(out, Answer)]
    assert answers[0] == Answer(7, {"run_id": "a-2"})
    assert answers[1].token == 8
    assert answers[1].result["reason"] == "shutdown"


def test_what_can_not_be_done_is_answered():
    runs = Runs(BOOK)
    (answer,) = runs.feed(Start(token=1, playlist="b"), BEGIN)
    assert answer == Answer(1, None, answer.error)
    assert "playlist b: not known" in answer.error
    (answer,) = runs.feed(Stop(token=2, run="a-9"), BEGIN)
    assert "run a-9: not known" in answer.error
