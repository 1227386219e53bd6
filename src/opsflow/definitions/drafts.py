"""A draft: one process of a package, with what lies beside the diagram worked into it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

from opsflow.decisions import DecisionModel
from opsflow.definitions.packages import Package
from opsflow.definitions.procedures import read_procedure
from opsflow.definitions.responsibilities import read_responsibilities
from opsflow.engine import Model, Node, Process
from opsflow.findings import Finding, Severity

Mode: TypeAlias = Literal["matrix", "open"]
"""``matrix``: every human task needs its roles. ``open``: for models without people."""


@dataclass(frozen=True)
class Draft:
    """A process about to become a release: what every check looks at."""

    process: Process
    forms: Mapping[str, dict[str, Any]]
    """JSON Schema by path inside the package."""
    mode: Mode
    decisions: Mapping[str, DecisionModel] = field(default_factory=dict)
    """The decisions of the same package, by key."""
    bound: Mapping[str, str] = field(default_factory=dict)
    """Of what is a release already, the release id of each decision that it asks."""


Check: TypeAlias = Callable[[Draft], Iterable[Finding]]
"""One feature's rules about a draft; the composition root lists them."""


def draft(
    package: Package, model: Model, process: Process, mode: Mode
) -> tuple[Draft, list[Finding]]:
    """Work the files beside the diagram into a process of it."""
    findings: list[Finding] = []
    forms = _read_forms(package, findings)
    nodes = dict(process.nodes)
    _apply_responsibilities(package, nodes, model, findings)
    _apply_procedures(package, nodes, model, findings)
    return Draft(replace(process, nodes=nodes), forms, mode), findings


def _read_forms(package: Package, findings: list[Finding]) -> dict[str, dict[str, Any]]:
    forms: dict[str, dict[str, Any]] = {}
    for path, content in package.under("forms", ".json").items():
        try:
            schema = json.loads(content)
        except (ValueError, RecursionError) as error:
            findings.append(_error("opsflow.form.json", f"it is not JSON: {error}", path))
            continue
        if isinstance(schema, dict):
            forms[path] = schema
        else:
            findings.append(_error("opsflow.form.json", "a schema is a JSON object", path))
    return forms


def _apply_responsibilities(
    package: Package, nodes: dict[str, Node], model: Model, findings: list[Finding]
) -> None:
    content = package.files.get("responsibilities.csv")
    if content is None:
        return
    rows, found = read_responsibilities(content, _tasks_of(model))
    findings.extend(found)
    for node_id, responsibility in rows.items():
        if node_id in nodes:
            node = nodes[node_id]
            controls = replace(node.controls, responsibility=responsibility)
            nodes[node_id] = replace(node, controls=controls)


def _apply_procedures(
    package: Package, nodes: dict[str, Node], model: Model, findings: list[Finding]
) -> None:
    known = {node.id for node in _tasks_of(model)}
    for path, content in package.under("procedures", ".md").items():
        node_id = path.removeprefix("procedures/").removesuffix(".md")
        if node_id not in known:
            findings.append(_error("opsflow.procedure.task", f"there is no task {node_id!r}", path))
            continue
        steps, found = read_procedure(content, path)
        findings.extend(found)
        if node_id in nodes:
            node = nodes[node_id]
            nodes[node_id] = replace(node, controls=replace(node.controls, procedure=steps))


def _tasks_of(model: Model) -> list[Node]:
    return [node for process in model.processes.values() for node in process.nodes.values()]


def _error(rule: str, message: str, file: str) -> Finding:
    hint = "Mend the file, or take it out of the package."
    return Finding(severity=Severity.ERROR, rule=rule, message=message, hint=hint, file=file)
