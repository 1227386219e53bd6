"""From bytes to the tree of a BPMN file."""

from __future__ import annotations

from lxml import etree

from opsflow.engine.document import BPMN, split
from opsflow.engine.parser.limits import ReadLimits
from opsflow.engine.rule import Remark, Rule
from opsflow.engine.rules import reading
from opsflow.errors import ModelRejected
from opsflow.markup import Fault, MarkupLimits, MarkupRefused
from opsflow.markup import parse as parse_markup

_RULES = {
    Fault.TOO_LARGE: reading.TOO_LARGE,
    Fault.TOO_DEEP: reading.TOO_DEEP,
    Fault.TOO_MANY: reading.TOO_MANY,
    Fault.NOT_XML: reading.NOT_XML,
    Fault.DOCTYPE: reading.DOCTYPE,
}


def parse(source: bytes, limits: ReadLimits) -> etree._Element:
    """The root element. Raises ModelRejected for anything but a modest, plain BPMN file."""
    try:
        root = parse_markup(source, MarkupLimits(limits.bytes, limits.depth, limits.elements))
    except MarkupRefused as error:
        raise rejected(_RULES[error.fault], str(error), error.line) from error
    namespace, name = split(str(root.tag))
    if name != "definitions" or namespace != BPMN:
        raise rejected(reading.NOT_BPMN, f"the root element is {root.tag}", root.sourceline)
    return root


def rejected(rule: Rule, message: str, line: object = 0) -> ModelRejected:
    """The refusal of a file that cannot be read any further."""
    remark = Remark(message, line=line if isinstance(line, int) else 0)
    return ModelRejected([rule.finding(remark)])
