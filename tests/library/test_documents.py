from __future__ import annotations

import json
import string
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from library.building import ROOT
from library.test_writes import stored

from wkmp_pi.errors import ConfigError, RequestError
from wkmp_pi.library import documents, printing, writes
from wkmp_pi.library.connection import LibraryConnection
from wkmp_pi.library.rules import Files
from wkmp_pi.passage import Cue, Curve, Passage, PassageId, Points, Song, SongSpan
from wkmp_pi.units import TICKS_PER_MS, TICKS_PER_SECOND, Ticks, ticks_from_ms

MBID = "b1a9c0e9-d987-4042-ae91-78d6a3267d69"


def locate(text: str) -> str:
    if ".." in text:
        raise RequestError(f"path {text!r}: found '..'; expected a path down; name another file")
    return text if text.startswith("/") else f"{ROOT}/{text}"


FILES = Files(locate=locate)


def problems(*given: Any, files: Files = FILES) -> list[str]:
    with pytest.raises(RequestError) as caught:
        documents.from_request(given, files)
    return str(caught.value).splitlines()


def file_problems(folder: Path, name: str, text: str | bytes) -> list[str]:
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigError) as caught:
        documents.read_file(folder / name, FILES)
    return [problem.removeprefix(f"{folder}/") for problem in caught.value.problems]


# --- what is taken ---

WHOLE = f"""
[[passage]]  # the first
file = "a/b.flac"
start_ms = 500
lead_in_ms = 750.5
fade_in_ticks = 28224001
end_ms = 200_000
fade_in_curve = "cosine"
title = "Träume"
disc = 1
track = 7
[[passage.song]]
title = "One"
artist = "Anna"
mbid = "{MBID.upper()}"
end_ms = 100_000
[[passage.song]]
title = "Two"
artists = {{ "Anna" = 0.7, "Ben \\"B\\"" = 0.3 }}
start_ms = 110_000
[[passage.cue]]
name = "lights"
before_end_ms = 3000
data = {{ scene = 2, names = ["a", 1.5, true, {{}}] }}

[[passage]]
file = "/mnt/usb/c.mp3"
"""

TAKEN = [
    Passage(
        id=PassageId(0),
        file=f"{ROOT}/a/b.flac",
        points=Points(
            start=ticks_from_ms(500),
            lead_in=Ticks(1501 * TICKS_PER_MS // 2),
            fade_in=Ticks(TICKS_PER_SECOND + 1),
            end=ticks_from_ms(200_000),
        ),
        fade_in_curve=Curve.COSINE,
        title="Träume",
        disc=1,
        track=7,
        songs=(
            SongSpan(
                song=Song(id=0, title="One", artist="Anna", mbid=MBID),
                start=Ticks(0),
                end=ticks_from_ms(100_000),
            ),
            SongSpan(
                song=Song(
                    id=0,
                    title="Two",
                    artist='Anna, Ben "B"',
                    artists=(("Anna", 0.7), ('Ben "B"', 0.3)),
                ),
                start=ticks_from_ms(110_000),
                end=ticks_from_ms(199_500),
            ),
        ),
        cues=(
            Cue(
                name="lights",
                at=ticks_from_ms(3000),
                from_end=True,
                data={"scene": 2, "names": ["a", 1.5, True, {}]},
            ),
        ),
    ),
    Passage(id=PassageId(0), file="/mnt/usb/c.mp3"),
]


@pytest.mark.parametrize("dress", [str, lambda t: "\ufeff" + t, lambda t: t.replace("\n", "\r\n")])
def test_a_document_says_everything_of_a_passage(
    tmp_path: Path, dress: Callable[[str], str]
) -> None:
    (tmp_path / "p.toml").write_bytes(dress(WHOLE).encode())
    assert documents.read_file(tmp_path / "p.toml", FILES) == TAKEN


def test_a_song_without_an_end_lasts_to_the_end_of_the_passage_or_of_the_file() -> None:
    given = {"file": "a.flac", "start_ms": 1000, "song": [{"title": "x"}]}
    files = Files(locate=locate, length=lambda _: Ticks(3 * TICKS_PER_SECOND))
    [passage] = documents.from_request([given], files)
    assert passage.songs[0].end == 2 * TICKS_PER_SECOND
    [problem] = problems(given)
    assert problem.startswith("document 1, song 1: found no end; expected end_ms")


def test_songs_are_sorted_and_may_touch() -> None:
    songs = [
        {"title": "b", "start_ms": 5, "end_ms": 9},
        {"title": "a", "start_ms": 1, "end_ms": 5},
    ]
    [passage] = documents.from_request([{"file": "a.flac", "song": songs}], FILES)
    assert [span.song and span.song.title for span in passage.songs] == ["a", "b"]


@pytest.mark.parametrize(
    "text",
    [
        '[{"file": "a"}, {"file": "b"}]',
        '{"passage": [{"file": "a"}, {"file": "b"}]}',
    ],
)
def test_json_may_be_a_list_or_an_object_of_one(tmp_path: Path, text: str) -> None:
    (tmp_path / "p.json").write_text(text)
    found = documents.read_file(tmp_path / "p.json", FILES)
    assert [passage.file for passage in found] == [f"{ROOT}/a", f"{ROOT}/b"]


def test_json_may_be_one_document(tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text('{"file": "a", "title": "x"}')
    [passage] = documents.read_file(tmp_path / "p.json", FILES)
    assert passage.title == "x"


# --- what is refused: each violation with its place ---


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, 'document 1, file: found nothing; expected a path; add file = "…"'),
        ({"file": 7}, "document 1, file: found 7; expected a path"),
        ({"file": "../x"}, "document 1, file: path '../x': found '..'"),
        ({"titel": "x"}, "document 1, titel: found an unknown key; expected a known one; did you "),
        ({"titel": "x"}, "did you mean title?"),
        ({"zzz": 1}, "known: file, start_ms"),
        ({"start_ms": "5"}, "start_ms: found '5'; expected milliseconds from 0 to 30 days"),
        ({"start_ms": True}, "start_ms: found true"),
        ({"start_ms": -1}, "start_ms: found -1"),
        ({"end_ms": float("nan")}, "end_ms: found nan"),
        ({"end_ms": float("inf")}, "end_ms: found inf"),
        ({"end_ms": 10**12}, "end_ms: found 1000000000000"),
        ({"end_ticks": 1.5}, "end_ticks: found 1.5; expected a whole number"),
        ({"end_ticks": 2**63}, "end_ticks: found 9223372036854775808"),
        ({"end_ms": 1, "end_ticks": 1}, "end_ticks: found end_ms too; expected one of the two"),
        ({"end_ms": 0}, "start (0 ms) does not lie before end (0 ms); expected start < end"),
        ({"lead_in_ms": 9, "lead_out_ms": 8}, "lead_in (9 ms) lies after lead_out (8 ms)"),
        ({"fade_in_curve": "cubic"}, "fade_in_curve: found 'cubic'; expected one of linear, "),
        ({"track": 1.0}, "track: found 1.0; expected a whole number from 0 to 9999"),
        ({"title": "a\nb"}, r"title: found 'a\nb'; expected text"),
        ({"title": "\ud800"}, "title: found"),
        ({"title": "x" * 1001}, "title: found"),
        ({"title": ["x"]}, "title: found ['x']; expected text"),
        ({"song": {"title": "x"}}, "song: found a table {'title': 'x'}; expected a list of tables"),
        ({"song": ["x"]}, "document 1, song 1: found 'x'; expected a table"),
        ({"song": [{"end_ms": 1}]}, "document 1, song 1, title: found nothing"),
        ({"song": [{"title": "x", "start_ms": 4, "end_ms": 4}]}, "song 1: found 4 to 4 ms"),
        (
            {"end_ms": 9, "song": [{"title": "x", "start_ms": 4, "end_ms": 10}]},
            "song 1: found 4 to 10 ms; expected it inside the passage, which has 9 ms",
        ),
        (
            {"song": [{"title": "x", "end_ms": 5}, {"title": "y", "start_ms": 4, "end_ms": 9}]},
            "document 1, song 2: found 4 to 9 ms and before it 0 to 5 ms; expected songs that do",
        ),
        ({"song": [{"title": "x", "end_ms": 1, "mbid": "7"}]}, "song 1, mbid: found '7'"),
        ({"song": [{"title": "x", "end_ms": 1, "artists": {"A": 0.5}}]}, "that sum to 1"),
        ({"song": [{"title": "x", "end_ms": 1, "artists": {"A": 2, "B": -1}}]}, "artists: found"),
        ({"song": [{"title": "x", "end_ms": 1, "artists": {"A": True}}]}, "artists: found"),
        ({"song": [{"title": "x", "end_ms": 1, "artists": ["A"]}]}, "artists: found ['A']"),
        ({"song": [{"title": "x", "end_ms": 1, "artists": {" ": 1}}]}, "artists: found"),
        ({"cue": [{"name": "c"}]}, "cue 1: found neither; expected at_ms or before_end_ms"),
        ({"cue": [{"name": "c", "at_ms": 1, "before_end_ms": 1}]}, "cue 1: found both"),
        ({"cue": [{"at_ms": 1}]}, "cue 1, name: found nothing"),
        (
            {"end_ms": 5, "cue": [{"name": "c", "at_ms": 6}]},
            "cue 1: found 6 ms; expected it",
        ),
        ({"cue": [{"name": "c", "at_ms": 1, "data": {"x": None}}]}, "cue 1, data: found"),
        ({"cue": [{"name": "c", "at_ms": 1, "data": {"x": float("nan")}}]}, "data: found"),
        ({"cue": [{"name": "c", "at_ms": 1, "data": {"x": 2**64}}]}, "data: found"),
        ({"cue": [{"name": "c", "at_ms": 1, "data": [1]}]}, "data: found [1]"),
        ([], "document 1: found []; expected a table"),
    ],
)
def test_each_violation_is_told_with_its_place(given: Any, said: str) -> None:
    if isinstance(given, dict) and "file" not in given and "add file" not in said:
        given = {"file": "a.flac", **given}
    found = problems(given)
    assert any(said in problem for problem in found), found
    assert all(len(problem.split("; ")) >= 3 for problem in found), found


def test_all_violations_of_all_documents_are_told_at_once() -> None:
    song = {"titel": "x", "start_ms": -1}
    found = problems({"file": "a", "start_ms": 9, "end_ms": 4, "song": [song]}, {"track": "one"})
    said = ["start (9 ms)", "titel", "start_ms", "title", "document 2, file", "document 2, track"]
    assert [word for word in said if not any(word in problem for problem in found)] == []


def test_of_very_many_violations_a_request_hears_the_first() -> None:
    found = problems(*[{}] * 1000)
    assert (len(found), found[-1]) == (101, "and 900 more")


def test_the_same_passage_twice_is_told() -> None:
    found = problems({"file": "a"}, {"file": "a", "start_ticks": 0, "title": "again"})
    said = "found the file, start and end of document 1; expected each passage once"
    assert found == [f"document 2: {said}; remove one of them"]


def test_problems_of_a_toml_file_name_the_line(tmp_path: Path) -> None:
    text = """# comment
[[passage]]
file = "a.flac"

[[passage]]
file = "b.flac"
start_ms = "soon"
[[passage.song]]
title = "x"
end_ms = 5
[[passage.song]]
title = "y"
start_ms = -3
end_ms = 9
colour = "red"
"""
    assert [problem.split(": ")[:2] for problem in file_problems(tmp_path, "p.toml", text)] == [
        ["p.toml:7", "passage 2, start_ms"],
        ["p.toml:15", "passage 2, song 2, colour"],
        ["p.toml:13", "passage 2, song 2, start_ms"],
        ["p.toml:11", "passage 2, song 2"],
    ]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("p.toml", "[[passage]\n", "at line 1, column 10"),
        ("p.toml", "", "found no passage; expected tables [[passage]] only"),
        ("p.toml", '[passage]\nfile = "x"\n', "found no passage"),
        ("p.toml", 'passages = 3\n[[passage]]\nfile = "x"\n', "found passages; expected"),
        ("p.toml", "a" + ".a" * 40_000 + " = 1", "p.toml:1: found a key of more than 16 parts"),
        ("p.toml", "a = " + "[" * 5000, "expected TOML"),
        ("p.toml", b"title = '\xe9'", "p.toml:1: found a byte that is not UTF-8"),
        ("p.toml", '[[passage]]\nfile = "a"\ntitle = 2024-01-01\n', "p.toml:3: passage 1, title"),
        ("p.json", "{", "line 1 column 2"),
        ("p.json", "[" * 100_000, "expected JSON"),
        ("p.json", '{"file": "a", "file": "b"}', "found the key 'file' twice"),
        ("p.json", '{"file": "a", "start_ms": NaN}', "start_ms: found nan"),
        ("p.json", '{"file": "a", "start_ms": 1e999}', "start_ms: found inf"),
        ("p.json", '{"file": "a", "start_ms": ' + "9" * 5000 + "}", "expected JSON"),
        ("p.json", "7", "found no passage"),
        ("p.yaml", "file: a", "expected .toml, .json, .csv; rename it"),
    ],
)
def test_a_file_that_is_no_document_is_refused(
    tmp_path: Path, name: str, text: str | bytes, said: str
) -> None:
    [problem] = file_problems(tmp_path, name, text)
    assert said in problem


def test_a_missing_or_endless_file_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        documents.read_file(tmp_path / "p.toml", FILES)
    monkeypatch.setattr(documents, "MAX_BYTES", 10)
    assert "found more than" in file_problems(tmp_path, "p.toml", "# more than ten bytes")[0]


# --- a whole file ---


def test_an_audio_file_alone_is_one_passage_with_one_song() -> None:
    passage = documents.whole_file(
        f"{ROOT}/a/03 Name.flac", frames=44_100, rate_hz=44_100, artist="A\0nna\n", track=3
    )
    assert (passage.title, passage.artist, passage.track) == ("03 Name", "A nna", 3)
    assert passage.points == Points()
    [span] = passage.songs
    assert (span.start, span.end) == (0, TICKS_PER_SECOND)
    assert span.song == Song(id=0, title="03 Name", artist="A nna")


def test_tags_without_end_and_names_without_text_are_cut_to_size() -> None:
    long = documents.whole_file("/a", frames=1, rate_hz=8000, title="x" * 2**20)
    assert len(long.title) == 1000
    odd = documents.whole_file("/\udcff\udcfe.mp3", frames=0, rate_hz=8000)
    assert (odd.title, odd.songs) == ("?", ())


# --- there and back ---

words = st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=20)
names = words.filter(str.strip)
inner = st.integers(0, 10**6 * TICKS_PER_MS).map(Ticks)
plain = st.recursive(
    st.booleans() | st.integers(-(2**53), 2**53) | st.floats(-1e9, 1e9) | words,
    lambda each: st.lists(each, max_size=3) | st.dictionaries(words, each, max_size=3),
    max_leaves=6,
)


@st.composite
def songs(draw: st.DrawFn, length: int) -> tuple[SongSpan, ...]:
    edges = sorted(draw(st.sets(st.integers(0, length), max_size=8)))
    spans = []
    for start, end in zip(edges[::2], edges[1::2], strict=False):
        artists = draw(st.lists(names, unique=True, max_size=3))
        shares = tuple((name, 1 / len(artists)) for name in artists)
        credit = draw(words) or ", ".join(artists)
        song = Song(
            id=0,
            title=draw(names),
            artist=credit,
            mbid=draw(st.none() | st.uuids().map(str)),
            artists=() if artists == [credit] else shares,
        )
        spans.append(SongSpan(song=song, start=Ticks(start), end=Ticks(end)))
    return tuple(spans)


@st.composite
def any_passage(draw: st.DrawFn) -> Passage:
    start, *inside, end = sorted(draw(st.lists(inner, min_size=6, max_size=6, unique=True)))
    lead_in, fade_in, fade_out, lead_out = inside
    points = Points(
        start=start, lead_in=lead_in, fade_in=fade_in, fade_out=fade_out, lead_out=lead_out, end=end
    )
    kept = {n: p for n in printing.POINTS if (p := getattr(points, n)) and draw(st.booleans())}
    length = (kept.get("end", Ticks(10**12))) - kept.get("start", 0)
    cue = st.builds(
        Cue,
        name=names,
        at=st.integers(0, length).map(Ticks),
        from_end=st.booleans(),
        data=st.dictionaries(words, plain, max_size=3),
    )
    number = st.none() | st.integers(0, 9999)
    return Passage(
        id=PassageId(0),
        file=f"{ROOT}/{draw(names.filter(lambda n: '..' not in n and not n.startswith('/')))}",
        points=Points(**kept),
        fade_in_curve=draw(st.none() | st.sampled_from(Curve)),
        fade_out_curve=draw(st.none() | st.sampled_from(Curve)),
        title=draw(words),
        artist=draw(words),
        album=draw(words),
        disc=draw(number),
        track=draw(number),
        songs=draw(songs(length)),
        cues=tuple(draw(st.lists(cue, max_size=2))),
    )


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
)
@given(any_passage())
def test_what_is_printed_is_what_is_read(tmp_path: Path, passage: Passage) -> None:
    (tmp_path / "p.toml").write_text(printing.to_toml([passage], ROOT), "utf-8")
    (tmp_path / "p.json").write_text(printing.to_json([passage], ROOT), "ascii")
    assert documents.read_file(tmp_path / "p.toml", FILES) == [passage]
    assert documents.read_file(tmp_path / "p.json", FILES) == [passage]
    assert documents.from_request([printing.as_document(passage, ROOT)], FILES) == [passage]


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=60,
    deadline=None,
)
@given(any_passage())
def test_what_is_stored_is_what_is_read(conn: LibraryConnection, passage: Passage) -> None:
    conn.execute("BEGIN")
    [number] = writes.add_passages(conn, [passage])
    spans = passage.songs
    if len({s.song and (s.song.mbid or s.song.title) for s in spans}) == len(spans):
        found = stored(conn, number)
        assert replace(found, songs=()) == replace(passage, songs=())
        assert found.songs == spans
    conn.execute("ROLLBACK")


def test_a_name_that_is_not_utf_8_is_printed_as_json_only(tmp_path: Path) -> None:
    passage = Passage(id=PassageId(0), file=f"{ROOT}/caf\udce9.mp3")
    (tmp_path / "p.json").write_text(printing.to_json([passage], ROOT), "ascii")
    assert documents.read_file(tmp_path / "p.json", FILES) == [passage]
    with pytest.raises(RequestError, match="use --json"):
        printing.to_toml([passage], ROOT)


def test_what_is_printed_is_short_where_nothing_is_said() -> None:
    passage = Passage(id=PassageId(7), file=f"{ROOT}/a.mp3", points=Points(start=ticks_from_ms(5)))
    assert printing.to_toml([passage], ROOT) == '[[passage]]\nfile = "a.mp3"\nstart_ms = 5\n'
    assert json.loads(printing.to_json([passage], ROOT)) == {
        "passage": [{"file": "a.mp3", "start_ms": 5}]
    }


ALPHABET = string.printable + "[]{}=\"'.\x00\x7fä"


@given(st.text(ALPHABET, max_size=200) | st.binary(max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_text_is_read_or_refused(tmp_path: Path, text: str | bytes) -> None:
    for suffix in documents.SUFFIXES:
        path = tmp_path / f"p{suffix}"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        try:
            found = documents.read_file(path, FILES)
        except ConfigError as error:
            found = error.problems
        assert found or suffix == ".csv"
