"""What holds for every route: problems, tags, keys, pages, headers, logs."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from opsflow.api import Settings, application
from opsflow.app import Opsflow
from tests.integration.api.conftest import API, Service, populate
from tests.integration.api.furnishing import Furnished
from tests.integration.api.test_document import bodies
from tests.integration.api.test_permissions import operations
from tests.models import human


def test_a_refusal_names_the_rule_and_who_could(service: Service) -> None:
    task = service.new_task()
    service.post("wang", f"/tasks/{task}/claim")
    answer = service.post("chen", f"/tasks/{task}/release")
    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"] == "urn:opsflow:problem:refused"
    assert problem["rule"] == "assignee.only"
    assert problem["could"] == ["wang"]
    assert problem["request_id"] == answer.headers["x-request-id"]


def test_a_revision_is_the_tag_and_a_stale_one_changes_nothing(service: Service) -> None:
    task = service.new_task()
    read = service.get("li", f"/tasks/{task}")
    assert read.headers["etag"] == f'"{read.json()["revision"]}"'
    claimed = service.post("li", f"/tasks/{task}/claim", headers={"If-Match": read.headers["etag"]})
    assert claimed.status_code == 200
    stale = service.post("li", f"/tasks/{task}/release", headers={"If-Match": read.headers["etag"]})
    assert (stale.status_code, stale.json()["actual"]) == (412, claimed.json()["revision"])
    assert service.get("li", f"/tasks/{task}").json()["assignee"] == "li"


@pytest.mark.parametrize("tag", ["*", "2", '"two"', 'W/"2"', '""'])
def test_a_tag_that_is_none_is_an_error(service: Service, tag: str) -> None:
    task = service.new_task()
    answer = service.post("li", f"/tasks/{task}/claim", headers={"If-Match": tag})
    assert answer.status_code == 422
    assert service.get("li", f"/tasks/{task}").json()["state"] == "offered"


def test_a_request_sent_twice_is_done_once(service: Service) -> None:
    service.deploy(human("place"))
    started = [
        service.post(
            "li", "/instances", json={"process": "order"}, headers={"Idempotency-Key": "k-1"}
        )
        for _ in range(2)
    ]
    assert [answer.status_code for answer in started] == [201, 201]
    assert started[0].json() == started[1].json()
    assert "idempotency-replayed" not in started[0].headers
    assert started[1].headers["idempotency-replayed"] == "true"
    assert len(service.flow.instances.find()) == 1


def test_another_body_under_the_same_key_is_a_conflict(service: Service) -> None:
    service.deploy(human("place"))
    key = {"Idempotency-Key": "k-1"}
    service.post("li", "/instances", json={"process": "order"}, headers=key)
    other = service.post(
        "li", "/instances", json={"process": "order", "business_key": "B"}, headers=key
    )
    assert (other.status_code, other.json()["type"]) == (
        409,
        "urn:opsflow:problem:idempotency-conflict",
    )
    of_somebody_else = service.post("wang", "/instances", json={"process": "order"}, headers=key)
    assert of_somebody_else.status_code == 201


def test_what_failed_can_be_sent_again_under_its_key(service: Service) -> None:
    key = {"Idempotency-Key": "k-1"}
    missing = service.post("li", "/instances", json={"process": "order"}, headers=key)
    assert missing.status_code == 404
    service.deploy(human("place"))
    again = service.post("li", "/instances", json={"process": "order"}, headers=key)
    assert again.status_code == 201


def test_a_refusal_under_a_key_is_still_evidence(service: Service) -> None:
    task = service.new_task()
    instance = service.flow.tasks.get(task).instance_id
    answer = service.post("chen", f"/tasks/{task}/claim", headers={"Idempotency-Key": "k"})
    assert answer.status_code == 403
    types = [entry.type for entry in service.flow.history.of_instance(instance)]
    assert "TaskRefused" in types


def test_a_key_is_forgotten_after_a_day(service: Service) -> None:
    from datetime import timedelta

    service.deploy(human("place"))
    key = {"Idempotency-Key": "k-1"}
    body = {"process": "order"}
    first = service.post("li", "/instances", json=body, headers=key)
    service.clock.advance(timedelta(hours=25))
    second = service.post("li", "/instances", json=body, headers=key)
    assert first.json()["id"] != second.json()["id"]


def test_pages_hold_everything_once(service: Service) -> None:
    service.deploy(human("place"))
    wanted = [service.start() for _ in range(7)]
    found, cursor = [], None
    while True:
        page = service.get(
            "chen", "/instances", params={"limit": 3} | ({"cursor": cursor} if cursor else {})
        ).json()
        found += [item["id"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert found == wanted


def test_a_cursor_that_was_changed_or_belongs_elsewhere_is_refused(service: Service) -> None:
    service.deploy(human("place"))
    for _ in range(3):
        service.start()
    cursor = service.get("chen", "/instances", params={"limit": 2}).json()["next"]
    tampered = cursor[:-2] + ("A" if cursor[-2] != "A" else "B") + cursor[-1]
    for params in (
        {"cursor": tampered},
        {"cursor": "x"},
        {"cursor": "äöü"},
        {"cursor": cursor, "status": "running"},
    ):
        answer = service.get("chen", "/instances", params=params)
        assert answer.status_code == 400, params
        assert answer.json()["type"] == "urn:opsflow:problem:cursor-invalid"
    of_another_person = service.get("otto", "/instances", params={"cursor": cursor})
    assert of_another_person.status_code == 400


def test_every_answer_is_sealed(service: Service) -> None:
    for answer in (
        service.client.get("/health/live"),
        service.get("li", "/me"),
        service.client.get("/nowhere"),
    ):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_a_request_keeps_its_own_id_only_where_it_is_one(service: Service) -> None:
    own = service.client.get("/health/live", headers={"X-Request-ID": "abc-1"})
    assert own.headers["x-request-id"] == "abc-1"
    odd = service.client.get("/health/live", headers={"X-Request-ID": "a b<script>"})
    assert odd.headers["x-request-id"] != "a b<script>"


def test_no_log_line_holds_a_token_a_query_or_a_body(service: Service) -> None:
    service.deploy(human("place"))
    with capture_logs() as lines:
        service.get("chen", "/instances", params={"business_key": "SECRET-1"})
        service.post(
            "li", "/instances", json={"process": "order", "variables": {"pay": "SECRET-2"}}
        )
        service.client.get(f"{API}/me", headers={"Authorization": "Bearer opsflow_SECRET-3"})
    assert [line["status"] for line in lines] == [200, 201, 401]
    text = str(lines)
    assert "SECRET" not in text
    assert service.token("chen") not in text
    assert lines[0]["person"] == "chen"


def test_who_asks_too_often_has_to_wait(flow: Opsflow) -> None:
    populate(flow)
    token = flow.access.issue_token("li", by="system", name="t").secret
    client = TestClient(application(flow, settings=Settings(rate=0.01, burst=3)))
    headers = {"Authorization": f"Bearer {token}"}
    answers = [client.get(f"{API}/me", headers=headers) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert int(answers[-1].headers["retry-after"]) > 1


def test_failed_sign_ins_hold_nobody_else_up(flow: Opsflow) -> None:
    populate(flow)
    token = flow.access.issue_token("li", by="system", name="t").secret
    client = TestClient(application(flow, settings=Settings(failures=2)))
    wrong = {"Authorization": "Bearer opsflow_wrong"}
    statuses = [client.get(f"{API}/me", headers=wrong).status_code for _ in range(3)]
    assert statuses == [401, 401, 429]
    right = {"Authorization": f"Bearer {token}"}
    assert client.get(f"{API}/me", headers=right).status_code == 200


def test_a_wrong_schema_is_not_ready(service: Service) -> None:
    from opsflow.db.migrations import downgrade

    assert service.client.get("/health/ready").status_code == 200
    downgrade(service.flow.engine, "base")
    answer = service.client.get("/health/ready")
    assert answer.status_code == 500
    assert "opsflow db upgrade" in answer.json()["detail"]


def test_a_revision_that_nobody_would_compare_is_refused(service: Service) -> None:
    service.deploy(human("place"))
    instance = service.start()
    body = {"reason": "audit"}
    path = f"/instances/{instance}/suspend"
    answer = service.post("chen", path, json=body, headers={"If-Match": '"1"'})
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:opsflow:problem:invalid")
    assert service.flow.instances.get(instance).suspended_at is None


def test_who_asks_is_found_out_before_the_request_is_read(service: Service) -> None:
    wrong = {"Content-Type": "application/json", "Idempotency-Key": ""}
    for path in ("/instances", "/tasks/bulk"):
        answer = service.client.post(API + path, content=b"{", headers=wrong)
        assert answer.status_code == 401


def test_a_key_is_honoured_or_refused_by_every_route_that_changes(flow: Opsflow) -> None:
    furnished = Furnished(flow)
    examples = {where: schema["examples"][0] for where, schema in bodies(furnished.document)}
    kept = []
    for method, path, operation in operations(furnished.document):
        names = {each["name"] for each in operation.get("parameters", ())}
        if "x-signed" in operation:
            continue  # The id that is signed is its key.
        if "Idempotency-Key" not in names:
            assert method == "GET", (method, path)
            continue
        where = f"{method} {path}"
        key = {"Idempotency-Key": f"key of {where}"}
        first, second = (
            furnished.call(method, path, examples.get(where), headers=key) for _ in range(2)
        )
        if first.status_code < 300:
            assert second.headers.get("idempotency-replayed") == "true", where
            assert second.content == first.content, where
            kept.append(where)
    assert len(kept) > 20, kept


def test_another_method_is_a_problem_too(service: Service) -> None:
    answer = service.client.request("PATCH", f"{API}/me")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")
    assert answer.json()["type"] == "urn:opsflow:problem:method-not-allowed"
