"""Requirements that lead back to where they start (DMN 1.5 §6.3.2)."""

from __future__ import annotations

from collections.abc import Iterator

from opsflow.decisions.elements import Decision, DrgElement, Elements, Key, Service
from opsflow.decisions.model import DecisionModel
from opsflow.decisions.rules import CYCLE
from opsflow.findings import Finding


def check_requirements(model: DecisionModel) -> Iterator[Finding]:
    """A finding for each circle of decisions. Functions may call each other in circles."""
    done: set[Key] = set()
    for decision in model.decisions.values():
        yield from _circles(model.elements, decision, done)


def _circles(elements: Elements, start: Decision, done: set[Key]) -> Iterator[Finding]:
    """Walk down from a decision once, and note each way back to where the walk stands."""
    path: list[Key] = []
    ways: list[Iterator[Key]] = [iter((start.key,))]
    while ways:
        wanted = next(ways[-1], None)
        if wanted is None:
            ways.pop()
            if path:
                done.add(path.pop())
        elif wanted in path:
            yield _finding(elements, path[path.index(wanted) :])
        elif wanted not in done:
            path.append(wanted)
            ways.append(_needs(elements.find(wanted)))


def _finding(elements: Elements, circle: list[Key]) -> Finding:
    found = [element for key in circle if (element := elements.find(key)) is not None]
    names = " → ".join([*(element.name for element in found), found[0].name])
    first = found[0]
    message = f"it requires itself: {names}"
    return CYCLE.finding(message, element=first.key[1], name=first.name, line=first.line)


def _needs(element: DrgElement | None) -> Iterator[Key]:
    if isinstance(element, Decision):
        yield from (requirement.key for requirement in element.requirements)
    elif isinstance(element, Service):
        # What is given to a service is not evaluated, so a circle through it is cut there.
        given = {parameter.key for parameter in element.parameters}
        yield from (output.key for output in element.outputs if output.key not in given)
