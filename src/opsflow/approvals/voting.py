"""How votes become a decision: the rules of gates, as one pure function.

Seats fall into three groups, and a gate is approved when each group agrees:

- The *counting* seats (the gate's voters) follow the gate's rule. ``any``: one approval.
  ``quorum``: the needed number of approvals. ``all`` and ``sequence``: every seat has
  voted, nobody rejected, and at least one approved; in a sequence only the first seat that
  has not voted may vote.
- Each *required* seat (of an amount tier that applies) approves. An abstention there is
  no approval: above the amount somebody has to say yes.
- Each *veto* seat has voted and did not reject. A gate is never approved while a holder
  of a veto may still use it.

A gate is rejected as soon as no vote that is still to come could approve it. An abstention
counts neither as approval nor as rejection.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from opsflow.engine import GateRule


class Choice(StrEnum):
    """What a voter says."""

    APPROVE = "approve"
    REJECT = "reject"
    ABSTAIN = "abstain"


class Decision(StrEnum):
    """What the votes come to so far."""

    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Seat:
    """A place for one vote, in the order of the gate. ``role`` is who may fill it."""

    id: str
    role: str
    counts: bool = True
    """Whether its approval counts under the gate's rule."""
    required: bool = False
    veto: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """A decision, or what it waits for: the seats that may be filled now, in order."""

    decision: Decision
    waiting: tuple[Seat, ...] = ()

    @property
    def waiting_roles(self) -> tuple[str, ...]:
        """The roles that may vote now, each once."""
        return tuple(dict.fromkeys(seat.role for seat in self.waiting))


def decide(
    rule: GateRule, seats: Sequence[Seat], votes: Mapping[str, Choice], needed: int | None = None
) -> Outcome:
    """What the votes, by seat id, decide. ``needed`` is the number of a quorum.

    A gate without seats is approved: nobody is asked.
    """
    decisions = [
        _counted(rule, [seat for seat in seats if seat.counts], votes, needed),
        _required([seat for seat in seats if seat.required], votes),
        _veto([seat for seat in seats if seat.veto], votes),
    ]
    if Decision.REJECTED in decisions:
        return Outcome(Decision.REJECTED)
    if Decision.OPEN in decisions:
        return Outcome(Decision.OPEN, _waiting(rule, seats, votes))
    return Outcome(Decision.APPROVED)


def approvals_needed(rule: GateRule, counting: int, votes: int | None) -> int:
    """How many approvals of counting seats approve the gate at the least."""
    if counting == 0:
        return 0
    return (votes or 1) if rule is GateRule.QUORUM else 1


def _counted(
    rule: GateRule, seats: Sequence[Seat], votes: Mapping[str, Choice], needed: int | None
) -> Decision:
    said = [votes[seat.id] for seat in seats if seat.id in votes]
    enough = approvals_needed(rule, len(seats), needed)
    approvals, left = said.count(Choice.APPROVE), len(seats) - len(said)
    everybody = rule in (GateRule.ALL, GateRule.SEQUENCE)
    if everybody and Choice.REJECT in said:
        return Decision.REJECTED
    if approvals + left < enough:
        return Decision.REJECTED
    if approvals < enough or (everybody and left):
        return Decision.OPEN
    return Decision.APPROVED


def _required(seats: Sequence[Seat], votes: Mapping[str, Choice]) -> Decision:
    said = [votes.get(seat.id) for seat in seats]
    return _together(said, refusing=(Choice.REJECT, Choice.ABSTAIN))


def _veto(seats: Sequence[Seat], votes: Mapping[str, Choice]) -> Decision:
    said = [votes.get(seat.id) for seat in seats]
    return _together(said, refusing=(Choice.REJECT,))


def _together(said: Iterable[Choice | None], *, refusing: Sequence[Choice]) -> Decision:
    """Everybody of a group has to vote, and one refusal is enough to reject."""
    choices = list(said)
    if any(choice in refusing for choice in choices):
        return Decision.REJECTED
    return Decision.OPEN if None in choices else Decision.APPROVED


def _waiting(
    rule: GateRule, seats: Sequence[Seat], votes: Mapping[str, Choice]
) -> tuple[Seat, ...]:
    free = tuple(seat for seat in seats if seat.id not in votes)
    return free[:1] if rule is GateRule.SEQUENCE else free
