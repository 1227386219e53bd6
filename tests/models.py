"""Small process models for tests."""

from __future__ import annotations

from itertools import pairwise
from textwrap import indent

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"\n'
    '    xmlns:opsflow="urn:opsflow:bpmn:1" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"\n'
    '    id="definitions" targetNamespace="urn:test">\n'
)


def model(body: str, *, key: str = "p", before: str = "") -> bytes:
    """A file with one executable process."""
    process = f'<process id="{key}" isExecutable="true">\n{indent(body.strip(), "  ")}\n</process>'
    return f"{HEAD}{before}\n{process}\n</definitions>\n".encode()


def flows(*pairs: str) -> str:
    """Sequence flows, each written ``source>target`` or ``source>target?condition``."""
    lines = []
    for number, pair in enumerate(pairs):
        source, _, rest = pair.partition(">")
        target, _, condition = rest.partition("?")
        ends = f'id="f{number}" sourceRef="{source}" targetRef="{target}"'
        if condition:
            test = f"<conditionExpression><![CDATA[={condition}]]></conditionExpression>"
            lines.append(f"<sequenceFlow {ends}>{test}</sequenceFlow>")
        else:
            lines.append(f"<sequenceFlow {ends}/>")
    return "\n".join(lines)


def human(id: str, controls: str = "", name: str | None = None) -> str:
    """A user task of the buyer, for whom the manager answers."""
    raci = '<opsflow:responsibility responsible="buyer" accountable="manager"/>'
    return (
        f'<userTask id="{id}" name="{name or id}"><extensionElements>'
        f"{controls if 'opsflow:responsibility' in controls else raci + controls}"
        "</extensionElements></userTask>"
    )


def simple(*tasks: str, key: str = "order", process: str = "") -> bytes:
    """Start, the human tasks one after the other, end. ``process`` goes on the process element."""
    ids = [task.split('id="')[1].split('"')[0] for task in tasks]
    path = ["start", *ids, "end"]
    pairs = [f"{one}>{two}" for one, two in pairwise(path)]
    extension = f"<extensionElements>{process}</extensionElements>" if process else ""
    body = "\n".join(
        [extension, '<startEvent id="start"/>', *tasks, '<endEvent id="end"/>', flows(*pairs)]
    )
    return model(body, key=key)


APPROVED_ORDER = simple(
    human(
        "place",
        '<opsflow:gate id="release" at="exit" rule="all" voters="manager" onReject="rework"/>',
        "Place the order",
    )
)
"""One task of the buyer, released by the manager."""
