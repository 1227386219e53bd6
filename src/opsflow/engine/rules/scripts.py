"""The rule about scripts of models that nobody vouched for."""

from __future__ import annotations

from collections.abc import Iterator

from opsflow.engine.model import Model, NodeKind
from opsflow.engine.rule import Check, Remark, error
from opsflow.engine.rules.walk import at_node, nodes


def _scripts(model: Model) -> Iterator[Remark]:
    for _, node in nodes(model, (NodeKind.SCRIPT_TASK,)):
        yield at_node(node, "it is a script, and scripts are not trusted here")


UNTRUSTED = Check(
    error(
        "opsflow.script.not-trusted",
        "Script tasks run only where the operator trusts the scripts of models.",
        "Use a service task with opsflow:topic, or an output mapping in FEEL.",
        "opsflow security",
    ),
    _scripts,
)
"""Left out where scripts are trusted."""
