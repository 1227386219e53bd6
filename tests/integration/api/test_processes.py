"""The owner's and the operator's side over HTTP."""

from __future__ import annotations

from pathlib import Path

from tests.integration.api.conftest import Service
from tests.models import human, model, simple

BPMN = Path(__file__).parents[3] / "bpmn"
ORDER = simple(human("place"), process='<opsflow:search name="amount" type="number"/>')


def test_check_deploy_publish_and_look(service: Service) -> None:
    checked = service.post("chen", "/processes/check", files={"file": ("order.bpmn", ORDER)})
    assert checked.json()["deployable"] is True
    upload = {"file": ("order.bpmn", ORDER)}
    deployed = service.post("chen", "/processes", files=upload, data={"publish": "false"}).json()
    [release] = deployed["releases"]
    assert (deployed["created"], release["published_at"]) == (True, None)
    unpublished = service.post("li", "/instances", json={"process": "order"})
    assert unpublished.status_code == 409
    published = service.post("chen", f"/releases/{release['id']}/publish").json()
    assert published["published_by"] == "chen"
    [process] = service.get("li", "/processes").json()["items"]
    assert (process["key"], process["published_version"], process["owners"]) == (
        "order",
        1,
        ["chen"],
    )
    [file] = service.get("li", f"/releases/{release['id']}/files").json()["items"]
    xml = service.get("li", f"/releases/{release['id']}/files/{file['path']}")
    assert xml.content == ORDER
    [row] = service.get("li", f"/releases/{release['id']}/matrix").json()["items"]
    assert (row["responsible"], row["accountable"]) == (["buyer"], ["manager"])
    outline = service.get("li", f"/releases/{release['id']}/outline").json()
    assert outline["search"] == {"amount": "number"}
    assert service.get("li", f"/releases/{release['id']}/staffing").json()["items"] == []


def test_findings_refuse_a_deployment_and_say_where(service: Service) -> None:
    broken = model('<startEvent id="start"/><userTask id="lonely"/>', key="broken")
    answer = service.post("chen", "/processes", files={"file": ("b.bpmn", broken)})
    assert answer.status_code == 422
    assert any(finding["element"] == "lonely" for finding in answer.json()["findings"])
    assert service.get("chen", "/processes").json()["items"] == []


def test_others_cannot_change_a_process_until_it_is_shared(service: Service) -> None:
    from opsflow.access import AccessRole

    service.post("chen", "/processes", files={"file": ("order.bpmn", ORDER)})
    service.flow.access.grant("li", AccessRole.PROCESS_OWNER, by="system")
    changed = {"file": ("order.bpmn", simple(human("other")))}
    refused = service.post("li", "/processes", files=changed)
    assert (refused.status_code, refused.json()["could"]) == (403, ["chen"])
    forced = service.post("li", "/processes", files=changed, data={"as_administrator": "true"})
    assert (forced.status_code, forced.json()["rule"]) == (403, "access.administrator")
    service.post("chen", "/processes/order/owners", json={"person": "li"})
    assert service.post("li", "/processes", files=changed).status_code == 200
    left = service.delete("chen", "/processes/order/owners/chen").json()["items"]
    assert [owner["person"] for owner in left] == ["li"]


def test_start_find_and_operate(service: Service) -> None:
    service.post("chen", "/processes", files={"file": ("order.bpmn", ORDER)})
    started = service.post(
        "li",
        "/instances",
        json={"process": "order", "business_key": "O-1", "variables": {"amount": 12.5}},
    )
    instance = started.json()["id"]
    for params in ({"business_key": "O-1"}, {"attribute": "amount=12.5"}, {"process": "order"}):
        found = service.get("chen", "/instances", params=params).json()["items"]
        assert [each["id"] for each in found] == [instance], params
    assert service.get("li", f"/instances/{instance}").json()["status"] == "running"
    [step] = service.get("li", f"/instances/{instance}/steps").json()["items"]
    assert step["node_id"] == "place"
    path = f"/instances/{instance}"
    suspended = service.post("chen", f"{path}/suspend", json={"reason": "audit"}).json()
    assert suspended["suspended_at"] is not None
    assert service.post("chen", f"{path}/resume", json={}).json()["suspended_at"] is None
    service.post("chen", f"{path}/variables", json={"variables": {"amount": 9}})
    assert service.get("otto", f"{path}/variables").json() == {"variables": {"amount": 9}}
    cancelled = service.post("chen", f"{path}/cancel", json={"reason": "not needed"}).json()
    assert cancelled["status"] == "cancelled"
    history = service.get("otto", f"{path}/history", params={"limit": 3}).json()
    assert history["items"][0]["type"] == "InstanceStarted"
    assert history["next"] is not None
    assert service.get("otto", "/history/verification").json()["holds"] is True


def test_a_decision_is_asked_and_kept_on_record(service: Service) -> None:
    upload = {"file": ("authority.dmn", (BPMN / "authority.dmn").read_bytes())}
    assert service.post("chen", "/processes", files=upload).status_code == 200
    answer = service.post(
        "li",
        "/decisions/purchase_authority/evaluate",
        json={"variables": {"amount": 120000, "category": "production"}},
    ).json()
    assert "cfo" in str(answer["value"])
    assert answer["matched"][0]["rules"]
    assert service.post("li", "/decisions/none/evaluate", json={}).status_code == 404


def test_the_organisation(service: Service) -> None:
    added = service.post("ada", "/people", json={"id": "mo", "name": "Mo"})
    assert added.status_code == 201
    assert service.post("ada", "/people", json={"id": "mo", "name": "Mo"}).status_code == 409
    assert service.post("chen", "/people", json={"id": "x", "name": "X"}).status_code == 403
    granted = service.post("ada", "/people/mo/memberships", json={"role": "buyer"})
    assert granted.json()["role_id"] == "buyer"
    away = {"starts_at": "2026-03-02T09:00:00Z", "ends_at": "2026-03-09T09:00:00Z"}
    absent = service.post("ada", "/people/li/absences", json={**away, "substitute": "mo"})
    assert absent.status_code == 201
    [substitution] = service.get("li", "/people/li/substitutions").json()["items"]
    assert substitution["substitute_id"] == "mo"
    assert service.delete("ada", "/people/mo/memberships/buyer").json() == {"done": True}


def test_access_roles_are_granted_by_administrators(service: Service) -> None:
    granted = service.put("ada", "/people/li/access/auditor").json()
    assert "auditor" in granted["access_roles"]
    assert service.delete("ada", "/people/li/access/auditor").status_code == 200
    last = service.delete("ada", "/people/ada/access/administrator")
    assert last.status_code == 409
