"""What the box is made of: ``box.toml``, read strictly into frozen dataclasses.

The file describes hardware and places (sound card, music folder, database,
socket). What the owner *likes* are settings, kept in the library and changed
while running; the file may only give some of them a first value.

A file is taken as a whole or refused as a whole, with every problem at once.
Nothing here opens a sound card or a database, and nothing creates a folder.
"""

from wkmp_pi.config.model import Audio, Config, Control, Library, Log
from wkmp_pi.config.search import default, find, load

__all__ = ["Audio", "Config", "Control", "Library", "Log", "default", "find", "load"]
