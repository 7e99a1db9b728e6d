"""The hardware-in-the-loop rig: the box is driven by its buttons and heard at its output.

The words are those of labgrid: *resources* say what is wired to what (``rig.toml``), *drivers*
know how to use them, the *strategy* brings the box into a known state, *measures* are pure
functions of what was recorded. The tests are the same on a virtual Pi and on real boards.
"""
