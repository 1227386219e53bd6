"""Rules about what can go wrong at run time, with the way that leads there."""

from __future__ import annotations

from collections.abc import Iterable

from opsflow.engine.model import Model, Node, Process
from opsflow.engine.rule import Remark, Rule, information, warning
from opsflow.engine.rules.walk import at_node, executable
from opsflow.engine.soundness import Dead, Deadlock, Doubled, Endless, Fact, unsound
from opsflow.findings import Finding

_LONGEST = 12
"""Nodes of a path that are named; a longer one is shortened in its middle."""

DEADLOCK = warning(
    "opsflow.soundness.deadlock",
    "No join waits for a token that cannot come.",
    "Join with the kind of gateway that split: exclusive after exclusive, parallel after parallel.",
    "BPMN 2.0.2 §13.4.1; soundness of workflow nets",
)
SEVERAL_TOKENS = warning(
    "opsflow.soundness.several-tokens",
    "Parallel paths are joined before something is done once for all of them.",
    "Join the parallel paths with a parallel or inclusive gateway.",
    "BPMN 2.0.2 §13.4.2; soundness of workflow nets",
)
DEAD = warning(
    "opsflow.soundness.dead",
    "Every node that flows lead to can happen.",
    "Mend the gateway or subprocess before it, or remove it.",
    "soundness of workflow nets",
)
NO_END = warning(
    "opsflow.soundness.no-end",
    "From everywhere a way leads to an end.",
    "Lead a flow out of the loop.",
    "soundness of workflow nets",
)
GAVE_UP = information(
    "opsflow.soundness.gave-up",
    "The ways through a process are few enough to follow them all.",
    "Move parts into subprocesses: each is looked at by itself.",
    "opsflow limits",
)

RULES: tuple[Rule, ...] = (DEADLOCK, SEVERAL_TOKENS, DEAD, NO_END, GAVE_UP)


def findings(model: Model) -> list[Finding]:
    """What can go wrong in the processes of a model; none of it refuses a deployment.

    An unsound model can still be what somebody means: conditions may exclude the bad ways.
    """
    return [_finding(process, fact) for process in executable(model) for fact in unsound(process)]


def _finding(process: Process, fact: Fact) -> Finding:
    if isinstance(fact, Deadlock):
        missing = _names(fact.missing)
        message = f"it waits for ever for a token from {missing}, after {_way(fact.path)}"
        return DEADLOCK.finding(at_node(fact.node, message))
    if isinstance(fact, Doubled):
        message = f"it can be done twice: a second token comes by {_way(fact.path)}"
        return SEVERAL_TOKENS.finding(at_node(fact.node, message))
    if isinstance(fact, Dead):
        return DEAD.finding(at_node(fact.node, _never(process, fact)))
    if isinstance(fact, Endless):
        message = f"no way leads to an end any more, after {_way(fact.path)}"
        return NO_END.finding(at_node(fact.node, message))
    message = "it is too large or too wide to follow every way through it"
    if fact.node is not None:
        return GAVE_UP.finding(at_node(fact.node, message))
    return GAVE_UP.finding(Remark(message, process.id, process.name, process.line))


def _never(process: Process, fact: Dead) -> str:
    before = _names(process.nodes[process.flows[flow].source] for flow in fact.node.incoming)
    behind = f", and so never {_names(fact.behind)}" if fact.behind else ""
    return f"it never happens after {before}{behind}"


def _way(path: tuple[Node, ...]) -> str:
    """The path in ids and names; a long one is cut in the middle."""
    shown = [_shown(node) for node in path]
    if len(shown) > _LONGEST:
        half = _LONGEST // 2
        shown = [*shown[:half], "…", *shown[-half:]]
    return " → ".join(shown)


def _names(nodes: Iterable[Node]) -> str:
    named = [_shown(node) for node in nodes]
    if len(named) > _LONGEST:
        return f"{', '.join(named[:_LONGEST])} and {len(named) - _LONGEST} more"
    return ", ".join(named)


def _shown(node: Node) -> str:
    return f"{node.name!r} ({node.id})" if node.name else node.id
