"""The play queue, told in examples."""

import itertools

import pytest

from wkmp_pi.commands import Place
from wkmp_pi.errors import RequestError
from wkmp_pi.passage import EntryId, Passage, PassageId
from wkmp_pi.sources.queue import LIMIT, Modes, PlayQueue


def passages(letters: str) -> list[Passage]:
    return [Passage(id=PassageId(ord(letter)), file=f"/{letter}") for letter in letters]


def queue_of(letters: str, modes: Modes | None = None, seed: int = 0) -> PlayQueue:
    queue = PlayQueue(seed=seed).with_modes(modes or Modes())
    return queue.enqueue(passages(letters))[0]


def shown(queue: PlayQueue) -> str:
    return "".join(slot.passage.file[1] for slot in queue.entries)


def playing(queue: PlayQueue) -> str | None:
    return queue.current_entry.passage.file[1] if queue.current_entry else None


def coming(queue: PlayQueue, n: int = 99) -> str:
    return "".join(slot.passage.file[1] for slot in queue.upcoming(n))


def played(queue: PlayQueue, n: int) -> str:
    """What ``n`` advances play; a dash where nothing is current."""
    heard = ""
    for _ in range(n):
        queue = queue.advance()
        heard += playing(queue) or "-"
    return heard


def test_a_queue_plays_from_its_first_to_its_last_entry() -> None:
    queue = queue_of("abc")
    assert (playing(queue), coming(queue)) == (None, "abc")
    assert played(queue, 5) == "abc--"


def test_consume_takes_out_what_was_played() -> None:
    queue = queue_of("abc", Modes(consume=True)).advance().advance()
    assert (shown(queue), playing(queue), coming(queue)) == ("bc", "b", "c")


def test_without_consume_what_was_played_waits_under_the_id_that_was_promised() -> None:
    queue = queue_of("ab").advance()
    assert queue.encore == 3
    queue = queue.advance()
    assert (shown(queue), queue.ids) == ("ab", (3, 2))


def test_repeat_goes_round() -> None:
    assert played(queue_of("abc", Modes(repeat=True)), 7) == "abcabca"


def test_a_queue_of_one_entry_follows_itself_under_an_id_known_beforehand() -> None:
    queue = queue_of("a", Modes(repeat=True)).advance()
    (following,) = queue.upcoming(3)
    assert following.entry == queue.encore != queue.current
    assert queue.advance().current_entry == following


def test_upcoming_shows_each_entry_once() -> None:
    queue = queue_of("abc", Modes(repeat=True)).advance().advance()
    assert [(s.entry, s.passage.file) for s in queue.upcoming(99)] == [
        (3, "/c"),
        (4, "/a"),
        (5, "/b"),
    ]


def test_what_was_foretold_keeps_its_id_when_others_come() -> None:
    queue = queue_of("ab", Modes(repeat=True)).advance()
    before = queue.upcoming(9)
    queue, (new,) = queue.enqueue(passages("x"))
    assert {slot.entry for slot in queue.upcoming(9)} == {slot.entry for slot in before} | {new}


def test_single_stops_and_the_next_begins_when_asked() -> None:
    queue = queue_of("abc", Modes(single=True)).advance()
    assert coming(queue) == ""
    queue = queue.advance()
    assert (playing(queue), coming(queue)) == (None, "b")
    assert playing(queue.advance()) == "b"


def test_a_skip_goes_on_in_single_mode() -> None:
    assert playing(queue_of("abc", Modes(single=True)).advance().skip()) == "b"


def test_single_with_repeat_repeats_one() -> None:
    assert played(queue_of("abc", Modes(single=True, repeat=True)), 3) == "aaa"


def test_consume_wins_over_single_with_repeat() -> None:
    modes = Modes(single=True, repeat=True, consume=True)
    assert played(queue_of("abc", modes), 4) == "abc-"


def test_repeat_with_consume_plays_what_was_jumped_over() -> None:
    queue = queue_of("abc", Modes(repeat=True, consume=True)).jump(EntryId(3))
    assert playing(queue) == "c"
    assert played(queue, 3) == "ab-"


def test_after_the_end_what_is_added_comes_next() -> None:
    queue = queue_of("ab").advance().advance().advance()
    assert (playing(queue), shown(queue), coming(queue)) == (None, "ab", "")
    assert coming(queue.enqueue(passages("c"))[0]) == "c"
    assert coming(queue.enqueue(passages("c"), Place.AT, 0)[0]) == "cab"


def test_after_the_end_it_can_be_played_again() -> None:
    queue = queue_of("ab").advance().advance().advance()
    assert played(queue.rewind(), 3) == "ab-"
    assert played(queue.with_modes(Modes(repeat=True)), 3) == "aba"


def test_before_the_start_the_top_of_the_queue_comes_first() -> None:
    queue, _ = queue_of("b").enqueue(passages("a"), Place.AT, 0)
    assert coming(queue) == "ab"
    assert coming(queue.move(EntryId(1), 0)) == "ba"


@pytest.mark.parametrize(
    ("place", "reference", "result"),
    [
        (Place.END, None, "abcxy"),
        (Place.NEXT, None, "abxyc"),
        (Place.BEFORE, 1, "xyabc"),
        (Place.BEFORE, 2, "axybc"),
        (Place.AFTER, 1, "axybc"),
        (Place.AFTER, 3, "abcxy"),
        (Place.AT, 0, "xyabc"),
        (Place.AT, 3, "abcxy"),
    ],
)
def test_new_entries_go_to_their_place(place: Place, reference: int | None, result: str) -> None:
    queue = queue_of("abc", Modes(consume=False)).jump(EntryId(2))
    queue, ids = queue.enqueue(passages("xy"), place, reference)
    assert (shown(queue), playing(queue), ids) == (result, "b", (5, 6))


@pytest.mark.parametrize(
    ("place", "reference"),
    [
        *[(Place.BEFORE, 9), (Place.AFTER, 0), (Place.BEFORE, None), (Place.AFTER, None)],
        *[(Place.AT, None), (Place.AT, -1), (Place.AT, 4), (Place.AT, 10**30)],
    ],
)
def test_an_unknown_reference_is_refused(place: Place, reference: int | None) -> None:
    with pytest.raises(RequestError, match=r"(entry|index) .*: .*; expected .*; look"):
        queue_of("abc").enqueue(passages("x"), place, reference)


def test_the_id_of_a_past_performance_is_no_reference() -> None:
    queue = queue_of("ab").advance().advance()
    with pytest.raises(RequestError, match="played entries have new ids"):
        queue.enqueue(passages("x"), Place.AFTER, 1)


def test_a_full_queue_takes_all_or_nothing() -> None:
    queue = queue_of("x" * (LIMIT - 2))
    with pytest.raises(RequestError, match="queue is full: 3 more asked for, 98 there; expected"):
        queue.enqueue(passages("abc"))
    full, _ = queue.enqueue(passages("ab"))
    assert len(full.entries) == LIMIT
    with pytest.raises(RequestError, match="queue is full"):
        full.insert_previous(passages("c")[0])


def test_removing_the_current_entry_plays_what_follows() -> None:
    queue = queue_of("abcd").advance()
    assert playing(queue.remove([EntryId(1)])) == "b"
    assert playing(queue.remove([EntryId(1), EntryId(2)])) == "c"
    assert playing(queue.with_modes(Modes(single=True)).remove([EntryId(1)])) == "b"
    assert playing(queue.jump(EntryId(4)).remove([EntryId(4)])) is None


def test_removing_is_idempotent() -> None:
    queue = queue_of("abc").advance()
    once = queue.remove([EntryId(2)])
    assert once.remove([EntryId(2)]) == once


def test_removing_the_encore_lets_the_current_entry_end() -> None:
    queue = queue_of("ab", Modes(repeat=True)).advance()
    assert queue.encore is not None
    queue = queue.remove([queue.encore])
    assert (playing(queue), coming(queue)) == ("a", "b")
    assert shown(queue.advance()) == "b"


def test_moving_is_idempotent_and_keeps_the_current_entry() -> None:
    queue = queue_of("abc").advance()
    moved = queue.move(EntryId(1), 2)
    assert (shown(moved), playing(moved), coming(moved)) == ("bca", "a", "")
    assert moved.move(EntryId(1), 2) == moved


@pytest.mark.parametrize(("entry", "index"), [(9, 0), (1, 3), (1, -1)])
def test_a_move_to_nowhere_is_refused(entry: int, index: int) -> None:
    with pytest.raises(RequestError, match=r"(entry|index)"):
        queue_of("abc").move(EntryId(entry), index)


def test_clearing_leaves_nothing_and_never_uses_an_id_again() -> None:
    queue = queue_of("abc").advance().clear()
    assert (queue.entries, queue.current, queue.encore, queue.upcoming(9)) == ((), None, None, ())
    assert queue.enqueue(passages("x"))[1] == (5,)


def test_a_jump_keeps_what_it_interrupts_even_if_played_entries_are_consumed() -> None:
    queue = queue_of("abc", Modes(consume=True)).advance().jump(EntryId(3))
    assert (shown(queue), playing(queue), coming(queue)) == ("abc", "c", "")


def test_a_jump_to_the_current_entry_is_another_performance() -> None:
    queue = queue_of("abc").advance()
    again = queue.jump(EntryId(1))
    assert (playing(again), again.current, coming(again)) == ("a", queue.encore, "bc")


def test_a_jump_to_a_stranger_is_refused() -> None:
    with pytest.raises(RequestError, match="entry 9: not in the queue"):
        queue_of("abc").jump(EntryId(9))


def test_the_one_before_can_be_played_though_it_was_consumed() -> None:
    queue = queue_of("abc", Modes(consume=True)).advance().advance()
    queue, entry = queue.insert_previous(passages("a")[0])
    assert queue.preceding == entry
    queue = queue.jump(entry)
    assert (shown(queue), playing(queue), coming(queue)) == ("abc", "a", "bc")


def test_the_one_before_is_simply_jumped_to_if_it_is_still_there() -> None:
    queue = queue_of("abc").advance()
    assert queue.preceding is None
    queue = queue.advance()
    assert queue.preceding == queue.ids[0]
    assert played(queue.jump(queue.ids[0]), 2) == "bc"
    assert queue_of("abc", Modes(repeat=True)).advance().preceding == 3


@pytest.mark.parametrize("seed", range(8))
def test_random_plays_everybody_once_in_each_round(seed: int) -> None:
    queue = queue_of("abcdefgh", Modes(repeat=True, random=True), seed)
    heard = played(queue, 32)
    rounds = [heard[i : i + 8] for i in range(0, 32, 8)]
    assert {"".join(sorted(one)) for one in rounds} == {"abcdefgh"}
    assert len(set(rounds)) == 4
    assert all(left != right for left, right in itertools.pairwise(heard))


def test_random_without_repeat_ends_and_goes_on_with_what_is_new() -> None:
    queue = queue_of("abc", Modes(random=True)).advance().advance().advance().advance()
    assert (playing(queue), coming(queue)) == (None, "")
    assert coming(queue.enqueue(passages("x"))[0]) == "x"


def test_at_random_next_means_next() -> None:
    queue, _ = queue_of("abcdef", Modes(random=True)).advance().enqueue(passages("xy"), Place.NEXT)
    assert coming(queue, 2) == "xy"


def test_random_keeps_the_current_entry_and_sequence_goes_on_from_it() -> None:
    queue = queue_of("abcdef").advance().advance()
    mixed = queue.with_modes(Modes(random=True), seed=5)
    assert playing(mixed) == "b"
    assert sorted(coming(mixed)) == list("acdef")
    assert coming(mixed.with_modes(Modes())) == "cdef"


def test_after_the_end_random_does_not_begin_again() -> None:
    over = queue_of("abc").advance().advance().advance().advance()
    mixed = over.with_modes(Modes(random=True))
    assert coming(mixed) == coming(mixed.with_modes(Modes())) == ""


def test_before_the_start_random_may_come_and_go() -> None:
    mixed = queue_of("abcdef").with_modes(Modes(random=True), seed=2)
    assert sorted(coming(mixed)) == list("abcdef") != list(coming(mixed))
    assert coming(mixed.with_modes(Modes())) == "abcdef"


@pytest.mark.parametrize("seed", range(4))
def test_between_two_entries_random_off_goes_on_from_the_one_that_was_next(seed: int) -> None:
    queue = queue_of("abcdef", Modes(random=True, single=True), seed).advance().advance()
    (following,) = queue.upcoming(9)
    sequence = queue.with_modes(Modes())
    assert queue.current is None
    assert sequence.upcoming(9) == sequence.entries[sequence.entries.index(following) :]


def test_another_seed_is_another_order() -> None:
    queue = queue_of("abcdefgh")
    orders = {coming(queue.with_modes(Modes(random=True), seed=seed)) for seed in range(20)}
    assert len(orders) == 20


def test_a_random_jump_forward_costs_nobody_a_turn() -> None:
    queue = queue_of("abcdef", Modes(random=True)).advance()
    target = queue.line[-1]
    jumped = queue.jump(target)
    assert jumped.current == target
    assert sorted(coming(jumped)) == sorted(coming(queue).replace(playing(jumped) or "", ""))


def test_a_random_jump_back_plays_the_interrupted_one_again() -> None:
    queue = queue_of("abcd", Modes(random=True)).advance().advance().advance()
    assert queue.preceding is not None
    back = queue.jump(queue.preceding)
    assert coming(back) == (playing(queue) or "") + coming(queue)


def test_new_entries_are_mixed_among_those_to_come() -> None:
    places = set()
    for seed in range(60):
        queue = queue_of("abcd", Modes(random=True), seed).advance().advance()
        places.add(coming(queue.enqueue(passages("x"))[0]).index("x"))
    assert places == {0, 1, 2}


def test_turning_the_same_modes_on_again_changes_nothing() -> None:
    queue = queue_of("abcd", Modes(random=True)).advance()
    assert queue.with_modes(Modes(random=True), seed=77) == queue


def test_turning_random_on_again_is_another_order() -> None:
    queue = queue_of("abcdefgh")
    once = queue.with_modes(Modes(random=True))
    again = once.with_modes(Modes()).with_modes(Modes(random=True))
    assert coming(once) != coming(again)


def test_a_queue_knows_the_ids_of_present_and_next_performances_only() -> None:
    queue = queue_of("ab").advance()
    assert [entry for entry in range(9) if entry in queue] == [1, 2, 3]
    assert [entry for entry in range(9) if entry in queue.advance()] == [2, 3, 4]
    assert None not in queue.clear()
