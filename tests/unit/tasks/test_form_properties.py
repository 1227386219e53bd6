"""Forms as a whole: what deploys never breaks, and agrees with the standard's validator."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from opsflow.errors import FormInvalid
from opsflow.tasks import check_form, validate

NAMES = st.sampled_from(["a", "b", "c/d", "~", ""])
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-30, 30)
    | st.integers()
    | st.sampled_from([0.5, -1.25, 1e300, 5e-324, 2.0])
    | st.text(max_size=4)
    | st.sampled_from(["2026-02-28", "a1", "x@y.z"])
)
DATA = st.dictionaries(
    NAMES,
    st.recursive(
        SCALARS,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
        max_leaves=8,
    ),
    max_size=4,
)
TYPES = st.sampled_from(["null", "boolean", "integer", "number", "string", "array", "object"])
COUNTS = st.integers(0, 3)
NUMBERS = st.integers(-20, 20) | st.sampled_from([0.5, -2.5, 1e300])
UNITS = st.integers(1, 7) | st.sampled_from([0.5, 0.25, 1e-300])
LEAVES: dict[str, st.SearchStrategy[Any]] = {
    "type": TYPES | st.lists(TYPES, min_size=1, max_size=3, unique=True),
    "minimum": NUMBERS,
    "exclusiveMaximum": NUMBERS,
    "multipleOf": UNITS,
    "minLength": COUNTS,
    "maxLength": COUNTS,
    "pattern": st.sampled_from(["^a", "1$", "[b-c]+", "."]),
    "minItems": COUNTS,
    "uniqueItems": st.booleans(),
    "required": st.lists(NAMES, max_size=2, unique=True),
    "maxProperties": COUNTS,
    "enum": st.lists(SCALARS, min_size=1, max_size=3),
    "const": SCALARS,
    "dependentRequired": st.dictionaries(NAMES, st.lists(NAMES, max_size=2, unique=True)),
}


def holding(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    keywords: dict[str, st.SearchStrategy[Any]] = {
        **LEAVES,
        "properties": st.dictionaries(NAMES, inner, max_size=3),
        "patternProperties": st.dictionaries(st.sampled_from(["a", "^$", "."]), inner, max_size=2),
        "additionalProperties": inner,
        "propertyNames": inner,
        "items": inner,
        "prefixItems": st.lists(inner, min_size=1, max_size=2),
        "contains": inner,
        "not": inner,
        "if": inner,
        "then": inner,
        "else": inner,
        "allOf": st.lists(inner, min_size=1, max_size=2),
        "anyOf": st.lists(inner, min_size=1, max_size=2),
        "oneOf": st.lists(inner, min_size=1, max_size=2),
        "dependentSchemas": st.dictionaries(NAMES, inner, max_size=2),
        "$ref": st.sampled_from(["#", "#/$defs/one", "#/$defs/gone", "#/properties/a"]),
        "unevaluatedItems": inner,
    }
    pairs = [st.tuples(st.just(name), value) for name, value in keywords.items()]
    return st.lists(st.one_of(pairs), max_size=4).map(dict)


SCHEMAS = st.recursive(st.booleans() | holding(st.booleans()), holding, max_leaves=6)
FORMS = st.builds(
    lambda schema, one: {**schema, "$defs": {"one": one}}, holding(SCHEMAS), holding(SCHEMAS)
)


def fits(schema: dict[str, Any], data: dict[str, Any]) -> bool:
    try:
        validate(schema, data)
    except FormInvalid:
        return False
    return True


@settings(max_examples=250, deadline=None)
@given(FORMS, DATA)
def test_a_form_that_deploys_takes_or_refuses_as_the_standards_validator_does(
    schema: dict[str, Any], data: dict[str, Any]
) -> None:
    if any(finding.is_error for finding in check_form(schema)):
        return
    taken = fits(schema, data)
    # The other one divides floats, which is what forms do not do.
    if "multipleOf" not in repr(schema):
        assert taken == Draft202012Validator(schema).is_valid(data)


junk = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*LEAVES, "properties", "$ref", "$schema", "$id"]), inner)
    ),
    max_leaves=10,
)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from([*LEAVES, "properties", "$ref", "$schema", "items"]), junk))
def test_whatever_is_written_as_a_form_gets_findings_and_no_crash(schema: dict[str, Any]) -> None:
    for finding in check_form(schema):
        assert finding.rule.startswith("opsflow.form.")
        assert finding.message
        assert finding.hint
