"""Purchases on django-viewflow: the same flow as Python classes, on Django's ORM."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import django
from django.conf import settings
from sqlalchemy import make_url

from benchmarks.purchase.workload import HANDED_IN, PERSONS, ROLES, Task


def database(url: str) -> dict[str, Any]:
    """Django's settings of a database, as durable as the others."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        pragmas = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": parsed.database,
            "OPTIONS": {"init_command": pragmas, "transaction_mode": "IMMEDIATE"},
        }
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parsed.database,
        "USER": parsed.username,
        "HOST": parsed.query.get("host", parsed.host),
        "PORT": parsed.port or "",
        "CONN_MAX_AGE": None,
    }


class Viewflow:
    """One client of viewflow. There can be one in a process, because Django is set up once."""

    def __init__(self, url: str) -> None:
        settings.configure(
            DATABASES={"default": database(url)},
            INSTALLED_APPS=[
                "django.contrib.auth",
                "django.contrib.contenttypes",
                "viewflow",
                "viewflow.workflow",
                "benchmarks.purchase",
            ],
            DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
            USE_TZ=True,
        )
        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        from benchmarks.purchase import viewflow_flow

        self._flow = viewflow_flow.PurchaseFlow
        self._users = {name: viewflow_flow.user(name, role) for name, role in ROLES.items()}

    def start(self, amount: int) -> str:
        """Start a process; its key."""
        return str(self._flow.start.run(_process_data={"amount": amount}).pk)

    def open_tasks(self, instance: str) -> Sequence[Task]:
        """The open user tasks of a process."""
        found = self._flow.task_class.objects.filter(
            process_id=int(instance), flow_task_type="HUMAN", status__in=["NEW", "ASSIGNED"]
        ).order_by("id")
        return [Task(str(task.pk), task.flow_task.name) for task in found]

    def complete(self, instance: str, task: Task) -> None:
        """Claim and do a task in one transaction, under the lock of its process."""
        user, flow = self._users[PERSONS[task.node]], self._flow
        with flow.lock(int(instance)):
            found = flow.task_class.objects.get(pk=int(task.id))
            activation = found.flow_task.activation_class(found)
            assert found.flow_task.can_assign(user, found)
            activation.assign(user)
            activation.start(None)
            activation.process.data.update(HANDED_IN[task.node])
            activation.process.save(update_fields=["data"])
            activation.execute()

    def close(self) -> None:
        """Give the connection back."""
        from django.db import connection

        connection.close()
