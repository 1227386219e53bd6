"""Texts of a model as syntax trees; what can not be read is noted, and null when it is run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from opsflow.decisions.nodes import Broken, Source, Typed
from opsflow.decisions.reading import Element
from opsflow.decisions.rules import IMPORTED, LANGUAGE, SYNTAX, Rule
from opsflow.decisions.types import Allowed, Types, read_allowed
from opsflow.feel import FeelError
from opsflow.feel.embedding import Node, TypeOf, Vocabulary
from opsflow.findings import Finding


@dataclass(frozen=True, slots=True)
class Site:
    """Where an expression is read: whose it is, and which names it may use.

    `element` is the id of the nearest element that has one.
    """

    owner: str
    element: str
    names: Vocabulary
    types: Types
    language: str
    findings: list[Finding] = field(compare=False)

    def knowing(self, *names: str) -> Site:
        """The same with more variables."""
        vocabulary = self.names.extended(names)
        return Site(self.owner, self.element, vocabulary, self.types, self.language, self.findings)

    def at(self, element: Element) -> Site:
        """The same inside an element, if that has an id."""
        id = element.id or self.element
        return Site(self.owner, id, self.names, self.types, self.language, self.findings)

    def broken(self, rule: Rule, message: str, line: int) -> Node:
        """Note a finding, and give what stands for the part that can not be read."""
        self.findings.append(
            rule.finding(message, element=self.element, name=self.owner, line=line)
        )
        return Broken(message)

    def expression(self, element: Element) -> Node | None:
        """The expression in an element's `text`; None where it is empty."""
        return self._read(element, self.names.expression)

    def tests(self, element: Element) -> Node:
        """The unary tests in an element's `text`; an empty text tests nothing."""
        found = self._read(element, self.names.tests)
        return self.names.tests("-") if found is None else found

    def _read(self, element: Element, parse: Callable[[str], Node]) -> Node | None:
        imported = element.first("importedValues")
        if imported is not None:
            where = imported.get("locationURI") or imported.get("namespace") or "another file"
            return self.broken(IMPORTED, f"the expression stands in {where}", imported.line)
        language = element.get("expressionLanguage") or self.language
        if "feel" not in language.lower():
            return self.broken(LANGUAGE, f"{language} is not FEEL", element.line)
        text = element.text_of("text")
        if not text:
            return None
        try:
            return Source(parse(text), text, self.element, element.line)
        except FeelError as error:
            return self.broken(SYNTAX, f"{error}: {text[:80]}", element.line)

    def allowed(self, element: Element | None) -> Allowed | None:
        """Allowed values; none where there are none, or they can not be read."""
        try:
            return read_allowed(element, self.names)
        except FeelError as error:
            self.broken(SYNTAX, str(error), element.line if element is not None else 0)
            return None

    def type_of(self, element: Element) -> TypeOf | None:
        """The type that an element's `typeRef` names."""
        return self.types.named(element.get("typeRef"), at=element)

    def typed(self, node: Node, element: Element, subject: str) -> Node:
        """A node whose value is made to be of that type."""
        wanted = self.type_of(element)
        return node if wanted is None else Typed(node, wanted, subject)
