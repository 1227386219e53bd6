"""``opsflow:gate`` with its tiers."""

from __future__ import annotations

from lxml import etree

from opsflow.engine.document import OPSFLOW, line_of
from opsflow.engine.expressions import Expression
from opsflow.engine.extensions import Gate, GateRule, Rejection, Tier
from opsflow.engine.parser import expressions
from opsflow.engine.parser.context import Reading
from opsflow.engine.parser.controls.extended import opsflow_elements
from opsflow.engine.parser.controls.responsibility import places, words
from opsflow.engine.parser.controls.values import chosen, flag, required, whole
from opsflow.engine.rules import reading


def gates(context: Reading, element: etree._Element) -> tuple[Gate, ...]:
    """The approval gates of a task, in order."""
    found: dict[str, Gate] = {}
    for child in opsflow_elements(element, "gate"):
        gate = _gate(context, child)
        if gate.id in found:
            context.remark(reading.REPEATED, f"the gate {gate.id!r} is there twice", child)
        found[gate.id] = gate
    return tuple(found.values())


def _gate(context: Reading, element: etree._Element) -> Gate:
    return Gate(
        id=required(context, element, "id"),
        at=chosen(context, element, "at", ("entry", "exit"), "exit"),
        rule=GateRule(chosen(context, element, "rule", tuple(GateRule), GateRule.ALL)),
        voters=places(element.get("voters")),
        votes=whole(context, element, "votes"),
        veto=words(element.get("veto")),
        tiers=tuple(_tiers(context, element)),
        on_reject=Rejection(
            chosen(context, element, "onReject", tuple(Rejection), Rejection.REWORK)
        ),
        error_code=element.get("errorCode") or None,
        outcome=element.get("outcome") or None,
        performer_may_vote=flag(context, element, "performerMayVote", default=False),
        line=line_of(element),
    )


def _tiers(context: Reading, gate: etree._Element) -> list[Tier]:
    tiers = (_tier(context, element) for element in gate.iterfind(f"{{{OPSFLOW}}}tier"))
    return [tier for tier in tiers if tier is not None]


def _tier(context: Reading, element: etree._Element) -> Tier | None:
    """A tier, with everything that is written: whether it goes together is checked later."""
    decision = (element.get("decision") or "").strip() or None
    when: Expression | None = None
    if decision is None or element.get("when") is not None:
        when = expressions.from_text(context, required(context, element, "when"), element)
        if when is None and decision is None:
            return None
    return Tier(
        when=when,
        voters=words(element.get("voters")),
        decision=decision,
        otherwise=words(element.get("otherwise")),
        line=line_of(element),
    )
