"""From bytes to a tree, for files that may have been made to do harm."""

from __future__ import annotations

from lxml import etree

from opsflow.engine.document import BPMN, split
from opsflow.engine.parser.limits import ReadLimits
from opsflow.engine.rule import Remark, Rule
from opsflow.engine.rules import reading
from opsflow.errors import ModelRejected


def parse(source: bytes, limits: ReadLimits) -> etree._Element:
    """The root element. Raises ModelRejected for anything but a modest, plain BPMN file."""
    if len(source) > limits.bytes:
        message = f"the file has {len(source)} bytes, the limit is {limits.bytes}"
        raise rejected(reading.TOO_LARGE, message)
    _survey(source, limits)
    root = _tree(source)
    namespace, name = split(str(root.tag))
    if name != "definitions" or namespace != BPMN:
        raise rejected(reading.NOT_BPMN, f"the root element is {root.tag}", root.sourceline)
    return root


def rejected(rule: Rule, message: str, line: object = 0) -> ModelRejected:
    """The refusal of a file that cannot be read any further."""
    remark = Remark(message, line=line if isinstance(line, int) else 0)
    return ModelRejected([rule.finding(remark)])


def _survey(source: bytes, limits: ReadLimits) -> None:
    """Walk through the file without building a tree, and stop at the first excess."""
    _feed(source, _parser(_Surveyor(limits)))


def _tree(source: bytes) -> etree._Element:
    root = _feed(source, _parser(None))
    if not isinstance(root, etree._Element):
        raise rejected(reading.NOT_XML, "there is no element in it")
    return root


def _parser(target: _Surveyor | None) -> etree.XMLParser:
    """A parser that loads nothing, expands nothing and mends nothing."""
    return etree.XMLParser(
        target=target,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        remove_pis=True,
    )


def _feed(source: bytes, parser: etree.XMLParser) -> object:
    try:
        return etree.fromstring(source, parser)
    except etree.XMLSyntaxError as error:
        message = error.msg or "it is not well-formed XML"
        raise rejected(reading.NOT_XML, message, error.lineno) from error
    except (ValueError, LookupError) as error:
        raise rejected(reading.NOT_XML, str(error)) from error


class _Surveyor:
    """A parser target that counts and keeps nothing."""

    def __init__(self, limits: ReadLimits) -> None:
        self._limits = limits
        self._depth = 0
        self._elements = 0

    def start(self, tag: str | bytes, attrib: object) -> None:  # noqa: ARG002 lxml's names
        self._depth += 1
        self._elements += 1
        if self._depth > self._limits.depth:
            raise rejected(reading.TOO_DEEP, f"elements nest deeper than {self._limits.depth}")
        if self._elements > self._limits.elements:
            message = f"there are more than {self._limits.elements} elements"
            raise rejected(reading.TOO_MANY, message)

    def end(self, tag: str | bytes) -> None:  # noqa: ARG002 lxml's names
        self._depth -= 1

    def doctype(self, name: str, _public: str | None, _system: str | None) -> None:
        raise rejected(reading.DOCTYPE, f"it declares a document type ({name})")

    def data(self, data: str | bytes) -> None:
        """Text is not looked at."""

    def comment(self, text: str | bytes) -> None:
        """Comments are not looked at."""

    def close(self) -> None:
        """Nothing was kept."""
