"""Whom the value of a decision names as the voters of a gate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from opsflow.engine import GateRule
from opsflow.texts import is_storable

MOST_VOTES = 1_000
"""Approvals that a decision may ask for."""
MOST_ROLES = 100
"""Roles that a decision may name at once."""
LONGEST_ROLE = 255
_KEYS = ("voters", "veto", "rule", "votes")


class NamesNobody(Exception):
    """A value that names no voters; the text says why."""


@dataclass(frozen=True, slots=True)
class Named:
    """The voters that a decision names, and what it may say of how they vote."""

    voters: tuple[str, ...]
    veto: tuple[str, ...] = ()
    rule: GateRule | None = None
    """Only where the gate has no voters of its own."""
    votes: int | None = None

    @property
    def roles(self) -> tuple[str, ...]:
        """Every role that it names, each once."""
        return tuple(dict.fromkeys(self.voters + self.veto))

    @property
    def text(self) -> str:
        """It in words; equal texts ask the same people in the same way."""
        parts = [", ".join(self.voters)]
        if self.rule is not None:
            parts.append(f"{self.rule}{f' {self.votes}' if self.votes else ''}")
        if self.veto:
            parts.append(f"veto {', '.join(self.veto)}")
        return "; ".join(parts)


def named_by(value: object) -> Named:
    """The voters that the value of a decision names.

    A text with roles between commas, a list of such texts, or a context of ``voters`` (one of
    both) and perhaps ``veto``, ``rule`` and ``votes``. Raises NamesNobody for anything else.
    """
    if not isinstance(value, Mapping):
        return Named(_some(value, "it"))
    strange = [str(key) for key in value if key not in _KEYS]
    if strange:
        raise NamesNobody(f"a context of voters has no {', '.join(map(repr, strange))}")
    veto = value.get("veto")
    named = Named(
        _some(value.get("voters"), "voters"),
        () if veto is None else _roles(veto, "veto"),
        _rule(value.get("rule"), value.get("votes")),
        _votes(value.get("votes")),
    )
    if (named.rule is GateRule.QUORUM) is (named.votes is None):
        raise NamesNobody("votes are for the rule quorum, which needs them")
    return named


def _some(value: object, what: str) -> tuple[str, ...]:
    roles = _roles(value, what)
    if not roles:
        raise NamesNobody(f"{what} names no role")
    return roles


def _roles(value: object, what: str) -> tuple[str, ...]:
    texts = value if isinstance(value, list | tuple) else [value]
    roles: list[str] = []
    for text in texts:
        if not isinstance(text, str):
            raise NamesNobody(f"{what} is {_shown(text)}, no text with roles")
        roles += [role for part in text.split(",") if (role := part.strip())]
    if len(roles) > MOST_ROLES:
        raise NamesNobody(f"{what} names over {MOST_ROLES} roles")
    if any(len(role) > LONGEST_ROLE or not is_storable(role) for role in roles):
        raise NamesNobody(f"{what} has a text that is no id of a role")
    return tuple(dict.fromkeys(roles))


def _shown(value: object) -> str:
    if value is None:
        return "null"
    kinds = {"bool": "a boolean", "Decimal": "a number", "int": "a number", "list": "a list"}
    return kinds.get(type(value).__name__, "a context" if isinstance(value, Mapping) else "a value")


def _rule(rule: object, votes: object) -> GateRule | None:
    if rule is None:
        return None if votes is None else GateRule.QUORUM
    if isinstance(rule, str) and rule in tuple(GateRule):
        return GateRule(rule)
    raise NamesNobody(f"rule is {rule!r:.40}, not one of {', '.join(GateRule)}")


def _votes(votes: object) -> int | None:
    if votes is None:
        return None
    number = None if isinstance(votes, bool) else votes
    if not isinstance(number, Decimal | int) or number not in range(1, MOST_VOTES + 1):
        raise NamesNobody(f"votes is {votes!r:.40}, no whole number from 1 to {MOST_VOTES}")
    return int(number)
