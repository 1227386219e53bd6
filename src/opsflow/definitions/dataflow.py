"""What conditions and decisions read, held against the variables that a process declares.

Only what is certain is said: a variable may always come from whoever starts the process, so
that a name is called wrong only where one that is declared is nearly the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from opsflow import feel
from opsflow.decisions import DecisionModel, input_types
from opsflow.definitions.binding import asked_decisions
from opsflow.definitions.drafts import Draft
from opsflow.definitions.variables import Variables, declared_variables
from opsflow.engine import Expression, MultiInstance, Node, Process
from opsflow.findings import Finding, Severity

_ALIKE = 0.8
"""How much two names have in common, from 0 to 1, before one is taken for the other misspelt."""
_LONGEST = 60
"""Characters of a name that is compared."""
_COMPARISONS = 20_000
"""Pairs of names that are compared for one process."""
_NUMBER = re.compile(r"\d+")
_READ_FROM_TEXT = frozenset(
    {
        "date",
        "time",
        "date and time",
        "days and time duration",
        "years and months duration",
        "dayTimeDuration",
        "dateTime",
    }
)
"""Types that an input of a decision takes as text, too."""


class _Spelling:
    """Finds the declared name that another one is nearly; in bounded time, whatever the model."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = [name for name in names if len(name) <= _LONGEST]
        self._known: dict[str, str | None] = {}
        self._left = _COMPARISONS

    def near(self, name: str) -> str | None:
        """The declared name; a number in it makes another one of it on purpose."""
        if name not in self._known:
            self._left -= len(self._names)
            possible = self._left >= 0 and len(name) <= _LONGEST
            self._known[name] = self._find(name) if possible else None
        return self._known[name]

    def _find(self, name: str) -> str | None:
        for near in get_close_matches(name, self._names, cutoff=_ALIKE):
            if _NUMBER.sub("", near) != _NUMBER.sub("", name):
                return near
        return None


@dataclass(frozen=True, slots=True)
class _Place:
    """The element that says something."""

    element: str
    name: str | None
    line: int


def check_dataflow(draft: Draft, find: Callable[[str], DecisionModel | None]) -> list[Finding]:
    """Findings about names and types; ``find`` gives the file of a decision by its key."""
    variables = declared_variables(draft.process, draft.forms)
    spelling = _Spelling(variables.types)
    return [
        *_check_conditions(draft.process, variables, spelling),
        *_check_inputs(draft.process, variables, spelling, find),
    ]


def _check_conditions(
    process: Process, variables: Variables, spelling: _Spelling
) -> Iterator[Finding]:
    for place, condition in _conditions(process):
        if condition.literal:
            continue
        try:
            compiled = feel.compile(condition.text)
        except feel.FeelError:
            # The engine's rules have said so.
            continue
        read = compiled.names | compiled.possible_names | compiled.functions
        types = {name: kind for name in read if (kind := variables.types.get(name))}
        for warning in compiled.check({**dict.fromkeys(compiled.names), **types}):
            yield _finding(
                place,
                "opsflow.variable.type",
                f"{condition.text!r}: {warning.message}",
                "Compare values of one type; the forms say of which type a variable is.",
            )
        for name in sorted(compiled.names - variables.types.keys()):
            near = spelling.near(name)
            if near is not None:
                yield _finding(
                    place,
                    "opsflow.variable.name",
                    f"nothing declares {name!r} in {condition.text!r}, but there is {near!r}",
                    f"Write {near}, if that is meant.",
                )


def _conditions(process: Process) -> Iterator[tuple[_Place, Expression]]:
    for flow in process.flows.values():
        if flow.condition is not None:
            yield _Place(flow.id, flow.name, flow.line), flow.condition
    for node in process.nodes.values():
        for condition in _conditions_of(node):
            if condition is not None:
                yield _Place(node.id, node.name, condition.line or node.line), condition


def _conditions_of(node: Node) -> Iterator[Expression | None]:
    yield from (tier.when for tier in node.controls.tiers)
    yield node.completion_condition
    if isinstance(node.loop, MultiInstance):
        yield node.loop.completion
    elif node.loop is not None:
        yield node.loop.condition


def _check_inputs(
    process: Process,
    variables: Variables,
    spelling: _Spelling,
    find: Callable[[str], DecisionModel | None],
) -> Iterator[Finding]:
    for key, node in asked_decisions(process):
        model = find(key)
        if model is None:
            continue
        place = _Place(node.id, node.name, node.line)
        for name, wanted in input_types(model, key).items():
            if name in variables.types:
                yield from _check_type(place, key, name, wanted, variables.types[name])
            else:
                yield from _check_name(place, key, name, spelling, closed=variables.closed)


def _check_type(
    place: _Place, key: str, name: str, wanted: str | None, given: str | None
) -> Iterator[Finding]:
    if wanted is None or given is None or wanted == given:
        return
    if given == "string" and wanted in _READ_FROM_TEXT:
        return
    yield _finding(
        place,
        "opsflow.call.decision-type",
        f"the decision {key!r} takes a {wanted} as {name!r}, and here it is a {given}",
        "Give both one type: otherwise the input is null, and so may be the decision.",
    )


def _check_name(
    place: _Place, key: str, name: str, spelling: _Spelling, *, closed: bool
) -> Iterator[Finding]:
    near = spelling.near(name)
    if near is not None:
        yield _finding(
            place,
            "opsflow.variable.name",
            f"nothing declares {name!r}, which the decision {key!r} reads, but there is {near!r}",
            f"Call them the same, if {near} is meant.",
        )
    elif closed:
        yield _finding(
            place,
            "opsflow.call.decision-input",
            f"the decision {key!r} reads {name!r}, which nothing in the diagram gives",
            "Give it when the process is started, or by a form or a mapping; otherwise it is null.",
            Severity.INFORMATION,
        )


def _finding(
    place: _Place, rule: str, message: str, hint: str, severity: Severity = Severity.WARNING
) -> Finding:
    return Finding(
        severity=severity,
        rule=rule,
        message=message,
        hint=hint,
        element=place.element,
        name=place.name,
        line=place.line,
    )
