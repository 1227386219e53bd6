"""Reading BPMN: bytes in, a ``Model`` out, or a refusal that says why."""

from __future__ import annotations

from lxml import etree

from opsflow.engine.document import Document, bpmn
from opsflow.engine.model import Model, NodeKind, Process
from opsflow.engine.parser.context import Reading
from opsflow.engine.parser.controls.unknown import remark_unknown
from opsflow.engine.parser.description import describe
from opsflow.engine.parser.identity import name_nodes, repeated_ids
from opsflow.engine.parser.limits import DEFAULT, ReadLimits
from opsflow.engine.parser.processes import read_process
from opsflow.engine.parser.schema import violations
from opsflow.engine.parser.scopes import lanes_of
from opsflow.engine.parser.source import parse
from opsflow.engine.rules import reading
from opsflow.errors import ModelRejected

__all__ = ["DEFAULT", "ReadLimits", "describe", "read"]


def read(source: bytes, *, limits: ReadLimits = DEFAULT) -> Model:
    """The model of a BPMN file; ``findings`` holds what was remarked while reading.

    Raises ModelRejected for a file that is not XML, declares a document type, is too
    large or too deep, is no BPMN, or breaks the schema of BPMN 2.0.2.
    """
    document = Document(parse(source, limits))
    found = repeated_ids(document) or violations(document)
    if any(finding.is_error for finding in found):
        raise ModelRejected(found)
    context = Reading(document, limits)
    context.findings += found
    name_nodes(context)
    processes = _processes(context)
    remark_unknown(context)
    return Model(
        processes=processes,
        messages=_names(document, "message"),
        signals=_names(document, "signal"),
        lanes=tuple(lane for element in document.all("process") for lane in lanes_of(element)),
        findings=tuple(context.findings),
        document=document,
    )


def _processes(context: Reading) -> dict[str, Process]:
    processes: dict[str, Process] = {}
    elements = list(context.document.all("process"))
    drawn = [element for element in elements if _has_nodes(element)]
    for element in elements:
        executable = _executable(context, element, alone=drawn == [element])
        process = read_process(context, element, executable=executable)
        if not process.id:
            context.remark(reading.PROCESS_NO_ID, "this process has no id, and so no key", element)
        else:
            processes.setdefault(process.id, process)
    return processes


def _executable(context: Reading, element: etree._Element, *, alone: bool) -> bool:
    """What the file says; the only process with a flow in it is meant to run."""
    if element.get("isExecutable") is None:
        if alone:
            message = "isExecutable is not set; the only process of the file is taken to run"
            context.remark(reading.EXECUTABLE_UNSET, message, element)
        return alone
    return context.flag(element, "isExecutable", default=False)


def _has_nodes(process: etree._Element) -> bool:
    return any(process.find(bpmn(kind.value)) is not None for kind in NodeKind)


def _names(document: Document, kind: str) -> tuple[str, ...]:
    return tuple(e.get("name") or e.get("id") or "" for e in document.all(kind))
