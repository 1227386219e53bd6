"""Values that no schema forbids and no database can hold: refused, never a failure."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from opsflow.app import Opsflow
from tests.integration.api.furnishing import Furnished, of_path
from tests.integration.api.test_document import bodies
from tests.integration.api.test_permissions import operations

TEXTS = [
    "a\x00b",
    "\ud800",
    "",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "9999-12-31T23:59:59Z",
]
NUMBERS: list[Any] = [-(10**400), float("inf"), 2**63, -1, 0.5, True]


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


VARIABLES: list[dict[str, Any]] = [
    *({"a": text} for text in TEXTS),
    *({text: 1} for text in TEXTS[:3]),
    *({"a": number} for number in NUMBERS),
    {"a": 10**4000},
    {"a": nested(50)},
    {"a": nested(900)},
    {"a" * 1000: 1},
]


@pytest.fixture
def furnished(flow: Opsflow) -> Furnished:
    return Furnished(flow)


def changed(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The body with one member after the other in the place of something odd."""
    for name, value in body.items():
        match value:
            case str():
                odd: list[Any] = [*TEXTS]
            case bool() | int() | float():
                odd = NUMBERS
            case dict():
                odd = [*VARIABLES]
            case [dict() as first, *_]:
                odd = [[each] for each in changed(first)]
            case _:
                odd = [[text] for text in TEXTS]
        for each in odd:
            yield {**copy.deepcopy(body), name: each}


def test_an_odd_body_is_no_failure(furnished: Furnished) -> None:
    failed = []
    for where, schema in bodies(furnished.document):
        method, _, path = where.partition(" ")
        example = schema["examples"][0]
        if "wait_seconds" in example:
            example = example | {"wait_seconds": 0}
        for body in changed(example):
            status = furnished.call(method, path, body).status_code
            if status >= 500:
                failed.append((where, str(body)[:200], status))
    assert failed == []


def test_an_odd_query_is_no_failure(furnished: Furnished) -> None:
    failed = []
    for method, path, operation in operations(furnished.document):
        for parameter in operation.get("parameters", ()):
            if parameter["in"] != "query":
                continue
            for text in ("a\x00b", "a=\x00", *TEXTS[2:], "9" * 400, "-1", "%", "a=1e999"):
                status = furnished.call(method, path, params={parameter["name"]: text}).status_code
                if status >= 500:
                    failed.append((method, path, parameter["name"], text[:50], status))
    assert failed == []


def test_an_odd_path_is_no_failure(furnished: Furnished) -> None:
    failed = []
    for method, path, _operation in operations(furnished.document):
        for name in of_path(path, furnished.ids):
            for text in ("a%00b", "%ed%a0%80", "%ff", "%2e%2e", "a" * 5000, "%f0%9f%98%80"):
                odd = path.replace("{" + name + ":path}", text).replace("{" + name + "}", text)
                status = furnished.call(method, odd).status_code
                if status >= 500:
                    failed.append((method, path, name, text[:50], status))
    assert failed == []
