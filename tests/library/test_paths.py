from __future__ import annotations

import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from wkmp_pi.errors import RequestError
from wkmp_pi.library.paths import owned, resolve


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A music root beside things that must stay hidden, with links of every kind."""
    disk = tmp_path_factory.mktemp("disk")
    root = disk / "music"
    for folder in (root / "a" / "b", disk / "music-secret", disk / "etc"):
        folder.mkdir(parents=True)
    for file in ("a/x", "a/b/y", "x", "a/..x", "a/...", "a/~", "a/ "):
        (root / file).write_text("sound")
    Path(os.fsdecode(os.fsencode(root) + b"/caf\xe9")).write_text("sound")
    for secret in ("music-secret/x", "etc/passwd", "x"):
        (disk / secret).write_text("secret")
    (root / "inside").symlink_to("a/b")
    (root / "a" / "up").symlink_to("..")
    (root / "out").symlink_to(disk / "etc")
    (root / "a" / "twin").symlink_to(disk / "music-secret")
    (root / "loop").symlink_to("loop")
    (root / "dangling").symlink_to("nowhere")
    (root / "file").symlink_to(disk / "x")
    os.mkfifo(root / "fifo")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(root / "socket"))
        (disk / "alias").symlink_to("music")
        yield disk


@pytest.mark.parametrize(
    ("text", "file"),
    [
        ("x", "x"),
        ("x/", "x"),
        ("a/x", "a/x"),
        ("./a//./x", "a/x"),
        ("inside/y", "a/b/y"),
        ("a/up/a/up/x", "x"),
        ("a/..x", "a/..x"),
        ("a/...", "a/..."),
        ("a/~", "a/~"),
        ("a/ ", "a/ "),
        ("caf\udce9", "caf\udce9"),
        ("{root}/a/x", "a/x"),
        ("{root}//a/x", "a/x"),
    ],
)
def test_a_file_below_the_root_is_found(disk: Path, text: str, file: str) -> None:
    root = f"{disk}/music"
    assert resolve(text.format(root=root), root) == f"{root}/{file}"


def test_a_root_that_is_a_link_keeps_its_name(disk: Path) -> None:
    for text in ("a/x", f"{disk}/alias/a/x", f"{disk}/music/a/x"):
        assert resolve(text, f"{disk}/alias") == f"{disk}/alias/a/x"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/",
        ".",
        "a",
        "a/",
        "..",
        "../x",
        "a/../x",
        "a/b/../../x",
        "../music/x",
        "../music-secret/x",
        "out/passwd",
        "a/twin/x",
        "file",
        "loop",
        "dangling",
        "fifo",
        "socket",
        "nothing",
        "x/y",
        "/etc/passwd",
        "{disk}/x",
        "{disk}/music-secret/x",
        "{disk}/music/../x",
        "{disk}/music//etc/passwd",
        "x\0",
        "x\n",
        "x\x7f",
        "x\r",
        "\ud800",
        "y" * 300,
        "a/" * 3000 + "x",
        "file:///etc/passwd",
        "http://host/x",
        "~",
        "a\\..\\..\\x",
        "%2e%2e/x",
    ],
)
def test_what_leads_anywhere_else_is_refused(disk: Path, text: str) -> None:
    with pytest.raises(RequestError, match="; expected "):
        resolve(text.format(disk=disk), f"{disk}/music")


def test_what_lies_outside_is_not_revealed(disk: Path) -> None:
    """Neither its existence nor its kind."""
    told = set()
    for name in ("passwd", "nothing", ""):
        with pytest.raises(RequestError) as caught:
            resolve(f"out/{name}", f"{disk}/music")
        told.add(str(caught.value).partition(": ")[2])
    assert len(told) == 1


def test_a_root_that_is_missing_is_a_refusal_too(disk: Path) -> None:
    with pytest.raises(RequestError):
        resolve("x", f"{disk}/unplugged")


PARTS = ["", ".", "..", "...", "a", "b", "x", "y", "up", "inside", "out", "twin", "file", "loop",
         "music", "passwd", "fifo", "..x", "~", "caf\udce9", "\0", "\n"]  # fmt: skip


@settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(st.sampled_from(PARTS) | st.text(max_size=3), max_size=8),
    st.booleans(),
)
@example(["a", "up", "a", "up", "x"], False)
def test_a_path_that_is_taken_is_one_that_a_walk_by_hand_finds(
    disk: Path, parts: list[str], whole: bool
) -> None:
    root = disk / "music"
    text = (f"{root}/" if whole else "") + "/".join(parts)
    if text.startswith("/") and not text.startswith(f"{root}/"):
        text = f"{root}{text}"
    expected = walked(root, text.removeprefix(f"{root}/").split("/"))
    try:
        found = resolve(text, str(root))
    except RequestError:
        assert expected is None
        return
    assert found == str(expected)
    assert stat.S_ISREG(os.lstat(found).st_mode)
    assert Path(found).read_text() == "sound"


def walked(root: Path, parts: list[str]) -> Path | None:
    """The reference: one part after the other by hand, following links with a limit."""
    todo, here, links = list(parts), root, 0
    if ".." in parts or any(ord(c) < 32 or ord(c) == 127 for part in parts for c in part):
        return None
    while todo:
        part = todo.pop(0)
        if part in ("", "."):
            continue
        here = here.parent if part == ".." else here / part
        if here != root and root not in here.parents:
            return None
        try:
            kind = here.lstat().st_mode
        except (OSError, ValueError):
            return None
        if stat.S_ISLNK(kind):
            links += 1
            target = str(here.readlink())
            if links > 20 or target.startswith("/"):
                return None
            todo = target.split("/") + todo
            here = here.parent
    return here if stat.S_ISREG(here.lstat().st_mode) else None


def test_the_owner_may_name_a_file_anywhere_and_strangers_may_not(tmp_path: Path) -> None:
    root, other = tmp_path / "music", tmp_path / "elsewhere.flac"
    root.mkdir()
    other.write_bytes(b"x")
    assert owned(str(other), str(root)) == str(other)
    for text in (str(tmp_path), "/dev/null", "../elsewhere.flac"):
        with pytest.raises(RequestError):
            owned(text, str(root))
    with pytest.raises(RequestError):
        resolve(str(other), str(root))
