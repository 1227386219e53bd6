"""The proof of a migration: restored under the new version, the instance is the same one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set

from opsflow.engine.changes import Step, Subscription
from opsflow.engine.execution import Execution
from opsflow.engine.migration.walking import Place


def differences(
    before: Execution,
    after: Execution,
    text: str,
    places: Mapping[str, Place],
    dropped: Set[str],
) -> Iterator[str]:
    """What is not as it was, in words; nothing where the migration is right.

    ``text`` is the state that ``after`` was restored from; nothing has begun to listen in it.
    """
    if after.save() != text:
        yield "what is saved after restoring it is not what was restored"
    if _steps(after, {}) != _steps(before, places):
        yield "the open steps, or what they wait for, are others"
    if _heard(after, {}, frozenset()) != _heard(before, places, dropped):
        yield "what it listens for is something else"
    if _incidents(after) != _incidents(before) - dropped:
        yield "the incidents are others"


def _steps(execution: Execution, places: Mapping[str, Place]) -> list[tuple[object, ...]]:
    return [
        (step.id, _node_of(step, places), step.waiting, step.parent, step.loop_counter)
        for step in execution.steps()
    ]


def _node_of(step: Step, places: Mapping[str, Place]) -> str:
    return places[step.id].new.node.id if step.id in places else step.node.id


def _heard(
    execution: Execution, places: Mapping[str, Place], dropped: Set[str]
) -> list[tuple[object, ...]]:
    return [
        (heard.step, _place_of(heard, places), heard.kind, heard.correlation, heard.due_at)
        for heard in execution.subscriptions()
        if heard.step not in dropped
    ]


def _place_of(heard: Subscription, places: Mapping[str, Place]) -> str:
    return places[heard.step].new.node.id if heard.step in places else heard.node


def _incidents(execution: Execution) -> set[str]:
    return {incident.step for incident in execution.incidents()}
