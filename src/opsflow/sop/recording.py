"""Write what was done at one procedure step, and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from opsflow.db import Unit, new_id
from opsflow.definitions import keep
from opsflow.events import Actor
from opsflow.sop import store
from opsflow.sop.entries import Entry, Upload
from opsflow.sop.events import (
    DeviationRaised,
    DeviationWithdrawn,
    ProcedureStepRecorded,
    ProcedureStepSkipped,
    StepFacts,
)
from opsflow.sop.models import Deviation, Evidence, ProcedureRecord
from opsflow.sop.steps import StepStatus
from opsflow.tasks import Task


@dataclass(frozen=True, slots=True)
class Recording:
    """One step of one task, about to be recorded by somebody who may.

    ``begun_at`` is when the work on the step began: what ``seconds`` counts from.
    """

    unit: Unit
    task: Task
    status: StepStatus
    actor: Actor
    begun_at: datetime

    @property
    def about(self) -> StepFacts:
        """The fields that every event of the step has."""
        return StepFacts(
            actor=self.actor,
            instance_id=self.task.instance_id,
            task_id=self.task.id,
            node_id=self.task.node_id,
            step_id=self.status.step.id,
        )

    def done(
        self, entry: Entry, upload: Upload | None, breach: str | None, note: str | None
    ) -> None:
        """The step was done; ``breach`` says how it is out of its limits, if it is."""
        self._make_room()
        record = self._record("done", note)
        record.value, record.number, record.unit = entry.value, entry.number, None
        if entry.number is not None:
            limits = self.status.limits
            record.unit = self.status.step.unit
            record.minimum, record.maximum = limits.minimum, limits.maximum
        if breach is not None:
            record.deviation_id = self._raise("out_of_limits", breach, note or breach)
        self._add(record)
        evidence = self._keep(record, upload)
        self.unit.announce(
            ProcedureStepRecorded(
                **self.about,
                kind=str(self.status.step.kind),
                value=record.value,
                number=record.number,
                unit=record.unit,
                minimum=record.minimum,
                maximum=record.maximum,
                evidence=evidence,
                note=note,
                seconds=record.seconds,
            )
        )

    def skipped(self, reason: str) -> None:
        """The step was left out: a deviation where it is required."""
        self._make_room()
        record = self._record("skipped", reason)
        if self.status.step.required:
            detail = f"skipped: {self.status.step.text}"
            record.deviation_id = self._raise("skipped", detail, reason)
        self._add(record)
        self.unit.announce(ProcedureStepSkipped(**self.about, reason=reason))

    def _record(self, state: str, note: str | None) -> ProcedureRecord:
        now = self.unit.now
        return ProcedureRecord(
            id=new_id(now),
            task_id=self.task.id,
            step_id=self.status.step.id,
            round=self.task.round,
            state=state,
            note=note,
            person=self.actor.person,
            role=self.actor.role,
            on_behalf_of=self.actor.on_behalf_of,
            at=now,
            seconds=max(0, int((now - self.begun_at).total_seconds())),
        )

    def _make_room(self) -> None:
        """The new record replaces the old one, and with it a deviation nobody decided about."""
        old, deviation = self.status.record, self.status.deviation
        if deviation is not None and deviation.is_open:
            deviation.withdraw(self.actor, self.unit.now)
            self.unit.session.flush()
            self.unit.announce(DeviationWithdrawn(**self.about, deviation_id=deviation.id))
        if old is not None:
            store.drop_record(self.unit.session, old, self.status.evidence)

    def _raise(self, kind: str, detail: str, reason: str) -> str:
        deviation = Deviation(
            id=new_id(self.unit.now),
            task_id=self.task.id,
            instance_id=self.task.instance_id,
            step_id=self.status.step.id,
            kind=kind,
            detail=detail,
            reason=reason,
            raised_by=self.actor.person,
            on_behalf_of=self.actor.on_behalf_of,
            raised_at=self.unit.now,
            state="open",
        )
        self._add(deviation)
        self.unit.announce(
            DeviationRaised(
                **self.about, deviation_id=deviation.id, kind=kind, detail=detail, reason=reason
            )
        )
        return deviation.id

    def _keep(self, record: ProcedureRecord, upload: Upload | None) -> tuple[str, ...]:
        if upload is None:
            return ()
        sha256 = keep(self.unit.session, upload.content)
        self._add(
            Evidence(
                id=new_id(self.unit.now),
                record_id=record.id,
                name=upload.name,
                media_type=upload.media_type,
                size=len(upload.content),
                sha256=sha256,
            )
        )
        return (sha256,)

    def _add(self, row: ProcedureRecord | Deviation | Evidence) -> None:
        """At once: rows without a declared relationship are not ordered by the session."""
        self.unit.session.add(row)
        self.unit.session.flush()
