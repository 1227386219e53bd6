"""Tasks when their instance goes on under another release."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from opsflow.db import Unit
from opsflow.engine import Node, Step
from opsflow.errors import NotFound
from opsflow.events import SYSTEM
from opsflow.findings import Finding, Severity
from opsflow.instances import InstanceMigrated, Moving
from opsflow.responsibility import Ruling, Verb
from opsflow.tasks import store
from opsflow.tasks.desk import about, subject_of
from opsflow.tasks.events import TaskMigrated, TaskReturned
from opsflow.tasks.lifecycle import Lifecycle
from opsflow.tasks.models import Task
from opsflow.tasks.opening import opening_of
from opsflow.tasks.states import State

_GATED = {State.BLOCKED: "entry", State.IN_REVIEW: "exit"}


class Migrating(Lifecycle):
    """Open tasks keep their assignee, draft, dates and comments where the new matrix lets them."""

    def migration_findings(self, unit: Unit, moving: Moving) -> Iterator[Finding]:
        """What a migration would do to the open tasks of an instance."""
        steps = {step.id: step for step in moving.steps}
        for task in store.open_tasks(unit.connection, moving.instance.id):
            step = steps.get(task.step_id)
            if step is None or (step.program, step.node.id) == (task.release_id, task.node_id):
                continue
            if task.state is State.CLAIMED:
                yield from self._loses(task, step)
            at = _GATED.get(task.state)
            if at and moving.instance.is_suspended and not _gates(step.node, at):
                yield _without_gate(task, at)

    def follow(self, migrated: InstanceMigrated) -> None:
        """Reaction to a migrated instance: its open tasks are those of the new release."""
        with self._database.unit() as unit:
            steps = {step.id: step for step in self._instances.steps(migrated.instance_id)}
            for found in store.open_tasks(unit.connection, migrated.instance_id):
                step = steps.get(found.step_id)
                if step is not None:
                    self._follow(unit, self.lock(unit, found.id), step)

    def _follow(self, unit: Unit, task: Task, step: Step) -> None:
        before = task.release_id, task.node_id
        if before == (step.program, step.node.id):
            return
        row = self._responsibility.matrix(step.program).row(step.node.id)
        variables = self._variables(task)
        opening = opening_of(step.node, row, variables, unit.now)
        task.go_on_as(
            step.program, step.node.id, step.node.label, opening.roles, opening.candidates
        )
        unit.announce(
            TaskMigrated(
                **about(task),
                release_id=task.release_id,
                name=task.name,
                roles=task.candidate_roles,
                candidates=task.candidates,
                from_release_id=before[0],
                from_node_id=before[1],
            )
        )
        if task.state is State.CLAIMED:
            self._keep_or_offer(unit, task)
        store.rebind_task(unit.connection, task)

    def _variables(self, task: Task) -> dict[str, object]:
        try:
            return self._instances.variables(task.instance_id, task.step_id)
        except NotFound:
            # What happened by itself after the migration has withdrawn the step.
            return {}

    def _keep_or_offer(self, unit: Unit, task: Task) -> None:
        """A claimed task stays with its assignee, or goes back on offer with its draft."""
        ruling = self._may_go_on(task)
        if ruling.allowed:
            task.assignee_role, task.on_behalf_of = ruling.role, ruling.on_behalf_of
            return
        previous = str(task.assignee)
        self._responsibility.withdraw(subject_of(task))
        task.lose(unit.now)
        unit.announce(
            TaskReturned(
                actor=SYSTEM,
                **about(task),
                previous=previous,
                was_in_review=False,
                reason=f"migrated: {ruling.reason}",
            )
        )

    def _may_go_on(self, task: Task) -> Ruling:
        return self._responsibility.rule(subject_of(task), str(task.assignee), Verb.WORK)

    def _loses(self, task: Task, step: Step) -> Iterator[Finding]:
        subject = replace(subject_of(task), release_id=step.program, node_id=step.node.id)
        ruling = self._responsibility.rule(subject, str(task.assignee), Verb.WORK)
        if not ruling.allowed:
            yield Finding(
                severity=Severity.WARNING,
                rule="migration.assignee",
                element=task.node_id,
                name=task.name,
                message=f"{task.assignee} has claimed it, and may not go on under the new "
                f"version: {ruling.reason} [{ruling.rule}]",
                hint="It goes back on offer and its draft is kept; or assign it to somebody "
                "who may before.",
            )


def _gates(node: Node, at: str) -> bool:
    return any(gate.at == at for gate in node.controls.gates)


def _without_gate(task: Task, at: str) -> Finding:
    return Finding(
        severity=Severity.ERROR,
        rule="migration.gate",
        element=task.node_id,
        name=task.name,
        message=f"it waits at its {at} gate, the new version has none there, and the instance "
        "is suspended",
        hint="Resume the instance first: the task goes on at once then.",
    )
