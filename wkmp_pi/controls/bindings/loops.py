"""Whether what a binding does brings about what it waits for. Pure."""

from __future__ import annotations

from wkmp_pi.controls.bindings.binding import Binding
from wkmp_pi.playlists.definition import Playlist, Step
from wkmp_pi.playlists.outputs import Output, outputs


def again(binding: Binding) -> Output | None:
    """What would start it again; ``None`` if nothing does.

    What comes of a command is no mistake by itself: there may be nothing left to do the second
    time. Whatever goes on for ever all the same is stopped by the bus.
    """
    name = binding.do or binding.publish
    if not name:
        return None
    step = Step(name=name, data=binding.data, command=binding.command)
    made = outputs(Playlist(id="", name="", steps=(step,)))
    own = (output for output in made if output.path[0] == "step")
    return next((output for output in own if output.may_be(binding.on)), None)
