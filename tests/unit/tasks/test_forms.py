"""Form data against its schema."""

from __future__ import annotations

import json
import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsflow.errors import FormInvalid
from opsflow.tasks import check_form, validate
from opsflow.tasks.forms.data import DEPTH_LIMIT, SIZE_LIMIT

REQUEST = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "required": ["amount", "supplier"],
    "properties": {
        "amount": {"type": "number", "minimum": 0.1, "multipleOf": 0.01},
        "supplier": {"type": "string", "minLength": 1},
        "needed_on": {"type": "string", "format": "date"},
        "lines": {"type": "array", "items": {"$ref": "#/$defs/line"}, "uniqueItems": True},
    },
    "additionalProperties": False,
    "$defs": {"line": {"type": "object", "properties": {"pieces": {"type": "integer"}}}},
}


def failures(schema: dict[str, Any], data: dict[str, Any]) -> list[tuple[str, str]]:
    try:
        validate(schema, data)
    except FormInvalid as error:
        return list(error.failures)
    return []


def pointers(schema: dict[str, Any], data: dict[str, Any]) -> list[str]:
    return [pointer for pointer, _ in failures(schema, data)]


def test_data_that_fits_is_taken() -> None:
    data = {"amount": 12.5, "supplier": "ACME", "lines": [{"pieces": 2}, {"pieces": 3}]}
    assert failures(REQUEST, data) == []


def test_every_failure_is_reported_at_its_own_place() -> None:
    data = {"amount": -1, "needed_on": "2026-02-30", "colour/size": 1, "lines": [{"pieces": "x"}]}
    assert pointers(REQUEST, data) == [
        "/amount",
        "/colour~1size",
        "/lines/0/pieces",
        "/needed_on",
        "/supplier",
    ]


def test_the_error_names_the_form() -> None:
    with pytest.raises(FormInvalid, match=r"forms/request\.json: /supplier: is required") as raised:
        validate(REQUEST, {"amount": 1}, form="forms/request.json")
    assert raised.value.form == "forms/request.json"


@pytest.mark.parametrize("amount", [0.1, 19.99, Decimal("19.99"), Decimal("1E+20"), 1])
def test_money_is_compared_exactly(amount: object) -> None:
    assert failures(REQUEST, {"amount": amount, "supplier": "A"}) == []


@pytest.mark.parametrize("amount", [Decimal("0.09"), 0.005, Decimal("19.999"), Decimal("1E-90000")])
def test_a_fraction_of_a_cent_is_no_amount(amount: object) -> None:
    assert pointers(REQUEST, {"amount": amount, "supplier": "A"})[0] == "/amount"


def test_a_number_with_millions_of_digits_is_refused_quickly() -> None:
    began = time.perf_counter()
    assert pointers(REQUEST, {"amount": Decimal("1E+9999999"), "supplier": "A"}) == ["/amount"]
    assert time.perf_counter() - began < 1


def test_one_point_zero_is_an_integer() -> None:
    schema = {"properties": {"n": {"type": "integer"}}}
    assert failures(schema, {"n": 1.0}) == failures(schema, {"n": Decimal("2.00")}) == []
    assert pointers(schema, {"n": Decimal("2.5")}) == pointers(schema, {"n": True}) == ["/n"]


def test_python_values_are_seen_as_their_texts() -> None:
    schema = {
        "properties": {
            "on": {"type": "string", "format": "date"},
            "at": {"type": "string", "format": "date-time"},
            "id": {"type": "string", "format": "uuid"},
            "within": {"const": "P1DT2H"},
            "pair": {"type": "array", "maxItems": 2},
        }
    }
    data = {
        "on": date(2026, 1, 2),
        "at": datetime(2026, 1, 2, tzinfo=UTC),
        "id": UUID(int=5),
        "within": timedelta(days=1, hours=2),
        "pair": (1, 2),
    }
    assert failures(schema, data) == []


@pytest.mark.parametrize(
    ("value", "place"),
    [
        (float("nan"), "/x"),
        (Decimal("Infinity"), "/x"),
        (b"bytes", "/x"),
        ({1: "number as a name"}, "/x"),
        pytest.param(10**5000, "/x", id="long"),
        ("half a pair: \ud800", "/x"),
        ({"\udfff": 1}, "/x"),
        ([{"deep": object()}], "/x/0/deep"),
    ],
)
def test_values_that_json_cannot_hold_are_refused(value: object, place: str) -> None:
    assert pointers({}, {"x": value}) == [place]


def test_too_much_data_is_refused() -> None:
    assert pointers({}, {"x": "a" * SIZE_LIMIT}) == ["/x"]
    assert pointers({}, {"x": [0] * SIZE_LIMIT}) == ["/x"]


def test_too_deep_data_is_refused() -> None:
    deep: Any = 1
    for _ in range(DEPTH_LIMIT + 2):
        deep = [deep]
    assert pointers({}, {"x": deep}) == [""]
    for _ in range(5000):
        deep = [deep]
    assert pointers({}, {"x": deep}) == [""]


@pytest.mark.parametrize(
    ("format_", "good", "bad"),
    [
        ("date", "2024-02-29", "2023-02-29"),
        ("date", "2024-01-01", "2024-W01-1"),
        ("date-time", "2024-01-01T10:00:00Z", "2024-01-01T10:00:00"),
        ("date-time", "2024-01-01t10:00:00+08:00", "2024-01-01 10:00:00Z"),
        ("time", "10:00:00Z", "25:00:00Z"),
        ("email", "li@example.com", "li at example.com"),
        ("uuid", "00000000-0000-0000-0000-000000000005", "5"),
        ("uri", "https://example.com/a", "example"),
    ],
)
def test_formats_are_asserted(format_: str, good: str, bad: str) -> None:
    schema = {"properties": {"x": {"format": format_}}}
    assert failures(schema, {"x": good}) == []
    assert pointers(schema, {"x": bad}) == ["/x"]
    assert failures(schema, {"x": 5}) == []


def test_patterns_know_unicode_classes() -> None:
    schema = {"properties": {"name": {"pattern": r"^\p{Han}+$"}}}
    assert failures(schema, {"name": "采购"}) == []
    assert pointers(schema, {"name": "buy"}) == ["/name"]


@pytest.mark.parametrize("keyword", ["pattern", "patternProperties", "additionalProperties"])
def test_a_pattern_that_would_backtrack_for_ever_answers_at_once(keyword: str) -> None:
    evil, text = "^(a+)+$", "a" * 5000 + "!"
    schemas: dict[str, dict[str, Any]] = {
        "pattern": {"properties": {"x": {"pattern": evil}}},
        "patternProperties": {"patternProperties": {evil: False}},
        "additionalProperties": {"patternProperties": {evil: {}}, "additionalProperties": False},
    }
    data = {"x": text} if keyword == "pattern" else {text: 1}
    assert check_form(schemas[keyword]) is not None
    began = time.perf_counter()
    found = failures(schemas[keyword], data)
    assert time.perf_counter() - began < 1
    assert bool(found) is (keyword != "patternProperties")


def test_a_schema_that_doubles_its_work_at_every_level_is_stopped() -> None:
    definitions = {f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(40)}
    schema = {"$ref": "#/$defs/d0", "$defs": {**definitions, "d40": {"type": "object"}}}
    began = time.perf_counter()
    assert failures(schema, {}) == [("", "validating this data takes too much work")]
    assert time.perf_counter() - began < 20


def test_a_schema_that_multiplies_with_the_data_is_stopped() -> None:
    rules = [{"type": "array"}] * 20_000
    schema = {"properties": {"rows": {"items": {"allOf": rules}}}}
    assert failures(schema, {"rows": [[]] * 300}) == [
        ("", "validating this data takes too much work")
    ]


def test_distinct_rows_are_told_apart_quickly() -> None:
    schema = {"properties": {"rows": {"uniqueItems": True}}}
    rows: list[dict[str, object]] = [{"n": n, "s": str(n)} for n in range(20_000)]
    began = time.perf_counter()
    assert failures(schema, {"rows": rows}) == []
    assert time.perf_counter() - began < 5
    assert pointers(schema, {"rows": [*rows, {"s": "7", "n": Decimal("7.0")}]}) == ["/rows/20000"]


@pytest.mark.parametrize(
    ("one", "other"),
    [(1, 1.0), (Decimal("1.50"), 1.5), ([0], [Decimal("-0.0")]), (10, Decimal("1E+1"))],
)
def test_equal_numbers_are_the_same_item(one: object, other: object) -> None:
    assert pointers({"properties": {"x": {"uniqueItems": True}}}, {"x": [one, other]}) == ["/x/1"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, True),
        ("1", 1),
        ([], {}),
        (Decimal("1.0000000000000000000000000000001"), 1),
        (10**40, 10**40 + 1),
        ({"number": "1E0"}, 1),
        ([["a", 1]], {"a": 1}),
    ],
)
def test_different_values_are_different_items(one: object, other: object) -> None:
    assert failures({"properties": {"x": {"uniqueItems": True}}}, {"x": [one, other]}) == []


def test_a_reference_to_the_whole_keeps_the_keywords_of_forms() -> None:
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "properties": {"name": {"pattern": r"\p{Han}"}, "child": {"$ref": "#"}},
    }
    assert pointers(schema, {"child": {"child": {"name": "x"}}}) == ["/child/child/name"]


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.text(max_size=5), json_values, max_size=4))
def test_any_json_either_fits_or_is_refused_with_places_that_exist(data: dict[str, Any]) -> None:
    schema = {
        "properties": {"": {"type": "string"}, "a": {"$ref": "#"}},
        "additionalProperties": {"type": ["number", "array"]},
    }
    for pointer, _ in failures(schema, data):
        place: Any = data
        for part in pointer.split("/")[1:]:
            name = part.replace("~1", "/").replace("~0", "~")
            place = place[int(name)] if isinstance(place, list) else place[name]


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.text(max_size=5), json_values, max_size=4))
def test_data_from_json_and_from_python_is_judged_alike(data: dict[str, Any]) -> None:
    again = json.loads(json.dumps(data), parse_float=Decimal)
    schema = {"additionalProperties": {"type": ["integer", "string"], "maximum": 5.5}}
    assert failures(schema, data) == failures(schema, again)
