"""Boxed expressions as syntax trees (DMN 1.5 §10.2.2, and §7.3 for their XML)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from opsflow.decisions.choices import BoxedFilter, BoxedIf
from opsflow.decisions.nodes import Block, Typed
from opsflow.decisions.parsing.tables import read_table
from opsflow.decisions.parsing.texts import Site
from opsflow.decisions.reading import Element
from opsflow.decisions.rules import BOXED, EXTERNAL
from opsflow.feel.embedding import Node, TypeOf, syntax

_NULL = syntax.Literal(None)


def read_logic(element: Element, site: Site) -> Node | None:
    """The expression that an element holds, whatever its form; None where it holds none."""
    for child in element.children:
        reader = _READERS.get(child.tag)
        if reader is not None:
            return read_expression(child, site)
    return None


def read_expression(element: Element, site: Site) -> Node:
    """The tree of one boxed expression."""
    reader = _READERS.get(element.tag)
    if reader is None:
        return site.broken(BOXED, f"{element.tag} is not an expression", element.line)
    node = reader(element, site.at(element))
    if element.tag in ("functionDefinition", "decisionTable", "relation"):
        return node
    return site.typed(node, element, "the value")


def _part(element: Element, tag: str, site: Site) -> Node:
    """The expression inside a child, such as `if` or `match`."""
    child = element.first(tag)
    found = None if child is None else read_logic(child, site)
    if found is None:
        return site.broken(BOXED, f"{element.tag} has no {tag}", element.line)
    return found


def _literal(element: Element, site: Site) -> Node:
    return site.expression(element) or _NULL


def _context(element: Element, site: Site) -> Node:
    entries: list[tuple[str, Node]] = []
    result: Node | None = None
    for entry in element.all("contextEntry"):
        variable = entry.first("variable")
        value = read_logic(entry, site) or _NULL
        if variable is None or not variable.name:
            result = value
            continue
        name = variable.name
        entries.append((name, _variable(value, variable, site)))
        site = site.knowing(name)
    if len({name for name, _ in entries}) < len(entries):
        return site.broken(BOXED, "a context has two entries of one name", element.line)
    return Block(tuple(entries), result)


def _variable(value: Node, variable: Element, site: Site) -> Node:
    wanted = site.type_of(variable)
    if wanted is None or (isinstance(value, syntax.FunctionOf) and wanted.name != "function"):
        return value
    return Typed(value, wanted, variable.name)


def _invocation(element: Element, site: Site) -> Node:
    callee = element.first("literalExpression")
    function = None if callee is None else site.expression(callee)
    if function is None:
        return site.broken(BOXED, "an invocation names no function", element.line)
    names: list[str] = []
    arguments: list[Node] = []
    for binding in element.all("binding"):
        parameter = binding.first("parameter")
        if parameter is not None:
            names.append(parameter.name)
            arguments.append(read_logic(binding, site) or _NULL)
    return syntax.Call(function, tuple(arguments), tuple(names))


def _list(element: Element, site: Site) -> Node:
    items = (child for child in element.children if child.tag in _READERS)
    return syntax.ListOf(tuple(read_expression(child, site) for child in items))


def _relation(element: Element, site: Site) -> Node:
    columns = list(element.all("column"))
    rows = [_row(row, columns, site) for row in element.all("row")]
    return syntax.ListOf(tuple(rows))


def _row(row: Element, columns: Iterable[Element], site: Site) -> Node:
    cells = [child for child in row.children if child.tag in _READERS]
    names = [column.name for column in columns]
    if len(cells) != len(names):
        return site.broken(BOXED, "a row has not one cell for each column", row.line)
    values = [
        site.typed(read_expression(cell, site), column, column.name)
        for cell, column in zip(cells, columns, strict=True)
    ]
    return syntax.ContextOf(tuple(zip(names, values, strict=True)))


def read_function(element: Element, site: Site, result: TypeOf | None = None) -> Node:
    """A function definition whose result is made to be of a type."""
    parameters = list(element.all("formalParameter"))
    names = tuple(parameter.name for parameter in parameters)
    types = tuple(site.type_of(parameter) for parameter in parameters)
    kind = element.get("kind", "FEEL")
    if kind.upper() not in ("FEEL", "F"):
        message = f"the function is written in {kind}"
        site.findings.append(EXTERNAL.finding(message, element=site.element, line=element.line))
        return syntax.FunctionOf(names, types, _NULL, external=True)
    body = read_logic(element, site.knowing(*names)) or _NULL
    wanted = result or site.type_of(element)
    if wanted is not None and wanted.name == "function":
        wanted = wanted.members[-1] if wanted.members else None
    if wanted is not None:
        body = Typed(body, wanted, "the function's result")
    return syntax.FunctionOf(names, types, body)


def _conditional(element: Element, site: Site) -> Node:
    condition, then, otherwise = (_part(element, tag, site) for tag in ("if", "then", "else"))
    return BoxedIf(condition, then, otherwise)


def _filter(element: Element, site: Site) -> Node:
    match = _part(element, "match", site.knowing("item"))
    return BoxedFilter(_part(element, "in", site), match)


def _for(element: Element, site: Site) -> Node:
    iteration, inner = _iteration(element, site)
    return syntax.For((iteration,), _part(element, "return", inner.knowing("partial")))


def _quantified(element: Element, site: Site) -> Node:
    iteration, inner = _iteration(element, site)
    body = _part(element, "satisfies", inner)
    return syntax.Quantified(element.tag, (iteration,), body)


def _iteration(element: Element, site: Site) -> tuple[syntax.Iteration, Site]:
    name = " ".join(element.get("iteratorVariable").split())
    return syntax.Iteration(name, _part(element, "in", site)), site.knowing(name)


_READERS: dict[str, Callable[[Element, Site], Node]] = {
    "literalExpression": _literal,
    "decisionTable": lambda element, site: read_table(element, site),
    "context": _context,
    "invocation": _invocation,
    "list": _list,
    "relation": _relation,
    "functionDefinition": read_function,
    "conditional": _conditional,
    "filter": _filter,
    "for": _for,
    "some": _quantified,
    "every": _quantified,
}
