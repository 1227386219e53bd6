"""Batches over HTTP: ordered by owners only, looked at in pages, steered."""

from __future__ import annotations

from typing import Any

import pytest

from opsflow.access import AccessRole
from tests.integration.api.conftest import Service
from tests.models import human, simple


@pytest.fixture
def orders(service: Service) -> list[str]:
    """Five instances of a process of chen's."""
    service.deploy(human("place"))
    return [service.start() for _ in range(5)]


@pytest.fixture
def other(service: Service) -> str:
    """An instance of a process that belongs to somebody else."""
    service.flow.access.grant("zhao", AccessRole.PROCESS_OWNER, by="system")
    service.flow.definitions.deploy(simple(human("pay"), key="payment"), by="zhao")
    return service.flow.instances.start("payment", by="zhao").id


def order(service: Service, who: str = "chen", **further: Any) -> Any:
    body = {"verb": "cancel", "where": {"process": "order"}, "reason": "over", **further}
    body = {name: value for name, value in body.items() if value is not None}
    return service.post(who, "/batches", json=body)


def test_a_batch_is_ordered_and_followed_to_its_end(service: Service, orders: list[str]) -> None:
    answer = order(service)
    assert answer.status_code == 201
    batch = answer.json()
    assert (batch["state"], batch["total"], batch["waiting"]) == ("running", 5, 5)
    assert batch["portions"] == [{"process_key": "order", "version": 1, "count": 5}]
    service.flow.jobs.run_until_idle()
    read = service.get("chen", f"/batches/{batch['id']}").json()
    assert (read["state"], read["done"], read["created_by"]) == ("done", 5, "chen")
    assert service.get("otto", f"/batches/{batch['id']}").json() == read
    (listed,) = service.get("otto", "/batches", params={"state": "done"}).json()["items"]
    assert listed == read
    assert service.get("chen", f"/instances/{orders[0]}").json()["status"] == "cancelled"


def test_the_items_come_in_pages(service: Service, orders: list[str]) -> None:
    service.flow.instances.cancel(orders[1], by="chen", reason="mine")
    batch = order(service, where=None, ids=orders).json()
    service.flow.jobs.run_until_idle()
    path = f"/batches/{batch['id']}/items"
    first = service.get("chen", path, params={"limit": 3}).json()
    rest = service.get("chen", path, params={"limit": 3, "cursor": first["next"]}).json()
    items = [*first["items"], *rest["items"]]
    assert ([item["target"] for item in items], rest["next"]) == (orders, None)
    (failed,) = service.get("chen", path, params={"state": "failed"}).json()["items"]
    assert failed == items[1]
    assert "cancelled" in failed["error"]


def test_an_instance_of_others_refuses_the_whole_order(
    service: Service, orders: list[str], other: str
) -> None:
    for body in ({"where": None, "ids": [*orders, other]}, {"where": {"suspended": False}}):
        for answer in (order(service, **body), _preview(service, **body)):
            assert (answer.status_code, answer.json()["rule"]) == (403, "process.owner")
            assert answer.json()["could"] == ["zhao"]
    assert service.flow.batches.find() == []
    assert service.flow.jobs.find() == []
    service.flow.definitions.share("payment", person="chen", by="zhao")
    assert order(service, where={"suspended": False}).json()["total"] == 6


def test_a_process_of_others_is_not_started(service: Service, other: str) -> None:
    rows = [{"variables": {"n": 1}}, {"business_key": "B"}]
    started = {"verb": "start", "process": "payment", "rows": rows}
    assert service.post("chen", "/batches", json=started).status_code == 403
    assert service.post("chen", "/batches/preview", json=started).status_code == 403
    seen = service.post("zhao", "/batches/preview", json=started).json()
    assert (seen["total"], seen["sample"]) == (2, ["row 1", "B"])
    assert service.post("zhao", "/batches", json=started).status_code == 201
    service.flow.jobs.run_until_idle()
    found = service.flow.instances.find(key="payment")
    assert sorted(each.business_key or "" for each in found) == ["", "", "B"]


def test_only_owners_of_its_processes_steer_a_batch(
    service: Service, orders: list[str], other: str
) -> None:
    path = f"/batches/{order(service).json()['id']}"
    for verb in ("pause", "resume", "cancel", "retry"):
        assert service.post("zhao", f"{path}/{verb}").json()["rule"] == "process.owner"
    paused = service.post("chen", f"{path}/pause")
    assert (paused.status_code, paused.json()["state"]) == (200, "paused")
    assert service.post("chen", f"{path}/pause").status_code == 409
    assert service.post("chen", f"{path}/resume").json()["state"] == "running"
    cancelled = service.post("chen", f"{path}/cancel").json()
    assert (cancelled["state"], cancelled["cancelled"]) == ("cancelled", 5)
    assert service.post("chen", f"{path}/retry").status_code == 409


def test_an_order_that_is_sent_twice_is_one_batch(service: Service, orders: list[str]) -> None:
    body = {"verb": "cancel", "where": {"process": "order"}, "reason": "over"}
    sent = [
        service.post("chen", "/batches", json=body, headers={"Idempotency-Key": "k"})
        for _ in range(2)
    ]
    assert sent[0].json() == sent[1].json()
    assert len(service.flow.batches.find()) == 1


def test_a_preview_does_nothing(service: Service, orders: list[str]) -> None:
    seen = _preview(service)
    assert seen.status_code == 200
    assert seen.json() == {
        "total": 5,
        "portions": [{"process_key": "order", "version": 1, "count": 5}],
        "sample": orders,
    }
    assert service.flow.batches.find() == []


@pytest.mark.parametrize(
    "further",
    [
        {"verb": "fly"},
        {"reason": None},
        {"reason": "  "},
        {"where": {}},
        {"where": {"planet": "mars"}},
        {"where": {"process": "none"}},
        {"ids": ["x"]},
        {"rows": []},
        {"process": "order"},
        {"parameters": {"a": 1}},
        {"verb": "start"},
        {"verb": "start", "where": None, "process": "order", "rows": []},
        {"verb": "start", "where": None, "process": "order", "rows": [{}], "parameters": {"a": 1}},
        {"where": None, "ids": ["x"] * 10_001},
    ],
)
def test_a_wrong_order_is_told_and_changes_nothing(
    service: Service, orders: list[str], further: dict[str, Any]
) -> None:
    answer = order(service, **further)
    assert answer.status_code == 422, answer.text
    assert answer.json()["type"] == "urn:opsflow:problem:invalid"
    assert service.flow.batches.find() == []


def test_what_there_is_not_is_not_found(service: Service, orders: list[str]) -> None:
    assert order(service, where=None, ids=["nothing"]).status_code == 404
    for path in ("/batches/x", "/batches/x/items"):
        assert service.get("chen", path).status_code == 404
    assert service.post("chen", "/batches/x/pause").status_code == 404


def _preview(service: Service, **further: Any) -> Any:
    body = {"verb": "cancel", "where": {"process": "order"}, "reason": "over", **further}
    body = {name: value for name, value in body.items() if value is not None}
    return service.post("chen", "/batches/preview", json=body)
