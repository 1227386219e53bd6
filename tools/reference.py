"""Writes the reference pages that come from the code: ``python -m tools.reference``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from opsflow.approvals.rules import RULES as APPROVALS
from opsflow.decisions import rules as decision_rules
from opsflow.definitions.rules import RULES as DEFINITIONS
from opsflow.engine import Rule, elements
from opsflow.engine.elements import Element
from opsflow.engine.model import EventKind
from opsflow.engine.rules import RULES as ENGINE
from opsflow.engine.rules.positions import WITHOUT_DEFINITION, Position
from opsflow.metrics import CATALOGUE, VALUES_LIMIT
from opsflow.metrics.catalogue import OTHER
from opsflow.responsibility.rules import RULES as RESPONSIBILITY
from opsflow.sop.rules import RULES as PROCEDURES
from opsflow.tasks.forms.rules import RULES as FORMS

REFERENCE = Path(__file__).parent.parent / "docs" / "reference"

RULES: tuple[Rule, ...] = (
    *ENGINE,
    *DEFINITIONS,
    *RESPONSIBILITY,
    *PROCEDURES,
    *APPROVALS,
    *FORMS,
)
"""Every rule that a finding can be of."""


def findings_page() -> str:
    """Every rule, with its severity and source."""
    rows = [
        (f"`{rule.id}`", rule.severity.value, rule.what, rule.hint, rule.source)
        for rule in sorted(RULES, key=lambda rule: rule.id)
    ]
    return "\n".join(
        [
            "# Findings",
            "",
            "What opsflow can remark about a process when it is checked or deployed. An error "
            "refuses the",
            "deployment; a warning and an information do not. Every finding carries its rule, the "
            "element,",
            "the line and a hint.",
            "",
            *_table(("rule", "severity", "what holds", "how to mend a breach", "source"), rows),
            "",
            "## Decisions",
            "",
            *_table(("rule", "severity", "how to mend a breach"), _decision_rows()),
            "",
        ]
    )


def _decision_rows() -> list[tuple[str, str, str]]:
    rules = [one for one in vars(decision_rules).values() if isinstance(one, decision_rules.Rule)]
    return [
        (f"`{rule.id}`", rule.severity.value, rule.hint)
        for rule in sorted(rules, key=lambda rule: rule.id)
    ]


def bpmn_page() -> str:
    """Every element and event of BPMN 2.0, and what becomes of it."""
    return "\n".join(
        [
            "# BPMN 2.0",
            "",
            "What becomes of each element of a model: *executed* with the meaning of BPMN 2.0.2, "
            "*imported*",
            "(kept and shown, without an effect on the execution) or *refused* at deployment. "
            "The rule is the",
            "one that speaks of the element; [findings.md](findings.md) says how to mend a breach.",
            "",
            *_section("Activities and gateways", elements.flow_nodes()),
            *_section("Repetition", elements.REPETITION),
            *_section("Besides", elements.abilities()),
            "## Events",
            "",
            "A dot is what BPMN 2.0.2 (table 10.93) does not allow: `bpmn.event.position` and, "
            "for none",
            "events, `bpmn.event.no-definition`.",
            "",
            *_table(("event", *map(_column, Position)), _event_rows()),
            "",
            *_section("Structure and artifacts", elements.STRUCTURE),
            *_section("What is called and referred to", elements.CALLED),
            *_section("Data", elements.DATA),
            *_section("Collaboration, conversation, choreography", elements.COLLABORATION),
        ]
    )


def metrics_page() -> str:
    """Every metric."""
    rows = [
        (
            f"`{metric.name}`",
            metric.type.value,
            ", ".join(f"`{label}`" for label in metric.labels),
            metric.source.value,
            metric.meaning,
        )
        for metric in CATALOGUE
    ]
    return "\n".join(
        [
            "# Metrics",
            "",
            "What `/metrics` of a worker and `GET /api/v1/metrics` of a server tell Prometheus; "
            "[how to use it](../howto/observing.md).",
            "What comes from the *process* is of this one since it was started: add up those of "
            "all. What comes",
            "from the *database* is the same everywhere: take the `max`. A histogram has "
            "`_bucket`, `_sum` and `_count`.",
            f"A label has at most {VALUES_LIMIT} values; the rest is counted as `{OTHER}`.",
            "",
            *_table(("metric", "type", "labels", "of", "meaning"), rows),
            "",
            "On Linux there are also the `process_…` metrics of `prometheus_client`: processor "
            "time, memory, open files.",
            "",
        ]
    )


PAGES: dict[str, Callable[[], str]] = {
    "findings.md": findings_page,
    "bpmn.md": bpmn_page,
    "metrics.md": metrics_page,
}


def _section(title: str, listed: Iterable[Element]) -> list[str]:
    rows = [
        (f"`{one.name}`" if " " not in one.name else one.name, one.treatment.value, one.note,
         f"`{one.rule}`" if one.rule else "")
        for one in listed
    ]  # fmt: skip
    head = ("element", "treatment", "note", "rule")
    return [f"## {title}", "", *_table(head, rows), ""]


def _column(position: Position) -> str:
    return {
        Position.START: "start",
        Position.SUB_PROCESS_START: "start of a subprocess",
        Position.INTERRUPTING_START: "event subprocess, interrupting",
        Position.OTHER_START: "event subprocess, not interrupting",
        Position.CATCH: "catch",
        Position.THROW: "throw",
        Position.INTERRUPTING_BOUNDARY: "boundary, interrupting",
        Position.OTHER_BOUNDARY: "boundary, not interrupting",
        Position.END: "end",
    }[position]


def _event_rows() -> Iterable[tuple[str, ...]]:
    none = ("executed" if position in WITHOUT_DEFINITION else "·" for position in Position)
    yield ("none", *none)
    for kind in EventKind:
        yield (kind.value, *(_event_cell(kind, position) for position in Position))


def _event_cell(kind: EventKind, position: Position) -> str:
    element = elements.event_at(kind, position)
    return "·" if element.rule == "bpmn.event.position" else element.treatment.value


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    lines = [head, tuple("---" for _ in head), *rows]
    first, rule, *rest = (f"| {' | '.join(map(_escaped, line))} |" for line in lines)
    return [first, rule.replace(" ", ""), *rest]


def _escaped(text: str) -> str:
    return text.replace("<", "&lt;").replace("|", "\\|")


def write() -> None:
    """Write every page."""
    for name, page in PAGES.items():
        (REFERENCE / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    write()
