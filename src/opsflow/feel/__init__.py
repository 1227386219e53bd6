"""FEEL, the expression language of DMN 1.5 (chapter 10): compile once, evaluate often.

An expression can neither reach Python nor run without end. What has no value is null, and a
warning says why. It knows nothing of the application around it.
"""

from opsflow.feel.errors import FeelError, FeelLimitError, FeelSyntaxError, FeelTypeError
from opsflow.feel.expression import (
    Expression,
    Result,
    compile,  # noqa: A004 the word that every user of a compiler looks for
    compile_unary,
    evaluate,
)
from opsflow.feel.far import FarDate, FarDatetime
from opsflow.feel.formatting import format_value
from opsflow.feel.limits import DEFAULT_LIMITS, FeelWarning, Limits
from opsflow.feel.moments import add_duration
from opsflow.feel.temporal import parse_date, parse_datetime, parse_duration, parse_time
from opsflow.feel.values import Function, Range, Value, YearsMonthsDuration, kind, to_feel

__all__ = [
    "DEFAULT_LIMITS",
    "Expression",
    "FarDate",
    "FarDatetime",
    "FeelError",
    "FeelLimitError",
    "FeelSyntaxError",
    "FeelTypeError",
    "FeelWarning",
    "Function",
    "Limits",
    "Range",
    "Result",
    "Value",
    "YearsMonthsDuration",
    "add_duration",
    "compile",
    "compile_unary",
    "evaluate",
    "format_value",
    "kind",
    "parse_date",
    "parse_datetime",
    "parse_duration",
    "parse_time",
    "to_feel",
]
