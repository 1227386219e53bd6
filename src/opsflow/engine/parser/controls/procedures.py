"""``opsflow:procedure`` with its steps."""

from __future__ import annotations

from lxml import etree

from opsflow.engine.document import line_of
from opsflow.engine.expressions import Expression
from opsflow.engine.extensions import ProcedureStep, ProcedureStepKind
from opsflow.engine.parser import expressions
from opsflow.engine.parser.context import Reading
from opsflow.engine.parser.controls.extended import opsflow_elements
from opsflow.engine.parser.controls.values import chosen, flag, required
from opsflow.engine.rules import reading


def procedure(context: Reading, element: etree._Element) -> tuple[ProcedureStep, ...]:
    """The steps of a task's procedure, in order."""
    steps: dict[str, ProcedureStep] = {}
    for found in opsflow_elements(element, "procedure"):
        for child in found:
            step = _step(context, child)
            if step.id in steps:
                message = f"the procedure step {step.id!r} is there twice"
                context.remark(reading.REPEATED, message, child)
            steps[step.id] = step
    return tuple(steps.values())


def _step(context: Reading, element: etree._Element) -> ProcedureStep:
    return ProcedureStep(
        id=required(context, element, "id"),
        kind=ProcedureStepKind(
            chosen(context, element, "kind", tuple(ProcedureStepKind), ProcedureStepKind.CHECK)
        ),
        text=" ".join("".join(str(text) for text in element.itertext()).split()),
        required=flag(context, element, "required", default=True),
        unit=element.get("unit"),
        minimum=limit(context, element, "min"),
        maximum=limit(context, element, "max"),
        evidence=chosen(context, element, "evidence", ("file",), None),
        line=line_of(element),
    )


def limit(context: Reading, element: etree._Element, name: str) -> Expression | None:
    """A limit is always an expression: a plain number is one too."""
    written = element.get(name)
    if written is None or not written.strip():
        return None
    return expressions.from_text(context, written, element, "feel")
