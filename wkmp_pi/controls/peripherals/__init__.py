"""Virtual peripherals: events that are composed of other events, as ``box.toml`` defines them.

Pure: ``read`` makes definitions of ``[[peripheral]]``, ``Peripherals`` is fed
with events and tells what they mean. Those whose inputs are buttons are left
to the recogniser of gestures, so that nothing conflicts.
"""

from wkmp_pi.controls.peripherals.definition import Kind, Peripheral
from wkmp_pi.controls.peripherals.ons import Known, published
from wkmp_pi.controls.peripherals.peripherals import Peripherals
from wkmp_pi.controls.peripherals.reading import one, read
from wkmp_pi.controls.peripherals.report import described
from wkmp_pi.controls.peripherals.telling import Out
from wkmp_pi.controls.peripherals.wishes import wishes

__all__ = [
    "Kind",
    "Known",
    "Out",
    "Peripheral",
    "Peripherals",
    "described",
    "one",
    "published",
    "read",
    "wishes",
]
