"""Item definitions as types of FEEL (DMN 1.5 §7.3.3), with the values they allow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from opsflow.decisions.reading import Element
from opsflow.decisions.rules import SYNTAX, TYPE_CYCLE, TYPE_UNKNOWN
from opsflow.feel import FeelError
from opsflow.feel.embedding import (
    Code,
    Env,
    Node,
    Run,
    TypeOf,
    Vocabulary,
    compile_node,
    is_known,
    syntax,
)
from opsflow.findings import Finding

ANY = TypeOf("Any")
_ALIASES = {
    **dict.fromkeys(("integer", "long", "double", "int", "float", "decimal"), "number"),
    "dateTime": "date and time",
    "dayTimeDuration": "days and time duration",
    "duration": "days and time duration",
    "yearMonthDuration": "years and months duration",
    "any": "Any",
    "<Undefined>": "Any",
}


@dataclass(frozen=True, slots=True)
class Allowed:
    """The values that a type, an input or an output allows, in the order they are listed."""

    tests: tuple[Node, ...]
    codes: tuple[Code, ...]
    text: str

    def __call__(self, run: Run, value: object) -> bool:
        """Whether a value is allowed."""
        return self.rank(run, value) < len(self.codes)

    def rank(self, run: Run, value: object) -> int:
        """The place of a value in the list, from 0; past the end for one that is not allowed."""
        env = Env({"?": value}, Env({}, None, run), run)
        for place, code in enumerate(self.codes):
            if code(env) is True:
                return place
        return len(self.codes)


def read_allowed(element: Element | None, vocabulary: Vocabulary) -> Allowed | None:
    """Allowed values from an element with a `text`. Raises FeelError."""
    text = "" if element is None else element.text_of("text")
    if not text or text == "-":
        return None
    tree = vocabulary.tests(text)
    if not isinstance(tree, syntax.UnaryTests) or not tree.tests:
        return None
    single = tuple(syntax.UnaryTests((test,), negated=False) for test in tree.tests)
    tests = (tree,) if tree.negated else single
    return Allowed(tests, tuple(compile_node(test) for test in tests), text)


@dataclass(frozen=True, slots=True)
class _All:
    """Several constraints at once."""

    parts: tuple[Callable[[Run, object], bool], ...]

    def __call__(self, run: Run, value: object) -> bool:
        return all(part(run, value) for part in self.parts)


def constrained(base: TypeOf, allowed: Allowed | None) -> TypeOf:
    """A type whose values are also among the allowed ones."""
    if allowed is None:
        return base
    both = allowed if base.constraint is None else _All((base.constraint, allowed))
    return replace(base, constraint=both)


class Types:
    """The types of one model: its own, and those of its imports as `import.name`."""

    def __init__(self, definitions: Mapping[str, Element], imported: Mapping[str, TypeOf]) -> None:
        self.findings: list[Finding] = []
        self._definitions = definitions
        self._known = dict(imported)
        self._open: set[str] = set()
        for name in definitions:
            self._resolve(name)

    @property
    def known(self) -> Mapping[str, TypeOf]:
        """Every type that has a name here."""
        return self._known

    def named(self, reference: str, *, at: Element) -> TypeOf | None:
        """The type that is referred to; None for no reference, and Any for an unknown one."""
        name = " ".join(reference.split())
        if not name:
            return None
        found = self._find(name) or (self._find(name.split(":", 1)[1]) if ":" in name else None)
        if found is None:
            message = f"there is no type {name!r}"
            self.findings.append(TYPE_UNKNOWN.finding(message, element=at.id, line=at.line))
            return ANY
        return found

    def _find(self, name: str) -> TypeOf | None:
        if name in self._definitions or name in self._known:
            return self._resolve(name)
        builtin = _built_in(name)
        return builtin if is_known(builtin) else None

    def _resolve(self, name: str) -> TypeOf:
        known = self._known.get(name)
        if known is not None:
            return known
        definition = self._definitions[name]
        if name in self._open:
            message = f"the type {name!r} is made of itself"
            self.findings.append(TYPE_CYCLE.finding(message, name=name, line=definition.line))
            return ANY
        self._open.add(name)
        self._known[name] = self._define(definition)
        self._open.discard(name)
        return self._known[name]

    def _define(self, definition: Element) -> TypeOf:
        base = constrained(self._base(definition), self._allowed(definition, "allowedValues"))
        if definition.get("isCollection") in ("true", "1"):
            base = TypeOf("list", (base,), open=False)
        return constrained(base, self._allowed(definition, "typeConstraint"))

    def _base(self, definition: Element) -> TypeOf:
        components = list(definition.all("itemComponent"))
        if components:
            members = tuple(self._define(component) for component in components)
            keys = tuple(component.name for component in components)
            return TypeOf("context", members, keys, open=False)
        function = definition.first("functionItem")
        if function is not None:
            return self._function(function)
        reference = definition.text_of("typeRef") or definition.get("typeRef")
        return self.named(reference, at=definition) or ANY

    def _function(self, function: Element) -> TypeOf:
        references = [parameter.get("typeRef") for parameter in function.all("parameters")]
        members = [
            self.named(reference, at=function) or ANY
            for reference in (*references, function.get("outputTypeRef"))
        ]
        return TypeOf("function", tuple(members), open=False)

    def _allowed(self, definition: Element, tag: str) -> Allowed | None:
        element = definition.first(tag)
        try:
            return read_allowed(element, Vocabulary(types=self._known))
        except FeelError as error:
            place = element or definition
            self.findings.append(SYNTAX.finding(str(error), name=definition.name, line=place.line))
            return None


def _built_in(name: str) -> TypeOf:
    """A type of FEEL, also one with members such as `list<number>`."""
    name = _ALIASES.get(name, name)
    if name.endswith(">"):
        try:
            tree = Vocabulary().expression(f"null instance of {name}")
        except FeelError:
            return TypeOf(name)
        if isinstance(tree, syntax.InstanceOf):
            return tree.type
    return TypeOf(name)
