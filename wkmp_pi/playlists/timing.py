"""When the steps of a playlist are due: offsets added up along ``after``, waits in between.

Pure. What is worked out here once is what a run only has to add its start to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from wkmp_pi.config.rules import near, shown
from wkmp_pi.config.tables import Reading
from wkmp_pi.playlists.definition import Gate, Span, Step


def timed(reading: Reading, steps: Sequence[Step]) -> tuple[tuple[Step, ...], Mapping[int, Gate]]:
    """The steps with what comes before each of them, and the waits by the step that has them."""
    labels = _labels(reading, steps)
    placed: dict[int, Step] = {}
    gates: dict[int, Gate] = {}
    for index in _in_order(reading, steps, labels):
        step, before = steps[index], placed.get(labels.get(steps[index].after, -1))
        base, gate = (before.last, before.gate) if before else (Span(), None)
        if step.wait is not None:
            gates[index] = Gate(step=index, wait=step.wait, base=base, parent=gate)
            base, gate = Span(), index
        placed[index] = replace(step, base=base, gate=gate)
    return tuple(placed.get(index, step) for index, step in enumerate(steps)), gates


def _labels(reading: Reading, steps: Sequence[Step]) -> dict[str, int]:
    labels: dict[str, int] = {}
    for index, step in enumerate(steps):
        if step.id and labels.setdefault(step.id, index) != index:
            reading.problem(
                ("step", str(index), "id"),
                f"found {step.id}, which step {labels[step.id] + 1} has; expected an id of its "
                "own; rename one",
            )
    return labels


def _in_order(reading: Reading, steps: Sequence[Step], labels: Mapping[str, int]) -> Iterator[int]:
    """The steps so that each comes after the one that it names; those that never can, do not."""
    following: dict[int | None, list[int]] = {}
    for index, step in enumerate(steps):
        if step.after and step.after not in labels:
            _unknown(reading, index, step.after, labels)
        following.setdefault(labels.get(step.after), []).append(index)
    ready = list(following.pop(None, []))
    while ready:
        index = ready.pop()
        yield index
        ready += following.pop(index, [])
    for index in sorted(i for stranded in following.values() for i in stranded):
        reading.problem(
            ("step", str(index), "after"),
            f"found {shown(steps[index].after)}, which itself waits for this step; expected a "
            "chain with a beginning, for these steps are never due; break the circle",
        )


def _unknown(reading: Reading, index: int, label: str, labels: Mapping[str, int]) -> None:
    remedy = near(label, labels) or "give that step an id"
    reading.problem(
        ("step", str(index), "after"),
        f"found {shown(label)}, which no step has; expected the id of a step; {remedy}",
    )
