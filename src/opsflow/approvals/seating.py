"""Who is asked at a gate: its seats, from the model and the tiers that apply."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from opsflow import feel
from opsflow.engine import Gate, GateRule, Tier


@dataclass(frozen=True, slots=True)
class Place:
    """A seat to be set up. ``source``: ``base``, ``tier`` or ``veto``."""

    role: str
    source: str
    required: bool = False
    veto: bool = False


def tiers_that_apply(
    gate: Gate, variables: Mapping[str, object], now: datetime
) -> tuple[Tier, ...]:
    """The tiers whose condition holds, and those whose condition cannot be told.

    A condition over a missing amount must not release what the amount would have stopped:
    a tier is left out only where its condition is plainly false.
    """
    return tuple(tier for tier in gate.tiers if _applies(tier, variables, now))


def seat(gate: Gate, tiers: Sequence[Tier], people: Callable[[str], int]) -> tuple[Place, ...]:
    """The seats of a gate, in the order a sequence asks them: voters, tiers, then vetoes.

    Each voter of the model is one seat. A quorum that needs more approvals than there are
    voters counts persons instead: each role gets as many seats as ``people`` says may fill
    them, and together at least the number needed.
    """
    veto = set(gate.veto)
    above = list(dict.fromkeys(role for tier in tiers for role in tier.voters))
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
    places += [Place(role, "veto", veto=True) for role in gate.veto if role not in seated]
    return tuple(places)


def _voters(gate: Gate, people: Callable[[str], int]) -> list[str]:
    needed = gate.votes or 1
    if gate.rule is not GateRule.QUORUM or not gate.voters or needed <= len(gate.voters):
        return list(gate.voters)
    roles = list(dict.fromkeys(gate.voters))
    seats = [role for role in roles for _ in range(max(1, people(role)))]
    return seats + [roles[0]] * (needed - len(seats))


def _applies(tier: Tier, variables: Mapping[str, object], now: datetime) -> bool:
    try:
        return tier.when.evaluate(variables, now) is not False
    except feel.FeelError:
        return True
