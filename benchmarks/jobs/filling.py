"""Databases with something to do: instances whose step is a job, and timers far in the future."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import insert, text

from opsflow.app import Opsflow
from opsflow.db import new_id, table_of
from opsflow.engine import encode
from opsflow.instances import Instance
from opsflow.instances.models import WaitingEvent
from opsflow.jobs import Job, Kind, State

AHEAD = timedelta(days=365)
AT_ONCE = 5_000

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:opsflow="urn:opsflow:bpmn:1" id="d" targetNamespace="urn:bench">
<process id="{key}" isExecutable="true"><startEvent id="s"/>{timer}
<serviceTask id="work" opsflow:topic="{key}"/><endEvent id="e"/>
<sequenceFlow id="b" sourceRef="work" targetRef="e"/>{flows}</process></definitions>"""
_TIMER = (
    '<intermediateCatchEvent id="timer"><timerEventDefinition><timeDate>=due</timeDate>'
    "</timerEventDefinition></intermediateCatchEvent>"
)
_DIRECT = '<sequenceFlow id="a" sourceRef="s" targetRef="work"/>'
_BY_TIMER = (
    '<sequenceFlow id="a" sourceRef="s" targetRef="timer"/>'
    '<sequenceFlow id="c" sourceRef="timer" targetRef="work"/>'
)
MODELS = tuple(
    _HEAD.format(key=key, timer=timer, flows=flows).encode()
    for key, timer, flows in (("plain", "", _DIRECT), ("timed", _TIMER, _BY_TIMER))
)
"""``plain`` is one service task; in ``timed`` a timer that is due at ``due`` comes before it."""


def prepare(url: str, timers: int = 0) -> str:
    """Make the tables, deploy the processes, and let so many timers wait; the URL."""
    with Opsflow(url, distributed=url.startswith("postgresql")) as flow:
        flow.migrate()
        for model in MODELS:
            flow.definitions.deploy(model, by="bench", responsibility="open")
        if timers:
            _let_wait(flow, timers)
    return url


def start(flow: Opsflow, count: int) -> None:
    """So many instances, each with a job to do."""
    for _ in range(count):
        flow.instances.start("plain", by="bench")


def _let_wait(flow: Opsflow, count: int) -> None:
    """Half of them instances that wait for a timer, half jobs that wait for their time."""
    due = datetime.now(UTC) + AHEAD
    one = flow.instances.start("timed", by="bench", variables={"due": due})
    with flow.engine.begin() as connection:
        instances, waiting = table_of(Instance), table_of(WaitingEvent)
        row = dict(connection.execute(instances.select()).mappings().one())
        event = dict(connection.execute(waiting.select()).mappings().one())
        for first in range(0, count // 2, AT_ONCE):
            ids = [new_id(one.started_at) for _ in range(min(AT_ONCE, count // 2 - first))]
            connection.execute(insert(instances), [{**row, "id": each} for each in ids])
            connection.execute(insert(waiting), [{**event, "instance_id": each} for each in ids])
            connection.execute(insert(table_of(Job)), [_timer(each, due) for each in ids])
        connection.execute(text("ANALYZE"))


def _timer(seed: str, due: datetime) -> dict[str, object]:
    return {
        "id": seed,
        "kind": Kind.CALL,
        "topic": "plain",
        "payload": encode({}),
        "state": State.TIMER,
        "due_at": due,
        "attempt": 0,
        "failures": 0,
        "created_at": due - AHEAD,
    }
