"""What a handler declares: what it is given, what it gives, and the errors it may end in."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import (
    Any,
    Literal,
    NotRequired,
    Required,
    TypeAlias,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

from jsonschema import Draft202012Validator, SchemaError, ValidationError
from jsonschema.validators import extend

from opsflow.engine import BpmnError
from opsflow.errors import ConfigurationInvalid, HandlerFailed
from opsflow.instances.handlers import Handler, Later, ServiceCall

Shape: TypeAlias = Mapping[str, Any] | type
"""A dataclass or TypedDict, names with their types, or a JSON Schema."""

_PLAIN: Mapping[object, dict[str, Any]] = {
    Any: {},
    object: {},
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    Decimal: {"type": "number"},
    dict: {"type": "object"},
    list: {"type": "array"},
    datetime: {"type": "moment"},
    date: {"type": "date"},
    time: {"type": "time"},
    timedelta: {"type": "duration"},
    type(None): {"type": "null"},
}


class ContractBroken(HandlerFailed):
    """What a handler was given, gave or ended in is not what it declares. Never retried."""


def _is_integer(_: object, value: object) -> bool:
    if isinstance(value, float | Decimal):
        return value == value // 1
    return isinstance(value, int) and not isinstance(value, bool)


def _of(kind: type) -> Callable[[object, object], bool]:
    return lambda _, value: isinstance(value, kind)


_Validator: Any = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine_many(
        {
            "integer": _is_integer,
            "array": lambda _, value: isinstance(value, list | tuple),
            "moment": _of(datetime),
            "date": _of(date),
            "time": _of(time),
            "duration": _of(timedelta),
        }
    ),
)


@dataclasses.dataclass(frozen=True, slots=True)
class Contract:
    """JSON Schemas of the inputs and outputs, and the codes of the BPMN errors; None: any."""

    inputs: Mapping[str, Any] | None = None
    outputs: Mapping[str, Any] | None = None
    errors: tuple[str, ...] | None = None

    @property
    def required(self) -> frozenset[str]:
        """The inputs that have to be there."""
        return frozenset((self.inputs or {}).get("required", ()))

    def guard(self, topic: str, handler: Handler) -> Handler:
        """The handler, held to what it declares. It raises ContractBroken."""

        def guarded(call: ServiceCall) -> Mapping[str, object] | Later | None:
            _require(f"The task does not give {topic!r} its inputs", self.inputs, call.variables)
            try:
                answer = handler(call)
            except BpmnError as error:
                if self.errors is not None and error.code not in self.errors:
                    known = ", ".join(self.errors) or "none"
                    raise ContractBroken(
                        f"The handler of {topic!r} ended in the BPMN error {error.code!r}, which "
                        f"it does not declare ({known}): {error.message}"
                    ) from error
                raise
            if isinstance(answer, Later):
                return answer
            given = _given(answer)
            _require(f"The handler of {topic!r} gave wrong outputs", self.outputs, given)
            return given

        return guarded


def contract_of(
    inputs: Shape | None, outputs: Shape | None, errors: tuple[str, ...] | None
) -> Contract | None:
    """What was declared, where anything was. Raises ConfigurationInvalid."""
    if inputs is None and outputs is None and errors is None:
        return None
    codes = None if errors is None else tuple(errors)
    if codes is not None and not all(isinstance(code, str) and code for code in codes):
        raise ConfigurationInvalid("The errors of a handler are codes: errors=('NOT_FOUND',).")
    return Contract(_schema(inputs, open_=True), _schema(outputs, open_=False), codes)


def _given(answer: object) -> dict[str, object]:
    if answer is not None and dataclasses.is_dataclass(answer) and not isinstance(answer, type):
        return {each.name: getattr(answer, each.name) for each in dataclasses.fields(answer)}
    return dict(cast("Mapping[str, object] | None", answer) or {})


def _require(what: str, schema: Mapping[str, Any] | None, values: Mapping[str, object]) -> None:
    if schema is None:
        return
    wrong = {_said(error) for error in _Validator(schema).iter_errors(dict(values))}
    if wrong:
        raise ContractBroken(f"{what}: {'; '.join(sorted(wrong))}.")


def _said(error: ValidationError) -> str:
    """What is wrong, without the value, which may be nobody's business."""
    where = ".".join(str(part) for part in error.absolute_path) or "all of it"
    wanted: Any = error.validator_value
    given: Any = error.instance
    if error.validator == "required":
        missing = sorted(set(wanted) - set(given))
        return f"{', '.join(missing)} missing" + ("" if where == "all of it" else f" in {where}")
    if error.validator == "type":
        return f"{where} is not of type {wanted}"
    if error.validator == "additionalProperties":
        schema: Any = error.schema
        surplus = sorted(set(given) - set(schema.get("properties", {})))
        return f"{', '.join(surplus)} not declared"
    return f"{where} breaks {error.validator} {wanted!r:.100}"


def _schema(shape: Shape | None, *, open_: bool) -> dict[str, Any] | None:
    if shape is None:
        return None
    if isinstance(shape, Mapping) and not all(_is_type(each) for each in shape.values()):
        return _own_schema(dict(shape))
    return {**_of_names(dict(_names(shape))), **({} if open_ else {"additionalProperties": False})}


def _own_schema(schema: dict[str, Any]) -> dict[str, Any]:
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        raise ConfigurationInvalid(
            f"What a handler declares is no JSON Schema: {error.message}"
        ) from error
    if schema.get("type", "object") != "object":
        raise ConfigurationInvalid("The JSON Schema of a handler is one of an object.")
    return schema


def _is_type(each: object) -> bool:
    return isinstance(each, type | types.UnionType | types.GenericAlias) or get_origin(each) in (
        Literal,
        Union,
    )


def _names(shape: Shape) -> Iterator[tuple[str, tuple[Any, bool]]]:
    """Each name with its type, and whether it has to be there."""
    if isinstance(shape, Mapping):
        yield from ((name, (kind, True)) for name, kind in shape.items())
    elif dataclasses.is_dataclass(shape):
        hints = get_type_hints(shape)
        for each in dataclasses.fields(shape):
            without = (each.default, each.default_factory)
            yield each.name, (hints[each.name], without == (dataclasses.MISSING,) * 2)
    elif is_typeddict(shape):
        # Annotations that are texts are not looked into before: Python's own list of what is
        # required is wrong then.
        for name, kind in get_type_hints(shape, include_extras=True).items():
            marked = get_origin(kind) in (Required, NotRequired)
            is_total = bool(getattr(shape, "__total__", True))
            is_required = get_origin(kind) is Required if marked else is_total
            yield name, (get_args(kind)[0] if marked else kind, is_required)
    else:
        raise ConfigurationInvalid(
            f"{shape!r:.80} declares nothing: give a dataclass, a TypedDict, names with their "
            "types, or a JSON Schema."
        )


def _of_names(names: Mapping[str, tuple[Any, bool]]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {name: _of_type(kind) for name, (kind, _) in names.items()},
        "required": [name for name, (_, is_required) in names.items() if is_required],
    }


def _of_type(kind: Any) -> dict[str, Any]:
    if kind in _PLAIN:
        return _PLAIN[kind]
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin in (Union, types.UnionType):
        return {"anyOf": [_of_type(each) for each in arguments]}
    if origin in (list, tuple):
        return {"type": "array", "items": _of_type(arguments[0]) if arguments else {}}
    if origin is dict:
        return {"type": "object", "additionalProperties": _of_type(arguments[1])}
    if isinstance(kind, type) and (dataclasses.is_dataclass(kind) or is_typeddict(kind)):
        return _of_names(dict(_names(kind)))
    raise ConfigurationInvalid(
        f"{kind!r:.80} is no type of a variable: str, int, Decimal, bool, date, datetime, list[…] …"
    )
