"""Every operation of the OpenAPI document does what the document says (schemathesis).

Each is called with what its schema allows and with what it does not, once with made-up ids and
once with ids of what is there, as somebody who may do everything.
"""

from __future__ import annotations

from collections import Counter
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
from tests.integration.api.conftest import GENEROUS
from tests.integration.api.furnishing import ME, everything, of_path

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
    "topics": ["t"],
    "calendar": "office",
    "wait_seconds": 0,
}
"""What the made-up bodies say in the place of a name that there is not."""


def is_ending(operation: Any) -> bool:
    """Whether it takes away what others want to look at."""
    last = operation.path.rpartition("/")[2]
    ends = {"cancel", "complete", "deactivate", "end", "retry", "bulk", "release"}
    return operation.method == "delete" or last in ends


def named(case: Any) -> Any:
    """The same case, where its body names something: with what is there."""
    if isinstance(case.body, dict):
        case.body = {**case.body, **{name: BODY[name] for name in case.body.keys() & BODY.keys()}}
    return case


def check_answers(
    operation: Any, mode: GenerationMode, known: dict[str, str] | None, client: Any
) -> Counter[int]:
    """Call an operation and compare each answer with the document; count the statuses.

    ``known`` None: with ids that are made up.
    """
    seen: Counter[int] = Counter()

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode, path_parameters=known or None))
    def check(case: Any) -> None:
        asked = case if known is None or mode.is_negative else named(case)
        answer = asked.call(session=client)
        seen[answer.status_code] += 1
        asked.validate_response(answer, checks=CHECKS)

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
        known = of_path(operation.path, ids)
        seen = check_answers(operation, GenerationMode.POSITIVE, known, client)
        if known:
            seen += check_answers(operation, GenerationMode.POSITIVE, None, client)
        if not operation.path.startswith("/health"):
            seen += check_answers(operation, GenerationMode.NEGATIVE, known, client)
        reached[operation.label] = seen
    done = [label for label, seen in reached.items() if any(status < 300 for status in seen)]
    assert len(done) > 0.7 * len(reached), sorted(reached.keys() - done)
