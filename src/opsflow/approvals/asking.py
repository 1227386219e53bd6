"""Asks the decisions that gates name who votes, each once for the matter of a task."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from opsflow.approvals.naming import Named, NamesNobody, named_by
from opsflow.decisions import DecisionFailed, DecisionModel, Evaluation, outlook
from opsflow.definitions import DecisionRelease, Decisions
from opsflow.engine import Gate
from opsflow.errors import ModelRejected, NotFound
from opsflow.texts import storable

REASON_LIMIT = 500
"""Characters of a reason that are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a decision said. Where ``reason`` is not empty, it names nobody to be relied on."""

    named: Named | None = None
    reason: str = ""
    unknown: tuple[str, ...] = ()
    """Roles that it names and that do not exist."""
    possible: tuple[str, ...] = ()
    """Roles that it could have named, as far as its file shows them."""
    release: DecisionRelease | None = None
    evaluation: Evaluation | None = None


def ask(
    gates: Iterable[Gate],
    variables: Mapping[str, object],
    *,
    bound: Mapping[str, str],
    decisions: Decisions,
    is_role: Callable[[str], bool],
) -> dict[str, Answer]:
    """The answer of each decision that the gates name, by its key.

    ``bound`` are the releases that the process was deployed with. Nothing is raised: a
    decision that fails is an answer too.
    """
    keys = {tier.decision for gate in gates for tier in gate.tiers if tier.decision}
    return {key: _ask(key, variables, bound, decisions, is_role) for key in sorted(keys)}


def possible_roles(model: DecisionModel, decision: str) -> tuple[str, ...]:
    """Every role that a decision can be seen to name, in the order of its rules."""
    roles: list[str] = []
    for possible in outlook(model, decision).values:
        try:
            roles += named_by(possible.value).roles
        except NamesNobody:
            # Such a value is told at deployment; here the others count.
            continue
    return tuple(dict.fromkeys(roles))


def _ask(
    key: str,
    variables: Mapping[str, object],
    bound: Mapping[str, str],
    decisions: Decisions,
    is_role: Callable[[str], bool],
) -> Answer:
    if key not in bound:
        return Answer(reason="the process is bound to no version of it")
    try:
        release = decisions.get(bound[key])
        possible = possible_roles(decisions.model(release), key)
    except (NotFound, ModelRejected) as error:
        return Answer(reason=_said(str(error)))
    try:
        evaluation = decisions.consider(release, variables)
    except (DecisionFailed, NotFound) as error:
        return Answer(reason=_said(str(error)), possible=possible, release=release)
    named, reason = _read(evaluation)
    unknown = tuple(role for role in (named.roles if named else ()) if not is_role(role))
    if unknown:
        reason = _said(f"there is no role {', '.join(map(repr, unknown))}")
    return Answer(
        named=named,
        reason=reason,
        unknown=unknown,
        possible=possible,
        release=release,
        evaluation=evaluation,
    )


def _read(evaluation: Evaluation) -> tuple[Named | None, str]:
    """Whom it names, or why nobody: what the evaluation warned of says it best."""
    try:
        return named_by(evaluation.value), ""
    except NamesNobody as error:
        said = [str(error), *(warning.message for warning in evaluation.warnings[:3])]
        return None, _said("; ".join(said))


def _said(text: str) -> str:
    """A reason that can be kept: it may quote the data."""
    return storable(text)[:REASON_LIMIT]
