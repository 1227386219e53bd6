"""Validate form data in bounded time, whatever the schema multiplies by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sized
from contextvars import ContextVar
from itertools import islice
from typing import Any

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend
from referencing import Registry

from opsflow.errors import FormInvalid
from opsflow.tasks.forms.data import exact, plain, pointer
from opsflow.tasks.forms.formats import format_checker
from opsflow.tasks.forms.keywords import OWN, Keyword, is_integer

WORK_LIMIT = 1_000_000
"""Keyword evaluations of one validation, weighted by the size of keyword and data."""
FAILURE_LIMIT = 50
"""Failures reported for one submission."""
TEXT_LIMIT = 300
"""Characters of the text of one failure."""


class _WorkSpentError(Exception):
    """The validation has used up its work."""


_work: ContextVar[list[int]] = ContextVar("opsflow-form-work")


def validate(schema: Mapping[str, Any], data: Mapping[str, object], *, form: str = "form") -> None:
    """Check data against a schema that passed ``check_form``.

    Raises FormInvalid with the JSON pointer (RFC 6901) and text of each failure; a missing
    field is reported at its own pointer.
    """
    instance = plain(data, form=form)
    # A "$schema" would make jsonschema switch to its own keywords at the next reference.
    root = {key: _exact(value) for key, value in schema.items() if key != "$schema"}
    validator = _Validator(root, registry=_NOTHING_REMOTE, format_checker=_FORMATS)
    spent = _work.set([WORK_LIMIT])
    try:
        failures = {
            (pointer(tuple(error.absolute_path)), error.message[:TEXT_LIMIT])
            for error in islice(validator.iter_errors(instance), FAILURE_LIMIT)
        }
    except (_WorkSpentError, RecursionError) as error:
        raise FormInvalid(form, [("", "validating this data takes too much work")]) from error
    finally:
        _work.reset(spent)
    if failures:
        raise FormInvalid(form, sorted(failures))


def _exact(part: Any) -> Any:
    """The schema with every number exact, as the numbers of the data are."""
    match part:
        case float():
            return exact(part)
        case list():
            return [_exact(item) for item in part]
        case dict():
            return {name: _exact(item) for name, item in part.items()}
        case _:
            return part


def _weighed(keyword: Keyword) -> Keyword:
    """The keyword, its work counted before it is done."""

    def evaluate(
        validator: Any, value: Any, instance: Any, schema: Any
    ) -> Iterator[ValidationError] | None:
        left = _work.get()
        left[0] -= (1 + _size(value)) * (1 + _size(instance) // 16)
        if left[0] < 0:
            raise _WorkSpentError
        return keyword(validator, value, instance, schema)

    return evaluate


def _size(value: object) -> int:
    return len(value) if isinstance(value, Sized) else 0


_NOTHING_REMOTE: Registry[Any] = Registry()
_FORMATS = format_checker()
_KEYWORDS: Mapping[str, Keyword] = {**Draft202012Validator.VALIDATORS, **OWN}
_Validator = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    validators={name: _weighed(keyword) for name, keyword in _KEYWORDS.items()},
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine("integer", is_integer),
)
