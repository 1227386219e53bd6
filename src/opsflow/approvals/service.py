"""The use cases of approvals: open the gates of a task, vote, and act on the decision."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from opsflow.approvals import store
from opsflow.approvals.asking import ask
from opsflow.approvals.events import GateFacts, GateVoided
from opsflow.approvals.hearing import Hearing, Verdict
from opsflow.approvals.matter import Matter, own_variables
from opsflow.approvals.models import GateSeat, TaskGate, Vote, require_reason
from opsflow.approvals.voting import Choice, Seat
from opsflow.db import Database, Unit
from opsflow.definitions import Decisions, Definitions
from opsflow.engine import Gate, Node, NodeKind, Rejection
from opsflow.errors import Conflict, Invalid, NotFound, Refused
from opsflow.events import SYSTEM, Actor
from opsflow.instances import Instances, VariablesChanged
from opsflow.people import Directory
from opsflow.responsibility import Responsibility, Verb
from opsflow.sop import Holding, Procedures
from opsflow.tasks import (
    AttachmentAdded,
    State,
    Task,
    TaskBlocked,
    TaskCancelled,
    TaskMigrated,
    TaskReturned,
    Tasks,
    TaskSubmitted,
)

PAGE_LIMIT = 1000
"""Gates that one page may have."""

_STATE_OF = {"entry": State.BLOCKED, "exit": State.IN_REVIEW}
"""The state of a task while its gates at an end are open."""


@dataclass(frozen=True, slots=True)
class GateStatus:
    """A gate of a task with its seats, all votes (void ones too), and who may vote now."""

    gate: TaskGate
    seats: tuple[GateSeat, ...]
    votes: tuple[Vote, ...]
    waiting_roles: tuple[str, ...]


class Approvals:
    """The gates of tasks: who is asked, what they said about which content, what follows."""

    def __init__(
        self,
        database: Database,
        instances: Instances,
        definitions: Definitions,
        tasks: Tasks,
        procedures: Procedures,
        responsibility: Responsibility,
        directory: Directory,
        decisions: Decisions,
    ) -> None:
        self._database = database
        self._instances = instances
        self._definitions = definitions
        self._tasks = tasks
        self._procedures = procedures
        self._responsibility = responsibility
        self._directory = directory
        self._decisions = decisions
        self._holding = Holding(database, instances, tasks)
        self._gated: dict[str, bool] = {}

    def open_entry(self, blocked: TaskBlocked) -> None:
        """Reaction to a task whose work has to be allowed first."""
        self._convene(blocked.task_id, "entry")

    def open_exit(self, submitted: TaskSubmitted) -> None:
        """Reaction to submitted work: its gates open, or open again.

        Approvals of an earlier round stay where what they approved has not changed.
        """
        self._convene(submitted.task_id, "exit", submitted=True)

    def revise(self, changed: VariablesChanged | AttachmentAdded) -> None:
        """Reaction to changed data: votes on what it was before are void."""
        with self._database.unit() as unit:
            if not self._may_have_gates(self._instances.get(changed.instance_id).release_id):
                return
            for task_id, at in store.tasks_with_open_gates(unit.session, changed.instance_id):
                self._convene(task_id, at)

    def _may_have_gates(self, release_id: str) -> bool:
        """Whether tasks of a release, or of one that it calls, can have gates."""
        known = self._gated.get(release_id)
        if known is None:
            nodes = self._definitions.content(release_id).process.nodes.values()
            known = self._gated[release_id] = any(
                node.controls.gates or node.kind is NodeKind.CALL_ACTIVITY for node in nodes
            )
        return known

    def follow(self, migrated: TaskMigrated) -> None:
        """Reaction to a migrated task: its gates are those of the new release.

        What was seen was the other release: votes at open gates are void, and asked for anew.
        Where the new release has no gate, the task goes on.
        """
        with self._database.unit() as unit:
            task = self._tasks.get(migrated.task_id)
            ends = {gate.id: gate.at for gate in self._node(task).controls.gates}
            for row in store.gates_of(unit.session, task.id):
                if row.gate_id not in ends and row.state in ("waiting", "open"):
                    row.void()
                    unit.announce(GateVoided(**_facts(row, migrated)))
                elif ends.get(row.gate_id, row.at) != row.at:
                    row.at = ends[row.gate_id]
                    row.wait()
            unit.session.flush()
            for at in _STATE_OF:
                self._convene(task.id, at)

    def recall(self, returned: TaskReturned) -> None:
        """Reaction to a task that was taken back: its gates wait until it is submitted."""
        with self._database.unit() as unit:
            for row in store.gates_of(unit.session, returned.task_id):
                if row.state == "open":
                    row.wait()

    def withdraw(self, cancelled: TaskCancelled) -> None:
        """Reaction to a task that is not needed any more: nobody is asked any more."""
        with self._database.unit() as unit:
            for row in store.gates_of(unit.session, cancelled.task_id):
                if not row.is_decided:
                    row.void()
                    unit.announce(GateVoided(**_facts(row, cancelled)))

    def gates(self, task_id: str) -> list[GateStatus]:
        """The gates of a task that were reached, entry before exit, in their order."""
        with self._database.reading() as unit:
            return self._statuses(unit, store.gates_of(unit.session, task_id))

    def get(self, gate: str) -> GateStatus:
        """One gate, by the id of its row. Raises NotFound."""
        with self._database.reading() as unit:
            return self._statuses(unit, [self._row(unit, gate)])[0]

    def to_vote(self, person: str, *, limit: int = 100) -> list[GateStatus]:
        """The open gates at which a person may vote now, the longest open first."""
        if not 1 <= limit <= PAGE_LIMIT:
            raise Invalid(f"A page has 1 to {PAGE_LIMIT} gates, not {limit}.")
        with self._database.reading() as unit:
            acting = self._directory.acting_roles(person, unit.now)
            rows = store.open_gates_for(unit.session, person, {each.role for each in acting})
            found = self._statuses(unit, rows)
            return list(islice((s for s in found if self._may_vote(s, person)), limit))

    def vote(
        self,
        gate: str,
        *,
        by: str,
        choice: Choice | str,
        reason: str = "",
        role: str | None = None,
        seen: str | None = None,
    ) -> GateStatus:
        """Approve, reject (with a reason) or abstain, on what the gate decides about now.

        ``role`` chooses a seat for somebody who could fill several. ``seen`` is the content
        hash of what the voter looked at: with it, a change in between raises Conflict.
        Raises Invalid, NotFound, Refused, WrongState.
        """
        choice = _choice(choice)
        said = require_reason(choice, reason)
        with self._database.unit() as unit:
            row = self._row(unit, gate)
        with self._holding.hold(row.task_id, "vote on", (_STATE_OF[row.at],)) as (unit, task):
            hearing = self._hearing(unit, task, row.at)
            hearing.refresh()
            row = hearing.row(row.gate_id)
            row.require_open("vote on")
            _require_seen(row, seen)
            actor, taken = self._seat(hearing, row, task, by, role)
            hearing.cast(row, taken, actor, choice, said)
            self._responsibility.record(self._tasks.subject_of(task.id), actor, Verb.VOTE)
            verdict = hearing.settle(actor)
            self._act(task, hearing, verdict, row.at, actor)
        return self.get(gate)

    def _convene(self, task_id: str, at: str, *, submitted: bool = False) -> None:
        with self._database.unit() as unit:
            task = self._tasks.get(task_id)
            if task.state is not _STATE_OF[at]:
                return
            try:
                hearing = self._hearing(unit, task, at)
            except NotFound:
                # The same move of the instance that changed the data has withdrawn the step:
                # its task is cancelled next.
                return
            hearing.refresh()
            if submitted:
                hearing.submitted()
            self._act(task, hearing, hearing.settle(), at, SYSTEM)

    def _act(self, task: Task, hearing: Hearing, verdict: Verdict, at: str, actor: Actor) -> None:
        if verdict.passed:
            self._let_through(task, hearing, at, actor)
        elif verdict.rejected is not None:
            self._turn_down(task, hearing, verdict.rejected, verdict.reasons, actor)

    def _let_through(self, task: Task, hearing: Hearing, at: str, actor: Actor) -> None:
        outcomes = hearing.outcomes()
        if at == "exit":
            self._tasks.finish(task.id, outcomes, actor=actor)
            return
        self._tasks.unblock(task.id, actor=actor)
        if outcomes:
            self._instances.set_variables(task.instance_id, outcomes, by=actor)

    def _turn_down(
        self, task: Task, hearing: Hearing, gate: Gate, reasons: tuple[str, ...], actor: Actor
    ) -> None:
        if gate.on_reject is Rejection.FAIL:
            message = "; ".join(reasons)
            self._tasks.fail(task.id, gate.error_code, message=message, actor=actor)
        elif gate.at == "exit":
            self._tasks.rework(task.id, reasons, actor=actor)
        else:
            # Nobody has worked on it yet: it stays blocked until its voters think better of it.
            hearing.ask_again(gate)
            hearing.settle()

    def _seat(
        self, hearing: Hearing, row: TaskGate, task: Task, by: str, role: str | None
    ) -> tuple[Actor, Seat]:
        """In which seat a person votes. Raises Refused."""
        waiting = hearing.outcome(row).waiting
        seats = [seat for seat in waiting if role is None or seat.role == role]
        actor = self._responsibility.require(
            self._tasks.subject_of(task.id),
            by,
            Verb.VOTE,
            seats=tuple(dict.fromkeys(seat.role for seat in seats)),
            performer_may_vote=hearing.gate(row.gate_id).performer_may_vote,
        )
        voted = hearing.voters(row) & {actor.person, actor.on_behalf_of}
        if voted:
            who = ", ".join(sorted(str(person) for person in voted))
            raise Refused(
                f"{who} has voted at this gate, and a person has one vote",
                rule="gate.one-vote",
                person=by,
                verb=Verb.VOTE.value,
            )
        return actor, next(seat for seat in seats if seat.role == actor.role)

    def _may_vote(self, status: GateStatus, person: str) -> bool:
        task = self._tasks.get(status.gate.task_id)
        gate = next(g for g in self._node(task).controls.gates if g.id == status.gate.gate_id)
        if task.suspended:
            return False
        return self._responsibility.rule(
            self._tasks.subject_of(task.id),
            person,
            Verb.VOTE,
            seats=status.waiting_roles,
            performer_may_vote=gate.performer_may_vote,
        ).allowed

    def _hearing(self, unit: Unit, task: Task, at: str) -> Hearing:
        gates = [gate for gate in self._node(task).controls.gates if gate.at == at]

        def people(gate: Gate, role: str) -> int:
            return self._voters(unit, task, gate, role)

        return Hearing(unit, task, gates, self._matter(unit, task, gates, at), people)

    def _voters(self, unit: Unit, task: Task, gate: Gate, role: str) -> int:
        """How many persons could fill a seat of the role at the gate."""
        subject = self._tasks.subject_of(task.id)
        holders = {holder.person for holder in self._directory.holders(role, unit.now)}
        return sum(
            self._responsibility.rule(
                subject,
                person,
                Verb.VOTE,
                seats=(role,),
                performer_may_vote=gate.performer_may_vote,
            ).allowed
            for person in holders
        )

    def _matter(self, unit: Unit, task: Task, gates: list[Gate], at: str) -> Matter:
        content = self._definitions.content(task.release_id)
        node = content.process.nodes[task.node_id]
        data = task.submitted if at == "exit" else {}
        variables = self._instances.variables(task.instance_id, task.step_id)
        return Matter(
            release_hash=content.content_hash,
            data=data,
            variables=variables,
            procedure=self._procedures.steps(task.id) if at == "exit" else (),
            attachments=self._tasks.attachments(task.id),
            own=own_variables(node, content.process),
            mapped=tuple(mapping.target for mapping in node.controls.inputs),
            now=unit.now,
            answers=ask(
                gates,
                {**variables, **data},
                bound=content.decisions,
                decisions=self._decisions,
                is_role=self._directory.role_exists,
            ),
        )

    def _node(self, task: Task) -> Node:
        return self._definitions.content(task.release_id).process.nodes[task.node_id]

    def _row(self, unit: Unit, gate: str) -> TaskGate:
        row = store.gate(unit.session, gate)
        if row is None:
            raise NotFound("gate", gate)
        return row

    def _statuses(self, unit: Unit, rows: list[TaskGate]) -> list[GateStatus]:
        seats, votes = store.seats_of(unit.session, rows), store.votes_of(unit.session, rows)
        return [_status(row, seats.get(row.id, []), votes.get(row.id, [])) for row in rows]


def _status(row: TaskGate, seats: list[GateSeat], votes: list[Vote]) -> GateStatus:
    live = [vote for vote in votes if vote.is_live]
    waiting = row.outcome(seats, live).waiting_roles if row.state == "open" else ()
    return GateStatus(row, tuple(seats), tuple(votes), waiting)


def _choice(choice: Choice | str) -> Choice:
    try:
        return Choice(choice)
    except ValueError as error:
        known = ", ".join(Choice)
        raise Invalid(f"A vote is one of {known}, not {choice!r}.") from error


def _require_seen(row: TaskGate, seen: str | None) -> None:
    if seen is not None and seen != row.content_hash:
        raise Conflict(f"What the gate {row.gate_id!r} decides about has changed: look again.")


def _facts(row: TaskGate, cancelled: TaskCancelled | TaskMigrated) -> GateFacts:
    return GateFacts(
        actor=cancelled.actor,
        instance_id=row.instance_id,
        task_id=row.task_id,
        node_id=cancelled.node_id,
        gate=row.id,
        gate_id=row.gate_id,
        round=row.round,
        content_hash=row.content_hash or "",
    )
