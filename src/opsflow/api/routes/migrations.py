"""Migrating instances to another release: the right of those who own their process."""

from __future__ import annotations

from opsflow.access import Permission
from opsflow.api.calling import Call
from opsflow.api.permitting import Caller
from opsflow.api.routes.instances import readable
from opsflow.api.routes.operations import require_owner, require_owner_of
from opsflow.api.routing import Routes
from opsflow.api.schemas.base import Listed
from opsflow.api.schemas.instances import InstanceOut, WhyIn
from opsflow.api.schemas.migrations import (
    ForecastOut,
    MigratedOut,
    MigrateIn,
    MigrationCheckIn,
    MigrationOut,
    MigrationPlanIn,
    MigrationPlanOut,
)
from opsflow.api.schemas.processes import FindingOut
from opsflow.engine import MigrationPlan
from opsflow.errors import Invalid

TAGS = ["migrations"]
OPERATE = Permission.INSTANCES_OPERATE


def add(routes: Routes) -> None:
    """Register the routes."""
    _plans(routes)
    _instances(routes)


def _plans(routes: Routes) -> None:
    instances = routes.flow.instances

    @routes.post("/processes/{key}/migration-plan", permission=OPERATE, tags=TAGS)
    def plan_migration(key: str, body: MigrationPlanIn, call: Caller) -> MigrationPlanOut:
        """The plan in which each node goes on as the one with its id, where it can."""
        plan = instances.plan_migration(
            key,
            source=body.source,
            target=body.target,
            timers=body.timers,
            nodes=body.nodes,
            called=body.called,
        )
        require_owner_of(call, key, "plan a migration")
        review = instances.review_migration(plan)
        return MigrationPlanOut(plan=plan.as_dict(), findings=[FindingOut.of(f) for f in review])

    @routes.post("/processes/{key}/migration-check", permission=OPERATE, tags=TAGS)
    def check_migrations(key: str, body: MigrationCheckIn, call: Caller) -> ForecastOut:
        """A dry run for the running instances of the plan's version; changes nothing."""
        plan = MigrationPlan.from_dict(body.plan)
        if plan.process != key:
            raise Invalid(f"The plan is for {plan.process!r}, not for {key!r}.")
        routes.flow.definitions.release(key)
        require_owner_of(call, key, "check a migration")
        forecast = instances.check_migrations(plan, examples=body.examples, limit=body.limit)
        return ForecastOut.of(forecast)


def _instances(routes: Routes) -> None:
    instances = routes.flow.instances

    @routes.post("/instances/{instance_id}/migrate", permission=OPERATE, tags=TAGS)
    def migrate_instance(instance_id: str, body: MigrateIn, call: Caller) -> MigratedOut:
        """Let an instance go on under the plan's other version, or say what hinders it."""
        require_owner(call, instance_id, "migrate")
        plan = MigrationPlan.from_dict(body.plan)
        if body.dry_run:
            return _tried(call, instance_id, plan)

        def migrate() -> MigratedOut:
            with call.flow.transaction():
                report = instances.check_migration(instance_id, plan)
                moved = instances.migrate(instance_id, plan, by=call.person, reason=body.reason)
            return MigratedOut(
                migrated=True,
                possible=True,
                findings=[FindingOut.of(each) for each in report.findings],
                instance=InstanceOut.of(moved),
            )

        return call.once(migrate)

    @routes.post("/instances/{instance_id}/revert-migration", permission=OPERATE, tags=TAGS)
    def revert_migration(instance_id: str, body: WhyIn, call: Caller) -> InstanceOut:
        """Bring an instance back to the version that it was migrated from last."""
        require_owner(call, instance_id, "revert the migration of")
        return call.once(
            lambda: InstanceOut.of(
                instances.revert_migration(instance_id, by=call.person, reason=body.reason)
            )
        )

    @routes.get(
        "/instances/{instance_id}/migrations", permission=Permission.INSTANCES_READ, tags=TAGS
    )
    def list_migrations(instance_id: str, call: Caller) -> Listed[MigrationOut]:
        """The migrations of an instance, oldest first, those that were reverted included."""
        readable(call, instance_id)
        found = instances.migrations(instance_id)
        return Listed(items=[MigrationOut.model_validate(each) for each in found])


def _tried(call: Call, instance_id: str, plan: MigrationPlan) -> MigratedOut:
    report = call.flow.instances.check_migration(instance_id, plan)
    return MigratedOut(
        migrated=False,
        possible=report.possible,
        findings=[FindingOut.of(each) for each in report.findings],
        instance=InstanceOut.of(call.flow.instances.get(instance_id)),
    )
