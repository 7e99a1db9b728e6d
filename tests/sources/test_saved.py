"""The play queue over a restart."""

import json
from typing import Any

import pytest

from wkmp_pi.errors import LibraryError
from wkmp_pi.passage import Passage, PassageId
from wkmp_pi.sources.items import FileItem, Item, PassageItem, ephemeral
from wkmp_pi.sources.queue import Modes, PlayQueue
from wkmp_pi.sources.saved import dump, load
from wkmp_pi.units import Ticks

LIBRARY = {PassageId(n): Passage(id=PassageId(n), file=f"/{n}.flac") for n in (1, 2, 3)}
SPAN = ephemeral(PassageId(-4), "/span.flac", Ticks(5), Ticks(99))


def find(passage: PassageId, item: Item) -> Passage | None:
    match item:
        case PassageItem(id_):
            assert id_ == passage
            return LIBRARY.get(id_)
        case FileItem(path, start, end):
            return ephemeral(passage, path, start, end)


def queue(modes: Modes) -> PlayQueue:
    passages = [LIBRARY[PassageId(1)], SPAN, LIBRARY[PassageId(3)]]
    return PlayQueue(seed=9).with_modes(modes).enqueue(passages)[0].advance()


@pytest.mark.parametrize("modes", [Modes(), Modes(random=True, repeat=True), Modes(consume=True)])
def test_a_queue_comes_back_as_it_was(modes: Modes) -> None:
    text = json.dumps(dump(queue(modes)))
    assert load(json.loads(text), modes, find) == queue(modes)


def test_a_library_passage_is_saved_as_its_id_and_a_span_as_itself() -> None:
    assert dump(queue(Modes()))["entries"] == [
        {"entry": 1, "passage": 1},
        {"entry": 2, "passage": -4, "file": "/span.flac", "start": 5, "end": 99},
        {"entry": 3, "passage": 3},
    ]


def test_a_passage_that_is_gone_is_left_out() -> None:
    saved = dump(queue(Modes()))
    saved["entries"][0]["passage"] = saved["entries"][2]["passage"] = 77
    again = load(saved, Modes(), find)
    assert again.entries == queue(Modes()).entries[1:2]
    assert again.current == 2


@pytest.mark.parametrize("random", [True, False])
def test_modes_may_change_while_the_box_is_off(random: bool) -> None:
    saved = dump(queue(Modes(random=random)))
    again = load(saved, Modes(random=not random), find)
    assert again.current == queue(Modes(random=random)).current
    assert sorted(again.line) == sorted(queue(Modes()).ids)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"entries": "x"}, "Expected `array`"),
        ({"entries": [{"entry": 1}]}, "missing required field `passage`"),
        ({"entries": [{"entry": 1, "passage": 1}] * 2, "at": 0}, "an entry twice"),
        ({"entries": [{"entry": n, "passage": 1} for n in range(1, 102)]}, "more than 100"),
        ({"order": [1, 2]}, "an order of other entries"),
        ({"at": 4}, "a place outside"),
        ({"at": -1}, "a place outside"),
        ({"at": 1}, "another current entry"),
        ({"current": None}, "an encore of nothing"),
        ({"encore": 2}, "an entry twice"),
        ({"next_id": 4}, "a used id"),
    ],
)
def test_what_describes_no_queue_is_refused(change: dict[str, Any], fault: str) -> None:
    saved = dump(queue(Modes())) | change
    with pytest.raises(LibraryError, match=f"saved queue: .*{fault}.*; expected .*; the queue"):
        load(saved, Modes(), find)


@pytest.mark.parametrize("data", [None, [], {}, 3])
def test_plain_nonsense_is_refused(data: object) -> None:
    with pytest.raises(LibraryError, match="saved queue"):
        load(data, Modes(), find)
