"""What a process asks of handlers, held against what they declare, before it is deployed."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from opsflow.definitions import Draft
from opsflow.engine import EventKind, Node, NodeKind, Process, Rule
from opsflow.findings import Finding, Severity
from opsflow.instances.handlers import Registration

_SERVED = frozenset({NodeKind.SERVICE_TASK, NodeKind.SEND_TASK, NodeKind.BUSINESS_RULE_TASK})
RULES: tuple[Rule, ...] = (
    Rule(
        "opsflow.handler.input",
        Severity.WARNING,
        "A task gives the handler of its topic every input that the handler declares.",
        "Map it, or take it out of what the handler declares.",
        "opsflow handlers",
    ),
    Rule(
        "opsflow.handler.error",
        Severity.WARNING,
        "An error that is caught at a task is one that the handler of its topic declares.",
        "Write the code as the handler does, or declare it there.",
        "opsflow handlers",
    ),
)
"""For the reference; each finding is worded for its case where it is found."""


def check_handlers(draft: Draft, find: Callable[[str], Registration | None]) -> list[Finding]:
    """Findings about the tasks whose handlers are registered here and declare something."""
    findings: list[Finding] = []
    for node in draft.process.nodes.values():
        if node.kind not in _SERVED or node.controls.decision is not None:
            continue
        topic = node.controls.topic or node.id
        registered = find(topic)
        if registered is None or registered.contract is None:
            continue
        findings += _check_inputs(node, topic, registered.contract.required)
        if registered.contract.errors is not None:
            findings += _check_errors(draft.process, node, topic, registered.contract.errors)
    return findings


def _check_inputs(node: Node, topic: str, required: frozenset[str]) -> Iterator[Finding]:
    """With mappings exactly those go in; without, whatever the process has by then."""
    if not node.controls.inputs:
        return
    given = {mapping.target for mapping in node.controls.inputs}
    for name in sorted(required - given):
        yield _finding(
            node,
            "opsflow.handler.input",
            f"the handler of {topic!r} needs {name!r}, which no mapping of the task gives",
            f"Add an input mapping to {name}, or take it out of what the handler declares.",
        )


def _check_errors(
    process: Process, node: Node, topic: str, errors: tuple[str, ...]
) -> Iterator[Finding]:
    for boundary in process.boundary_of(node.id):
        for definition in boundary.events:
            code = definition.code
            if definition.kind is EventKind.ERROR and code is not None and code not in errors:
                known = ", ".join(errors) or "none"
                yield _finding(
                    boundary,
                    "opsflow.handler.error",
                    f"the handler of {topic!r} never ends in the error {code!r}; it declares "
                    f"{known}",
                    "Write the code as the handler does, or declare it there.",
                )


def _finding(node: Node, rule: str, message: str, hint: str) -> Finding:
    return Finding(
        severity=Severity.WARNING,
        rule=rule,
        message=message,
        hint=hint,
        element=node.id,
        name=node.name,
        line=node.line,
    )
