"""What the instances announce."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from opsflow.events import InstanceEvent


@dataclass(frozen=True, kw_only=True)
class InstanceStarted(InstanceEvent):
    """A release began to run."""

    process_key: str
    version: int
    release_id: str
    business_key: str | None


@dataclass(frozen=True, kw_only=True)
class StepEvent(InstanceEvent):
    """Something about one step. ``release_id`` is the called process's own inside a call."""

    step_id: str
    node_id: str
    release_id: str


@dataclass(frozen=True, kw_only=True)
class StepReached(StepEvent):
    """A node was entered; ``waiting`` says what for, None when it went on by itself."""

    waiting: str | None
    loop_counter: int | None = None


@dataclass(frozen=True, kw_only=True)
class StepCompleted(StepEvent):
    """A node finished in the normal way."""


@dataclass(frozen=True, kw_only=True)
class StepCancelled(StepEvent):
    """A step was withdrawn."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class VariablesChanged(InstanceEvent):
    """Variables took new values; ``scope`` is a step id, None the instance's own."""

    scope: str | None
    values: Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class MessageSent(InstanceEvent):
    """A message left the instance for whoever waits for it."""

    name: str
    variables: Mapping[str, object]
    correlation: str | None
    step_id: str


@dataclass(frozen=True, kw_only=True)
class MessageReceived(InstanceEvent):
    """A waiting step took a message."""

    name: str
    step_id: str


@dataclass(frozen=True, kw_only=True)
class EarlyMessageFound(InstanceEvent):
    """A step began to wait for a message that had come before."""

    message_id: str
    name: str
    step_id: str


@dataclass(frozen=True, kw_only=True)
class MessageUncaught(InstanceEvent):
    """A message that the instance sent found nobody who waits for it; it is kept for a while."""

    name: str
    kept_until: datetime


@dataclass(frozen=True, kw_only=True)
class SignalSent(InstanceEvent):
    """A signal was broadcast."""

    name: str
    variables: Mapping[str, object]
    step_id: str


@dataclass(frozen=True, kw_only=True)
class EscalationUncaught(InstanceEvent):
    """An escalation found no handler; the process went on."""

    code: str | None
    step_id: str


@dataclass(frozen=True, kw_only=True)
class IncidentRaised(InstanceEvent):
    """A step cannot go on until a human acts."""

    incident_id: str
    step_id: str
    node_id: str
    code: str
    message: str


@dataclass(frozen=True, kw_only=True)
class IncidentResolved(InstanceEvent):
    """A human had the step tried again, or did its work by hand; or it was withdrawn."""

    incident_id: str
    step_id: str


@dataclass(frozen=True, kw_only=True)
class IncidentAnnotated(InstanceEvent):
    """Somebody noted something about an incident."""

    incident_id: str
    step_id: str
    note: str


@dataclass(frozen=True, kw_only=True)
class InstanceSuspended(InstanceEvent):
    """Work on it stopped."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class InstanceResumed(InstanceEvent):
    """Work on it goes on."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class InstanceCancelled(InstanceEvent):
    """A human ended it before its end."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class InstanceEnded(InstanceEvent):
    """It came to its end; ``by`` is ``end``, ``terminate`` or ``error``."""

    by: str


@dataclass(frozen=True, kw_only=True)
class InstanceMigrated(InstanceEvent):
    """It goes on under another release.

    ``renamed`` holds, by process, the nodes that have other ids from now on. ``reverts`` says
    that it went back, by the plan of the migration named.
    """

    migration_id: str
    from_release_id: str
    from_version: int
    to_release_id: str
    to_version: int
    renamed: Mapping[str, Mapping[str, str]]
    reason: str
    reverts: bool
