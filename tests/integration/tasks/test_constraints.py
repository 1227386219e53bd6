"""What the database keeps, whoever writes to it."""

from __future__ import annotations

import pytest
from sqlalchemy import bindparam, insert, text
from sqlalchemy.exc import IntegrityError

from opsflow.db import Id
from opsflow.tasks import Attachment, Comment, Task, TaskOffer
from tests.databases import enter_schema
from tests.integration.tasks.conftest import Office

NOBODY = "00000000-0000-7000-8000-000000000000"

BREAKS = [
    "state = 'lost'",
    "state = 'claimed'",
    "state = 'in_review'",
    "state = 'completed'",
    "state = 'cancelled'",
    "assignee = 'li'",
    "completed_at = '2026-01-01 00:00:00'",
    "cancelled_at = '2026-01-01 00:00:00'",
    "state = 'claimed', assignee = 'li'",
    "state = 'completed', assignee = 'li', claimed_at = '2026-01-01 00:00:00',"
    " completed_at = '2026-01-01 00:00:00'",
    "round = 0",
    "revision = 0",
    "priority = 101",
    "priority = -1",
    f"instance_id = '{NOBODY}'",
    f"release_id = '{NOBODY}'",
]
"""Changes of an offered task that no row may have."""


def test_a_row_that_breaks_an_invariant_is_refused(office: Office) -> None:
    task = office.new_task()
    for change in BREAKS:
        statement = text(f"UPDATE opsflow_task SET {change} WHERE id = :id").bindparams(
            bindparam("id", task.id, Id)
        )
        with office.flow.engine.connect() as connection, pytest.raises(IntegrityError):
            enter_schema(connection).execute(statement)


def copied(task: Task, **changes: object) -> dict[str, object]:
    columns = {column.key: getattr(task, column.key) for column in Task.__mapper__.column_attrs}
    return {**columns, "id": NOBODY, **changes}


def test_a_step_has_one_open_task(office: Office) -> None:
    task = office.new_task()
    with office.flow.engine.connect() as connection, pytest.raises(IntegrityError):
        connection.execute(insert(Task).values(copied(task)))


def test_a_step_that_is_done_again_has_another_task(office: Office) -> None:
    task = office.claimed()
    done = office.flow.tasks.complete(task.id, by="li")
    with office.flow.engine.connect() as connection:
        connection.execute(insert(Task).values(copied(done)))


def test_what_belongs_to_a_task_needs_one(office: Office) -> None:
    now = office.clock.now()
    rows = [
        insert(TaskOffer).values(task_id="none", holder="r:buyer"),
        insert(Comment).values(id="1", task_id="none", person="li", text="x", at=now),
        insert(Attachment).values(
            id="1",
            task_id="none",
            name="a",
            media_type="a/b",
            size=1,
            sha256="none",
            by="li",
            at=now,
        ),
    ]
    for row in rows:
        with office.flow.engine.connect() as connection, pytest.raises(IntegrityError):
            connection.execute(row)
