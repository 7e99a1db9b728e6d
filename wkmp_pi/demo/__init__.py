"""The demo box: eight small pieces of music, made by arithmetic when they are first wanted.

``python -m wkmp_pi.demo DIR`` writes a folder with the audio files, their
passages and a ``box.toml``, ready for ``wkmp-pi run``.

    score ─► piece ─► desk ─► master ─► encode ─► files
    notes    parts    players  equally   all the
    in beats          and room loud      formats
                        ▲
                      voices: one note each

Everything above ``encode`` is pure arithmetic from a fixed seed: the same
notes give the same music. It plays nothing and knows nothing of the player;
the folder it leaves behind is an ordinary music library.
"""
