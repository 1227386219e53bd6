"""The types that operators and built-in functions give."""

from __future__ import annotations

from opsflow.feel.operators import ARITHMETIC_TYPES
from opsflow.feel.syntax import TypeOf
from opsflow.feel.values import kind_of_type

_DAYS, _MONTHS = "days and time duration", "years and months duration"
_DURATIONS = (_DAYS, _MONTHS)
_OPERATIONS = frozenset(
    (operator, kind_of_type(left), kind_of_type(right))
    for operator, left, right in ARITHMETIC_TYPES
) | {("+", "string", "string")}


def result_of(operator: str, left: str, right: str) -> str | None:
    """The type of `left operator right`; None where it has no result."""
    if (operator, left, right) not in _OPERATIONS:
        return None
    if left == right:
        return _of_alike(operator, left)
    if operator == "-" and not {left, right} & set(_DURATIONS):
        return _DAYS
    # What is left is a duration beside a moment or a number: the moment, or the duration.
    shifted = right if left in _DURATIONS else left
    if operator in ("*", "/"):
        return left if left in _DURATIONS else right
    return shifted


def _of_alike(operator: str, operand: str) -> str:
    if operand in _DURATIONS:
        return "number" if operator == "/" else operand
    return operand if operand in ("number", "string") else _DAYS


_NAMES = {
    "string": "string|substring|upper case|lower case|substring before|substring after|replace|"
    "string join|day of week|month of year",
    "number": "number|string length|count|product|median|stddev|decimal|floor|ceiling|round up|"
    "round down|round half up|round half down|modulo|sqrt|log|exp|day of year|week of year",
    "boolean": "not|contains|starts with|ends with|matches|list contains|all|any|odd|even|is|"
    "before|after|meets|met by|overlaps|overlaps before|overlaps after|finishes|finished by|"
    "includes|during|starts|started by|coincides",
    "list": "split|append|concatenate|insert before|remove|list replace|reverse|index of|union|"
    "distinct values|flatten|sort|sublist|partition|mode|get entries",
    "context": "context|context put|context merge",
    "date": "date|today|last day of month",
    "time": "time",
    "date and time": "date and time|now",
    "years and months duration": "years and months duration",
    "range": "range",
}
RESULTS = {name: TypeOf(type) for type, names in _NAMES.items() for name in names.split("|")}
"""What each built-in function gives, where that does not depend on its arguments."""
