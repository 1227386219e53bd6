"""Small processes whose steps are jobs."""

from __future__ import annotations

from tests.models import flows, model


def service(id: str, topic: str | None = None) -> str:
    return f'<serviceTask id="{id}" opsflow:topic="{topic or id}"/>'


CALLING = model(
    '<startEvent id="s"/>'
    + service("call")
    + '<endEvent id="e"/><boundaryEvent id="b" attachedToRef="call">'
    '<errorEventDefinition errorRef="no"/></boundaryEvent>'
    '<endEvent id="sorry"/>' + flows("s>call", "call>e", "b>sorry"),
    key="calling",
    before='<error id="no" errorCode="NO"/>',
)
"""One service task ``call``, whose error NO leads to the end ``sorry``."""

CHAIN = model(
    '<startEvent id="s"/>'
    + service("one")
    + service("two")
    + '<endEvent id="e"/>'
    + flows("s>one", "one>two", "two>e"),
    key="chain",
)
"""Two service tasks, one after the other."""

PARALLEL = model(
    '<startEvent id="s"/><parallelGateway id="fork"/><parallelGateway id="join"/>'
    + "".join(service(f"w{n}", "work") for n in range(5))
    + '<endEvent id="e"/>'
    + flows(
        "s>fork", *(f"fork>w{n}" for n in range(5)), *(f"w{n}>join" for n in range(5)), "join>e"
    ),
    key="parallel",
)
"""Five service tasks of one topic at once, and a join behind them."""

DEADLINE = model(
    '<startEvent id="s"/>'
    + service("call")
    + '<endEvent id="e"/><boundaryEvent id="late" attachedToRef="call">'
    "<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>"
    '</boundaryEvent><endEvent id="missed"/>' + flows("s>call", "call>e", "late>missed"),
    key="deadline",
)
"""A service task that is given an hour."""

BRIEF = DEADLINE.replace(b"PT1H", b"PT1S").replace(b'"deadline"', b'"brief"')
"""The same with a second."""
