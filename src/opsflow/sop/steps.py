"""Where each procedure step of a task stands, and which may be recorded next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from opsflow.engine import ProcedureStep
from opsflow.sop.limits import Limits
from opsflow.sop.models import Deviation, Evidence, ProcedureRecord


class StepState(StrEnum):
    """``open`` also after a deviation was sent back."""

    OPEN = "open"
    DONE = "done"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class StepStatus:
    """One step of a task's procedure, with what is recorded for it.

    ``deviation`` is the one that the record rests on. ``waits_for`` names the required
    steps before it that are open: until they are passed it cannot be recorded.
    """

    step: ProcedureStep
    state: StepState
    record: ProcedureRecord | None
    evidence: tuple[Evidence, ...]
    deviation: Deviation | None
    limits: Limits
    waits_for: tuple[str, ...]

    @property
    def missing(self) -> str | None:
        """What keeps the task from being completed, in words; None where nothing does."""
        if self.state is StepState.OPEN and self.deviation is not None:
            return f"step {self.step.id}: {self.step.text} (sent back: {self.deviation.comment})"
        if self.state is StepState.OPEN and self.step.required:
            return f"step {self.step.id}: {self.step.text}"
        if self.deviation is not None and self.deviation.is_open:
            return f"deviation at step {self.step.id}: {self.deviation.detail}"
        return None


def stand(
    steps: Sequence[ProcedureStep],
    records: Mapping[str, ProcedureRecord],
    evidence: Mapping[str, Sequence[Evidence]],
    deviations: Mapping[str, Deviation],
    limits: Mapping[str, Limits],
) -> list[StepStatus]:
    """The status of every step, in the order of the procedure.

    ``records`` and ``limits`` are by step, ``evidence`` by record, ``deviations`` by id.
    """
    found: list[StepStatus] = []
    waits_for: tuple[str, ...] = ()
    for step in steps:
        record = records.get(step.id)
        deviation = deviations.get(record.deviation_id or "") if record else None
        state = state_of(record, deviation)
        found.append(
            StepStatus(
                step=step,
                state=state,
                record=record,
                evidence=tuple(evidence.get(record.id, ())) if record else (),
                deviation=deviation,
                limits=limits.get(step.id, Limits()),
                waits_for=waits_for,
            )
        )
        if state is StepState.OPEN and step.required:
            waits_for = (*waits_for, step.id)
    return found


def state_of(record: ProcedureRecord | None, deviation: Deviation | None) -> StepState:
    """A step is open until it is recorded, and again once its deviation is sent back."""
    if record is None or (deviation is not None and deviation.state == "sent_back"):
        return StepState.OPEN
    return StepState(record.state)
