"""The keywords that a form evaluates in its own way: exact numbers, RE2, no quadratic work."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeAlias

from jsonschema import ValidationError

from opsflow.tasks.forms.patterns import searches

Keyword: TypeAlias = Callable[[Any, Any, Any, Any], "Iterator[ValidationError] | None"]
"""jsonschema's signature: validator, the keyword's value, the instance, the schema."""

DIGIT_LIMIT = 400
"""Digits of a number before or after its point, where a form asks for a multiple."""


def _pattern(validator: Any, value: str, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    if validator.is_type(instance, "string") and not searches(value, instance):
        yield ValidationError(f"does not match the pattern {value}")


def _pattern_properties(
    validator: Any, value: Mapping[str, Any], instance: Any, _schema: Any
) -> Iterator[ValidationError]:
    if not validator.is_type(instance, "object"):
        return
    for pattern, subschema in value.items():
        for name, item in instance.items():
            if searches(pattern, name):
                yield from validator.descend(item, subschema, path=name, schema_path=pattern)


def _additional_properties(
    validator: Any, value: Any, instance: Any, schema: Any
) -> Iterator[ValidationError]:
    if not validator.is_type(instance, "object"):
        return
    named, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    for name, item in instance.items():
        if name in named or any(searches(pattern, name) for pattern in patterns):
            continue
        if value is False:
            yield ValidationError("is not a field of this form", path=[name])
        else:
            yield from validator.descend(item, value, path=name)


def _required(
    validator: Any, value: Sequence[str], instance: Any, _schema: Any
) -> Iterator[ValidationError]:
    if validator.is_type(instance, "object"):
        for name in value:
            if name not in instance:
                yield ValidationError("is required", path=[name])


def _unique_items(
    validator: Any, value: Any, instance: Any, _schema: Any
) -> Iterator[ValidationError]:
    if value and validator.is_type(instance, "array"):
        seen: set[str] = set()
        for at, item in enumerate(instance):
            text = json.dumps(_comparable(item))
            if text in seen:
                yield ValidationError("is there twice", path=[at])
            seen.add(text)


def _multiple_of(
    validator: Any, value: int | Decimal, instance: Any, _schema: Any
) -> Iterator[ValidationError]:
    if not validator.is_type(instance, "number"):
        return
    number = Decimal(instance)
    too_long = abs(number.adjusted()) > DIGIT_LIMIT or len(number.as_tuple().digits) > DIGIT_LIMIT
    if too_long or (Fraction(number) / Fraction(value)).denominator != 1:
        yield ValidationError(f"{instance} is not a multiple of {value}")


def _comparable(value: Any) -> Any:
    """Equal numbers written alike (JSON Schema Core 2020-12 §4.2.2: 1 and 1.0 are equal)."""
    match value:
        case bool() | str() | None:
            return value
        case list():
            return ["array", *map(_comparable, value)]
        case dict():
            return ["object", *([name, _comparable(value[name])] for name in sorted(value))]
        case _:
            return ["number", _exact_text(Decimal(value))]


def _exact_text(number: Decimal) -> str:
    """Digits and exponent without trailing zeros; normalize() would round to 28 digits."""
    sign, digits, exponent = number.as_tuple()
    text = "".join(map(str, digits)).lstrip("0")
    kept = text.rstrip("0")
    if not kept:
        return "0"
    return f"{'-' if sign else ''}{kept}E{int(exponent) + len(text) - len(kept)}"


OWN: Mapping[str, Keyword] = {
    "pattern": _pattern,
    "patternProperties": _pattern_properties,
    "additionalProperties": _additional_properties,
    "required": _required,
    "uniqueItems": _unique_items,
    "multipleOf": _multiple_of,
}
"""What replaces jsonschema's own: it matches with backtracking patterns and divides floats."""


def is_integer(_checker: Any, value: object) -> bool:
    """Whether a value is an integer: 1.0 is one (JSON Schema Core 2020-12 §4.2.3)."""
    if isinstance(value, Decimal):
        return value == value.to_integral_value()
    return isinstance(value, int) and not isinstance(value, bool)
