"""What is done when something happens: gesture or event → command, playlist, or another event.

Pure: ``read`` makes bindings of ``[[bind]]`` in ``box.toml``, ``Bindings`` is
fed with events and asks for what is bound to them. A command is what the file
says and nothing else: no word of it comes from an event.
"""

from wkmp_pi.controls.bindings.binding import Binding
from wkmp_pi.controls.bindings.bindings import Bindings
from wkmp_pi.controls.bindings.reading import read
from wkmp_pi.controls.bindings.remarks import remarks

__all__ = ["Binding", "Bindings", "read", "remarks"]
