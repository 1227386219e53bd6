"""Migrations over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import ConfigDict, Field

from opsflow.api.schemas.base import Body, Out, Reason
from opsflow.api.schemas.instances import InstanceOut
from opsflow.api.schemas.processes import FindingOut
from opsflow.engine import Timers
from opsflow.instances import FindingCount, MigrationForecast

_PLAN: Any = {
    "process": "procurement",
    "from": 1,
    "to": 2,
    "timers": "keep",
    "nodes": {"approve": "approve", "order": "place_order"},
    "called": {},
}


class MigrationPlanIn(Body):
    """From which version to which."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"from": 1, "to": 2, "timers": "keep"}]}
    )

    source: int = Field(alias="from", ge=1, le=2_147_483_647)
    target: int = Field(alias="to", ge=1, le=2_147_483_647)
    timers: Timers = Timers.KEEP
    nodes: dict[str, str] = Field(default={}, description="Nodes with other ids, old to new")
    called: dict[str, dict[str, str]] = Field(
        default={}, description="The same for called processes, by key"
    )


class MigrationPlanOut(Out):
    """A generated plan, and what there is to say about it whatever the instance."""

    plan: dict[str, Any] = Field(description="To be edited, and sent back as it is")
    findings: list[FindingOut]


class MigrationCheckIn(Body):
    """A plan to be tried on all running instances of its version."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"plan": _PLAN, "limit": 1000}]}
    )

    plan: dict[str, Any]
    examples: int = Field(default=5, ge=0, le=100, description="Instances named for a finding")
    limit: int = Field(default=1_000, ge=1, le=10_000, description="The oldest so many")


class FindingCountOut(Out):
    """A finding, in how many instances it was made, and some of them."""

    finding: FindingOut
    count: int
    examples: list[str]

    @classmethod
    def of(cls, counted: FindingCount) -> FindingCountOut:
        """What is told of a counted finding."""
        return cls(
            finding=FindingOut.of(counted.finding),
            count=counted.count,
            examples=list(counted.examples),
        )


class ForecastOut(Out):
    """What a dry run says of many instances. ``complete``: these were all there are."""

    total: int
    complete: bool
    possible: int
    refused: int
    review: list[FindingOut]
    findings: list[FindingCountOut]

    @classmethod
    def of(cls, forecast: MigrationForecast) -> ForecastOut:
        """What is told of a forecast."""
        return cls(
            total=forecast.total,
            complete=forecast.complete,
            possible=forecast.possible,
            refused=forecast.refused,
            review=[FindingOut.of(each) for each in forecast.review],
            findings=[FindingCountOut.of(each) for each in forecast.findings],
        )


class MigrateIn(Body):
    """A plan for one instance. With ``dry_run`` nothing is changed."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"plan": _PLAN, "reason": "v2", "dry_run": True}]},
    )

    plan: dict[str, Any]
    reason: Reason | None = None
    dry_run: bool = False


class MigratedOut(Out):
    """The instance as it is now, and what was found in it."""

    migrated: bool
    possible: bool
    findings: list[FindingOut]
    instance: InstanceOut


class MigrationOut(Out):
    """A migration of an instance."""

    id: str
    from_release_id: str
    to_release_id: str
    migrated_at: datetime
    migrated_by: str
    reason: str
    reverted_at: datetime | None
    reverted_by: str | None
