"""What must be right in the tiers of gates that ask a decision, before they are published."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from opsflow.approvals.asking import possible_roles
from opsflow.approvals.naming import NamesNobody, named_by
from opsflow.decisions import DecisionModel, PossibleValue, outlook
from opsflow.definitions import Draft
from opsflow.engine import Gate, Node, Tier
from opsflow.findings import Finding, Severity


def check_tiers(
    draft: Draft,
    find: Callable[[str], DecisionModel | None],
    is_role: Callable[[str], bool],
) -> list[Finding]:
    """Findings about every tier that asks a decision.

    ``find`` gives the file of a decision by its key; where there is none, another check has
    said so.
    """
    return [
        finding
        for node in draft.process.nodes.values()
        for gate in node.controls.gates
        for tier in gate.tiers
        for finding in (*_parts(node, tier), *_decision(node, gate, tier, find, is_role))
    ]


def _parts(node: Node, tier: Tier) -> Iterator[Finding]:
    if tier.decision and (tier.when is not None or tier.voters):
        extra = "a condition" if tier.when is not None else "voters"
        message = f"the tier asks the decision {tier.decision!r}, and has {extra} besides"
    elif tier.otherwise and not tier.decision:
        message = "the tier says who is asked otherwise, and asks no decision"
    else:
        return
    yield _finding(
        node,
        tier,
        "opsflow.gate.tier-parts",
        message,
        "Write the condition into the decision, and further voters into a tier of their own.",
    )


def _decision(
    node: Node,
    gate: Gate,
    tier: Tier,
    find: Callable[[str], DecisionModel | None],
    is_role: Callable[[str], bool],
) -> Iterator[Finding]:
    model = None if tier.decision is None else find(tier.decision)
    if model is None or tier.decision is None:
        return
    seen = outlook(model, tier.decision)
    for possible in seen.values:
        yield from _result(node, gate, tier, possible)
    if not seen.complete and not tier.otherwise:
        yield _finding(
            node,
            tier,
            "opsflow.gate.tier-otherwise",
            f"it cannot be seen whom the decision {tier.decision!r} may name, and who is asked "
            "where it names nobody",
            'Write for example otherwise="cfo" on the tier.',
        )
    for role in possible_roles(model, tier.decision):
        if not is_role(role):
            yield _finding(
                node,
                tier,
                "opsflow.matrix.unknown-role",
                f"the decision {tier.decision!r} names {role!r}, and there is no such role",
                "Add the role, or mend its name: roles are matched by id, letter by letter.",
                Severity.WARNING,
            )


def _result(node: Node, gate: Gate, tier: Tier, possible: PossibleValue) -> Iterator[Finding]:
    """Null is the way to say nothing: that is enough where the tier says who is asked then."""
    if possible.value is None and tier.otherwise:
        return
    reason = _misnaming(gate, possible.value)
    if reason is None:
        return
    place = f" by {possible.place}" if possible.place else ""
    yield _finding(
        node,
        tier,
        "opsflow.gate.tier-result",
        f"the decision {tier.decision!r} names nobody{place}: {reason}",
        'Give roles as "cfo", "cfo, legal" or ["cfo", "legal"], or a context with voters.',
    )


def _misnaming(gate: Gate, value: object) -> str | None:
    try:
        named = named_by(value)
    except NamesNobody as reason:
        return str(reason)
    if named.rule is not None and (gate.voters or len(gate.tiers) > 1):
        return "it gives a rule, which is for a gate with no other voters and tiers"
    return None


def _finding(
    node: Node,
    tier: Tier,
    rule: str,
    message: str,
    hint: str,
    severity: Severity = Severity.ERROR,
) -> Finding:
    return Finding(
        severity=severity,
        rule=rule,
        message=message,
        hint=hint,
        element=node.id,
        name=node.name,
        line=tier.line or node.line,
    )
