"""Album neighbours: whether one passage follows another on their album.

Such a pair plays gapless, as it was mastered; every other pair is crossfaded.
So an album in order plays without seams, and a shuffle of the same album is
crossfaded. The words of the passages decide alone: no folder is read, and
what cannot be told from them counts as "does not follow".
"""

from __future__ import annotations

import re
from pathlib import PurePath

from wkmp_pi.passage import Passage

_LEADING_NUMBER = re.compile(r"[0-9]{1,4}")


def album_neighbours(a: Passage, b: Passage) -> bool:
    """Whether ``b`` comes directly after ``a`` on one album."""
    if not _same(a.album, b.album) or not a.album.strip() or not _artists_agree(a, b):
        return False
    if a.file == b.file:
        return _goes_on(a, b) or _next_track(a, b)
    if a.track is None and b.track is None:
        return _next_file(a, b)
    return _next_track(a, b)


def _same(a: str, b: str) -> bool:
    return a.strip().casefold() == b.strip().casefold()


def _artists_agree(a: Passage, b: Passage) -> bool:
    """Equal artists, or one of them unknown, or the files lie in one folder.

    Many albums are called "Greatest Hits". A compilation, whose artists differ
    from track to track, lies in one folder; two albums of one name do not.
    """
    if _same(a.artist, b.artist) or not a.artist.strip() or not b.artist.strip():
        return True
    return PurePath(a.file).parent == PurePath(b.file).parent


def _goes_on(a: Passage, b: Passage) -> bool:
    """``b`` begins at the very tick of the file at which ``a`` ends."""
    return a.points.end is not None and a.points.end == b.points.start


def _next_track(a: Passage, b: Passage) -> bool:
    """The next track of the disc, or the first one of the next disc.

    How many tracks a disc has is not known, so the step to the next disc is
    believed from every track of the one before.
    """
    if a.track is None or b.track is None:
        return False
    disc_a, disc_b = a.disc or 1, b.disc or 1
    return (disc_b, b.track) in ((disc_a, a.track + 1), (disc_a + 1, 1))


def _next_file(a: Passage, b: Passage) -> bool:
    """Without track numbers: file names of one folder that begin with following numbers."""
    path_a, path_b = PurePath(a.file), PurePath(b.file)
    numbers = [_LEADING_NUMBER.match(path.name) for path in (path_a, path_b)]
    if path_a.parent != path_b.parent or not numbers[0] or not numbers[1]:
        return False
    return int(numbers[1][0]) == int(numbers[0][0]) + 1
