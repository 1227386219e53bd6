"""From what the engine says a move did to the events of the history."""

from __future__ import annotations

from typing import TypedDict

from opsflow import engine
from opsflow.events import Actor, InstanceEvent
from opsflow.instances import events


class _About(TypedDict):
    actor: Actor
    instance_id: str


class _Step(_About):
    step_id: str
    node_id: str
    release_id: str


def event_of(instance_id: str, change: engine.Change, actor: Actor) -> InstanceEvent:
    """The event that tells a change; incidents and the end are told by the move itself."""
    about = _About(actor=actor, instance_id=instance_id)
    match change:
        case engine.StepReached(waiting=waiting, loop_counter=counter):
            waits_for = str(waiting) if waiting else None
            step = _step(about, change)
            return events.StepReached(**step, waiting=waits_for, loop_counter=counter)
        case engine.StepCompleted():
            return events.StepCompleted(**_step(about, change))
        case engine.StepCancelled(reason=reason):
            return events.StepCancelled(**_step(about, change), reason=reason)
        case engine.VariablesChanged(scope=scope, values=values):
            return events.VariablesChanged(**about, scope=scope, values=values)
        case engine.MessageThrown(name, variables, correlation, step_id):
            return events.MessageSent(
                **about, name=name, variables=variables, correlation=correlation, step_id=step_id
            )
        case engine.SignalThrown(name, variables, step_id):
            return events.SignalSent(**about, name=name, variables=variables, step_id=step_id)
        case engine.EscalationUncaught(code, step_id):
            return events.EscalationUncaught(**about, code=code, step_id=step_id)
        case _:
            raise TypeError(f"no event tells a {type(change).__name__}")


def _step(
    about: _About, change: engine.StepReached | engine.StepCompleted | engine.StepCancelled
) -> _Step:
    return _Step(**about, step_id=change.step, node_id=change.node.id, release_id=change.program)
