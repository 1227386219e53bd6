"""What a batch can do to its items: one line per verb."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from opsflow.engine import MigrationPlan
from opsflow.errors import Invalid
from opsflow.instances import Instances


class On(StrEnum):
    """What the items of a verb are."""

    INSTANCES = "instances"
    INCIDENTS = "incidents"
    ROWS = "rows"
    """What instances are started with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What a verb is given for one item.

    ``target`` is the id of the instance or incident; ``row`` what an instance is started with.
    """

    target: str
    by: str
    reason: str
    parameters: Mapping[str, Any]
    row: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verb:
    """Something that a batch can do.

    ``do`` does it to one item, by one use case; to a row, it gives the id of the instance
    that it started. ``needs`` and ``takes`` name the parameters; ``check`` raises Invalid for wrong
    ones when the batch is ordered. ``suspended`` says which running instances it can be
    done to: None for any.
    """

    on: On
    do: Callable[[Instances, Item], object]
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    needs_reason: bool = False
    suspended: bool | None = None
    check: Callable[[Mapping[str, Any]], object] = lambda _parameters: None


def _cancel(instances: Instances, item: Item) -> None:
    instances.cancel(item.target, by=item.by, reason=item.reason)


def _suspend(instances: Instances, item: Item) -> None:
    instances.suspend(item.target, by=item.by, reason=item.reason)


def _resume(instances: Instances, item: Item) -> None:
    instances.resume(item.target, by=item.by, reason=item.reason)


def _retry(instances: Instances, item: Item) -> None:
    instances.retry(item.target, by=item.by)


def _message(instances: Instances, item: Item) -> None:
    told = item.parameters
    instances.message(
        told["name"],
        by=item.by,
        variables=told.get("variables"),
        instance_id=item.target,
    )


def _check_message(parameters: Mapping[str, Any]) -> None:
    if not isinstance(parameters["name"], str):
        raise Invalid("The name of a message is a text.")
    if not isinstance(parameters.get("variables", {}), Mapping):
        raise Invalid("The variables of a message have names: give an object.")


def _start(instances: Instances, item: Item) -> str:
    told = item.parameters
    started = instances.start(
        told["process"],
        by=item.by,
        variables=item.row["variables"],
        version=told["version"],
        business_key=item.row["business_key"],
    )
    return started.id


def _migrate(instances: Instances, item: Item) -> None:
    plan = _plan(item.parameters)
    instances.migrate(item.target, plan, by=item.by, reason=item.reason or None)


def _plan(parameters: Mapping[str, Any]) -> MigrationPlan:
    """The plan of a migration, of which the batch keeps what ``as_dict`` gives."""
    return MigrationPlan.from_dict(parameters["plan"])


VERBS: Mapping[str, Verb] = MappingProxyType(
    {
        "cancel": Verb(On.INSTANCES, _cancel, needs_reason=True),
        "suspend": Verb(On.INSTANCES, _suspend, needs_reason=True, suspended=False),
        "resume": Verb(On.INSTANCES, _resume, suspended=True),
        "message": Verb(
            On.INSTANCES,
            _message,
            needs=("name",),
            takes=("variables",),
            suspended=False,
            check=_check_message,
        ),
        "migrate": Verb(On.INSTANCES, _migrate, needs=("plan",), check=_plan),
        "retry": Verb(On.INCIDENTS, _retry, suspended=False),
        "start": Verb(On.ROWS, _start, needs=("process", "version")),
    }
)
"""Every verb of a batch."""
