"""XML from outside, read safely: no document type, no entities, no network, bounded in size."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from lxml import etree


class Fault(StrEnum):
    """Why a file is not read."""

    TOO_LARGE = "too-large"
    TOO_DEEP = "too-deep"
    TOO_MANY = "too-many-elements"
    NOT_XML = "not-xml"
    DOCTYPE = "doctype"


class MarkupRefused(ValueError):
    """The file is not plain, modest XML. ``line`` counts from 1, 0 where it is not known."""

    def __init__(self, fault: Fault, message: str, line: int = 0) -> None:
        self.fault = fault
        self.line = line
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class MarkupLimits:
    """Caps on a file; ``bytes`` is checked before parsing, the others while it goes on."""

    bytes: int = 10_000_000
    depth: int = 128
    elements: int = 100_000


DEFAULT_LIMITS = MarkupLimits()


def parse(source: bytes, limits: MarkupLimits = DEFAULT_LIMITS) -> etree._Element:
    """The root element. Raises MarkupRefused.

    The file is walked through twice: first without building a tree, so that a file made to
    exhaust the memory stops at the first excess.
    """
    if len(source) > limits.bytes:
        message = f"the file has {len(source)} bytes, the limit is {limits.bytes}"
        raise MarkupRefused(Fault.TOO_LARGE, message)
    _feed(source, _parser(_Surveyor(limits)))
    root = _feed(source, _parser(None))
    if not isinstance(root, etree._Element):
        raise MarkupRefused(Fault.NOT_XML, "there is no element in it")
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
        line = error.lineno if isinstance(error.lineno, int) else 0
        raise MarkupRefused(Fault.NOT_XML, message, line) from error
    except MarkupRefused:
        raise
    except (ValueError, LookupError) as error:
        raise MarkupRefused(Fault.NOT_XML, str(error)) from error


class _Surveyor:
    """A parser target that counts and keeps nothing."""

    def __init__(self, limits: MarkupLimits) -> None:
        self._limits = limits
        self._depth = 0
        self._elements = 0

    def start(self, tag: str | bytes, attrib: object) -> None:  # noqa: ARG002 lxml's names
        self._depth += 1
        self._elements += 1
        if self._depth > self._limits.depth:
            message = f"elements nest deeper than {self._limits.depth}"
            raise MarkupRefused(Fault.TOO_DEEP, message)
        if self._elements > self._limits.elements:
            message = f"there are more than {self._limits.elements} elements"
            raise MarkupRefused(Fault.TOO_MANY, message)

    def end(self, tag: str | bytes) -> None:  # noqa: ARG002 lxml's names
        self._depth -= 1

    def doctype(self, name: str, _public: str | None, _system: str | None) -> None:
        raise MarkupRefused(Fault.DOCTYPE, f"it declares a document type ({name})")

    def data(self, data: str | bytes) -> None:
        """Text is not looked at."""

    def comment(self, text: str | bytes) -> None:
        """Comments are not looked at."""

    def close(self) -> None:
        """Nothing was kept."""
