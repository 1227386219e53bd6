"""The stored form of a running instance: a format version, and live work only."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from SpiffWorkflow.util.task import TaskState

from opsflow.engine.changes import Waiting
from opsflow.engine.codec import pack, unpack
from opsflow.engine.semantics.flat import MAX_VARIABLES
from opsflow.engine.semantics.live import LiveWorkflow
from opsflow.engine.semantics.process import ProcessSpec
from opsflow.engine.semantics.scripts import Scripts
from opsflow.engine.semantics.token import SpiffTask
from opsflow.errors import StateUnreadable

FORMAT = 1

_LETTERS = {
    TaskState.WAITING: "w",
    TaskState.READY: "r",
    TaskState.STARTED: "s",
    TaskState.ERROR: "e",
}
INSIDE, OUTSIDE = 1, 2
"""Where a listener's event belongs: in the scope it listens in, or on the boundary of it."""
_STATES = {letter: state for state, letter in _LETTERS.items()}


def write_state(live: LiveWorkflow) -> str:
    """The state as JSON text; nothing in it depends on the order of object keys."""
    state = {
        "format": FORMAT,
        "status": live.status,
        "next": live.last_id,
        "by": live.ended_by,
        "urgent": _ready(live.urgent),
        "queue": _ready(live.queue),
        "tasks": [_row(task) for task in live.tasks.values()],
    }
    return json.dumps(state, separators=(",", ":"))


def _ready(line: Iterable[SpiffTask]) -> list[str]:
    return [task.id for task in line if task._state == TaskState.READY]


def _row(task: SpiffTask) -> dict[str, object]:
    row: dict[str, object] = {"id": task.id, "is": _LETTERS[task._state]}
    if task.scope is not None:
        row["in"] = task.scope.id
        row["at"] = task.task_spec.name
    if task.listener:
        row["ear"] = OUTSIDE if task.task_spec.serves_boundary else INSIDE
    if task.reached:
        row["seen"] = 1
    if task.waiting is not None:
        row["for"] = task.waiting.value
    if task.incident is not None:
        row["bad"] = list(task.incident)
    for key, content in (
        ("own", task.data),
        ("mem", task.internal_data),
        ("got", task.pending),
    ):
        if content or (key == "got" and content is not None):
            row[key] = pack(dict(content))
    return row


def read_state(
    spec: ProcessSpec,
    text: str,
    scripts: Scripts | None,
    budget: int,
    clock: Callable[[], datetime] | None = None,
    limit: int = MAX_VARIABLES,
) -> LiveWorkflow:
    """The instance that was stored. Raises StateUnreadable."""
    try:
        state = json.loads(text)
        version = state["format"] if isinstance(state, dict) else None
    except (ValueError, KeyError) as error:
        raise StateUnreadable(f"This is not a stored state: {error}") from error
    if version != FORMAT:
        raise StateUnreadable(
            f"The stored state has format {version!r}; this release reads {FORMAT}."
        )
    live = LiveWorkflow(spec, scripts, budget, clock)
    live.limit, live.weight = limit, len(text)
    try:
        _fill(live, state)
    except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError) as error:
        raise StateUnreadable(f"The stored state does not fit the process: {error!r}") from error
    return live


def _fill(live: LiveWorkflow, state: dict[str, Any]) -> None:
    live.status = state["status"]
    live.completed = live.status != "running"
    live.ended_by = state["by"]
    for row in sorted(state["tasks"], key=lambda row: int(row["id"])):
        _restore(live, row)
    live.last_id = state["next"]
    live.urgent.extend(live.tasks[name] for name in state["urgent"])
    live.queue.extend(live.tasks[name] for name in state["queue"])
    for task in live.tasks.values():
        _resume(live, task)


def _restore(live: LiveWorkflow, row: dict[str, Any]) -> None:
    if "in" in row:
        scope = live.tasks[row["in"]]
        beside = row.get("ear") == OUTSIDE
        known: ProcessSpec = scope.task_spec._wf_spec if beside else scope.task_spec.inner_spec()
        spec = known.task_specs[row["at"]]
        task = SpiffTask(live, spec, scope, row["id"], listener="ear" in row)
    else:
        task = live.root
    task._state = _STATES[row["is"]]
    task.reached = "seen" in row
    task.waiting = Waiting(row["for"]) if "for" in row else None
    task.incident = (row["bad"][0], row["bad"][1]) if "bad" in row else None
    task.data = unpack(row["own"]) if "own" in row else {}
    task.internal_data = unpack(row["mem"]) if "mem" in row else {}
    task.pending = unpack(row["got"]) if "got" in row else None


_LISTENING = (Waiting.MESSAGE, Waiting.SIGNAL, Waiting.TIMER, Waiting.CONDITION)


def _resume(live: LiveWorkflow, task: SpiffTask) -> None:
    """Let a restored task listen again, and its spec remember it."""
    if task.waiting in _LISTENING and task.pending is None:
        live.listening[task.id] = task
        if task.waiting is Waiting.CONDITION:
            live.conditions[task.id] = task
        if "due" in task.internal_data:
            live.push_timer(task, task.internal_data["due"])
    task.task_spec.restored(task)
