-- The library of a wkmp_pi box.
--
-- *_ticks are 1/28 224 000 s: the points of a passage count from the start of its
-- file, songs and cues from the start of the passage. Paths are relative to the
-- music root, absolute where a file lies outside of it, and hold the bytes of the
-- name on disk, which need not be UTF-8. Calendar times (*_utc) are ISO 8601.
-- Words such as status carry no CHECK: SQLite cannot widen one without copying the table.

PRAGMA application_id = 0x776B6D70;  -- 'wkmp'

CREATE TABLE files (
    id             INTEGER PRIMARY KEY,
    path           TEXT NOT NULL UNIQUE,
    hash           TEXT,
    mtime_ns       INTEGER,
    size_bytes     INTEGER,
    duration_ticks INTEGER CHECK (duration_ticks >= 0),
    format         TEXT,
    rate_hz        INTEGER CHECK (rate_hz > 0),
    channels       INTEGER CHECK (channels > 0),
    status         TEXT NOT NULL DEFAULT 'new'
) STRICT;

CREATE TABLE albums (
    id       INTEGER PRIMARY KEY,
    mbid     TEXT UNIQUE,
    title    TEXT NOT NULL,
    artist   TEXT NOT NULL DEFAULT '',
    released TEXT
) STRICT;

-- A NULL start or end is the end of the file; a NULL inner point is resolved by the
-- global crossfade time. NULL passes every CHECK, so each pair of a chain is named.
CREATE TABLE passages (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,  -- never used again: the queue remembers ids
    file            INTEGER NOT NULL REFERENCES files ON DELETE CASCADE,
    start_ticks     INTEGER CHECK (start_ticks >= 0),
    lead_in_ticks   INTEGER CHECK (lead_in_ticks >= 0),
    fade_in_ticks   INTEGER CHECK (fade_in_ticks >= 0),
    fade_out_ticks  INTEGER CHECK (fade_out_ticks >= 0),
    lead_out_ticks  INTEGER CHECK (lead_out_ticks >= 0),
    end_ticks       INTEGER,
    fade_in_curve   TEXT,
    fade_out_curve  TEXT,
    title           TEXT NOT NULL DEFAULT '',
    artist          TEXT NOT NULL DEFAULT '',
    album           TEXT NOT NULL DEFAULT '',
    album_id        INTEGER REFERENCES albums ON DELETE SET NULL,
    disc            INTEGER,
    track           INTEGER,
    flavor          TEXT,  -- JSON
    decode_status   TEXT NOT NULL DEFAULT 'unknown',
    status          TEXT NOT NULL DEFAULT 'ready',
    CONSTRAINT span       CHECK (coalesce(start_ticks, 0) < end_ticks),
    CONSTRAINT fade_chain CHECK (start_ticks   <= fade_in_ticks  AND start_ticks    <= fade_out_ticks
                             AND fade_in_ticks <= fade_out_ticks AND fade_in_ticks  <= end_ticks
                             AND fade_out_ticks <= end_ticks),
    CONSTRAINT lead_chain CHECK (start_ticks   <= lead_in_ticks  AND start_ticks    <= lead_out_ticks
                             AND lead_in_ticks <= lead_out_ticks AND lead_in_ticks  <= end_ticks
                             AND lead_out_ticks <= end_ticks)
) STRICT;

-- What makes two passages the same one: file, start and end.
CREATE UNIQUE INDEX passages_span ON passages (file, coalesce(start_ticks, 0), coalesce(end_ticks, -1));
CREATE INDEX passages_album ON passages (album_id);

CREATE TABLE songs (
    id     INTEGER PRIMARY KEY,
    mbid   TEXT UNIQUE,  -- a MusicBrainz recording
    title  TEXT NOT NULL,
    artist TEXT NOT NULL DEFAULT ''  -- the credit as it is printed
) STRICT;

CREATE INDEX songs_title ON songs (title, artist);

CREATE TABLE artists (
    id   INTEGER PRIMARY KEY,
    mbid TEXT UNIQUE,
    name TEXT NOT NULL
) STRICT;

CREATE INDEX artists_name ON artists (name);

CREATE TABLE works (
    id    INTEGER PRIMARY KEY,
    mbid  TEXT UNIQUE,
    title TEXT NOT NULL
) STRICT;

CREATE TABLE song_artists (
    song   INTEGER NOT NULL REFERENCES songs ON DELETE CASCADE,
    place  INTEGER NOT NULL,
    artist INTEGER NOT NULL REFERENCES artists ON DELETE CASCADE,
    weight REAL NOT NULL CHECK (weight > 0 AND weight <= 1),  -- the weights of a song sum to 1
    PRIMARY KEY (song, place)
) STRICT, WITHOUT ROWID;

CREATE INDEX song_artists_artist ON song_artists (artist);

CREATE TABLE song_works (
    song INTEGER NOT NULL REFERENCES songs ON DELETE CASCADE,
    work INTEGER NOT NULL REFERENCES works ON DELETE CASCADE,
    PRIMARY KEY (song, work)
) STRICT, WITHOUT ROWID;

CREATE INDEX song_works_work ON song_works (work);

CREATE TABLE passage_songs (
    passage     INTEGER NOT NULL REFERENCES passages ON DELETE CASCADE,
    start_ticks INTEGER NOT NULL CHECK (start_ticks >= 0),
    end_ticks   INTEGER NOT NULL CHECK (end_ticks > start_ticks),
    song        INTEGER REFERENCES songs ON DELETE SET NULL,  -- NULL: a gap
    PRIMARY KEY (passage, start_ticks)
) STRICT, WITHOUT ROWID;

CREATE INDEX passage_songs_song ON passage_songs (song);

CREATE TABLE passage_cues (
    passage  INTEGER NOT NULL REFERENCES passages ON DELETE CASCADE,
    place    INTEGER NOT NULL,
    name     TEXT NOT NULL,
    at_ticks INTEGER NOT NULL CHECK (at_ticks >= 0),
    from_end INTEGER NOT NULL DEFAULT 0 CHECK (from_end IN (0, 1)),
    data     TEXT NOT NULL DEFAULT '{}',  -- JSON
    PRIMARY KEY (passage, place)
) STRICT, WITHOUT ROWID;

-- passage references nothing: saving the queue must not fail because a passage was deleted.
-- A negative passage is an ephemeral one and brings its own span. The order of play and
-- what else belongs to the queue as a whole is the value "queue" of the player state.
CREATE TABLE queue (
    entry       INTEGER PRIMARY KEY,
    rank        INTEGER NOT NULL,  -- ascending, with gaps
    passage     INTEGER NOT NULL,
    file        TEXT,
    start_ticks INTEGER,
    end_ticks   INTEGER,
    CHECK ((passage < 0) = (file IS NOT NULL))
) STRICT;

CREATE TABLE state (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL  -- JSON
) STRICT, WITHOUT ROWID;

CREATE TABLE settings (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL  -- JSON
) STRICT, WITHOUT ROWID;

-- Stands on its own, because files and passages come and go.
CREATE TABLE play_history (
    id          INTEGER PRIMARY KEY,
    entry       INTEGER NOT NULL,
    passage     INTEGER REFERENCES passages ON DELETE SET NULL,
    file        TEXT NOT NULL,
    start_ticks INTEGER,
    end_ticks   INTEGER,
    title       TEXT NOT NULL,
    artist      TEXT NOT NULL,
    album       TEXT NOT NULL,
    started_utc TEXT NOT NULL,
    reason      TEXT NOT NULL,
    played_ms   INTEGER NOT NULL CHECK (played_ms >= 0),  -- pauses left out
    UNIQUE (entry, started_utc)  -- a play that is told twice is one play
) STRICT;

CREATE INDEX play_history_passage ON play_history (passage);

CREATE TABLE song_play_history (
    play        INTEGER NOT NULL REFERENCES play_history ON DELETE CASCADE,
    place       INTEGER NOT NULL,
    song        INTEGER REFERENCES songs ON DELETE SET NULL,
    title       TEXT NOT NULL,
    artist      TEXT NOT NULL,
    started_utc TEXT NOT NULL,
    played_ms   INTEGER NOT NULL CHECK (played_ms >= 0),
    PRIMARY KEY (play, place)
) STRICT, WITHOUT ROWID;

CREATE INDEX song_play_history_song ON song_play_history (song);

CREATE TABLE likes (
    id      INTEGER PRIMARY KEY,
    passage INTEGER REFERENCES passages ON DELETE CASCADE,
    song    INTEGER REFERENCES songs ON DELETE CASCADE,
    liking  INTEGER NOT NULL CHECK (liking IN (-1, 1)),
    at_utc  TEXT NOT NULL,
    CHECK (passage IS NOT NULL OR song IS NOT NULL)
) STRICT;

CREATE INDEX likes_passage ON likes (passage);
CREATE INDEX likes_song ON likes (song);

CREATE TABLE metadata_cache (
    source      TEXT NOT NULL,
    key         TEXT NOT NULL,
    answer      TEXT NOT NULL,  -- JSON
    fetched_utc TEXT NOT NULL,
    PRIMARY KEY (source, key)
) STRICT, WITHOUT ROWID;
