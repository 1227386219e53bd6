"""Migration over HTTP: planned, tried, done and reverted, by owners only."""

from __future__ import annotations

from typing import Any

import pytest

from opsflow.access import AccessRole
from tests.integration.api.conftest import Service
from tests.integration.snapshots import contents
from tests.models import human


@pytest.fixture
def run(service: Service) -> str:
    """An instance of the first of two versions."""
    service.deploy(human("place"))
    instance = service.start()
    service.deploy(human("buy"), human("pay"))
    return instance


def planned(service: Service, who: str = "chen", **nodes: str) -> Any:
    body = {"from": 1, "to": 2, "nodes": nodes}
    return service.post(who, "/processes/order/migration-plan", json=body)


def test_an_instance_is_migrated_by_a_plan_and_back(service: Service, run: str) -> None:
    answer = planned(service, place="buy").json()
    plan = answer["plan"]
    assert (plan["from"], plan["to"], plan["nodes"]["place"]) == (1, 2, "buy")
    assert answer["findings"] == []
    tried = service.post("chen", f"/instances/{run}/migrate", json={"plan": plan, "dry_run": True})
    assert (tried.json()["migrated"], tried.json()["possible"]) == (False, True)
    assert tried.json()["instance"]["version"] == 1
    body = {"plan": plan, "reason": "v2"}
    done = service.post("chen", f"/instances/{run}/migrate", json=body).json()
    assert (done["migrated"], done["instance"]["version"]) == (True, 2)
    again = service.post("chen", f"/instances/{run}/migrate", json=body)
    assert (again.status_code, again.json()["type"]) == (409, "urn:opsflow:problem:wrong-state")
    back = service.post("chen", f"/instances/{run}/revert-migration", json={"reason": "no"})
    assert back.json()["version"] == 1
    [kept] = service.get("chen", f"/instances/{run}/migrations").json()["items"]
    assert (kept["migrated_by"], kept["reverted_by"], kept["reason"]) == ("chen", "chen", "v2")


def test_a_repeated_request_migrates_once(service: Service, run: str) -> None:
    body = {"plan": planned(service, place="buy").json()["plan"]}
    options: Any = {"json": body, "headers": {"Idempotency-Key": "k-1"}}
    first = service.post("chen", f"/instances/{run}/migrate", **options)
    assert service.post("chen", f"/instances/{run}/migrate", **options).json() == first.json()
    assert len(service.flow.instances.migrations(run)) == 1


def test_what_hinders_it_is_told_with_the_findings(service: Service, run: str) -> None:
    answer = planned(service).json()
    assert [each["rule"] for each in answer["findings"]] == ["migration.unmapped"]
    body = {"plan": answer["plan"]}
    before = contents(service.flow)["opsflow_instance"]
    refused = service.post("chen", f"/instances/{run}/migrate", json=body)
    assert refused.status_code == 409
    assert refused.json()["type"] == "urn:opsflow:problem:migration-refused"
    assert refused.json()["findings"][0]["element"] == "place"
    assert contents(service.flow)["opsflow_instance"] == before
    forecast = service.post("chen", "/processes/order/migration-check", json=body).json()
    assert (forecast["total"], forecast["possible"], forecast["complete"]) == (1, 0, True)
    [found] = forecast["findings"]
    assert (found["finding"]["rule"], found["examples"]) == ("migration.removed", [run])


def test_others_plan_and_migrate_nothing(service: Service, run: str) -> None:
    plan = planned(service, place="buy").json()["plan"]
    for who, status in (("li", 403), ("otto", 403), ("robot", 403)):
        assert planned(service, who).status_code == status
        answer = service.post(who, f"/instances/{run}/migrate", json={"plan": plan})
        assert answer.status_code == status
    service.flow.access.grant("sun", AccessRole.PROCESS_OWNER, by="system")
    assert planned(service, "sun").json()["rule"] == "process.owner"
    check = {"plan": plan}
    for path in (f"/instances/{run}/migrate", "/processes/order/migration-check"):
        assert service.post("sun", path, json=check).json()["rule"] == "process.owner"
    reason = {"reason": "x"}
    reverted = service.post("sun", f"/instances/{run}/revert-migration", json=reason)
    assert reverted.json()["rule"] == "process.owner"
    assert service.get("li", f"/instances/{run}/migrations").status_code == 403
    assert service.flow.instances.get(run).version == 1


@pytest.mark.parametrize(
    "plan",
    [
        {},
        {"process": "order"},
        {"process": "order", "from": 1, "to": 2, "nodes": {"place": 7}},
        {"process": "order", "from": 1, "to": 2, "nodes": {}, "timers": "never"},
        {"process": "order", "from": 1, "to": 2, "nodes": [["place", "buy"]]},
    ],
)
def test_what_is_no_plan_is_the_callers_error(
    service: Service, run: str, plan: dict[str, Any]
) -> None:
    for path in (f"/instances/{run}/migrate", "/processes/order/migration-check"):
        answer = service.post("chen", path, json={"plan": plan})
        assert (answer.status_code, answer.json()["type"]) == (422, "urn:opsflow:problem:invalid")


def test_a_plan_for_what_is_not_there_is_not_found(service: Service, run: str) -> None:
    plan = planned(service, place="buy").json()["plan"]
    for version in (3, 2_147_483_647):
        answer = service.post(
            "chen", "/processes/order/migration-plan", json={"from": 1, "to": version}
        )
        assert answer.status_code == 404
    nobody = "/processes/nothing/migration-plan"
    assert service.post("chen", nobody, json={"from": 1, "to": 2}).status_code == 404
    assert (
        service.post("chen", "/instances/nothing/migrate", json={"plan": plan}).status_code == 404
    )
    elsewhere = {**plan, "process": "payment"}
    wrong = service.post("chen", f"/instances/{run}/migrate", json={"plan": elsewhere})
    assert wrong.status_code == 409
    nowhere = {**plan, "to": 9}
    assert (
        service.post("chen", f"/instances/{run}/migrate", json={"plan": nowhere}).status_code == 404
    )
