"""File → frames: the decoder process, the worker that feeds buffers from it, and the buffers."""
