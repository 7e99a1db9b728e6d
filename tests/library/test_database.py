from __future__ import annotations

import os
import random
import signal
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from library.building import ROOT, a_passage, a_play, close, environment, in_own_mounts, open_at

from wkmp_pi.errors import LibraryError
from wkmp_pi.library import backups, database, migrate, queries, writes
from wkmp_pi.library.connection import connect

STEP_2 = "ALTER TABLE files ADD COLUMN mood TEXT;"


def fill(folder: Path, plays: int = 3) -> None:
    """A closed library that remembers something."""
    opened = open_at(folder)
    opened.connection.execute("BEGIN")
    for number in range(plays):
        writes.record_play(opened.connection, a_play(number))
    writes.add_passages(opened.connection, [a_passage(f"{n}.flac") for n in range(200)])
    opened.connection.execute("COMMIT")
    close(opened)


def plays(opened: database.Opened) -> int:
    return len(queries.recent_plays(opened.connection))


def names(folder: Path) -> set[str]:
    return {path.name.removeprefix("library.db") for path in folder.iterdir()}


# --- the ordinary way ---


def test_a_new_library_is_made_in_a_folder_for_the_owner_only(tmp_path: Path) -> None:
    opened = open_at(tmp_path / "state" / "wkmp")
    assert (opened.warnings, opened.problem) == ((), None)
    assert stat.S_IMODE((tmp_path / "state" / "wkmp").stat().st_mode) == 0o700
    mode = opened.connection.execute("PRAGMA journal_mode").fetchone()[0]
    version = opened.connection.execute("PRAGMA user_version").fetchone()[0]
    assert (mode, version) == ("wal", len(migrate.steps()))
    close(opened)


def test_what_was_stored_is_there_again_without_a_word(tmp_path: Path) -> None:
    fill(tmp_path)
    opened = open_at(tmp_path)
    assert (opened.warnings, opened.problem, plays(opened)) == ((), None, 3)
    close(opened)
    assert names(tmp_path) == {"", ".lock"}


def test_a_second_instance_is_refused_and_told_who_holds_the_library(tmp_path: Path) -> None:
    first = open_at(tmp_path)
    with pytest.raises(LibraryError, match=rf"held by process {os.getpid()};"):
        open_at(tmp_path)
    close(first)
    close(open_at(tmp_path))


@pytest.mark.flow
def test_a_killed_instance_leaves_no_lock_behind(tmp_path: Path) -> None:
    script = "import sys, pathlib\nfrom library.building import open_at\n"
    script += "o = open_at(pathlib.Path(sys.argv[1])); print(flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", script, tmp_path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment(),
    ) as child:
        assert child.stdout
        child.stdout.readline()
        with pytest.raises(LibraryError, match=rf"held by process {child.pid};"):
            open_at(tmp_path)
        child.send_signal(signal.SIGKILL)
    close(open_at(tmp_path))


# --- other versions ---


def test_an_older_library_is_migrated_on_a_copy_and_backed_up_before(tmp_path: Path) -> None:
    fill(tmp_path)
    opened = open_at(tmp_path, sql=[*migrate.steps(), STEP_2])
    assert (opened.warnings, opened.problem, plays(opened)) == ((), None, 3)
    opened.connection.execute("UPDATE files SET mood = 'blue'")
    close(opened)
    assert names(tmp_path) == {"", ".lock", ".backup-1"}
    backup = connect(tmp_path / "library.db.backup-1", ROOT)
    assert migrate.version(backup) == len(migrate.steps())
    backup.close()


def test_a_migration_that_fails_leaves_the_library_as_it_was(tmp_path: Path) -> None:
    fill(tmp_path)
    step = "CREATE UNIQUE INDEX bad ON play_history (reason)"
    opened = open_at(tmp_path, sql=[*migrate.steps(), STEP_2, step])
    assert opened.problem is not None
    assert "UNIQUE constraint failed" in opened.problem
    close(opened)
    assert ".backup-1" in names(tmp_path)
    again = open_at(tmp_path)
    assert (again.warnings, again.problem, plays(again)) == ((), None, 3)
    close(again)


def test_a_migration_leaves_a_reader_of_the_old_file_in_peace(tmp_path: Path) -> None:
    """A log of the old file must not be played into the new one."""
    fill(tmp_path)
    reader = database.open_reader(tmp_path / "library.db", ROOT)
    cursor = reader.execute("SELECT count(*) FROM play_history")  # holds a read transaction
    opened = open_at(tmp_path, sql=[*migrate.steps(), STEP_2])
    assert opened.problem is not None
    assert "another program holds" in opened.problem
    assert cursor.fetchone() == (3,)
    reader.close()
    close(opened)
    again = open_at(tmp_path, sql=[*migrate.steps(), STEP_2])
    assert (again.problem, plays(again)) == (None, 3)
    close(again)


def test_a_newer_library_is_left_alone_and_read(tmp_path: Path) -> None:
    fill(tmp_path)
    close(open_at(tmp_path, sql=[*migrate.steps(), STEP_2]))
    before = (tmp_path / "library.db").read_bytes()
    opened = open_at(tmp_path)
    assert opened.path is None
    assert opened.problem is not None
    assert "its version is 2 and this program knows 1" in opened.problem
    assert plays(opened) == 3
    writes.record_play(opened.connection, a_play(9))
    assert plays(opened) == 4
    close(opened)
    assert (tmp_path / "library.db").read_bytes() == before


def test_the_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "library.db")
    other.execute("CREATE TABLE moz_places (url)")
    other.close()
    before = (tmp_path / "library.db").read_bytes()
    opened = open_at(tmp_path)
    assert opened.problem is not None
    assert "belongs to another program" in opened.problem
    close(opened)
    assert (tmp_path / "library.db").read_bytes() == before


# --- damage ---


def damage_header(path: Path) -> None:
    path.write_bytes(b"X" * 100 + path.read_bytes()[100:])


def damage_truncated(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def damage_middle(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[4096:] = random.Random(1).randbytes(len(data) - 4096)
    path.write_bytes(data)


def damage_empty(path: Path) -> None:
    os.truncate(path, 0)


def damage_text(path: Path) -> None:
    path.write_text("[audio]\ndevice = 1\n")


def damage_schema(path: Path) -> None:
    conn = sqlite3.connect(path)
    conn.executescript("DROP TABLE state")
    conn.close()


DAMAGES = [
    damage_header,
    damage_truncated,
    damage_middle,
    damage_empty,
    damage_text,
    damage_schema,
]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_library_is_moved_aside_and_the_newest_backup_restored(
    tmp_path: Path, damage: object
) -> None:
    fill(tmp_path)
    opened = open_at(tmp_path)
    backups.make(opened.connection, tmp_path / "library.db")
    writes.record_play(opened.connection, a_play(50))
    close(opened)
    damage(tmp_path / "library.db")  # type: ignore[operator]
    again = open_at(tmp_path)
    [warning] = again.warnings
    assert "moved to library.db.corrupt-1" in warning
    assert "library.db.backup-1 was restored" in warning
    assert (again.problem, plays(again)) == (None, 3)
    close(again)
    assert {"", ".lock", ".backup-1", ".corrupt-1"} <= names(tmp_path)
    third = open_at(tmp_path)
    assert third.warnings == ()
    close(third)


@pytest.mark.parametrize("damage", DAMAGES)
def test_without_a_backup_a_new_library_begins_and_says_so(tmp_path: Path, damage: object) -> None:
    fill(tmp_path)
    damage(tmp_path / "library.db")  # type: ignore[operator]
    opened = open_at(tmp_path)
    [warning] = opened.warnings
    assert "moved to library.db.corrupt-1" in warning
    assert "no good backup" in warning
    assert plays(opened) == 0
    writes.record_play(opened.connection, a_play(1))
    close(opened)


def test_a_bad_backup_gives_way_to_the_one_before(tmp_path: Path) -> None:
    fill(tmp_path)
    opened = open_at(tmp_path)
    for _ in range(2):
        backups.make(opened.connection, tmp_path / "library.db")
    close(opened)
    damage_middle(tmp_path / "library.db")
    damage_truncated(tmp_path / "library.db.backup-1")
    again = open_at(tmp_path)
    assert "backup-2 was restored" in again.warnings[0]
    assert plays(again) == 3
    close(again)


def test_a_library_that_vanished_comes_back_from_its_backup(tmp_path: Path) -> None:
    fill(tmp_path)
    opened = open_at(tmp_path)
    backups.make(opened.connection, tmp_path / "library.db")
    close(opened)
    (tmp_path / "library.db").unlink()
    (tmp_path / "library.db-wal").write_bytes(b"a log without its database")
    again = open_at(tmp_path)
    assert "it is missing" in again.warnings[0]
    assert plays(again) == 3
    close(again)


def test_a_crash_between_moving_aside_and_the_new_one_is_not_silent(tmp_path: Path) -> None:
    fill(tmp_path)
    (tmp_path / "library.db").rename(tmp_path / "library.db.corrupt-1")
    opened = open_at(tmp_path)
    assert "a new one begins" in opened.warnings[0]
    close(opened)


def test_only_the_newest_three_damaged_libraries_are_kept(tmp_path: Path) -> None:
    for _ in range(5):
        fill(tmp_path)
        damage_truncated(tmp_path / "library.db")
    close(open_at(tmp_path))
    assert names(tmp_path) >= {".corrupt-3", ".corrupt-4", ".corrupt-5"}
    assert not names(tmp_path) & {".corrupt-1", ".corrupt-2"}


def test_flipped_bytes_anywhere_never_stop_the_box(tmp_path: Path) -> None:
    """Whatever the damage: it opens, and what is lost is told or only a value is wrong."""
    fill(tmp_path, plays=40)
    sound = (tmp_path / "library.db").read_bytes()
    told = 0
    for place in range(16, len(sound), 1999):
        folder = tmp_path / str(place)
        folder.mkdir()
        bent = bytearray(sound)
        bent[place] ^= 0xFF
        (folder / "library.db").write_bytes(bent)
        opened = open_at(folder)
        told += bool(opened.warnings or opened.problem)
        assert opened.warnings or opened.problem or plays(opened) >= 39, place
        writes.record_play(opened.connection, a_play(99))
        close(opened)
    assert told >= 5


def test_a_library_cut_off_at_each_page_never_stops_the_box(tmp_path: Path) -> None:
    fill(tmp_path)
    sound = (tmp_path / "library.db").read_bytes()
    for pages in range(0, len(sound) // 4096, 7):
        folder = tmp_path / str(pages)
        folder.mkdir()
        (folder / "library.db").write_bytes(sound[: pages * 4096])
        opened = open_at(folder)
        assert len(opened.warnings) == 1, pages
        writes.record_play(opened.connection, a_play(99))
        close(opened)


def test_a_bad_row_is_no_damage(tmp_path: Path) -> None:
    fill(tmp_path)
    opened = open_at(tmp_path)
    opened.connection.execute("PRAGMA ignore_check_constraints = ON")
    opened.connection.execute("UPDATE passages SET lead_in_ticks = 9, lead_out_ticks = 8")
    close(opened)
    again = open_at(tmp_path)
    assert again.warnings == ()
    close(again)


def test_a_missing_table_of_songs_is_no_damage(tmp_path: Path) -> None:
    fill(tmp_path)
    opened = open_at(tmp_path)
    opened.connection.execute("DROP TABLE passage_songs")
    close(opened)
    again = open_at(tmp_path)
    assert (again.warnings, again.problem) == ((), None)
    close(again)


def test_a_look_that_takes_too_long_is_cut_short(tmp_path: Path) -> None:
    fill(tmp_path)
    opened = open_at(tmp_path, check_budget_s=0.0)
    assert (opened.warnings, plays(opened)) == ((), 3)
    close(opened)


# --- backups ---


def test_two_backups_are_kept_and_one_is_due_each_day(tmp_path: Path) -> None:
    fill(tmp_path)
    path = tmp_path / "library.db"
    now_s = 1_700_000_000.0
    assert backups.is_due(path, now_s)
    opened = open_at(tmp_path)
    for _ in range(3):
        backups.make(opened.connection, path)
    close(opened)
    assert names(tmp_path) == {"", ".lock", ".backup-1", ".backup-2"}
    os.utime(backups.paths(path)[0], (now_s, now_s))
    assert not backups.is_due(path, now_s + 86_000)
    assert backups.is_due(path, now_s + 86_400)
    assert backups.is_due(path, now_s - 1), "a clock that was ahead must not end all backups"


# --- disks that refuse ---


@pytest.mark.flow
def test_on_a_read_only_disk_everything_works_in_memory(tmp_path: Path) -> None:
    """Clean, and with a log that was never played into the database."""
    printed = in_own_mounts(
        """
        import pathlib, shutil, subprocess, sys
        from library.building import a_play, close, open_at
        from wkmp_pi.library import queries, writes

        folder = pathlib.Path(sys.argv[1])
        subprocess.run(["mount", "-t", "tmpfs", "none", folder], check=True)
        opened = open_at(folder / "killed")
        writes.record_play(opened.connection, a_play(1))
        shutil.copytree(folder / "killed", folder / "logged")
        close(opened)
        subprocess.run(["mount", "-o", "remount,ro", "none", folder], check=True)
        for name in ("killed", "logged", "never_there"):
            opened = open_at(folder / name)
            writes.record_play(opened.connection, a_play(2))
            print(opened.path, len(queries.recent_plays(opened.connection)), opened.problem)
            close(opened)
        """,
        str(tmp_path),
    )
    clean, logged, absent = printed.splitlines()
    for line, remembered in ((clean, 2), (logged, 2), (absent, 1)):
        assert line.startswith(f"None {remembered} ")
        assert "Read-only file system" in line
        assert "memory only" in line


@pytest.mark.flow
def test_on_a_disk_that_is_full_at_the_start_everything_works_in_memory(tmp_path: Path) -> None:
    printed = in_own_mounts(
        """
        import pathlib, subprocess, sys
        from library.building import a_play, close, open_at
        from wkmp_pi.library import queries, writes

        folder = pathlib.Path(sys.argv[1])
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "none", folder], check=True)
        opened = open_at(folder / "old")
        writes.record_play(opened.connection, a_play(1))
        close(opened)
        try:
            (folder / "ballast").write_bytes(bytes(4 << 20))
        except OSError:
            pass
        for name in ("old", "new"):
            opened = open_at(folder / name)
            writes.record_play(opened.connection, a_play(2))
            print(opened.path, len(queries.recent_plays(opened.connection)), opened.problem)
            close(opened)
        (folder / "ballast").unlink()
        opened = open_at(folder / "old")
        print(opened.problem, len(queries.recent_plays(opened.connection)))
        """,
        str(tmp_path),
    )
    old, new, afterwards = printed.splitlines()
    assert old.startswith("None 2 ")
    assert "full" in old
    assert new.startswith("None 1 ")
    assert "No space left" in new or "full" in new
    assert afterwards == "None 1"


@pytest.mark.flow
def test_on_a_disk_that_is_full_at_the_start_the_reserve_is_given_up(tmp_path: Path) -> None:
    printed = in_own_mounts(
        """
        import pathlib, subprocess, sys
        from library.building import a_play, close, open_at
        from wkmp_pi.library import queries, upkeep, writes

        folder = pathlib.Path(sys.argv[1])
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "none", folder], check=True)
        close(open_at(folder))
        upkeep.keep_reserve(folder / "library.db")
        try:
            (folder / "ballast").write_bytes(bytes(32 << 20))
        except OSError:
            pass
        opened = open_at(folder)
        for number in range(20):
            writes.record_play(opened.connection, a_play(number))
        close(opened)
        again = open_at(folder)
        print(opened.problem, len(queries.recent_plays(again.connection, -1)))
        """,
        str(tmp_path),
    )
    assert printed == "None 20\n"


def test_where_no_folder_can_be_made_everything_works_in_memory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    opened = open_at(tmp_path / "file" / "state")
    assert opened.path is None
    assert opened.problem is not None
    writes.record_play(opened.connection, a_play(1))
    assert plays(opened) == 1
    close(opened)
