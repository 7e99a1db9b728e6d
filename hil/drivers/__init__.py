"""How to use what is wired: one small protocol for each kind of thing, and who implements it."""
