"""Every operation of the OpenAPI document does what the document says (schemathesis).

Each is called with what its schema allows and with what it does not, once with made-up ids and
once with ids of what is there, as somebody who may do everything.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.python.asgi import get_client
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from opsflow.access import AccessRole, Identity
from opsflow.api import application
from opsflow.app import Opsflow
from tests.integration.api.conftest import GENEROUS, populate
from tests.models import flows, human, model, simple

BPMN = Path(__file__).parents[3] / "bpmn"

ME = "chen"
EXAMPLES = 3
"""Calls of an operation, per kind of data and kind of ids."""
CHECKS: list[Any] = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
BODY = {
    "process": "order",
    "to": "li",
    "person": "li",
    "role": "clerk",
    "unit": None,
    "parent": None,
    "substitute": None,
    "version": None,
    "choice": "approve",
    "seen": None,
}
"""What the made-up bodies say in the place of a name that there is not."""
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
    return {
        "absence_id": absence.id,
        "gate_id": flow.approvals.to_vote(ME)[0].gate.id,
        "incident_id": flow.instances.incidents(stuck.id)[0].id,
        "instance_id": instance.id,
        "key": "order",
        "path": flow.definitions.file_list(instance.release_id)[0].path,
        "person": "li",
        "person_id": "li",
        "release_id": instance.release_id,
        "role": "buyer",
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


def prepared(operation: Any, ids: dict[str, str]) -> dict[str, str]:
    """The ids of what is there, for the path of an operation."""
    known = {each.name: ids[each.name] for each in operation.path_parameters}
    if "/decisions/" in operation.path:
        known["key"] = "purchase_authority"
    if "/access/" in operation.path:
        known["role"] = "auditor"
    return known


def is_ending(operation: Any) -> bool:
    """Whether it takes away what others want to look at."""
    words = ("cancel", "complete", "deactivate", "/end", "retry", "/bulk", "release", "due")
    return operation.method == "delete" or any(word in operation.path for word in words)


def named(case: Any) -> Any:
    """The same case, where its body names something: with what is there."""
    if isinstance(case.body, dict):
        case.body = {**case.body, **{name: BODY[name] for name in case.body.keys() & BODY.keys()}}
    return case


def check_answers(
    operation: Any, mode: GenerationMode, known: dict[str, str] | None, client: Any
) -> Counter[int]:
    """Call an operation and compare each answer with the document; count the statuses."""
    seen: Counter[int] = Counter()

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode, path_parameters=known))
    def check(case: Any) -> None:
        answer = (case if known is None or mode.is_negative else named(case)).call(session=client)
        seen[answer.status_code] += 1
        case.validate_response(answer, checks=CHECKS)

    check()
    return seen


def test_every_answer_is_one_that_the_document_tells(flow: Opsflow) -> None:
    ids = everything(flow)
    identity = Identity(ME, frozenset(AccessRole))
    app: Any = application(flow, identify=lambda _request: identity, settings=GENEROUS)
    schema: Any = schemathesis.openapi.from_dict(app.openapi())
    schema.app = app
    client = get_client(app)
    reached: dict[str, Counter[int]] = {}
    operations = [each.ok() for each in schema.get_all_operations()]
    for operation in sorted(operations, key=is_ending):
        known = prepared(operation, ids)
        seen = check_answers(operation, GenerationMode.POSITIVE, known or None, client)
        if known:
            seen += check_answers(operation, GenerationMode.POSITIVE, None, client)
        if not operation.path.startswith("/health"):
            seen += check_answers(operation, GenerationMode.NEGATIVE, known or None, client)
        reached[operation.label] = seen
    for a in reached:
        print(a, reached[a])
    done = [label for label, seen in reached.items() if any(status < 300 for status in seen)]
    assert len(done) > 0.8 * len(reached), sorted(reached.keys() - done)
