"""Work of machines over HTTP: fetched, answered, failed, mended."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.integration.api.conftest import Service
from tests.models import flows, model

CALLING = model(
    '<startEvent id="start"/>'
    '<serviceTask id="invoice" opsflow:topic="rpa.invoice"/>'
    '<endEvent id="end"/>' + flows("start>invoice", "invoice>end"),
    key="billing",
)


@pytest.fixture
def billing(service: Service) -> str:
    """An instance that waits for a machine."""
    service.flow.definitions.deploy(CALLING, by="chen", responsibility="open")
    return service.flow.instances.start("billing", by="chen", variables={"n": 7}).id


def fetch(service: Service, **further: Any) -> list[dict[str, Any]]:
    body = {"topics": ["rpa.invoice"], "worker": "robot-1", "lease_seconds": 60, **further}
    answer = service.post("robot", "/jobs/fetch", json=body)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def test_a_job_is_fetched_once_and_completed(service: Service, billing: str) -> None:
    [lease] = fetch(service)
    assert (lease["topic"], lease["variables"]) == ("rpa.invoice", {"n": 7})
    assert fetch(service) == []
    done = {"token": lease["token"], "variables": {"number": "I-7"}}
    assert service.post("robot", "/jobs/complete", json=done).status_code == 200
    assert service.get("chen", f"/instances/{billing}").json()["status"] == "completed"
    assert service.get("chen", f"/instances/{billing}/variables").json()["variables"] == {
        "n": 7,
        "number": "I-7",
    }
    again = service.post("robot", "/jobs/complete", json=done)
    assert (again.status_code, again.json()["type"]) == (409, "urn:opsflow:problem:lease-lost")


def test_a_lease_that_ran_out_has_no_effect(service: Service, billing: str) -> None:
    [lost] = fetch(service, lease_seconds=5)
    service.clock.advance(timedelta(minutes=5))
    assert fetch(service) == []  # It counts as failed, and is tried again after a pause.
    service.clock.advance(timedelta(minutes=5))
    [taken] = fetch(service)
    assert taken["attempt"] == 2
    late = service.post("robot", "/jobs/complete", json={"token": lost["token"]})
    assert late.status_code == 409
    longer = {"token": taken["token"], "lease_seconds": 600}
    assert service.post("robot", "/jobs/extend", json=longer).json()["until"] > taken["until"]


def test_a_failure_becomes_an_incident_that_an_owner_mends(service: Service, billing: str) -> None:
    [lease] = fetch(service)
    failed = {"token": lease["token"], "message": "the printer burns", "retries": 0}
    assert service.post("robot", "/jobs/fail", json=failed).status_code == 200
    [incident] = service.get("chen", "/incidents", params={"process": "billing"}).json()["items"]
    assert "the printer burns" in incident["message"]
    path = f"/incidents/{incident['id']}"
    assert service.post("robot", f"{path}/retry").status_code == 403
    noted = service.post("chen", f"{path}/note", json={"note": "called the fire brigade"})
    assert noted.json()["note"] == "called the fire brigade"
    by_hand = service.post("chen", f"{path}/resolve", json={"variables": {"number": "I-8"}})
    assert by_hand.status_code == 200
    assert service.get("chen", f"/instances/{billing}").json()["status"] == "completed"


def test_many_incidents_are_retried_in_one_request(service: Service, billing: str) -> None:
    [lease] = fetch(service)
    failed = {"token": lease["token"], "message": "no", "retries": 0}
    service.post("robot", "/jobs/fail", json=failed)
    ids = [each["id"] for each in service.get("chen", "/incidents").json()["items"]]
    retried = service.post("chen", "/incidents/retry", json={"ids": ids}).json()["items"]
    assert retried == [{"incident_id": ids[0], "error": None}]
    assert len(fetch(service)) == 1


def test_who_looks_after_the_queue_sees_it(service: Service, billing: str) -> None:
    [job] = service.get("chen", "/jobs", params={"topic": "rpa.invoice"}).json()["items"]
    assert (job["state"], job["instance_id"]) == ("queued", billing)
    [depth] = service.get("chen", "/jobs/depths").json()["items"]
    assert depth["count"] == 1
    assert service.get("robot", "/jobs").status_code == 403


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "1.1.secret", "x" * 600])
def test_a_token_that_is_none_changes_nothing(service: Service, billing: str, token: str) -> None:
    answer = service.post("robot", "/jobs/complete", json={"token": token})
    assert answer.status_code in (409, 422)
    assert service.get("chen", f"/instances/{billing}").json()["status"] == "running"
