"""Event playlists: timed sequences of events and commands that the owner writes down.

``book`` reads TOML into definitions, ``runs`` says what is due and when to
ask again, ``folder`` looks at the files. Only ``folder`` touches the disk;
nothing here has a thread or a clock of its own.
"""
