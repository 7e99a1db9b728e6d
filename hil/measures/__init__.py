"""What can be said of a recording: pure functions of arrays, without files, clocks or threads.

Each measure takes ``Samples`` of shape (frames, channels) and refuses, with a ``MeasureError``,
what it can say nothing about. Measures that compare two arrays want the same channels in both.
"""
