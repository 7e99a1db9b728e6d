from __future__ import annotations

import os
import signal
from collections.abc import Callable
from itertools import chain, repeat
from pathlib import Path

import pytest
from decode.conftest import FRAMES
from support.media import opened

from wkmp_pi.decode.messages import Media
from wkmp_pi.decode.probe import Prober, probe_all
from wkmp_pi.errors import MediaError

pytestmark = pytest.mark.flow

Music = Callable[[str], Path]


def test_files_are_told_in_order_and_bad_ones_in_between(music: Music, tmp_path: Path) -> None:
    (tmp_path / "empty.mp3").touch()
    good = [music(name) for name in ("flac", "mp3-vbr", "opus")]
    paths = [str(good[0]), str(tmp_path / "empty.mp3"), str(good[1]), "/nowhere.mp3", str(good[2])]
    found = list(probe_all(paths))

    assert [media for media in found if isinstance(media, Media)] == [
        opened(path).media for path in good
    ]
    assert str(found[1]).startswith(f"{tmp_path}/empty.mp3: is empty; expected")
    assert str(found[3]).startswith("/nowhere.mp3: cannot be opened")


def test_files_are_looked_at_only_as_they_are_asked_for(source: Path) -> None:
    stream = probe_all(chain([str(source)], repeat("/nowhere")))
    media = next(stream)
    stream.close()

    assert isinstance(media, Media)
    assert media.frames == FRAMES


def test_a_file_that_kills_the_decoder_costs_only_itself(source: Path) -> None:
    prober = Prober()
    assert prober.probe(str(source)).frames == FRAMES
    process = prober._process
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    with pytest.raises(MediaError, match="the decoder process died"):
        prober.probe(str(source))

    assert prober.probe(str(source)).frames == FRAMES
    prober.close()
    prober.close()
