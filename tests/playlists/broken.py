"""Files in which one thing is wrong: the text, its line, and what is said of it."""

STEP = '[[step]]\nevent = "a.one"\n'

ONE_PROBLEM = [
    # the head
    ("", 1, "step: found no step; expected at least one"),
    ("step = 3", 1, "step: found 3; expected tables"),
    ("max_runs = 0\n" + STEP, 1, "max_runs: found 0; expected a whole number from 1 to 1000"),
    ("max_runs = true\n" + STEP, 1, "max_runs: found true"),
    ("max_runs = -0\n" + STEP, 1, "max_runs: found -0"),
    ('retriger = "queue"\n' + STEP, 1, "found a key that is not known;.*did you mean retrigger"),
    ('retrigger = "paralel"\n' + STEP, 1, 'found "paralel"; expected one of parallel, ignore'),
    ('anchor = "passage"\n' + STEP, 1, "expected one of clock, passage start, passage end"),
    ("deadline_s = inf\n" + STEP, 1, "deadline_s: found inf; expected seconds"),
    ("deadline_s = nan\n" + STEP, 1, "deadline_s: found nan; expected seconds"),
    ("deadline_s = -1\n" + STEP, 1, "deadline_s: found -1"),
    ('completion = "volume.changed"\n' + STEP, 1, "expected a name like lamp.lit"),
    ('completion = "Done"\n' + STEP, 1, "expected a name like lamp.lit"),
    ('needs = ["lamp:red"]\n' + STEP, 1, 'found "lamp:red"; expected light:NAME or relay:NAME'),
    ('needs = "light:red"\n' + STEP, 1, "expected an array"),
    ('name = "two\\nlines"\n' + STEP, 1, "expected no control characters"),
    ('name = "Cafe\u0301"\n' + STEP, 1, "expected NFC"),
    ("name = ''\n" + STEP, 1, "expected a name"),
    ("metadata = 3\n" + STEP, 1, "metadata: found 3; expected a table"),
    ("metadata.day = 2020-01-01\n" + STEP, 1, "found what JSON cannot hold"),
    ("metadata.x = nan\n" + STEP, 1, "found what JSON cannot hold"),
    (
        'metadata.x = "' + "é" * 509 + '"\n' + STEP,
        1,
        "found 1026 bytes of JSON; expected at most 1024",
    ),
    # triggers and interrupts
    (STEP + "[[trigger]]\nwhere = { a = 1 }", 3, "trigger 1: found no event"),
    (STEP + '[[trigger]]\nevent = "*"', 4, "trigger 1: event: found"),
    (STEP + '[[interrupt]]\nevent = "Gesture.single"', 4, "interrupt 1: event: found"),
    (STEP + '[[trigger]]\nevent = "gesture.*"\nwhere = 1', 5, "trigger 1: where: found 1"),
    (STEP + '[[trigger]]\nevent = "gesture.*"\nwere = {}', 5, "did you mean where"),
    (STEP + '[trigger]\nevent = "gesture.*"', 3, "trigger: found a table; expected tables"),
    # steps
    ("[[step]]\n", 1, "step 1: found neither event nor command"),
    (STEP + 'command = "play"', 1, "step 1: found both event and command"),
    (STEP + "offset_s = 86401", 3, "expected seconds from -86400 to 86400"),
    (STEP + "offset_s = true", 3, "step 1: offset_s: found true"),
    (STEP + "offset_s = '1'", 3, 'step 1: offset_s: found "1"'),
    (STEP + "offset_s = -1", 1, "found 1 s before the start; expected 0 or later"),
    (STEP + "repeat = 10001\ninterval_s = 1", 3, "expected a whole number from 1 to 10000 times"),
    (STEP + "repeat = 0", 3, "step 1: repeat: found 0"),
    (STEP + "repeat = 2", 3, "found repeats without an interval"),
    (STEP + "interval_s = 1", 1, "found an interval but no repeat"),
    (STEP + "repeat = 2\ninterval_s = 0.009", 4, "expected seconds from 0.01 to 86400"),
    (
        STEP + "repeat = 100\ninterval_s = 1000",
        1,
        "found 99000 s with its repeats; expected at most",
    ),
    (STEP + "offset_frames = 100", 1, "found frames with the anchor clock"),
    (STEP + "ofset_s = 1", 3, "did you mean offset_s"),
    (STEP + "drop_after_ms = 0", 3, "drop_after_ms: found 0"),
    (STEP + 'id = "A"', 3, "step 1: id: found"),
    (STEP + 'id = "a"\n' + STEP + 'id = "a"', 6, "step 2: id: found a, which step 1 has"),
    (
        STEP + 'after = "b"\n' + STEP + 'id = "bb"',
        3,
        'found "b", which no step has.*did you mean bb',
    ),
    (STEP + 'id = "a"\nafter = "a"', 4, "which itself waits for this step"),
    (
        STEP + 'data = { x = "{triger.data.y}" }',
        3,
        "found {triger.…}; expected a place that begins",
    ),
    (STEP + 'data = { x = "' + "x" * 4100 + '" }', 3, "expected at most 4096"),
    (
        STEP + 'wait = { event = "gesture.single" }',
        3,
        "step 1: wait: found a wait without a deadline",
    ),
    (STEP + "wait = { deadline_s = 3 }", 3, "step 1: wait: found no event"),
    (STEP + "wait = 3", 3, "step 1: wait: found 3; expected a table"),
    # commands
    (
        '[[step]]\ncommand = "paus"',
        2,
        'step 1: command: found "paus", which is not known.*mean pause',
    ),
    ('[[step]]\ncommand = "status"', 2, "which only answers, or is not for playlists"),
    (
        '[[step]]\ncommand = "volume"\ndata = { percent = 101 }',
        3,
        "step 1: data.percent: found what volume",
    ),
    ('[[step]]\ncommand = "volume"\ndata.loud = 1', 3, "found what volume does not take"),
    (
        '[[step]]\ncommand = "light"\ndata = { on = true }',
        3,
        "found what light does not take.*missing",
    ),
    (
        '[[step]]\ncommand = "volume"\ndata.percent = "{trigger.data.x}"',
        3,
        "found a {place} in a command",
    ),
    # music
    *(
        (f'[[step]]\ncommand = "enqueue"\ndata.items = [{item}]', 3, found)
        for item, found in (
            ("'../x.flac'", "found '..' in"),
            ("'a/../x.flac'", "found '..' in"),
            ("'/etc/passwd'", "found an absolute path in"),
            ("'~/x.flac'", "found an absolute path in"),
            ("'file:x.flac'", "found an address in"),
            ("'http://radio.example/x.mp3'", "found an address in"),
            (r"'a\b.flac'", "found a backslash in"),
            ("'a%2e%2e.flac'", "found a percent escape in"),
            ("'Cafe\u0301.flac'", "found accents apart from their letters in"),
            (r'"a\nb.flac"', "found a control character in"),
            (r'"a\u0000b.flac"', "found a control character in"),
            (r'"a\u0007b.flac"', "found a control character in"),
            ("'passage:x'", "expected passage:ID"),
            ("'a.flac#t=soon'", 'found the span "soon"'),
            ("'#t=1,2'", "found no path in"),
        )
    ),
    # what does not fit together
    ('anchor = "passage start"\n' + STEP, 1, "without a deadline, which may be waited for"),
    (
        'anchor = "passage end"\ndeadline_s = 9\n' + STEP + "offset_s = 1",
        3,
        "1 s after the passage's end",
    ),
    (
        'anchor = "passage end"\ndeadline_s = 9\n'
        + STEP
        + "offset_s = -1\nrepeat = 3\ninterval_s = 1",
        3,
        "1 s after the passage's end",
    ),
    (
        'anchor = "passage start"\ndeadline_s = 9\n' + STEP + "offset_s = -1",
        3,
        "1 s before the start",
    ),
    (
        'anchor = "passage start"\ndeadline_s = 9\n'
        + STEP
        + 'wait = { event = "a.b", deadline_s = 1 }',
        5,
        "found a wait with the anchor passage start",
    ),
    (
        "deadline_s = 5\n" + STEP + "offset_s = 5",
        2,
        "found a step 5 s after the start, which can not be",
    ),
    (
        "deadline_s = 5\n" + STEP + "repeat = 9\ninterval_s = 1",
        2,
        "found repeats 8 s after the start",
    ),
    ("max_runs = 501\n" + STEP + STEP, 1, "found 2 occurrences in each of 501 runs"),
    (
        'anchor = "passage start"\ndeadline_s = 99\n' + STEP + "repeat = 100\ninterval_s = 0.5",
        1,
        "found 100 occurrences in each of 16 runs.*fewer repeats",
    ),
    (STEP + '[[trigger]]\nevent = "a.one"', 3, r"which comes of this playlist itself \(a.one\)"),
    (
        'completion = "a.done"\n'
        + STEP
        + '[[trigger]]\nevent = "a.*"\nwhere = { emitted_count = 1 }',
        4,
        r"comes of this playlist itself \(a.done\)",
    ),
    (STEP + '[[trigger]]\nevent = "event.playlist.*"', 3, "comes of this playlist itself"),
    (
        '[[step]]\ncommand = "next"\n[[trigger]]\nevent = "passage.started"',
        3,
        "comes of this playlist itself",
    ),
    (
        '[[step]]\ncommand = "event.publish"\ndata = { event = "x.y" }\n[[trigger]]\nevent = "x.y"',
        4,
        r"comes of this playlist itself \(x.y\)",
    ),
    (
        '[[step]]\ncommand = "volume"\ndata.delta = -1\n'
        + STEP
        + 'offset_s = 1\n[[interrupt]]\nevent = "volume.*"',
        7,
        "which step 1 itself brings about, so that no step after it can be reached",
    ),
    # endings
    (
        STEP + '[[ending]]\nevent = "a.end"\nreasons = ["stopped"]',
        5,
        "expected one of completed, inter",
    ),
    (STEP + '[[ending]]\nreasons = ["timeout"]', 3, "ending 1: found neither event nor command"),
]
