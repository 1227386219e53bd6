"""Handlers that declare what they take, give and end in: held to it, also at deployment."""

from __future__ import annotations

from opsflow.app import Opsflow
from opsflow.engine import BpmnError
from opsflow.instances import ServiceCall
from tests.integration.jobs.processes import CALLING
from tests.models import flows, model

MAPPED = model(
    '<startEvent id="s"/><serviceTask id="call" opsflow:topic="call"><extensionElements>'
    '<opsflow:input source="= 1" target="numer"/></extensionElements></serviceTask>'
    '<endEvent id="e"/>' + flows("s>call", "call>e"),
    key="mapped",
)


def test_what_cannot_fit_is_a_finding_and_no_error(flow: Opsflow) -> None:
    flow.handler("call", inputs={"number": int}, errors=("GONE",))(lambda _: None)
    found = flow.definitions.check(CALLING, responsibility="open")
    assert [(f.rule, f.element) for f in found if f.rule.startswith("opsflow.handler")] == [
        ("opsflow.handler.error", "b")
    ]
    (finding,) = [
        f
        for f in flow.definitions.check(MAPPED, responsibility="open")
        if f.rule.startswith("opsflow.handler")
    ]
    assert (finding.rule, "'number'" in finding.message) == ("opsflow.handler.input", True)
    flow.definitions.deploy(MAPPED, by="ann", responsibility="open")


def test_a_handler_that_declares_nothing_is_no_finding(flow: Opsflow) -> None:
    flow.handler("call")(lambda _: None)
    found = flow.definitions.check(MAPPED, responsibility="open")
    assert [f for f in found if f.rule.startswith("opsflow.handler")] == []


def test_wrong_outputs_are_an_incident_that_is_not_retried(flow: Opsflow) -> None:
    calls: list[str] = []

    def work(call: ServiceCall) -> dict[str, object]:
        calls.append(call.topic)
        return {"total": "much"}

    flow.handler("call", outputs={"total": int})(work)
    flow.definitions.deploy(CALLING, by="ann", responsibility="open")
    run = flow.instances.start("calling", by="ann").id
    flow.jobs.run_until_idle()
    (incident,) = flow.instances.incidents(run)
    assert "wrong outputs: total is not of type integer" in incident.message
    assert (len(calls), flow.instances.variables(run)) == (1, {})


def test_missing_inputs_are_an_incident_and_mended_by_a_variable(flow: Opsflow) -> None:
    flow.handler("call", inputs={"number": int})(lambda _: None)
    flow.definitions.deploy(CALLING, by="ann", responsibility="open")
    run = flow.instances.start("calling", by="ann").id
    flow.jobs.run_until_idle()
    (incident,) = flow.instances.incidents(run)
    assert incident.message.endswith("number missing.")
    flow.instances.set_variables(run, {"number": 7}, by="ann")
    flow.instances.retry(incident.id, by="ann")
    flow.jobs.run_until_idle()
    assert flow.instances.get(run).status == "completed"


def test_an_error_that_is_not_declared_is_an_incident_even_where_it_is_caught(
    flow: Opsflow,
) -> None:
    def work(_: ServiceCall) -> None:
        raise BpmnError("NO")

    for transactional in (False, True):
        topic, key = f"call{transactional}", f"calling{transactional}"
        flow.handler(topic, errors=(), transactional=transactional)(work)
        renamed = CALLING.replace(b'topic="call"', f'topic="{topic}"'.encode())
        renamed = renamed.replace(b'id="calling"', f'id="{key}"'.encode())
        flow.definitions.deploy(renamed, by="ann", responsibility="open")
        run = flow.instances.start(key, by="ann").id
        flow.jobs.run_until_idle()
        (incident,) = flow.instances.incidents(run)
        assert "does not declare (none)" in incident.message
