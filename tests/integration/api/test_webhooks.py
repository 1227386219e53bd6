"""Webhooks over HTTP: whose they are, and what a signature opens."""

from __future__ import annotations

import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from opsflow.access import AccessRole
from opsflow.api import Settings, application
from opsflow.jobs.connectors import signed_headers
from tests.integration.api.conftest import API, Service
from tests.models import human

SECRET = "whsec_AAECAwQFBgcICQoLDA0ODw=="
NEW = {
    "url": "https://hooks.example.com/x",
    "events": ["Instance*"],
    "secrets_from": ["OPSFLOW_SECRET_CRM"],
}
SHOP = {"secrets_from": ["OPSFLOW_SECRET_CRM"], "process": "order", "business_key": "body.number"}


@pytest.fixture(autouse=True)
def allowed(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPSFLOW_SECRET_CRM", SECRET)
    service.flow.webhooks.allow("hooks.example.com")
    service.deploy(human("place"))
    service.flow.access.grant("wang", AccessRole.PROCESS_OWNER, by="system")


def subscribe(service: Service, **further: Any) -> str:
    answer = service.post("chen", "/subscriptions", json={**NEW, **further})
    assert answer.status_code == 201, answer.text
    id: str = answer.json()["id"]
    return id


def test_a_subscription_is_made_paused_and_ended(service: Service) -> None:
    made = subscribe(service, process="order")
    service.start()
    waiting = service.get("chen", f"/subscriptions/{made}/deliveries").json()["items"]
    assert [each["subject"] for each in waiting] == [f"subscription:{made}"]
    paused = service.post("chen", f"/subscriptions/{made}/pause", json={"reason": "they move"})
    assert paused.json()["pause_reason"] == "they move"
    assert service.post("chen", f"/subscriptions/{made}/resume").json()["paused_at"] is None
    assert [s["id"] for s in service.get("chen", "/subscriptions").json()["items"]] == [made]
    assert service.delete("chen", f"/subscriptions/{made}").json() == {"discarded": 1}
    assert service.get("chen", f"/subscriptions/{made}").status_code == 404


def test_somebody_elses_subscription_does_not_exist(service: Service) -> None:
    made = subscribe(service)
    service.start()
    (job,) = service.flow.jobs.find()
    reason = {"reason": "x"}
    for method, path, body in (
        ("GET", f"/subscriptions/{made}", None),
        ("GET", f"/subscriptions/{made}/deliveries", None),
        ("DELETE", f"/subscriptions/{made}", None),
        ("POST", f"/subscriptions/{made}/pause", reason),
        ("POST", f"/subscriptions/{made}/resume", None),
        ("POST", f"/subscriptions/{made}/retry", None),
        ("POST", f"/subscriptions/{made}/discard", reason),
        ("POST", f"/jobs/{job.id}/retry", None),
        ("POST", "/jobs/retry", {"ids": [job.id]}),
        ("POST", f"/jobs/{job.id}/discard", reason),
    ):
        headers = service.headers("wang")
        answer = service.client.request(method, API + path, json=body, headers=headers)
        assert answer.status_code == 404, (method, path, answer.text)
    assert service.get("wang", "/subscriptions").json()["items"] == []
    assert len(service.flow.jobs.find()) == 1


def test_the_owners_of_a_process_share_what_belongs_to_it(service: Service) -> None:
    refused = service.post("wang", "/subscriptions", json={**NEW, "process": "order"})
    assert (refused.status_code, refused.json()["rule"]) == (403, "process.owner")
    made = subscribe(service, process="order")
    assert service.get("wang", f"/subscriptions/{made}").status_code == 404
    service.flow.definitions.share("order", person="wang", by="chen")
    assert service.get("wang", f"/subscriptions/{made}").status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "https://169.254.169.254/latest"},
        {"url": "https://evil.example.com/"},
        {"events": ["x y"]},
        {"events": []},
        {"secrets_from": ["PATH"]},
        {"further": 1},
    ],
)
def test_a_wrong_subscription_changes_nothing(service: Service, wrong: dict[str, Any]) -> None:
    assert service.post("chen", "/subscriptions", json={**NEW, **wrong}).status_code == 422
    assert service.flow.webhooks.subscriptions() == []


def test_dead_letters_are_seen_retried_and_discarded(service: Service) -> None:
    made = subscribe(service)
    service.flow.handler("report", retries=0)(lambda _call: {"x": 1 / 0})
    job = service.flow.jobs.enqueue("report").id
    service.flow.jobs.run_until_idle()
    found = service.get("otto", "/jobs", params={"state": "incident", "kind": "call"}).json()
    assert [(each["id"], each["last_error"]) for each in found["items"]] == [
        (job, "ZeroDivisionError: division by zero")
    ]
    assert service.post("chen", f"/jobs/{job}/retry").json()["state"] == "queued"
    service.flow.jobs.run_until_idle()
    tried = service.post("chen", "/jobs/retry", json={"ids": [job]}).json()["items"]
    assert tried == [{"job_id": job, "error": None}]
    assert service.post("chen", f"/jobs/{job}/discard", json={"reason": ""}).status_code == 422
    assert service.post("chen", f"/jobs/{job}/discard", json={"reason": "old"}).status_code == 200
    assert service.post("chen", f"/jobs/{job}/retry").status_code == 404
    assert service.post("chen", f"/subscriptions/{made}/retry").json() == {"items": []}


def deliver(service: Service, body: object, *, id: str = "1", name: str = "shop", **h: str) -> Any:
    content = json.dumps(body).encode()
    headers = signed_headers([SECRET], id, service.clock.now(), content) | h
    return service.client.post(f"{API}/webhooks/{name}", content=content, headers=headers)


def test_a_signature_opens_the_endpoint_and_nothing_else(service: Service) -> None:
    assert service.put("chen", "/endpoints/shop", json=SHOP).status_code == 200
    first = deliver(service, {"number": "O-7"})
    assert (first.status_code, first.json()) == (200, {"outcome": "started", "repeated": False})
    assert deliver(service, {"number": "O-7"}).json() == {"outcome": "started", "repeated": True}
    assert [i.business_key for i in service.flow.instances.find()] == ["O-7"]
    seen = service.get("chen", "/endpoints/shop").json()
    assert (seen["accepted"], seen["repeated"], seen["refused"]) == (1, 1, 0)
    assert service.get("chen", "/endpoints").json()["items"] == [seen]


def test_what_does_not_fit_is_told_from_nothing(service: Service) -> None:
    service.put("chen", "/endpoints/shop", json=SHOP)
    unknown = deliver(service, {}, name="nothing")
    for wrong in (
        deliver(service, {}, **{"webhook-signature": "v1,x"}),
        deliver(service, {}, **{"webhook-timestamp": "1"}),
        deliver(service, {}, **{"webhook-id": ""}),
        service.post("chen", "/webhooks/shop", json={}),
        service.client.post(f"{API}/webhooks/shop"),
    ):
        same = {**unknown.json(), "request_id": wrong.json()["request_id"]}
        assert (wrong.status_code, wrong.json()) == (401, same)
    assert service.flow.instances.find() == []


def test_a_huge_body_is_refused_before_it_is_read(service: Service) -> None:
    service.put("chen", "/endpoints/shop", json=SHOP)
    for name in ("shop", "nothing"):
        answer = deliver(service, "x" * 2_000_000, name=name)
        assert answer.status_code == 413, answer.text


def test_who_is_wrong_too_often_has_to_wait(service: Service) -> None:
    app = application(service.flow, settings=Settings(failures=3))
    client = TestClient(app, raise_server_exceptions=False)
    found = [client.post(f"{API}/webhooks/x", content=b"{}").status_code for _ in range(5)]
    assert found == [401, 401, 401, 429, 429]


def test_somebody_elses_endpoint_does_not_exist(service: Service) -> None:
    service.put("chen", "/endpoints/shop", json=SHOP)
    theirs = {"secrets_from": ["OPSFLOW_SECRET_CRM"], "message": "paid"}
    assert service.get("wang", "/endpoints/shop").status_code == 404
    assert service.put("wang", "/endpoints/shop", json=theirs).status_code == 404
    assert service.delete("wang", "/endpoints/shop").status_code == 404
    assert service.put("wang", "/endpoints/mine", json=SHOP).status_code == 403
    assert service.get("wang", "/endpoints").json()["items"] == []
    assert service.delete("chen", "/endpoints/shop").status_code == 200


def test_a_message_of_a_program_is_correlated_and_kept(service: Service) -> None:
    """With a token instead of a signature."""
    body = {"name": "paid", "correlation": "O-1", "variables": {"a": 1}}
    assert service.post("chen", "/messages", json=body).status_code == 409
    kept = service.post("chen", "/messages", json={**body, "keep_seconds": 60})
    assert kept.status_code == 200, kept.text


def test_everybody_chooses_for_themselves_alone(service: Service) -> None:
    service.flow.people.change_person("li", name="Li", email="li@example.org")
    chosen = service.put("li", "/preferences/task.assigned", json={"channels": ["mail"]})
    assert chosen.json() == {"kind": "task.assigned", "channels": ["mail"]}
    assert service.get("li", "/preferences").json()["items"] == [chosen.json()]
    assert service.get("sun", "/preferences").json()["items"] == []
    assert service.delete("sun", "/preferences/task.assigned").status_code == 404
    assert service.put("sun", "/preferences/all", json={"channels": ["mail"]}).status_code == 422
    hook = {"channels": ["chat"], "chat_url": "https://hooks.example.com/T0/SECRET"}
    kept = service.put("sun", "/preferences/all", json=hook)
    assert (kept.status_code, "SECRET" in kept.text) == (200, False)
    inside = {"channels": ["chat"], "chat_url": "https://127.0.0.1/"}
    assert service.put("sun", "/preferences/all", json=inside).status_code == 422
    assert service.delete("li", "/preferences/task.assigned").status_code == 200
