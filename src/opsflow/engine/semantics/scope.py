"""Variables: which scope a name is read from and written to (BPMN 2.0.2 §10.4.1).

Values are frozen by convention inside the engine: they are copied where they come in and go
out, never in between. Every write can be undone until the step that makes it has succeeded.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opsflow.engine.semantics.token import SpiffTask


def visible(task: SpiffTask) -> Mapping[str, object]:
    """All variables that can be read at a task, its own first. To be read only."""
    layers: list[dict[str, object]] = []
    place: SpiffTask | None = task
    while place is not None:
        if place.data:
            layers.append(place.data)
        if place.task_spec.isolates:
            break
        place = place.scope
    if len(layers) == 1:
        return layers[0]
    merged: dict[str, object] = {}
    for layer in reversed(layers):
        merged.update(layer)
    return merged


def home_of(start: SpiffTask, name: str) -> SpiffTask:
    """Where a plain output goes: the innermost scope that has the name, else the nearest one.

    Nearest is the first process, subprocess or multi-instance body from ``start`` outwards.
    """
    nearest: SpiffTask | None = None
    place: SpiffTask | None = start
    while place is not None:
        if name in place.data:
            return place
        if nearest is None and place.task_spec.holds_variables:
            nearest = place
        if place.task_spec.isolates:
            break
        place = place.scope
    return nearest or start
