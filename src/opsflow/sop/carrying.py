"""What becomes of the records of a procedure when its task goes on under another release."""

from __future__ import annotations

from collections.abc import Set

from opsflow.db import Unit
from opsflow.events import SYSTEM
from opsflow.sop import store
from opsflow.sop.events import DeviationWithdrawn
from opsflow.tasks import Task


def carry(unit: Unit, task: Task, *, gone: Set[str], other: Set[str]) -> None:
    """Let go of what concerns steps that are ``gone``, and of records at steps of ``other`` kinds.

    Records of steps that are gone stay, and count for nothing.
    """
    for deviation in store.deviations_of(unit.session, task.id):
        if deviation.is_open and deviation.step_id in gone | other:
            deviation.withdraw(SYSTEM, unit.now)
            unit.announce(
                DeviationWithdrawn(
                    actor=SYSTEM,
                    instance_id=task.instance_id,
                    task_id=task.id,
                    node_id=task.node_id,
                    step_id=deviation.step_id,
                    deviation_id=deviation.id,
                )
            )
    unit.session.flush()
    records = store.records_of(unit.session, task.id)
    evidence = store.evidence_of(unit.session, task.id)
    for step, record in records.items():
        if step in other:
            store.drop_record(unit.session, record, evidence.get(record.id, ()))
