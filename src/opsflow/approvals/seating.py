"""Who is asked at a gate: its seats, from the model and the tiers that apply."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from opsflow import feel
from opsflow.approvals.asking import Answer
from opsflow.engine import Expression, Gate, GateRule, Tier

NOBODY = "(nobody)"
"""The voter where nobody at all could be found: a gate never opens for want of voters."""


@dataclass(frozen=True, slots=True)
class Place:
    """A seat to be set up. ``source``: ``base``, ``tier`` or ``veto``."""

    role: str
    source: str
    required: bool = False
    veto: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom a tier asks. Each voter has to approve, unless a ``rule`` is given with them."""

    text: str
    """The tier in words; equal texts ask the same people in the same way."""
    voters: tuple[str, ...]
    veto: tuple[str, ...] = ()
    rule: GateRule | None = None
    votes: int | None = None
    decision: str | None = None
    undecided: str = ""
    """Why the decision names nobody, so that others are asked."""


def asked_by(
    gate: Gate, variables: Mapping[str, object], now: datetime, answers: Mapping[str, Answer]
) -> tuple[Asked, ...]:
    """Whom the tiers of a gate ask: by their conditions, and by the answers of decisions.

    A condition over a missing amount must not release what the amount would have stopped:
    a tier is left out only where its condition is plainly false. For the same reason a
    decision that names nobody leaves nobody out.
    """
    return tuple(_asked_by(gate, variables, now, answers))


def ruled(gate: Gate, asked: Sequence[Asked]) -> Gate:
    """The gate under the rule that a decision gives with its voters, where one does."""
    for each in asked:
        if each.rule is not None:
            gate = replace(gate, voters=each.voters, rule=each.rule, votes=each.votes)
    return replace(gate, veto=gate.veto + tuple(role for each in asked for role in each.veto))


def seat(gate: Gate, asked: Sequence[Asked], people: Callable[[str], int]) -> tuple[Place, ...]:
    """The seats of a gate, in the order a sequence asks them: voters, tiers, then vetoes.

    Each voter of the model is one seat. A quorum that needs more approvals than there are
    voters counts persons instead: each role gets as many seats as ``people`` says may fill
    them, and together at least the number needed.
    """
    gate = ruled(gate, asked)
    veto = set(gate.veto)
    above = list(dict.fromkeys(r for each in asked if each.rule is None for r in each.voters))
    places = []
    seated: set[str] = set()
    for role in _voters(gate, people):
        # A tier asks one holder of its role, also where the role has several seats.
        required = role in above and role not in seated
        places.append(Place(role, "base", required=required, veto=role in veto))
        seated.add(role)
    places += [
        Place(role, "tier", required=True, veto=role in veto)
        for role in above
        if role not in seated
    ]
    seated.update(above)
    vetoing = [role for role in dict.fromkeys(gate.veto) if role not in seated]
    places += [Place(role, "veto", veto=True) for role in vetoing]
    return tuple(places)


def _asked_by(
    gate: Gate, variables: Mapping[str, object], now: datetime, answers: Mapping[str, Answer]
) -> Iterator[Asked]:
    for tier in gate.tiers:
        if tier.decision is not None:
            yield _decided(gate, tier, answers.get(tier.decision) or Answer())
        elif tier.when is None or _applies(tier.when, variables, now):
            yield Asked(tier.text, tier.voters)


def _decided(gate: Gate, tier: Tier, answer: Answer) -> Asked:
    named = answer.named
    alone = not gate.voters and len(gate.tiers) == 1
    if named is not None and not answer.reason and (named.rule is None or alone):
        text = f"{tier.text}: {named.text}"
        return Asked(text, named.voters, named.veto, named.rule, named.votes, tier.decision)
    reason = answer.reason or (_NOT_ALONE if named else "it was not asked")
    known = [role for role in (named.roles if named else ()) if role not in answer.unknown]
    instead = tier.otherwise or answer.possible + answer.unknown or (NOBODY,)
    voters = tuple(dict.fromkeys([*instead, *known]))
    text = f"{tier.text}: nobody, so {', '.join(voters)}"
    return Asked(text, voters, decision=tier.decision, undecided=reason)


_NOT_ALONE = "it gives a rule, which is for a gate with no other voters and tiers"


def _voters(gate: Gate, people: Callable[[str], int]) -> list[str]:
    needed = gate.votes or 1
    if gate.rule is not GateRule.QUORUM or not gate.voters or needed <= len(gate.voters):
        return list(gate.voters)
    roles = list(dict.fromkeys(gate.voters))
    seats = [role for role in roles for _ in range(max(1, people(role)))]
    return seats + [roles[0]] * (needed - len(seats))


def _applies(when: Expression, variables: Mapping[str, object], now: datetime) -> bool:
    try:
        return when.evaluate(variables, now) is not False
    except feel.FeelError:
        return True
