"""One of each thing that the API can show, and its id by the name that it has in a path."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from opsflow.access import AccessRole, Identity
from opsflow.api import application
from opsflow.app import Opsflow
from tests.integration.api.conftest import GENEROUS, populate
from tests.models import flows, human, model, simple

BPMN = Path(__file__).parents[3] / "bpmn"
ME = "chen"
"""Who owns and works on all of it."""
CONTROLS = (
    '<opsflow:responsibility responsible="buyer" accountable="manager" consulted="clerk"/>'
    '<opsflow:procedure><opsflow:step id="count" kind="measure" max="3">Count</opsflow:step>'
    '<opsflow:step id="photo" kind="file">A photo</opsflow:step></opsflow:procedure>'
    '<opsflow:gate id="release" at="exit" rule="all" voters="finance"/>'
)


STUCK = model(
    '<startEvent id="start"/><exclusiveGateway id="way"/><endEvent id="end"/>'
    + flows("start>way", "way>end?1 > 2"),
    key="stuck",
)


def everything(flow: Opsflow) -> dict[str, str]:
    """One of each thing, and its id by the name that it has in a path."""
    populate(flow)
    for role in ("buyer", "clerk", "finance"):
        flow.people.grant(ME, role)
    gated = human("pay", '<opsflow:gate id="pay" at="entry" rule="all" voters="finance"/>')
    flow.definitions.deploy(simple(human("place", CONTROLS)), by=ME)
    flow.definitions.deploy(simple(gated, key="payment"), by=ME)
    flow.definitions.deploy(STUCK, by=ME)
    flow.definitions.deploy([BPMN / "authority.dmn"], by=ME)
    instance = flow.instances.start("order", by=ME, business_key="O-1")
    stuck = flow.instances.start("stuck", by=ME)
    flow.instances.start("payment", by=ME)
    now = flow.now()
    absence = flow.people.record_absence("li", starts_at=now, ends_at=now.replace(year=2030))
    flow.people.add_unit("purchasing")
    flow.calendars.define("office", {"zone": "UTC", "hours": {"mon-fri": ["09:00-17:00"]}})
    suspending = flow.batches.order("suspend", ids=[stuck.id], by=ME, reason="audit")
    flow.webhooks.allow("hooks.example.com")
    flow.webhooks.define("shop", by=ME, secret_from="OPSFLOW_SECRET_SHOP", message="paid")
    told = flow.webhooks.subscribe(
        "https://hooks.example.com/x", by=ME, events=["*"], secret_from="OPSFLOW_SECRET_CRM"
    )
    flow.notifications.prefer(ME, [], kind="task.assigned")
    return {
        "kind": "task.assigned",
        "job_id": flow.jobs.enqueue("report").id,
        "name": "shop",
        "subscription_id": told.id,
        "absence_id": absence.id,
        "batch_id": suspending.id,
        "calendar": "office",
        "gate_id": flow.approvals.to_vote(ME)[0].gate.id,
        "incident_id": flow.instances.incidents(stuck.id)[0].id,
        "instance_id": instance.id,
        "key": "order",
        "path": flow.definitions.file_list(instance.release_id)[0].path,
        "person": "li",
        "person_id": "li",
        "release_id": instance.release_id,
        "role": "buyer",
        "unit_id": "purchasing",
        "token_id": flow.access.issue_token("li", by="system", name="t").token.id,
        **of_a_task(flow, flow.tasks.of_instance(instance.id)[-1].id),
    }


def of_a_task(flow: Opsflow, task: str) -> dict[str, str]:
    """One of each thing that a task can have."""
    flow.tasks.assign(task, to=ME, by=ME)
    flow.sop.record(task, "count", by=ME, value=5, reason="more came")
    photo = flow.sop.record(task, "photo", by=ME, file=("a.png", b"\x89PNG"))
    asked = flow.responsibility.ask(task, by=ME, role="clerk", question="In stock?")
    attached = flow.tasks.attach(task, by=ME, name="a.txt", content=b"a", media_type="text/plain")
    return {
        "task_id": task,
        "step_id": "count",
        "attachment_id": attached.id,
        "consultation_id": asked.id,
        "deviation_id": flow.sop.deviations(task)[0].id,
        "evidence_id": photo.evidence[0].id,
        "notice_id": flow.notifications.inbox(ME)[0].id,
    }


def of_path(path: str, ids: dict[str, str]) -> dict[str, str]:
    """The ids of what is there, for the path of an operation."""
    known = {name: ids[name] for name in re.findall(r"{([^}:]*)", path)}
    if "/decisions/" in path:
        known["key"] = "purchase_authority"
    if "/access/" in path:
        known["role"] = "auditor"
    return known


class Furnished:
    """The service with one of each thing in it, called by somebody who may do everything."""

    def __init__(self, flow: Opsflow) -> None:
        self.ids = everything(flow)
        identity = Identity(ME, frozenset(AccessRole))
        app = application(flow, identify=lambda _request: identity, settings=GENEROUS)
        self.document = app.openapi()
        self.client = TestClient(app, raise_server_exceptions=False)

    def call(self, method: str, path: str, body: object = None, **options: Any) -> Any:
        """What a request is answered; the ids in its path are those of what is there."""
        filled = path.replace(":path}", "}").format(**self.ids | of_path(path, self.ids))
        if body is not None:
            options["content"] = json.dumps(body)
            options["headers"] = {"Content-Type": "application/json", **options.get("headers", {})}
        return self.client.request(method, filled, **options)
