"""The use cases of migration: running instances go on under another release of their process."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from opsflow.db import Database, Unit, new_id
from opsflow.definitions import Definitions, ReleaseContent, fetch, keep
from opsflow.engine import Migrated, MigrationPlan, Step, Timers, generate_plan, review_plan
from opsflow.errors import Invalid, MigrationRefused, WrongState
from opsflow.events import Actor
from opsflow.findings import Finding
from opsflow.instances import events, store
from opsflow.instances.forecast import EXAMPLES, Forecast, MigrationForecast
from opsflow.instances.incidents import Incidents
from opsflow.instances.models import Instance, Migration, require_reason
from opsflow.instances.moves import Moves

PAGE = 200
"""Instances that a dry run over all of them reads at a time."""


@dataclass(frozen=True, slots=True)
class Moving:
    """An instance that is about to go on under another release, for who checks that."""

    instance: Instance
    source: ReleaseContent
    target: ReleaseContent
    steps: Sequence[Step]
    """Where it waits, as the new release has it."""


MigrationCheck: TypeAlias = Callable[[Unit, Moving], Iterable[Finding]]
"""What a feature has to say about the migration of an instance. Nothing is changed yet."""


@dataclass(frozen=True, slots=True)
class MigrationReport:
    """What a dry run says of one instance."""

    instance_id: str
    findings: tuple[Finding, ...]

    @property
    def possible(self) -> bool:
        """Whether nothing hinders it."""
        return not any(finding.is_error for finding in self.findings)


class Migrations(Incidents):
    """Plans, dry runs, and the migration of one instance there and back."""

    def __init__(
        self,
        database: Database,
        moves: Moves,
        definitions: Definitions,
        checks: Sequence[MigrationCheck] = (),
    ) -> None:
        super().__init__(database, moves)
        self._definitions = definitions
        self._migration_checks = tuple(checks)
        self._reviewed: tuple[MigrationPlan, list[Finding]] | None = None

    def plan_migration(
        self,
        key: str,
        *,
        source: int,
        target: int,
        timers: Timers | str = Timers.KEEP,
        nodes: Mapping[str, str] | None = None,
        called: Mapping[str, Mapping[str, str]] | None = None,
    ) -> MigrationPlan:
        """The plan in which each node of a version goes on as the one with its id, where it can.

        ``nodes`` maps those with other ids, ``called`` those of called processes by their keys;
        what is attached to them or lies in them follows. ``timers``: ``keep`` or ``restart``.
        Raises NotFound for a version that there is not, and Invalid.
        """
        old, new = self._content(key, source), self._content(key, target)
        if source == target:
            raise Invalid(f"Version {source} of {key!r} is migrated to another one, not to itself.")
        try:
            chosen = Timers(timers)
        except ValueError as error:
            raise Invalid(f"The timers are kept or restarted, not {timers!r}.") from error
        said = {**(called or {}), key: nodes or {}}
        return generate_plan(
            old.program, new.program, source=source, target=target, timers=chosen, said=said
        )

    def review_migration(self, plan: MigrationPlan) -> list[Finding]:
        """What there is to say about a plan, whatever the instance. Raises NotFound."""
        known = self._reviewed
        if known is None or known[0] is not plan:
            old, new = self._content(plan.process, plan.source), self._target(plan)
            known = self._reviewed = (plan, review_plan(plan, old.program, new.program))
        return list(known[1])

    def check_migration(self, instance_id: str, plan: MigrationPlan) -> MigrationReport:
        """A dry run for one instance: what hinders it, and what else would happen.

        Raises NotFound, and WrongState where it has ended or is not on the plan's version.
        """
        with self._database.reading() as unit:
            instance = self._moves.lock(unit, instance_id)
            _require_source(instance, plan)
            findings = self._findings(unit, instance, plan, self._target(plan))
            return MigrationReport(instance_id, tuple(findings))

    def check_migrations(
        self, plan: MigrationPlan, *, examples: int = EXAMPLES, limit: int | None = None
    ) -> MigrationForecast:
        """A dry run for every running instance of the plan's version, however many there are.

        They are read in pages, each as it is at that moment; with a ``limit`` only the oldest
        of them. ``examples`` instances are named for each finding. Raises NotFound, Invalid.
        """
        if examples < 0 or (limit is not None and limit < 1):
            raise Invalid("A dry run takes 1 instance or more, and names 0 examples or more.")
        forecast = Forecast(examples)
        release = self._content(plan.process, plan.source).release_id
        target, review = self._target(plan), self.review_migration(plan)
        after: str | None = None
        while True:
            left = PAGE if limit is None else min(PAGE, limit - forecast.total)
            with self._database.reading() as unit:
                page = store.running_of_release(unit.connection, release, after, left + 1)
                for instance in page[:left]:
                    found = self._findings(unit, instance, plan, target)
                    forecast.add(instance.id, found)
            if len(page) <= left or forecast.total == limit:
                return forecast.made(plan, review, complete=len(page) <= left)
            after = page[left - 1].id

    def migrate(
        self, instance_id: str, plan: MigrationPlan, *, by: str, reason: str | None = None
    ) -> Instance:
        """Let an instance go on under the plan's other version, all of it or nothing.

        Drafts, timers and messages are kept. A suspended one stays suspended. Raises
        NotFound; WrongState where it has ended or is not on the plan's version (any more);
        MigrationRefused, with the findings, where something hinders it.
        """
        said = require_reason("A migration", reason) if reason is not None else ""
        with self._database.unit() as unit:
            instance = self._moves.lock(unit, instance_id)
            done = Migration(
                id=new_id(unit.now),
                instance_id=instance_id,
                from_release_id=instance.release_id,
                plan=keep(unit.session, _written(plan)),
                migrated_at=unit.now,
                migrated_by=by,
                reason=said,
            )
            self._migrate(unit, instance, plan, done, Actor(by), said)
            done.to_release_id = instance.release_id
            unit.session.add(done)
            return instance

    def revert_migration(self, instance_id: str, *, by: str, reason: str) -> Instance:
        """Bring an instance back to the version that it was migrated from last.

        Every node that it is at needs one to go back to. Raises Invalid without a reason,
        NotFound, WrongState where there is no migration to revert, and MigrationRefused.
        """
        said = require_reason("A reverted migration", reason)
        with self._database.unit() as unit:
            instance = self._moves.lock(unit, instance_id)
            done = store.last_migration(unit.session, instance_id, instance.release_id)
            if done is None:
                raise WrongState("instance", instance_id, "not migrated", "revert")
            plan = MigrationPlan.from_dict(json.loads(fetch(unit.session, done.plan))).inverse()
            self._migrate(unit, instance, plan, done, Actor(by), said, reverts=True)
            done.reverted_at, done.reverted_by = unit.now, by
            return instance

    def migrations(self, instance_id: str) -> list[Migration]:
        """The migrations of an instance, oldest first, those that were reverted included."""
        with self._database.reading() as unit:
            return store.migrations_of(unit.session, instance_id)

    def _migrate(
        self,
        unit: Unit,
        instance: Instance,
        plan: MigrationPlan,
        done: Migration,
        actor: Actor,
        reason: str,
        *,
        reverts: bool = False,
    ) -> None:
        _require_source(instance, plan)
        target = self._target(plan)
        with self._moves.rebinding(unit, instance, plan, target, actor) as migrated:
            findings = self._judged(unit, instance, plan, target, migrated)
            if migrated.execution is None or any(each.is_error for each in findings):
                raise MigrationRefused(instance.id, findings)
            source = instance.release_id, instance.version
            instance.release_id, instance.version = target.release_id, target.version
            unit.announce(
                events.InstanceMigrated(
                    actor=actor,
                    instance_id=instance.id,
                    migration_id=done.id,
                    from_release_id=source[0],
                    from_version=source[1],
                    to_release_id=target.release_id,
                    to_version=target.version,
                    renamed=_renamed(plan),
                    reason=reason,
                    reverts=reverts,
                )
            )

    def _findings(
        self, unit: Unit, instance: Instance, plan: MigrationPlan, target: ReleaseContent
    ) -> list[Finding]:
        migrated = self._moves.tried(unit, instance, plan, target)
        return self._judged(unit, instance, plan, target, migrated)

    def _judged(
        self,
        unit: Unit,
        instance: Instance,
        plan: MigrationPlan,
        target: ReleaseContent,
        migrated: Migrated,
    ) -> list[Finding]:
        """What the engine, the plan's review and the features say together."""
        wrong = [each for each in self.review_migration(plan) if each.is_error]
        findings = list(dict.fromkeys([*wrong, *migrated.findings]))
        if migrated.execution is not None:
            source = self._definitions.content(instance.release_id)
            steps = migrated.execution.steps()
            moving = Moving(instance, source, target, steps)
            findings += [each for check in self._migration_checks for each in check(unit, moving)]
        return findings

    def _content(self, key: str, version: int) -> ReleaseContent:
        return self._definitions.content(self._definitions.release(key, version).id)

    def _target(self, plan: MigrationPlan) -> ReleaseContent:
        return self._content(plan.process, plan.target)


def _require_source(instance: Instance, plan: MigrationPlan) -> None:
    """Raise WrongState where a plan is not for the instance as it is now."""
    if not instance.is_running:
        raise WrongState("instance", instance.id, instance.status, "migrate")
    if (instance.process_key, instance.version) != (plan.process, plan.source):
        raise WrongState(
            "instance",
            instance.id,
            f"on version {instance.version} of {instance.process_key!r}",
            "migrate",
            hint=f"The plan leads from version {plan.source} of {plan.process!r} to {plan.target}.",
        )


def _written(plan: MigrationPlan) -> bytes:
    return json.dumps(plan.as_dict(), sort_keys=True, separators=(",", ":")).encode()


def _renamed(plan: MigrationPlan) -> dict[str, dict[str, str]]:
    """The nodes that have other ids from now on, by process."""
    levels = {**plan.called, plan.process: plan.nodes}
    renamed = {
        key: {old: new for old, new in nodes.items() if old != new} for key, nodes in levels.items()
    }
    return {key: nodes for key, nodes in renamed.items() if nodes}
