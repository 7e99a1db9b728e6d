"""The virtual Pi: a whole Linux kernel as a process, with a sound card, a GPIO chip and a card.

``kernel/build`` makes the kernel, ``guest/`` is what runs inside, ``machine.py`` switches it on
and off, and ``link.py`` carries everything between bench and guest over one serial line.
"""
