"""Everything a node carries beyond its BPMN meaning."""

from __future__ import annotations

from lxml import etree

from opsflow.engine.document import SPIFF, bpmn, text_of
from opsflow.engine.extensions import CalledDecision, TaskControls
from opsflow.engine.parser.context import Reading
from opsflow.engine.parser.controls.assignments import assignment
from opsflow.engine.parser.controls.extended import (
    camunda,
    extensions,
    opsflow_elements,
    own,
    spiff_property,
    spiff_text,
    zeebe_attribute,
)
from opsflow.engine.parser.controls.gates import gates
from opsflow.engine.parser.controls.mappings import inputs, outputs
from opsflow.engine.parser.controls.procedures import procedure
from opsflow.engine.parser.controls.responsibility import responsibility
from opsflow.engine.parser.controls.service_levels import service_level


def task_controls(context: Reading, element: etree._Element) -> TaskControls:
    """The controls of one node; empty ones where it carries none."""
    form, schema = _form(element)
    return TaskControls(
        responsibility=responsibility(context, element),
        procedure=procedure(context, element),
        gates=gates(context, element),
        form=form,
        form_schema=schema,
        topic=_topic(element) or _operation(context, element),
        decision=_decision(element),
        inputs=inputs(context, element),
        outputs=outputs(context, element),
        assignment=assignment(context, element),
        calendar=own(element, "calendar"),
        service_level=service_level(context, element),
        instructions=_instructions(element),
        cautions=_text(element, "cautions"),
    )


def _form(element: etree._Element) -> tuple[str | None, str | None]:
    """Reference and inline schema of the form: opsflow's, else another tool's key."""
    for found in opsflow_elements(element, "form"):
        return found.get("ref") or None, text_of(found) or None
    return _foreign_form(element), None


def _foreign_form(element: etree._Element) -> str | None:
    return (
        camunda(element, "formKey")
        or camunda(element, "formRef")
        or zeebe_attribute(element, "formDefinition", "formId")
        or zeebe_attribute(element, "formDefinition", "formKey")
        or spiff_property(element, "formJsonSchemaFilename")
    )


def _topic(element: etree._Element) -> str | None:
    """Which handler does it. A throwing event's topic stands on its event definition."""
    places = [element, *element.iterfind(bpmn("messageEventDefinition"))]
    for place in places:
        found = (
            own(place, "topic")
            or camunda(place, "topic")
            or zeebe_attribute(place, "taskDefinition", "type")
            or _spiff_operator(place)
        )
        if found:
            return found
    return None


def _operation(context: Reading, element: etree._Element) -> str | None:
    """The operation that a service task invokes: BPMN's own way to name who does it (§10.3.3)."""
    if element.tag != bpmn("serviceTask"):
        return None
    found = context.document.referred(element, "operationRef")
    return None if found is None else found.get("name") or found.get("id")


def _decision(element: etree._Element) -> CalledDecision | None:
    """The decision that a business rule task asks."""
    key = (
        own(element, "decision")
        or camunda(element, "decisionRef")
        or zeebe_attribute(element, "calledDecision", "decisionId")
    )
    result = (
        own(element, "result")
        or camunda(element, "resultVariable")
        or zeebe_attribute(element, "calledDecision", "resultVariable")
    )
    return CalledDecision(key, result) if key else None


def _spiff_operator(element: etree._Element) -> str | None:
    for found in extensions(element, "serviceTaskOperator", (SPIFF,)):
        return found.get("id")
    return None


def _instructions(element: etree._Element) -> str | None:
    return _text(element, "instructions") or spiff_text(element, "instructionsForEndUser")


def _text(element: etree._Element, name: str) -> str | None:
    for found in opsflow_elements(element, name):
        return text_of(found) or None
    return None
