"""The gates at one end of a task, with their seats and votes, during one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from opsflow.approvals import store
from opsflow.approvals.events import (
    GateApproved,
    GateFacts,
    GateOpened,
    GateRejected,
    NobodyNamed,
    TurnPassed,
    VoteCast,
    VoteVoided,
)
from opsflow.approvals.matter import Matter
from opsflow.approvals.models import GateSeat, TaskGate, Vote
from opsflow.approvals.seating import ruled, seat
from opsflow.approvals.voting import Choice, Decision, Outcome, Seat, approvals_needed
from opsflow.db import Unit, new_id
from opsflow.definitions import evaluated
from opsflow.engine import Gate, GateRule, Rejection
from opsflow.events import SYSTEM, Actor
from opsflow.tasks import Task

CHANGED = "what it was about has changed"
SUBMITTED_AGAIN = "the task was submitted again"
ASKED_AGAIN = "the gate is asked again"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Where the gates stand: all passed, or rejected at one of them, or neither."""

    passed: bool = False
    rejected: Gate | None = None
    reasons: tuple[str, ...] = ()


class Hearing:
    """Opens the gates one after the other, takes votes, and keeps votes to their content.

    ``people`` tells how many persons may vote at a gate in a role.
    """

    def __init__(
        self,
        unit: Unit,
        task: Task,
        gates: Sequence[Gate],
        matter: Matter,
        people: Callable[[Gate, str], int],
    ) -> None:
        self._unit = unit
        self._task = task
        self._gates = gates
        self._matter = matter
        self._people = people
        self._rows = _rows(unit, task, gates)
        rows = list(self._rows.values())
        self._seats = store.seats_of(unit.session, rows)
        self._votes = store.votes_of(unit.session, rows)

    def gate(self, gate_id: str) -> Gate:
        """A gate of the model."""
        return next(gate for gate in self._gates if gate.id == gate_id)

    def row(self, gate_id: str) -> TaskGate:
        """A gate of the task, by its id in the model."""
        return self._rows[gate_id]

    def outcome(self, row: TaskGate) -> Outcome:
        """What the live votes of a gate decide."""
        return row.outcome(self._seats.get(row.id, []), self._live(row))

    def voters(self, row: TaskGate) -> frozenset[str]:
        """Everybody who has a live vote at a gate, or for whom it was cast."""
        live = self._live(row)
        people = {vote.person for vote in live} | {vote.on_behalf_of for vote in live}
        return frozenset(person for person in people if person is not None)

    def submitted(self) -> None:
        """The task was submitted anew: whoever rejected it is asked again.

        Approvals of what has not changed stay.
        """
        for gate, row in self._pairs():
            if row.state == "rejected" and gate.on_reject is not Rejection.CONTINUE:
                self._ask_again(row, SUBMITTED_AGAIN)

    def ask_again(self, gate: Gate) -> None:
        """A rejected gate has nobody to send the work back to: its voters are asked again."""
        self._ask_again(self._rows[gate.id], ASKED_AGAIN)

    def refresh(self) -> None:
        """Void every vote that was made on other content, and open its gate again."""
        for gate, row in self._pairs():
            if row.content_hash is None or self._matter.hash(gate, row.shown) == row.content_hash:
                continue
            for vote in self._live(row):
                self._void(row, vote, CHANGED)
            self._present(gate, row)
            if row.is_decided:
                row.wait()

    def cast(self, row: TaskGate, taken: Seat, actor: Actor, choice: Choice, reason: str) -> None:
        """Somebody votes on what is there now."""
        vote = Vote(
            id=new_id(self._unit.now),
            gate_id=row.id,
            round=row.round,
            seat=int(taken.id),
            person=actor.person,
            role=taken.role,
            on_behalf_of=actor.on_behalf_of,
            choice=str(choice),
            reason=reason,
            at=self._unit.now,
            content_hash=str(row.content_hash),
        )
        self._unit.session.add(vote)
        self._unit.session.flush()
        self._votes.setdefault(row.id, []).append(vote)
        self._unit.announce(
            VoteCast(**self._facts(row, actor), vote_id=vote.id, choice=str(choice), reason=reason)
        )

    def settle(self, actor: Actor = SYSTEM) -> Verdict:
        """Follow the gates in their order as far as the votes carry.

        ``actor`` is whose vote it was that moves them, if it was a vote.
        """
        verdict = Verdict(passed=True)
        for gate, row in self._pairs():
            if not verdict.passed:
                if row.state == "open":
                    row.wait()
            elif not _is_passed(gate, row):
                verdict = self._hear(gate, row, actor)
        self._unit.session.flush()
        return verdict

    def _hear(self, gate: Gate, row: TaskGate, actor: Actor) -> Verdict:
        was_open = row.state == "open"
        if not was_open:
            self._open(gate, row)
        outcome = self.outcome(row)
        if outcome.decision is Decision.OPEN:
            if was_open and actor != SYSTEM and row.rule == GateRule.SEQUENCE:
                facts = self._facts(row, actor)
                self._unit.announce(TurnPassed(**facts, roles=outcome.waiting_roles))
            return Verdict()
        row.decide(str(outcome.decision), self._unit.now)
        if outcome.decision is Decision.APPROVED:
            self._unit.announce(GateApproved(**self._facts(row, actor)))
            return Verdict(passed=True)
        reasons = self._reasons(row)
        self._unit.announce(
            GateRejected(**self._facts(row, actor), reasons=reasons, then=str(gate.on_reject))
        )
        if gate.on_reject is Rejection.CONTINUE:
            return Verdict(passed=True)
        return Verdict(rejected=gate, reasons=reasons)

    def outcomes(self) -> Mapping[str, object]:
        """The outcome variables of the gates that have decided."""
        return {
            gate.outcome: row.state
            for gate, row in self._pairs()
            if gate.outcome and row.is_decided
        }

    def _pairs(self) -> list[tuple[Gate, TaskGate]]:
        return [(gate, self._rows[gate.id]) for gate in self._gates]

    def _live(self, row: TaskGate) -> list[Vote]:
        return [vote for vote in self._votes.get(row.id, []) if vote.is_live]

    def _open(self, gate: Gate, row: TaskGate) -> None:
        if not self._live(row):
            row.shown = self._matter.shown()
            self._present(gate, row)
        row.open(self._unit.now)
        self._unit.announce(
            GateOpened(
                **self._facts(row, SYSTEM),
                at=row.at,
                roles=self.outcome(row).waiting_roles,
                tiers=tuple(row.tiers),
            )
        )

    def _present(self, gate: Gate, row: TaskGate) -> None:
        """Lay the present content before the voters that it asks for."""
        tiers = self._matter.tiers(gate)
        places = seat(gate, tiers, lambda role: self._people(gate, role))
        under = ruled(gate, tiers)
        row.tiers = [tier.text for tier in tiers]
        row.content_hash = self._matter.hash(gate, row.shown)
        row.rule = str(under.rule)
        counting = sum(place.source == "base" for place in places)
        row.needed = approvals_needed(under.rule, counting, under.votes)
        seats = [
            GateSeat(
                gate_id=row.id,
                position=position,
                role=place.role,
                source=place.source,
                required=place.required,
                veto=place.veto,
            )
            for position, place in enumerate(places)
        ]
        store.replace_seats(self._unit.session, row, seats)
        self._seats[row.id] = seats
        self._put_on_record(gate, row)

    def _put_on_record(self, gate: Gate, row: TaskGate) -> None:
        """What the decisions said about what the voters see now."""
        keys = dict.fromkeys(tier.decision for tier in gate.tiers if tier.decision)
        for answer in (self._matter.answers.get(key) for key in keys):
            if answer and answer.release and answer.evaluation:
                self._unit.announce(
                    evaluated(
                        answer.release,
                        answer.evaluation,
                        SYSTEM,
                        instance_id=row.instance_id,
                        step_id=self._task.step_id,
                    )
                )
        for asked in self._matter.tiers(gate):
            if asked.decision and asked.undecided:
                self._unit.announce(
                    NobodyNamed(
                        **self._facts(row, SYSTEM),
                        decision=asked.decision,
                        reason=asked.undecided,
                        roles=asked.voters,
                    )
                )

    def _ask_again(self, row: TaskGate, reason: str) -> None:
        for vote in self._live(row):
            if vote.choice != Choice.APPROVE:
                self._void(row, vote, reason)
        row.wait()

    def _void(self, row: TaskGate, vote: Vote, reason: str) -> None:
        vote.make_void(reason, self._unit.now)
        self._unit.session.flush()
        self._unit.announce(
            VoteVoided(
                **self._facts(row, SYSTEM),
                vote_id=vote.id,
                voted_by=vote.person,
                voted_on=vote.content_hash,
                reason=reason,
            )
        )

    def _reasons(self, row: TaskGate) -> tuple[str, ...]:
        """What the voters who did not approve have said."""
        said = [vote for vote in self._live(row) if vote.choice != Choice.APPROVE and vote.reason]
        return tuple(f"{vote.person} ({vote.role}): {vote.reason}" for vote in said)

    def _facts(self, row: TaskGate, actor: Actor) -> GateFacts:
        return GateFacts(
            actor=actor,
            instance_id=row.instance_id,
            task_id=row.task_id,
            node_id=self._task.node_id,
            gate=row.id,
            gate_id=row.gate_id,
            round=row.round,
            content_hash=row.content_hash or "",
        )


def _is_passed(gate: Gate, row: TaskGate) -> bool:
    if row.state == "rejected":
        return gate.on_reject is Rejection.CONTINUE
    return row.state == "approved"


def _rows(unit: Unit, task: Task, gates: Sequence[Gate]) -> dict[str, TaskGate]:
    """The rows of the gates, made where a gate has none yet."""
    known = {row.gate_id: row for row in store.gates_of(unit.session, task.id)}
    for position, gate in enumerate(gates):
        if gate.id not in known:
            known[gate.id] = TaskGate(
                id=new_id(unit.now),
                instance_id=task.instance_id,
                task_id=task.id,
                gate_id=gate.id,
                position=position,
                at=gate.at,
                rule=str(gate.rule),
                state="waiting",
                round=0,
                needed=0,
                tiers=[],
                shown=[],
            )
            unit.session.add(known[gate.id])
    unit.session.flush()
    return {gate.id: known[gate.id] for gate in gates}
