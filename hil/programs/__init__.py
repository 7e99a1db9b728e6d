"""Small programs that run at the other end of a shell: on the box, beside it, or in a virtual one.

Each is one file that is copied to its machine, needs nothing but Python 3.11 and at most the one
library it names, and imports nothing from here. They talk in lines of JSON on their standard input
and output, and end when their input ends, so that nothing stays behind when the bench goes away.
"""
