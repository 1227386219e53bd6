"""What Django's transactions decide over opsflow's changes. Run in a process of its own."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db import IntegrityError, connection, transaction

from examples import django_app as shop
from opsflow import NotFound, ServiceCall
from opsflow.hosts.django import UserDirectory
from tests.models import flows, model

flow, together = shop.flow, shop.together
LAMP = {"customer": "Kim", "article": "lamp"}


def start() -> str:
    with together.atomic():
        return flow.instances.start("order", by="eve", variables=LAMP).id


def stand() -> tuple[int, int]:
    """Articles in stock, and instances."""
    return shop.Article.objects.get().in_stock, len(flow.instances.find())


def a_savepoint_of_djangos_that_is_rolled_back_takes_ours_along() -> None:
    with transaction.atomic():
        with suppress(RuntimeError), transaction.atomic():
            start()
            raise RuntimeError
        start()
    assert stand() == (1, 1)


def a_block_inside_a_block_is_a_part_of_it() -> None:
    with together.atomic():
        with suppress(NotFound), together.atomic():
            start()
            flow.instances.start("nothing", by="eve")
        assert stand() == (1, 1)
    assert stand() == (1, 1)


def a_state_that_was_rolled_back_is_forgotten() -> None:
    [run] = flow.instances.find()
    with suppress(RuntimeError), together.atomic():
        flow.instances.set_variables(run.id, {"a": 1}, by="eve")
        raise RuntimeError
    with suppress(RuntimeError), transaction.atomic():
        with together.atomic():
            flow.instances.set_variables(run.id, {"a": 2}, by="eve")
        raise RuntimeError
    with together.atomic():
        flow.instances.set_variables(run.id, {"b": 3}, by="eve")
    assert flow.instances.variables(run.id) == {**LAMP, "reserved": True, "b": 3}


def django_goes_on_after_an_error_of_the_database_in_a_handler() -> None:
    done: list[str] = []

    @flow.handler("bill", transactional=True)
    def bill(_call: ServiceCall) -> None:
        with transaction.atomic():
            transaction.on_commit(lambda: done.append("billed"))
            shop.Order.objects.create(customer="Kim", instance_id="1", label="P-1")
            shop.Order.objects.create(customer="Lee", instance_id="2", label="P-1")

    parts = (
        '<startEvent id="start"/><serviceTask id="bill" opsflow:topic="bill"/>',
        '<endEvent id="end"/>',
        flows("start>bill", "bill>end"),
    )
    with together.atomic():
        flow.definitions.deploy(model("\n".join(parts), key="billing"), by="eve")
        run = flow.instances.start("billing", by="eve")
        shop.Order.objects.create(customer="Max", instance_id=run.id)
    assert [order.customer for order in shop.Order.objects.all()] == ["Max"]
    assert len(flow.instances.incidents(run.id)) == 1
    assert done == []


def a_constraint_of_djangos_undoes_the_step() -> None:
    before = stand()
    shop.Order.objects.create(customer="Lee", instance_id="1", label="P-2")
    with suppress(IntegrityError), together.atomic():
        start()
        shop.Order.objects.create(customer="Lee", instance_id="2", label="P-2")
    assert stand() == before


def users_and_groups_are_the_people() -> None:
    directory, now = UserDirectory(), datetime.now(UTC)
    user: Any = get_user_model().objects.get(username="ben")
    user.email, user.first_name, user.last_name = "ben@example.org", "Ben", "Li"
    user.save()
    found = directory.person("ben")
    assert found is not None
    assert (found.id, found.name, found.email, found.active) == (
        "ben",
        "Ben Li",
        "ben@example.org",
        True,
    )
    assert {acting.role for acting in directory.acting_roles("ben", now)} == {"clerk"}
    assert [holder.person for holder in directory.holders("clerk", now)] == ["ben"]
    user.is_active = False
    user.save()
    found = directory.person("ben")
    assert found is not None
    assert not found.active
    assert directory.acting_roles("ben", now) == frozenset()
    assert directory.holders("clerk", now) == ()
    assert directory.role_exists("clerk")
    assert not directory.role_exists("cleric")
    assert directory.person("nobody") is None


def main() -> None:
    shop.set_up()
    a_savepoint_of_djangos_that_is_rolled_back_takes_ours_along()
    a_block_inside_a_block_is_a_part_of_it()
    a_state_that_was_rolled_back_is_forgotten()
    django_goes_on_after_an_error_of_the_database_in_a_handler()
    a_constraint_of_djangos_undoes_the_step()
    users_and_groups_are_the_people()
    assert flow.history.verify().holds
    flow.close()
    connection.close()


if __name__ == "__main__":
    main()
