"""Incidents of jobs: noted, retried in bulk, resolved by hand."""

from __future__ import annotations

from threading import Thread

import pytest

from opsflow.app import Opsflow
from opsflow.clock import ManualClock
from opsflow.errors import Invalid, NotFound, WrongState
from opsflow.instances import ServiceCall
from tests.integration.jobs.processes import CALLING


@pytest.fixture
def broken(flow: Opsflow) -> list[str]:
    """Instances whose step has an incident."""
    flow.definitions.deploy(CALLING, by="ann", responsibility="open")

    @flow.handler("call", retries=0)
    def call(call: ServiceCall) -> None:
        if call.attempt == 1:
            raise ConnectionError("down")

    runs = [flow.instances.start("calling", by="ann").id for _ in range(3)]
    flow.jobs.run_until_idle()
    return runs


def test_many_are_retried_and_each_has_a_result_of_its_own(
    flow: Opsflow, broken: list[str]
) -> None:
    ids = [each.id for each in flow.instances.incidents(key="calling", code="handler")]
    flow.instances.suspend(broken[1], by="max", reason="audit")
    results = flow.instances.retry_all([*ids, "nothing"], by="max")
    assert [result.error is None for result in results] == [True, False, True, False]
    assert "suspended" in str(results[1].error)
    flow.jobs.run_until_idle()
    ended = [flow.instances.get(run).status for run in broken]
    assert ended == ["completed", "running", "completed"]
    assert [each.instance_id for each in flow.instances.incidents()] == [broken[1]]


def test_work_that_was_done_by_hand_lets_the_instance_go_on(
    flow: Opsflow, broken: list[str]
) -> None:
    (incident,) = flow.instances.incidents(broken[0])
    flow.instances.resolve(incident.id, by="max", variables={"customer": 7})
    assert flow.instances.get(broken[0]).status == "completed"
    assert flow.instances.variables(broken[0]) == {"customer": 7}
    assert flow.jobs.find(instance_id=broken[0]) == []
    assert flow.jobs.run_until_idle() == 0
    with pytest.raises(WrongState):
        flow.instances.resolve(incident.id, by="max")
    assert flow.history.verify().holds


def test_a_note_stays_with_the_incident(flow: Opsflow, broken: list[str]) -> None:
    (incident,) = flow.instances.incidents(broken[0])
    flow.instances.annotate(incident.id, by="max", note="asked the vendor")
    assert flow.instances.incidents(broken[0])[0].note == "asked the vendor"
    assert "IncidentAnnotated" in [e.type for e in flow.history.of_instance(broken[0])]
    with pytest.raises(Invalid):
        flow.instances.annotate(incident.id, by="max", note=" ")
    with pytest.raises(NotFound):
        flow.instances.annotate("nothing", by="max", note="x")


def test_incidents_are_found_by_process_node_and_code(flow: Opsflow, broken: list[str]) -> None:
    assert len(flow.instances.incidents(node_id="call")) == len(broken)
    assert flow.instances.incidents(key="other") == []
    assert flow.instances.incidents(code="data") == []


def test_an_incident_that_two_people_retry_at_once_is_retried_once(
    flow: Opsflow, url: str, clock: ManualClock
) -> None:
    flow.definitions.deploy(CALLING, by="ann", responsibility="open")
    tries: list[str] = []

    def call(_call: ServiceCall) -> None:
        tries.append("one")
        raise RuntimeError("no")

    flow.handler("call", transactional=True)(call)
    run = flow.instances.start("calling", by="ann").id
    [incident] = flow.instances.incidents(run)
    refused: list[WrongState] = []
    with Opsflow(url, clock=clock) as another:
        another.handler("call", transactional=True)(lambda _call: tries.append("another"))

        def retry() -> None:
            try:
                another.instances.retry(incident.id, by="bob")
            except WrongState as error:
                refused.append(error)

        thread = Thread(target=retry)
        with flow.transaction():
            # It fails again: there is a new incident now.
            flow.instances.retry(incident.id, by="ann")
            thread.start()
            thread.join(0.5)
        thread.join()
    assert (tries, len(refused)) == (["one", "one"], 1)
    assert len(flow.instances.incidents(run)) == 1
