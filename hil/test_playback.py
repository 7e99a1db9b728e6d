"""What is heard is what is in the files: to the bit, to the frame, at the right level."""

from __future__ import annotations

from hil.bench import Bench
from hil.material import noise
from hil.measures.gap import jumps
from hil.promises import Figures


def test_a_file_is_heard_from_its_first_frame_to_its_last_and_no_frame_is_another(
    swift: Bench, figures: Figures
) -> None:
    sound = noise(1, 20)
    swift.put("a.wav", sound)
    with swift.recording() as recording:
        swift.ask("enqueue", items=["a.wav"])
        swift.event("queue.emptied")
        swift.wait(1)
    found = jumps(recording.only.samples, sound, whole=True, exact=True)
    figures.check("frames lost, doubled or changed in 20 s", len(found), unit="frames", limit=0)
