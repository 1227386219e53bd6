"""What nobody sends who means well: cursors that are made up, names of others, odd times."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from threading import Thread
from typing import Any

import pytest

from opsflow.access import AccessRole
from opsflow.api.cursors import next_cursor
from opsflow.errors import NotFound
from opsflow.jobs.connectors import signed_headers
from tests.integration.api.conftest import API, Service
from tests.models import human

WEEK = {"zone": "Asia/Shanghai", "hours": {"mon-fri": ["09:00-17:00"]}}
SHOP = {"secrets_from": ["OPSFLOW_SECRET_SHOP"], "message": "paid"}


@pytest.fixture(autouse=True)
def another_owner(service: Service) -> None:
    service.deploy(human("place"))
    service.flow.access.grant("wang", AccessRole.PROCESS_OWNER, by="system")


@pytest.mark.parametrize("last", ["abc", "-1", "9" * 30, "9223372036854775808", "\u0661", ""])
def test_a_cursor_that_was_made_up_is_refused(service: Service, last: str) -> None:
    body = {"verb": "suspend", "ids": [service.start()], "reason": "audit"}
    batch = service.post("chen", "/batches", json=body).json()["id"]
    path = f"/batches/{batch}/items"
    query = {"path": API + path, "person": "chen", "asked": []}
    answer = service.get("chen", path, params={"cursor": next_cursor(last, query)})
    assert (answer.status_code, answer.json()["type"][-14:]) == (400, "cursor-invalid")
    good = service.get("chen", path, params={"cursor": next_cursor("1", query)})
    assert good.json() == {"items": [], "next": None}


@pytest.mark.parametrize("verb", ["retry", "discard"])
def test_the_work_on_somebody_elses_batch_is_theirs(service: Service, verb: str) -> None:
    body = {"verb": "suspend", "ids": [service.start()], "reason": "audit"}
    service.post("chen", "/batches", json=body)
    (lane,) = service.flow.jobs.find(topic="opsflow.batch")
    reason = {"reason": "mine"}
    refused = service.post("wang", f"/jobs/{lane.id}/{verb}", json=reason)
    assert (refused.status_code, refused.json()["rule"]) == (403, "process.owner")
    assert service.post("wang", "/jobs/retry", json={"ids": [lane.id]}).status_code == 403
    assert service.flow.jobs.run_until_idle() > 0
    assert [each.suspended_at is None for each in service.flow.instances.find()] == [False]


@pytest.mark.parametrize(
    "duration", ["P99999999999Y", "-P2026Y", "-P2025Y", "P7973Y", "P999999M", "P8000Y1D"]
)
@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/Los_Angeles"])
def test_a_duration_beyond_all_years_is_refused(service: Service, duration: str, zone: str) -> None:
    service.put("ada", "/calendars/office", json={**WEEK, "zone": zone})
    asked = {"start": "2026-01-01T00:00:00Z", "duration": duration}
    answer = service.get("chen", "/calendars/office/preview", params=asked)
    assert (answer.status_code, "1970 to 2200" in answer.json()["detail"]) == (422, True)


def test_who_changes_a_calendar_may_say_which_one_they_have_read(service: Service) -> None:
    made = service.put("ada", "/calendars/office", json=WEEK)
    assert made.headers["ETag"] == '"1"'
    changed = {**WEEK, "country": "CN"}
    one = service.put("ada", "/calendars/office", json=changed, headers={"If-Match": '"1"'})
    assert (one.status_code, one.json()["revision"]) == (200, 2)
    late = service.put("ada", "/calendars/office", json=WEEK, headers={"If-Match": '"1"'})
    assert (late.status_code, late.json()["actual"]) == (412, 2)
    none = service.put("ada", "/calendars/other", json=WEEK, headers={"If-Match": '"1"'})
    assert none.status_code == 404


def test_a_process_that_there_is_not_belongs_to_nobody(service: Service) -> None:
    rows = {"verb": "start", "process": "nope", "rows": [{}]}
    told = {
        "url": "https://h.example.com",
        "events": ["*"],
        "secrets_from": ["OPSFLOW_SECRET_SHOP"],
        "process": "nope",
    }
    for path, body in (("/batches", rows), ("/batches/preview", rows), ("/subscriptions", told)):
        answer = service.post("chen", path, json=body)
        assert (answer.status_code, answer.json()["kind"]) == (404, "process"), path


@pytest.mark.parametrize("secret", ["whsec_", "", "whsec_AAA", "no base64"])
def test_a_secret_that_everybody_knows_opens_nothing(
    service: Service, monkeypatch: pytest.MonkeyPatch, secret: str
) -> None:
    monkeypatch.setenv("OPSFLOW_SECRET_SHOP", secret)
    start = {"secrets_from": ["OPSFLOW_SECRET_SHOP"], "process": "order"}
    assert service.put("chen", "/endpoints/shop", json=start).status_code == 200
    content, now = b"{}", service.clock.now()
    headers = signed_headers(["whsec_AAECAwQFBgcICQoLDA0ODw=="], "1", now, content)
    mac = _empty_key(f"1.{int(now.timestamp())}.".encode() + content)
    headers["webhook-signature"] = f"v1,{mac}"
    answer = service.client.post(f"{API}/webhooks/shop", content=content, headers=headers)
    assert answer.status_code == 401
    assert service.flow.instances.find() == []


def _empty_key(signed: bytes) -> str:
    """HMAC-SHA256 with a key of no bytes, as anybody can compute it (RFC 2104)."""
    from base64 import b64encode

    inner = hashlib.sha256(b"\x36" * 64 + signed).digest()
    return b64encode(hashlib.sha256(b"\x5c" * 64 + inner).digest()).decode()


def test_an_endpoint_that_two_define_at_once_is_that_of_the_first(service: Service) -> None:
    answers: dict[str, int] = {}

    def define(person: str) -> Callable[[], None]:
        def put() -> None:
            answers[person] = service.put(person, "/endpoints/shop", json=SHOP).status_code

        return put

    threads = [Thread(target=define(person)) for person in ("chen", "wang")]
    for person in ("chen", "wang"):
        service.token(person)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers.values()) == [200, 404]
    owner = service.flow.webhooks.endpoint("shop").defined_by
    assert answers[owner] == 200


def test_who_replaces_an_endpoint_is_asked_while_nobody_changes_it(service: Service) -> None:
    webhooks = service.flow.webhooks
    given: dict[str, Any] = {"secret_from": "OPSFLOW_SECRET_SHOP", "message": "paid"}

    def refuse(there: object) -> None:
        raise NotFound("endpoint", "shop")

    made = webhooks.define("shop", by="chen", replacing=refuse, **given)
    with pytest.raises(NotFound):
        webhooks.define("shop", by="wang", replacing=refuse, **{**given, "message": "stolen"})
    assert (webhooks.endpoint("shop").defined_by, made.message) == ("chen", "paid")
    assert webhooks.endpoint("shop").message == "paid"
