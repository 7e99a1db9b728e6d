from __future__ import annotations

import argparse
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import pytest

from wkmp_pi.cli import gestures
from wkmp_pi.cli.gesture_view import View
from wkmp_pi.commands import SimulateGesture
from wkmp_pi.config.pins import Button, Wiring
from wkmp_pi.errors import ConfigError, RequestError

MS = 1_000_000

BOX = """
[[button]]
name = "play"
pin = 17

[[button]]
name = "up"
pin = 27

[[encoder]]
name = "knob"
pin_a = 5
pin_b = 6

[[bind]]
on = "gesture.single"
where = { buttons = ["play"] }
do = "toggle"

[[bind]]
on = "gesture.double"
where = { buttons = ["play"] }
do = "next"

[[peripheral]]
id = "both"
name = "Both at once"
kind = "chord"
buttons = ["play", "up"]
"""


@pytest.fixture
def box(tmp_path: Path) -> Path:
    file = tmp_path / "box.toml"
    file.write_text(BOX)
    return file


def run(*argv: str | Path) -> int:
    parser = argparse.ArgumentParser()
    gestures.add(parser.add_subparsers())
    arguments = parser.parse_args(["gestures", *map(str, argv)])
    code: int = arguments.run(arguments)
    return code


def simulate(box: Path, script: str, monkeypatch: pytest.MonkeyPatch, *options: str) -> int:
    monkeypatch.setattr("sys.stdin", io.StringIO(script))
    return run("simulate", "-", "--config", box, *options)


def test_a_script_is_lived_through_and_told(
    box: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    script = "0 play tap 90\n+200 play tap 90\n+2000 play tap\n+1000 knob turn -1\n"
    assert simulate(box, script, monkeypatch) == 0
    assert capsys.readouterr().out.splitlines() == [
        "     0.000  ▼ play",
        "     0.090  ▲ play          held 90 ms (15% of 600)",
        "     0.290  ▼ play          gap 200 ms (67% of 300)",
        "     0.380  ▲ play          held 90 ms (15% of 600)",
        "     0.380  ● play          double  window 300 ms",
        "     2.380  ▼ play",
        "     2.460  ▲ play          held 80 ms (13% of 600)",
        "     2.760  ● play          single  window 300 ms",
        "     3.490  ● knob          turn  -1, 0 detents a second",
    ]


def test_a_simulation_gives_json_with_the_moment_of_the_verdict(
    box: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert simulate(box, "100 play tap", monkeypatch, "--json") == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [event["name"] for event in events] == [
        "button.pressed",
        "button.released",
        "gesture.single",
    ]
    assert events[2]["told_ms"] == pytest.approx(380, abs=0.01)


def test_a_peripheral_of_the_box_is_told_with_its_name(
    box: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert simulate(box, "0 play down\n20 up down\n200 play up\n210 up up", monkeypatch) == 0
    assert "● play+up       chord (Both at once)  spread 20 ms (33% of 60)" in (
        capsys.readouterr().out
    )


def test_a_button_that_stays_down_is_told(
    box: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert simulate(box, "0 play down", monkeypatch) == 0
    assert capsys.readouterr().out.splitlines()[-1] == (
        "(at the end of the script play is still down)"
    )


def test_a_button_that_there_is_not_is_refused(box: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(
        RequestError, match=r"button stop: not known; expected one .*play, up, knob"
    ):
        simulate(box, "0 stop tap", monkeypatch)


def test_a_broken_configuration_is_refused(box: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    box.write_text(BOX + "\n[[button]]\npin = true\n")
    with pytest.raises(ConfigError, match=r"box.toml:\d+: button 3: "):
        simulate(box, "0 play tap", monkeypatch)


def test_a_script_may_be_a_file(box: Path, capsys: pytest.CaptureFixture[str]) -> None:
    script = box.with_name("presses")
    script.write_text("# nothing\n")
    assert run("simulate", script, "--config", box) == 0
    assert capsys.readouterr().out == ""
    script.write_text("0 play\n")
    with pytest.raises(RequestError, match=r"presses:1: found 2 words"):
        run("simulate", script, "--config", box)
    with pytest.raises(RequestError, match=r"gone: No such file .*; expected a script"):
        run("simulate", box.with_name("gone"), "--config", box)


def test_live_presses_go_to_the_service(box: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr("wkmp_pi.cli.link.do", lambda _, command: asked.append(command) or 0)
    assert simulate(box, "0 play tap 100", monkeypatch, "--live") == 0
    assert asked == [SimulateGesture(edges=(("play", True, 0.0), ("play", False, 100.0)))]


def message(name: str, at_ms: float, **fields: Any) -> dict[str, Any]:
    return {"event": {"name": name, "at_ns": int(at_ms * MS), **fields}}


def gesture(word: str, at_ms: float, *buttons: str, **fields: Any) -> dict[str, Any]:
    return message(f"gesture.{word}", at_ms, gesture=word, buttons=buttons, **fields)


SCENE = [
    message("button.pressed", 1000, button="play"),
    message("button.released", 1090, button="play", held_ms=90),
    message("button.pressed", 1290, button="play"),
    message("button.released", 1400, button="play", held_ms=110),
    gesture(
        "double",
        1400,
        "play",
        window_ms=300,
        edges=[
            ["play", True, 1000 * MS],
            ["play", False, 1001 * MS],
            ["play", True, 1002 * MS],
            ["play", False, 1090 * MS],
            ["play", True, 1290 * MS],
            ["play", False, 1400 * MS],
        ],
    ),
    {"missed": 3},
    {"event": {"name": "alert.gesture_flapping", "button": "up", "per_second": 812.5}},
]


class Client:
    """A connection that tells a scene, and then what a test likes."""

    def __init__(self, end: type[BaseException] | None) -> None:
        self.end = end
        self.asked: tuple[str, ...] = ()

    def follow(self, names: tuple[str, ...]) -> tuple[dict[str, Any], Iterator[dict[str, Any]]]:
        self.asked = names
        return {}, self._messages()

    def _messages(self) -> Iterator[dict[str, Any]]:
        yield from SCENE
        if self.end:
            raise self.end

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


def watch(
    box: Path, monkeypatch: pytest.MonkeyPatch, end: type[BaseException] | None, *options: str
) -> int:
    client = Client(end)
    monkeypatch.setattr("wkmp_pi.cli.link.connect", lambda _: client)
    code = run("watch", "--config", box, *options)
    assert client.asked == ("button.*", "gesture.*", "alert.gesture_flapping")
    return code


def test_presses_are_shown_beside_their_windows_and_summed_up_at_the_end(
    box: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert watch(box, monkeypatch, KeyboardInterrupt) == 0
    assert capsys.readouterr().out.splitlines() == [
        "press the buttons; end with Ctrl-C",
        "     0.000  ▼ play",
        "     0.090  ▲ play          held 90 ms (15% of 600)",
        "     0.290  ▼ play          gap 200 ms (67% of 300)",
        "     0.400  ▲ play          held 110 ms (18% of 600)",
        "     0.400  ● play          double  window 300 ms, bounced 2.0 ms",
        "(3 events were missed: this reader was too slow)",
        "            ! up            812.5 a second: left alone",
        "",
        "play: 1 double",
        "  held     90.0 to 110.0 ms, half of them up to 100.0;  hold_ms is 600",
        "  gaps     200.0 to 200.0 ms, half of them up to 200.0;  gap_ms is 300",
        "  bounces  2.0 to 2.0 ms, half of them up to 2.0;  debounce_ms is 25",
    ]


def test_watching_gives_json(
    box: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert watch(box, monkeypatch, KeyboardInterrupt, "--json") == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["name"] for line in lines][-2:] == ["missed", "alert.gesture_flapping"]


def test_watching_ends_with_the_service(
    box: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert watch(box, monkeypatch, None) == 1
    assert capsys.readouterr().err == "wkmp-pi: the service ended\n"


def test_a_broken_configuration_that_was_not_named_keeps_nobody_from_watching(
    box: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.write_text("[[button]]\n")
    monkeypatch.setenv("WKMP_PI_CONFIG", str(box))
    monkeypatch.setattr("wkmp_pi.cli.link.connect", lambda _: Client(KeyboardInterrupt))
    assert run("watch") == 0
    with pytest.raises(ConfigError):
        run("watch", "--config", box)


def lines(*messages: dict[str, Any]) -> list[str]:
    view = View(Wiring(buttons=(Button(name="play", pin=17),)))
    return [view.line(one["event"]).split("●")[1].strip() for one in messages]


def test_each_kind_of_gesture_tells_what_matters() -> None:
    presses = [["play", True, 0], ["up", True, 30 * MS], ["play", True, 330 * MS]]
    code = ("play", "up", "play")
    assert lines(
        gesture("chord", 30, "play", "up", window_ms=60, edges=presses[:2]),
        gesture("sequence", 330, *code, id="secret", window_ms=1000, edges=presses),
        gesture("repeat", 400, "play", count=7, window_ms=100),
        gesture("turn", 500, "knob", steps=1, speed=12.5),
        gesture("press", 600, "play"),
        gesture("long", 700, "\x1b[31mplay", window_ms=600),
    ) == [
        "play+up       chord  spread 30 ms (50% of 60)",
        "play+up+play  sequence (secret)  longest step 300 ms (30% of 1000)",
        "play          repeat  7",
        "knob          turn  +1, 12.5 detents a second",
        "play          press",
        "\ufffd[31mplay     long  window 600 ms",
    ]


def test_nothing_pressed_is_nothing_to_sum_up() -> None:
    assert View(Wiring()).summary() == []
