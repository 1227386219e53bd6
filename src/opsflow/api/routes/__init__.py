"""The routes, a file per thing."""

from __future__ import annotations

from collections.abc import Callable

from opsflow.api.routes import (
    access,
    approvals,
    batches,
    bulk,
    consultations,
    conversation,
    decisions,
    history,
    incidents,
    instances,
    jobs,
    migrations,
    notices,
    operations,
    people,
    procedures,
    processes,
    tasks,
    watching,
    work,
)
from opsflow.api.routing import Routes

ALL: tuple[Callable[[Routes], None], ...] = (
    processes.add,
    decisions.add,
    instances.add,
    operations.add,
    migrations.add,
    incidents.add,
    batches.add,
    jobs.add,
    watching.add,
    tasks.add,
    work.add,
    bulk.add,
    procedures.add,
    approvals.add,
    consultations.add,
    conversation.add,
    notices.add,
    history.add,
    people.add,
    access.add,
)
"""Each registers its routes, in the order of the OpenAPI document."""
