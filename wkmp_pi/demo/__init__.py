"""The demo box: eight small pieces of music, made by arithmetic when they are first wanted.

``python -m wkmp_pi.demo DIR`` writes a folder with the audio files, their
passages and a ``box.toml``, ready for ``wkmp-pi run``.

    score ─► voices ─► desk ─► master ─► encode ─► files
    notes    one note   the     how      all the
    in beats  = array   room    loud     formats

Everything above ``encode`` is pure arithmetic from a fixed seed: the same
notes give the same music. It plays nothing and knows nothing of the player;
the folder it leaves behind is an ordinary music library.
"""
