"""What must be right in the gates of a process before it is published."""

from __future__ import annotations

from collections.abc import Iterator

from opsflow.engine import Gate, GateRule, Node, Process, Rejection
from opsflow.findings import Finding, Severity


def check_gates(process: Process) -> list[Finding]:
    """Findings about every gate of a process."""
    return [
        finding
        for node in process.nodes.values()
        if node.controls.gates
        for finding in _check(node)
    ]


def _check(node: Node) -> Iterator[Finding]:
    gates = node.controls.gates
    if not node.is_human:
        yield _finding(
            node,
            None,
            "task",
            f"a gate stands on {node.label!r}, which no person works on",
            "Put it on a user or manual task.",
        )
    ids = [gate.id for gate in gates]
    for repeated in sorted({each for each in ids if ids.count(each) > 1}):
        yield _finding(
            node,
            None,
            "twice",
            f"the gate {repeated!r} is there twice",
            "Give each gate of a task an id of its own.",
        )
    for gate in gates:
        yield from _check_voters(node, gate)
        yield from _check_rejection(node, gate)


def _check_voters(node: Node, gate: Gate) -> Iterator[Finding]:
    if gate.at not in ("entry", "exit"):
        yield _finding(
            node,
            gate,
            "at",
            f"the gate {gate.id!r} is neither at the entry nor at the exit of its task",
            'Write at="entry" or at="exit".',
        )
    if not gate.voters and not any(tier.voters or tier.decision for tier in gate.tiers):
        yield _finding(
            node,
            gate,
            "no-voters",
            f"nobody votes at the gate {gate.id!r}",
            "Name at least one role as voter, or tiers that name some.",
        )
    if any(not tier.voters and not tier.decision for tier in gate.tiers):
        yield _finding(
            node,
            gate,
            "empty-tier",
            f"a tier of the gate {gate.id!r} asks nobody",
            "Name the roles that vote while its condition holds.",
        )
    yield from _check_votes(node, gate)


def _check_votes(node: Node, gate: Gate) -> Iterator[Finding]:
    if gate.rule is not GateRule.QUORUM:
        if gate.votes is not None:
            yield _finding(
                node,
                gate,
                "votes-unused",
                f"the gate {gate.id!r} counts {gate.votes} votes, and its rule "
                f"{str(gate.rule)!r} does not count",
                'Write rule="quorum", or leave votes away.',
            )
        return
    if gate.votes is None or gate.votes < 1:
        yield _finding(
            node,
            gate,
            "votes",
            f"the quorum of the gate {gate.id!r} needs a number of votes",
            'Write for example votes="2".',
        )
    elif gate.voters and gate.votes > len(gate.voters):
        yield _finding(
            node,
            gate,
            "counts-persons",
            f"{gate.votes} votes of {len(gate.voters)} voting role(s): the gate {gate.id!r} "
            "counts the persons who hold them when it opens",
            "Name more roles if each of them is to have one vote.",
            Severity.INFORMATION,
        )


def _check_rejection(node: Node, gate: Gate) -> Iterator[Finding]:
    if gate.at == "entry" and gate.on_reject is Rejection.REWORK:
        yield _finding(
            node,
            gate,
            "entry-rework",
            f"a rejection at the entry gate {gate.id!r} has no work to send back: the task stays "
            "blocked, and its voters are asked again",
            'Write onReject="fail" or onReject="continue" if the process is to go on.',
            Severity.WARNING,
        )
    if gate.on_reject is Rejection.FAIL and not gate.error_code:
        yield _finding(
            node,
            gate,
            "error-code",
            f"a rejection at the gate {gate.id!r} throws a BPMN error without a code, which only "
            "an event that catches every error catches",
            "Name the error code.",
            Severity.WARNING,
        )
    if gate.on_reject is Rejection.CONTINUE and not gate.outcome:
        yield _finding(
            node,
            gate,
            "outcome",
            f"the process cannot tell whether the gate {gate.id!r} approved or rejected",
            "Name a variable as its outcome.",
            Severity.WARNING,
        )


def _finding(
    node: Node,
    gate: Gate | None,
    rule: str,
    message: str,
    hint: str,
    severity: Severity = Severity.ERROR,
) -> Finding:
    return Finding(
        severity=severity,
        rule=f"opsflow.gate.{rule}",
        message=message,
        hint=hint,
        element=node.id,
        name=node.name,
        line=(gate.line if gate else 0) or node.line,
    )
