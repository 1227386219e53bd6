"""Handlers inside the transaction of a move, that work with opsflow and fail in it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from opsflow.app import Opsflow
from opsflow.errors import NotFound, OpsflowError
from opsflow.instances import Instance, ServiceCall
from tests.models import flows, human, model, simple

CALLING = model(
    '<startEvent id="s"/><serviceTask id="call" opsflow:topic="call"/><endEvent id="e"/>'
    + flows("s>call", "call>e"),
    key="calling",
)
Body = Callable[[ServiceCall], None]


@pytest.fixture
def other(flow: Opsflow) -> Instance:
    """An instance that the handler of the process ``calling`` gets into its hands."""
    flow.definitions.deploy(simple(human("place")), by="ann", responsibility="open")
    flow.definitions.deploy(CALLING, by="ann", responsibility="open")
    return flow.instances.start("order", by="ann", variables={"a": 1})


def call(flow: Opsflow, body: Body) -> Instance:
    @flow.handler("call", transactional=True)
    def handle(call: ServiceCall) -> None:
        body(call)

    return flow.instances.start("calling", by="ann")


def incident(flow: Opsflow) -> str:
    (found,) = flow.instances.incidents()
    return found.message


def test_nothing_of_a_failed_handler_is_kept_in_the_database_or_in_memory(
    flow: Opsflow, other: Instance
) -> None:
    def body(_call: ServiceCall) -> None:
        flow.instances.set_variables(other.id, {"a": 2}, by="ann")
        flow.instances.start("order", by="ann", business_key="ghost")
        raise RuntimeError("no")

    assert call(flow, body).status == "running"
    assert incident(flow) == "RuntimeError: no"
    assert flow.instances.find(business_key="ghost") == []
    assert flow.instances.variables(other.id) == {"a": 1}
    assert len(flow.tasks.find()) == 1
    flow.instances.set_variables(other.id, {"b": 3}, by="ann")
    assert flow.instances.variables(other.id) == {"a": 1, "b": 3}
    assert flow.history.verify().holds


def test_a_failed_handler_undoes_only_its_own_part_of_a_transaction(
    flow: Opsflow, other: Instance
) -> None:
    def body(_call: ServiceCall) -> None:
        flow.instances.set_variables(other.id, {"a": 2}, by="ann")
        raise RuntimeError("no")

    with flow.transaction():
        flow.instances.set_variables(other.id, {"before": True}, by="ann")
        call(flow, body)
        flow.instances.set_variables(other.id, {"after": True}, by="ann")
    assert flow.instances.variables(other.id) == {"a": 1, "before": True, "after": True}
    assert flow.history.verify().holds


def test_a_handler_may_go_on_after_a_use_case_has_refused(flow: Opsflow, other: Instance) -> None:
    def body(_call: ServiceCall) -> None:
        with pytest.raises(NotFound), flow.transaction():
            flow.instances.set_variables(other.id, {"a": 2}, by="ann")
            flow.instances.start("nothing", by="ann")
        flow.instances.set_variables(other.id, {"c": 3}, by="ann")

    assert call(flow, body).status == "completed"
    assert flow.instances.variables(other.id) == {"a": 1, "c": 3}
    assert flow.history.verify().holds


@pytest.mark.parametrize("what", ["read", "write"])
def test_a_handler_cannot_reach_into_the_instance_that_waits_for_it(
    flow: Opsflow, other: Instance, what: str
) -> None:
    def body(call: ServiceCall) -> None:
        assert other.is_running
        if what == "read":
            flow.instances.variables(call.instance_id)
        flow.instances.set_variables(call.instance_id, {"a": 1}, by="ann")

    call(flow, body)
    assert "is in the middle of a step" in incident(flow)


def test_an_error_that_no_database_can_hold_is_an_incident_all_the_same(
    flow: Opsflow, other: Instance
) -> None:
    def body(_call: ServiceCall) -> None:
        assert other.is_running
        raise RuntimeError("\x00" + "\ud800" * 10_000)

    assert call(flow, body).status == "running"
    assert incident(flow).startswith("RuntimeError: \ufffd")
    assert len(incident(flow)) <= 2_000


def test_a_transaction_inside_a_transaction_is_a_part_of_it(flow: Opsflow) -> None:
    with flow.transaction():
        flow.people.add_role("one")
        with pytest.raises(NotFound), flow.transaction():
            flow.people.add_role("two")
            flow.people.get("nobody")
        flow.people.add_role("three")
        with pytest.raises(OpsflowError, match="open here already"), flow.engine.connect() as host:
            flow.transaction(host).__enter__()
    assert [role.id for role in flow.people.roles()] == ["one", "three"]
    assert flow.history.verify().holds
