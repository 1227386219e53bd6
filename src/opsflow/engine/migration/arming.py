"""What begins to listen, or begins anew, when an instance goes on under another version."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from opsflow.engine.changes import Waiting
from opsflow.engine.migration.pairing import Pair
from opsflow.engine.migration.walking import Place
from opsflow.engine.semantics.activities import Activity
from opsflow.engine.semantics.catching import Catcher, listen_in
from opsflow.engine.semantics.compensation import REOPENED
from opsflow.engine.semantics.element import Element
from opsflow.engine.semantics.gateways import EventBasedGateway
from opsflow.engine.semantics.listening import add_listener, restart_timer
from opsflow.engine.semantics.live import LiveWorkflow
from opsflow.engine.semantics.process import Container, EventSubProcess
from opsflow.engine.semantics.token import SpiffTask

_ENTERED = frozenset(Waiting) - {Waiting.JOIN, Waiting.RETRY}


def arm(live: LiveWorkflow, places: Mapping[str, Place]) -> None:
    """Let the events listen that the new version has and the old one had not.

    One that both versions have listens if it did before: a timer that has fired and does not
    interrupt is not fired again.
    """
    for id, place in places.items():
        task = live.tasks[id]
        if not place.listener and REOPENED not in task.internal_data:
            _arm_beside(task, place)
            _arm_inside(task, place)
            _arm_race(task, place)


def restart_timers(live: LiveWorkflow) -> None:
    """Let every running timer begin again, as the new version has it."""
    for task in list(live.listeners()):
        if task.waiting is Waiting.TIMER and live.is_listening(task):
            live.attempt(task, restart_timer, task)


def _arm_beside(task: SpiffTask, place: Place) -> None:
    """The boundary events of an activity that is being done."""
    if task.waiting in _ENTERED and isinstance(place.new, Activity):
        known = place.old.catchers if isinstance(place.old, Activity) else ()
        listen_in(task, tuple(_fresh(place.level, known, place.new.catchers)))


def _arm_inside(task: SpiffTask, place: Place) -> None:
    """The event subprocesses of a scope that is open, unless one has taken it over."""
    if not isinstance(place.new, Container) or not isinstance(place.old, Container):
        return
    is_open = task.scope is None or task.waiting is Waiting.INSIDE
    if is_open and not any(map(_takes_over, task.inner_tokens)):
        known = place.old.plan_of(task).catchers
        wanted = place.new.plan_of(task).catchers
        listen_in(task, tuple(_fresh(place.inner, known, wanted)))


def _takes_over(inner: SpiffTask) -> bool:
    spec = inner.task_spec
    if not isinstance(spec, EventSubProcess):
        return False
    return spec._wf_spec.task_specs[inner.internal_data["start"]].node.interrupting  # type: ignore[no-any-return]


def _arm_race(task: SpiffTask, place: Place) -> None:
    """The events behind an event-based gateway."""
    if isinstance(place.new, EventBasedGateway) and task.waiting is Waiting.SEVERAL:
        known = [flow.target for flow in place.old.flows]
        for target in _fresh(place.level, known, [flow.target for flow in place.new.flows]):
            listener = task.workflow.new_task(target, task, listener=True)
            add_listener(listener, target.definitions)


def _fresh(
    level: Pair, known: Iterable[Element], wanted: Iterable[Catcher | Element]
) -> Iterator[Catcher]:
    """Those of the new version that none of the old one goes on as."""
    names = {level.name(each.name) for each in known}
    for each in wanted:
        if isinstance(each, Catcher) and each.name not in names:
            yield each
