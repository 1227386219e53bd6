"""The purchase as a flow of viewflow; it can be imported once Django is set up."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from viewflow import this
from viewflow.workflow import flow, lock
from viewflow.workflow.models import Process


def nothing(_request: Any) -> None:
    """The page of a task, which nobody looks at here."""


def user(name: str, role: str) -> User:
    """A user who may do the tasks of a role; what the user may do is read once."""
    group, _ = Group.objects.get_or_create(name=role)
    kind = ContentType.objects.get_for_model(Process)
    may, _ = Permission.objects.get_or_create(codename=role, content_type=kind)
    group.permissions.add(may)
    made, _ = User.objects.get_or_create(username=name)
    made.groups.add(group)
    made.get_all_permissions()
    return made


class PurchaseFlow(flow.Flow):  # type: ignore[misc]
    """A purchase."""

    lock_impl = lock.select_for_update_lock

    start = flow.StartHandle().Next(this.A)
    A = flow.View(nothing).Permission("viewflow.requester").Next(this.by_amount)
    by_amount = (
        flow.If(lambda activation: activation.process.data["amount"] > 1000)
        .Then(this.B)
        .Else(this.split)
    )
    B = flow.View(nothing).Permission("viewflow.approver").Next(this.split)
    split = flow.Split().Next(this.C).Next(this.D)
    C = flow.View(nothing).Permission("viewflow.bookkeeper").Next(this.join)
    D = flow.View(nothing).Permission("viewflow.storekeeper").Next(this.join)
    join = flow.Join().Next(this.total)
    total = flow.Function(this.compute).Next(this.end)
    end = flow.End()

    def compute(self, activation: Any) -> None:
        """The total."""
        data = activation.process.data
        data["total"] = data["amount"] * data["quantity"]
        activation.process.save(update_fields=["data"])
