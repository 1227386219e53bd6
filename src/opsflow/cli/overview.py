"""Tables over a whole opsflow: its people, the matrix of a release, how instances stand."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.table import Table

from opsflow.cli.tables import table

if TYPE_CHECKING:
    from opsflow.app import Opsflow


def people_table(flow: Opsflow) -> Table:
    """Everyone, with the roles held and who stands in when they are away."""
    roles = {role.id: role.name for role in flow.people.roles()}
    rows = [
        (
            person.id,
            person.name,
            ", ".join(roles[held.role_id] for held in flow.people.memberships(person.id)),
            "; ".join(
                f"{absence.starts_at:%Y-%m-%d} to {absence.ends_at:%Y-%m-%d}"
                for absence in flow.people.absences(person.id)
            ),
            ", ".join(each.substitute_id for each in flow.people.substitutions(person.id)),
        )
        for person in flow.people.everyone()
    ]
    return table("The people", ("id", "name", "roles", "away", "substitute"), rows)


def matrix_table(flow: Opsflow, release_id: str) -> Table:
    """The responsibility matrix of a release, as the sheet people know."""
    from opsflow.responsibility import matrix_of

    matrix = matrix_of(flow.definitions.content(release_id).process)
    rows = [
        (
            row.label,
            ", ".join(row.responsible),
            ", ".join(row.accountable),
            ", ".join(row.consulted),
            ", ".join(row.informed),
            ", ".join(row.voters),
        )
        for row in matrix.rows.values()
    ]
    columns = ("task", "responsible", "accountable", "consulted", "informed", "votes at its gates")
    return table("Who may do what", columns, rows)


def trace_table(flow: Opsflow, instance_id: str) -> Table:
    """Who did what in an instance: one row per person and task, with the verbs in order."""
    verbs: dict[tuple[str, ...], dict[str, None]] = {}
    for each in flow.responsibility.trace(instance_id):
        key = (each.person, each.node_id, each.role or "", each.on_behalf_of or "")
        verbs.setdefault(key, {})[each.verb] = None
    rows = [(*key, ", ".join(done)) for key, done in verbs.items()]
    return table("Who did what", ("who", "task", "as", "on behalf of", "did"), rows)


def standing_table(flow: Opsflow, instance_ids: Iterable[str]) -> Table:
    """How instances stand: what they are about, and what still waits."""
    rows = []
    for instance_id in instance_ids:
        instance = flow.instances.get(instance_id)
        tasks = flow.tasks.of_instance(instance_id)
        # What was submitted and rejected never became a variable.
        values: dict[str, object] = {}
        for task in tasks:
            values |= task.submitted
        values |= flow.instances.variables(instance_id)
        events = flow.history.of_instance(instance_id)
        rows.append(
            (
                instance.business_key,
                values.get("item"),
                values.get("amount"),
                values.get("supplier"),
                instance.status,
                ", ".join(task.name for task in tasks if task.is_open),
                sum(event.type == "TaskRefused" for event in events),
                len(events),
            )
        )
    columns = ("case", "item", "amount", "supplier", "status", "waits for", "refused", "events")
    return table("How the cases stand", columns, rows)
