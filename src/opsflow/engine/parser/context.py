"""What reading a file carries along: the document, and the remarks made on the way."""

from __future__ import annotations

from lxml import etree

from opsflow.engine.document import Document, line_of, reference
from opsflow.engine.parser.limits import ReadLimits
from opsflow.engine.rule import Remark, Rule
from opsflow.engine.rules import reading
from opsflow.errors import ModelRejected
from opsflow.findings import Finding


class Reading:
    """One reading of one file."""

    def __init__(self, document: Document, limits: ReadLimits) -> None:
        self.document = document
        self._expressions_left = limits.expressions
        self.findings: list[Finding] = []

    def remark(
        self, rule: Rule, message: str, place: etree._Element, hint: str | None = None
    ) -> None:
        """Note a finding at the nearest element that has an id."""
        owner = owner_of(place)
        remark = Remark(
            message,
            element=owner.get("id") if owner is not None else None,
            name=owner.get("name") if owner is not None else None,
            line=line_of(place),
            hint=hint,
        )
        self.findings.append(rule.finding(remark))

    def spend(self, text: str) -> None:
        """Count an expression's text. Raises ModelRejected where there is too much of it."""
        self._expressions_left -= len(text)
        if self._expressions_left < 0:
            remark = Remark("its expressions are too long, taken together")
            raise ModelRejected([reading.TOO_MUCH_TEXT.finding(remark)])

    def referred(self, place: etree._Element, attribute: str) -> etree._Element | None:
        """The element that an attribute refers to; a reference to nothing is remarked."""
        return self.resolve(place, place.get(attribute), attribute)

    def resolve(self, place: etree._Element, value: str | None, what: str) -> etree._Element | None:
        """The element that a QName refers to; a reference to nothing is remarked."""
        wanted = reference(value)
        if wanted is None:
            return None
        found = self.document.find(wanted)
        if found is None:
            message = f"{what} refers to {value!r}, which is not there"
            self.remark(reading.UNRESOLVED, message, place)
        return found

    def flag(self, place: etree._Element, attribute: str, *, default: bool) -> bool:
        """A boolean attribute; the schema has seen to its form."""
        value = place.get(attribute)
        return default if value is None else value.strip() in ("true", "1")

    def number(self, place: etree._Element, attribute: str, default: int) -> int:
        """An integer attribute; the schema has seen to its form, but not to its size."""
        value = place.get(attribute)
        if value is None:
            return default
        try:
            return int(value)
        except ValueError:
            self.remark(reading.NUMBER, f"{attribute} is not a number: {value[:40]!r}", place)
            return default


def owner_of(place: etree._Element) -> etree._Element | None:
    """The nearest element around a place that has an id, itself included."""
    current: etree._Element | None = place
    while current is not None and not current.get("id"):
        current = current.getparent()
    return current
