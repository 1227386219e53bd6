"""Messages come in by webhook: genuine ones, once, and nothing is said to the others."""

from __future__ import annotations

import hmac
import json
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

import pytest

from opsflow.app import Opsflow
from opsflow.clock import ManualClock
from opsflow.errors import Invalid, MessageNotCaught, NotAuthenticated, NotFound
from opsflow.jobs.connectors import signed_headers
from opsflow.webhooks import Received
from tests.integration.webhooks.conftest import OTHER_SECRET, SECRET
from tests.models import flows, model

WAITING = model(
    '<startEvent id="s"/><intermediateCatchEvent id="wait"><messageEventDefinition '
    'messageRef="paid" opsflow:correlation="= order"/></intermediateCatchEvent><endEvent id="e"/>'
    + flows("s>wait", "wait>e"),
    key="waiting",
    before='<message id="paid" name="paid"/>',
)
BODY = {"type": "invoice.paid", "data": {"order": "O-1", "amount": 12.30, "n": 7}}


@pytest.fixture(autouse=True)
def waiting(flow: Opsflow) -> None:
    flow.definitions.deploy(WAITING, by="chen", responsibility="open")


def define(flow: Opsflow, **options: Any) -> None:
    given: dict[str, Any] = {
        "by": "chen",
        "secret_from": "OPSFLOW_SECRET_CRM",
        "message": "paid",
        "when": 'body.type = "invoice.paid"',
        "correlation": "body.data.order",
        "variables": {"amount": "body.data.amount", "n": "body.data.n"},
        **options,
    }
    flow.webhooks.define("shop", **given)


def post(
    flow: Opsflow,
    body: object = BODY,
    *,
    id: str = "msg-1",
    secret: str = SECRET,
    late: timedelta = timedelta(),
    name: str = "shop",
    **changes: str,
) -> Received:
    content = json.dumps(body).encode() if not isinstance(body, bytes) else body
    headers = signed_headers([secret], id, flow.now() - late, content)
    return flow.webhooks.receive(name, {**headers, **changes}, content)


def start(flow: Opsflow, order: str = "O-1") -> str:
    return flow.instances.start("waiting", by="chen", variables={"order": order}).id


def test_a_genuine_delivery_reaches_the_instance_that_waits(flow: Opsflow) -> None:
    define(flow)
    run, other = start(flow), start(flow, "O-2")
    received = post(flow)
    assert (received.outcome, received.instance_id) == ("delivered", run)
    assert flow.instances.get(run).status == "completed"
    assert flow.instances.get(other).status == "running"
    found = flow.instances.variables(run)
    assert (found["amount"], found["n"]) == (Decimal("12.3"), 7)
    (event,) = [e for e in flow.history.of_stream("endpoint:shop") if e.type == "WebhookReceived"]
    assert event.person == "endpoint:shop"
    assert json.loads(event.data)["receiver_id"] == run
    assert flow.history.verify().holds


def test_the_same_delivery_acts_once(flow: Opsflow, clock: ManualClock) -> None:
    define(flow, message=None, process="waiting", correlation=None, variables={})
    first = post(flow)
    clock.advance(timedelta(days=2))
    again = post(flow)
    assert again == Received("started", first.instance_id, repeated=True)
    assert len(flow.instances.find()) == 1
    found = flow.webhooks.endpoint("shop")
    assert (found.accepted, found.repeated, found.refused) == (1, 1, 0)


def test_two_deliveries_at_once_act_once(flow: Opsflow) -> None:
    define(flow, message=None, process="waiting", correlation=None, variables={})
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda _: post(flow), range(6)))
    assert len({each.instance_id for each in found}) == 1
    assert sum(each.repeated for each in found) == 5
    assert len(flow.instances.find()) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"secret": OTHER_SECRET},
        {"late": timedelta(minutes=6)},
        {"late": timedelta(minutes=-6)},
        {"name": "nothing"},
        {"name": "SHOP"},
        {"name": "x\x00"},
        {"name": "x" * 5000},
        {"webhook-signature": ""},
        {"webhook-signature": "v1,"},
        {"webhook-signature": "v1a,\xe4"},
        {"webhook-id": "another"},
        {"webhook-id": ""},
        {"webhook-timestamp": "1e9"},
        {"webhook-timestamp": "99999999999"},
        {"id": "m" * 300},
        {"id": "m\x00"},
    ],
)
def test_what_is_not_genuine_is_refused_alike(flow: Opsflow, changes: dict[str, Any]) -> None:
    define(flow)
    run = start(flow)
    with pytest.raises(NotAuthenticated) as refused:
        post(flow, **changes)
    assert str(refused.value) == str(NotAuthenticated("whatever"))
    assert flow.instances.get(run).status == "running"
    found = flow.webhooks.endpoint("shop")
    assert (found.accepted, found.refused) == (0, "name" not in changes)


def test_a_changed_body_is_refused(flow: Opsflow) -> None:
    define(flow)
    content = json.dumps(BODY).encode()
    headers = signed_headers([SECRET], "msg-1", flow.now(), content)
    with pytest.raises(NotAuthenticated):
        flow.webhooks.receive("shop", headers, content.replace(b"12.3", b"99.9"))


def test_a_secret_is_replaced_without_a_gap(flow: Opsflow) -> None:
    define(flow, secret_from=["OPSFLOW_SECRET_NEXT", "OPSFLOW_SECRET_CRM"], keep=timedelta(hours=1))
    assert post(flow, id="1").outcome == "kept"
    assert post(flow, id="2", secret=OTHER_SECRET).outcome == "kept"


def test_an_endpoint_whose_secret_is_missing_takes_nothing(
    flow: Opsflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    define(flow)
    monkeypatch.delenv("OPSFLOW_SECRET_CRM")
    with pytest.raises(NotAuthenticated):
        post(flow)
    assert "OPSFLOW_SECRET_CRM" in str(flow.webhooks.endpoint("shop").last_error)


def test_a_delivery_that_had_no_effect_can_be_sent_again(flow: Opsflow) -> None:
    define(flow)
    with pytest.raises(MessageNotCaught):
        post(flow)
    assert flow.webhooks.endpoint("shop").refused == 1
    start(flow)
    assert post(flow).outcome == "delivered"


def test_an_early_message_waits_as_long_as_it_is_kept(flow: Opsflow, clock: ManualClock) -> None:
    define(flow, keep=timedelta(hours=1))
    assert post(flow).outcome == "kept"
    run = start(flow)
    assert flow.instances.get(run).status == "completed"
    assert post(flow, id="msg-2").outcome == "kept"
    clock.advance(timedelta(hours=2))
    flow.jobs.run_until_idle()
    assert flow.instances.get(start(flow)).status == "running"


def test_what_the_condition_does_not_hold_for_is_taken_and_has_no_effect(flow: Opsflow) -> None:
    define(flow)
    assert post(flow, {"type": "invoice.sent"}).outcome == "ignored"
    assert post(flow, [1, 2]).outcome == "ignored"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "no JSON"),
        (b"{", "no JSON"),
        (b"\xff\xfe", "no JSON"),
        (b'{"type": NaN}', "no JSON"),
        (b"[" * 100_000, "no JSON"),
        ({"type": "invoice.paid"}, "is null"),
        (json.dumps(BODY).encode() + b" " * 3000, "more than 2,000 bytes"),
    ],
)
def test_a_genuine_delivery_that_makes_no_sense_says_why(
    flow: Opsflow, body: object, reason: str
) -> None:
    define(flow, body_limit=2000 if isinstance(body, bytes) and len(body) < 5000 else 1_000_000)
    start(flow)
    with pytest.raises(Invalid, match=reason):
        post(flow, body)
    assert reason in str(flow.webhooks.endpoint("shop").last_error)


def test_a_start_has_its_business_key_from_the_body(flow: Opsflow) -> None:
    define(
        flow,
        message=None,
        process="waiting",
        correlation=None,
        business_key="body.data.order",
        variables={"order": "body.data.order"},
    )
    run = post(flow).instance_id
    assert run is not None
    assert flow.instances.get(run).business_key == "O-1"
    with pytest.raises(Invalid, match="no text"):
        post(flow, {"type": "invoice.paid"}, id="2")


def hub(content: bytes, secret: str = "It's a Secret to Everybody") -> dict[str, str]:
    digest = hmac.digest(secret.encode(), content, sha256).hex()
    return {"X-Hub-Signature-256": f"sha256={digest}", "X-GitHub-Delivery": "72d3162e"}


def test_a_delivery_signed_as_github_does_acts_once(flow: Opsflow) -> None:
    """Neither an id nor a time is signed there: the content is what it is known by."""
    define(flow, scheme="github", secret_from="OPSFLOW_SECRET_HUB", keep=timedelta(hours=1))
    content = json.dumps(BODY).encode()
    assert flow.webhooks.receive("shop", hub(content), content).repeated is False
    replayed = {**hub(content), "X-GitHub-Delivery": "another"}
    assert flow.webhooks.receive("shop", replayed, content).repeated is True
    for wrong in ({}, hub(content, "guess"), {"X-Hub-Signature-256": "sha256=é"}, hub(b"{}")):
        with pytest.raises(NotAuthenticated):
            flow.webhooks.receive("shop", wrong, content)
    standard = {"webhook-signature": "v1," + b64encode(bytes(32)).decode()}
    with pytest.raises(NotAuthenticated):
        flow.webhooks.receive("shop", standard, content)


def test_the_signature_that_github_documents_is_the_one_that_is_checked(flow: Opsflow) -> None:
    assert hub(b"Hello, World!")["X-Hub-Signature-256"] == (
        "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    )


@pytest.mark.parametrize(
    "options",
    [
        {"message": None},
        {"process": "waiting"},
        {"message": ""},
        {"message": None, "process": "waiting", "keep": timedelta(1)},
        {"business_key": "body.x"},
        {"when": "body.type ="},
        {"when": "secret = 1"},
        {"correlation": "1 +"},
        {"variables": {"": "1"}},
        {"variables": {"a": "now2"}},
        {"keep": timedelta()},
        {"keep": timedelta(days=4000)},
        {"body_limit": 0},
        {"body_limit": 10**9},
        {"scheme": "none"},
        {"secret_from": "HOME"},
        {"secret_from": []},
    ],
)
def test_an_endpoint_that_cannot_work_is_refused(flow: Opsflow, options: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        define(flow, **options)
    assert flow.webhooks.endpoints() == []


@pytest.mark.parametrize("name", ["", "Shop", "a/b", ".", "..", "a.", "x" * 101, "a\nb"])
def test_a_name_fits_into_a_url(flow: Opsflow, name: str) -> None:
    with pytest.raises(Invalid, match="names no endpoint"):
        flow.webhooks.define(name, by="chen", secret_from="OPSFLOW_SECRET_CRM", message="paid")


def test_one_name_defined_by_several_at_once_is_one_endpoint(flow: Opsflow) -> None:
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: define(flow), range(6)))
        flow.people.change_person("li", name="Li", email="li@example.org")
        list(pool.map(lambda _: flow.notifications.prefer("li", ["mail"]), range(6)))
    assert [each.name for each in flow.webhooks.endpoints()] == ["shop"]
    assert len(flow.notifications.preferences("li")) == 1


def test_an_endpoint_is_replaced_and_removed(flow: Opsflow) -> None:
    define(flow, keep=timedelta(hours=1))
    post(flow)
    define(flow, correlation="body.order")
    assert flow.webhooks.endpoint("shop").accepted == 1
    flow.webhooks.remove("shop", by="chen")
    with pytest.raises(NotFound):
        flow.webhooks.remove("shop", by="chen")
    with pytest.raises(NotAuthenticated):
        post(flow, id="3")
    types = [entry.type for entry in flow.history.of_stream("endpoint:shop")]
    assert types == ["EndpointDefined", "WebhookReceived", "EndpointDefined", "EndpointRemoved"]
