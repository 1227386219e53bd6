"""Small BPMN files for tests."""

from __future__ import annotations

import re
from itertools import pairwise

from opsflow.engine.model import Model, Process
from opsflow.engine.parser import read
from opsflow.engine.rules import check
from opsflow.errors import ModelRejected
from opsflow.findings import Finding

HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns:o="urn:opsflow:bpmn:1" '
    'xmlns:c="http://camunda.org/schema/1.0/bpmn" '
    'xmlns:z="http://camunda.org/schema/zeebe/1.0" '
    'xmlns:s="http://spiffworkflow.org/bpmn/schema/1.0/core" '
    'xmlns:x="urn:nobody" targetNamespace="urn:test" id="definitions">'
)


def file(*parts: str) -> bytes:
    """A BPMN file with the parts as root elements."""
    return f"{HEAD}{''.join(parts)}</definitions>".encode()


def process(*parts: str, attributes: str = 'isExecutable="true"') -> str:
    """The process ``p``."""
    return f'<process id="p" {attributes}>{"".join(parts)}</process>'


def flow(source: str, target: str, condition: str = "", id: str = "") -> str:
    """A sequence flow ``source_target``."""
    inner = f"<conditionExpression>{condition}</conditionExpression>" if condition else ""
    own = id or f"{source}_{target}"
    return (
        f'<sequenceFlow id="{own}" sourceRef="{source}" targetRef="{target}">{inner}</sequenceFlow>'
    )


def path(*nodes: str, start: str = "", end: str = "", prefix: str = "") -> str:
    """The nodes one after the other, between a start and an end event of the given content."""
    first = f'<startEvent id="{prefix}start">{start}</startEvent>'
    last = f'<endEvent id="{prefix}end">{end}</endEvent>'
    elements = [first, *nodes, last]
    ids = [found[1] for element in elements if (found := re.search(r'\bid="([^"]+)"', element))]
    flows = [flow(a, b) for a, b in pairwise(ids)]
    return "".join([*elements, *flows])


def model(*parts: str) -> Model:
    """The model of a file with the process ``p`` made of the parts."""
    return read(file(process(*parts)))


def only_process(*parts: str) -> Process:
    """The process ``p`` made of the parts."""
    return model(*parts).processes["p"]


def findings(source: bytes, *, trusted_scripts: bool = False) -> list[Finding]:
    """What there is to say about a file, read or refused."""
    try:
        return check(read(source), trusted_scripts=trusted_scripts)
    except ModelRejected as refused:
        return list(refused.findings)


def errors(source: bytes) -> list[str]:
    """The ids of the rules that refuse a file."""
    return [finding.rule for finding in findings(source) if finding.is_error]
