"""Brings one stored state over to another version, and proves that it is the same instance."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from opsflow.engine.changes import IncidentRaised
from opsflow.engine.execution import Execution, Scripts
from opsflow.engine.migration.arming import arm, restart_timers
from opsflow.engine.migration.compatibility import finding
from opsflow.engine.migration.pairing import Pair
from opsflow.engine.migration.plan import MigrationPlan, Timers
from opsflow.engine.migration.proof import differences
from opsflow.engine.migration.stranding import stranded
from opsflow.engine.migration.walking import Walk
from opsflow.engine.program import Program
from opsflow.errors import StateUnreadable
from opsflow.findings import Finding, Severity


@dataclass(frozen=True, slots=True)
class Migrated:
    """What came of it. Without an ``execution`` it is not possible, as the findings say.

    The execution has not moved: what is due by itself comes with its next move.
    """

    findings: tuple[Finding, ...]
    execution: Execution | None = None


def migrate(
    state: str,
    plan: MigrationPlan,
    old: Program,
    new: Program,
    *,
    now: datetime,
    scripts: Scripts | None = None,
    clock: Callable[[], datetime] | None = None,
) -> Migrated:
    """A stored state under another version. Raises StateUnreadable for one that is none."""
    before = Execution.restore(old, state)
    walk = Walk()
    moved = walk.state(Pair(plan, old, new), json.loads(state))
    if any(each.is_error for each in walk.findings):
        return Migrated(tuple(walk.findings))
    text = json.dumps(moved, separators=(",", ":"))
    try:
        after = Execution.restore(new, text, scripts=scripts, clock=clock)
    except StateUnreadable as error:
        return Migrated((*walk.findings, _unproven(new, str(error))))
    wrong = list(differences(before, after, text, walk.places, walk.dropped))
    if wrong:
        return Migrated((*walk.findings, *(_unproven(new, each) for each in wrong)))
    return _armed(after, walk, plan, new, now)


def _armed(
    execution: Execution, walk: Walk, plan: MigrationPlan, new: Program, now: datetime
) -> Migrated:
    """Let what is new listen, and prove once more that it is what is stored."""
    live = execution._live
    live.now = now
    findings = [*walk.findings, *stranded(live, walk.places)]
    if plan.timers is Timers.RESTART:
        restart_timers(live)
    arm(live, walk.places)
    findings += _incidents(execution)
    text = execution.save()
    again = Execution.restore(new, text)
    if again.save() != text or again.subscriptions() != execution.subscriptions():
        return Migrated((*findings, _unproven(new, "what begins to listen is not stored so")))
    return Migrated(tuple(findings), execution)


def _incidents(execution: Execution) -> Iterator[Finding]:
    """What could not begin to listen: it is an incident of its own from the first moment."""
    for change in execution._live.changes:
        if isinstance(change, IncidentRaised):
            yield finding(
                Severity.WARNING,
                "incident",
                change.node,
                f"it cannot begin to listen: {change.message}",
                "Set the variables that it needs first, or retry its incident afterwards.",
            )


def _unproven(new: Program, why: str) -> Finding:
    return Finding(
        severity=Severity.ERROR,
        rule="migration.unproven",
        element=new.key,
        message=f"the migrated instance is not the same: {why}",
        hint="Nothing was changed. Please report it, with the two versions and the plan.",
    )
