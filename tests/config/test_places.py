"""Every key is found on its own line, whatever stands around it."""

import tomli
from hypothesis import given
from hypothesis import strategies as st

from wkmp_pi.config.places import MAX_KEY_SEGMENTS, MAX_NESTING, scan

TEXT = '''\
# comment with = and [brackets]
top = 1
[audio]
device = "a # no comment"   # a comment = 5
text = """
rate_hz = 1
[log]
"""
raw = \'\'\'
[settings]\'\'\'
rate_hz = [
  1, # one
  [2, 3],
]
a.b . "c d" = -0
inline = { one = 1, two.three = [{ deep = 2 }], four = "}" }
[[many]]
x = 1
[log.'level']
"quoted \\u00fc" = true
'''


def test_keys_of_all_spellings_are_found_on_their_lines():
    places = scan(TEXT)
    lines = {".".join(path): place.line for path, place in places.of.items()}
    assert lines == {
        "top": 2,
        "audio": 3,
        "audio.device": 4,
        "audio.text": 5,
        "audio.raw": 9,
        "audio.rate_hz": 11,
        "audio.a": 15,
        "audio.a.b": 15,
        "audio.a.b.c d": 15,
        "audio.inline": 16,
        "audio.inline.one": 16,
        "audio.inline.two": 16,
        "audio.inline.two.three": 16,
        "audio.inline.two.three.deep": 16,
        "audio.inline.four": 16,
        "many": 17,
        "many.x": 18,
        "log": 19,
        "log.level": 19,
        "log.level.quoted ü": 20,
    }
    assert places.written(("audio", "a", "b", "c d")) == "-0"


def test_an_unknown_key_lies_in_the_nearest_table_around_it():
    places = scan("\n[audio]\n")
    assert places.line(("audio", "nothing")) == 2
    assert places.line(("nowhere",)) == 1
    assert places.written(("nowhere",)) == ""


def test_a_key_of_many_parts_and_deep_nesting_are_told_before_parsing():
    assert scan(".".join("a" * MAX_KEY_SEGMENTS) + "=1").too_deep is None
    assert scan("\n" + ".".join("a" * (MAX_KEY_SEGMENTS + 1)) + "=1").too_deep == (
        2,
        "a key of more than 16 parts",
    )
    assert scan("a=" + "[" * MAX_NESTING + "]" * MAX_NESTING).too_deep is None
    assert scan("a=" + "[" * (MAX_NESTING + 1)).too_deep == (1, "nesting deeper than 32")
    assert scan("a=" + "{a=" * (MAX_NESTING + 1)).too_deep is not None


def test_unfinished_strings_do_not_make_the_scan_slow():
    # Each of these would be read from every quote to the end of the text if it were retried.
    for piece in ('\\"""', '"', "'", "'''\\", "[", "=", '"""a'):
        scan(piece * (64 * 1024 // len(piece)))


@given(st.text(alphabet="ab.=[]{}\"'\\#,\n 1-", max_size=80))
def test_any_text_can_be_scanned(text):
    scan(text)


KEY = st.text(alphabet="abcxyz_-", min_size=1, max_size=4)
VALUE = st.one_of(
    st.integers(-9, 9).map(str),
    st.sampled_from(['"x"', "'# ='", "[1, [2]]", '"""\n[a]\nb = 1"""', "{ q = { r = 1 } }"]),
)


@given(st.dictionaries(KEY, st.dictionaries(KEY, VALUE, max_size=4), max_size=4))
def test_the_lines_of_generated_texts_are_exact(tables):
    text, lines = "", {}
    for table, values in tables.items():
        lines[(table,)] = text.count("\n") + 1
        text += f"[{table}]\n"
        for key, value in values.items():
            lines[table, key] = text.count("\n") + 1
            text += f"{key} = {value}  # {value!r}\n"
    tomli.loads(text)
    places = scan(text)
    assert {path: places.line(path) for path in lines} == lines
