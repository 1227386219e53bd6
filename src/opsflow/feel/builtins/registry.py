"""How built-in functions are declared, and how arguments reach them.

A function may have several signatures; the first one that the arguments fit is called. Its action
raises FeelTypeError to say that, and why, the result is null.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TypeAlias, TypeVar

from opsflow.feel.errors import FeelTypeError
from opsflow.feel.far import FarDate, FarDatetime
from opsflow.feel.limits import Run
from opsflow.feel.values import (
    Context,
    Function,
    Range,
    Value,
    YearsMonthsDuration,
    kind,
    kind_of_type,
)

PythonTypes: TypeAlias = frozenset[type]
Action: TypeAlias = Callable[..., Value]
_Declared = TypeVar("_Declared", bound=Action)

_TYPES: dict[str, PythonTypes] = {
    "number": frozenset({Decimal}),
    "string": frozenset({str}),
    "boolean": frozenset({bool}),
    "list": frozenset({list}),
    "context": frozenset({dict}),
    "date": frozenset({date, datetime, FarDate, FarDatetime}),
    "time": frozenset({time}),
    "date and time": frozenset({datetime, FarDatetime}),
    "days and time duration": frozenset({timedelta}),
    "number or duration": frozenset({Decimal, timedelta, YearsMonthsDuration}),
    "range": frozenset({Range}),
    "point": frozenset(
        {Decimal, str, date, time, datetime, timedelta, YearsMonthsDuration}
        | {FarDate, FarDatetime},
    ),
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter; an optional one may be left out, a nullable one may be null.

    A value of one of the Python `types` is taken as it is.
    """

    name: str
    type: str
    optional: bool
    nullable: bool
    types: PythonTypes

    def accept(self, value: Value) -> Value:
        """The argument as this parameter takes it. Raises FeelTypeError when it does not."""
        if value is None and self.nullable:
            return None
        if self.type == "any" or self._fits(value):
            return value
        if self.type == "list" and value is not None:
            return [value]
        if isinstance(value, list) and len(value) == 1 and self._fits(value[0]):
            return value[0]
        raise FeelTypeError(f"{self.name} must be a {self.type}, not {kind(value)}")

    def could_accept(self, given: str | None) -> bool:
        """Whether an argument of a type may fit; a list may hold just what does."""
        if given in (None, "list") or self.type in ("any", "list") or given == self.type:
            return True
        return any(kind_of_type(member) == given for member in self.types)

    def _fits(self, value: Value) -> bool:
        if self.type == "function":
            return isinstance(value, Function)
        return type(value) in self.types


@dataclass(frozen=True, slots=True)
class Signature:
    """Parameters and what they are given to; a variadic one takes any number for its last.

    `least` is the number of parameters that are not optional.
    """

    parameters: tuple[Parameter, ...]
    action: Action
    variadic: bool
    charged: bool
    least: int

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the parameters."""
        return tuple(parameter.name for parameter in self.parameters)

    def apply(self, run: Run, arguments: list[Value]) -> Value:
        """The result for positional arguments, of which it takes so many. Raises FeelTypeError."""
        if self.variadic:
            arguments = self._gather(arguments)
        for place, value in enumerate(arguments):
            if type(value) not in self.parameters[place].types:
                arguments = self._accepted(arguments)
                break
        return self.action(run, *arguments) if self.charged else self.action(*arguments)

    def _accepted(self, arguments: list[Value]) -> list[Value]:
        pairs = zip(self.parameters, arguments, strict=False)
        return [parameter.accept(value) for parameter, value in pairs]

    def takes(self, count: int) -> bool:
        """Whether it can be called with so many arguments."""
        return self.least <= count and (self.variadic or count <= len(self.parameters))

    def could_take(self, kinds: list[str | None]) -> bool:
        """Whether each parameter may accept an argument of the type that stands in its place."""
        fixed = self.parameters[:-1] if self.variadic else self.parameters
        return all(
            parameter.could_accept(given) for parameter, given in zip(fixed, kinds, strict=False)
        )

    def _gather(self, arguments: list[Value]) -> list[Value]:
        fixed = len(self.parameters) - 1
        rest = arguments[fixed:]
        only = len(rest) == 1 and not fixed and (isinstance(rest[0], list) or rest[0] is None)
        return arguments[:fixed] + (rest if only else [rest])

    def apply_named(self, run: Run, arguments: Context) -> Value:
        """The result for named arguments. Raises FeelTypeError."""
        unknown = arguments.keys() - set(self.names)
        if unknown:
            raise FeelTypeError(f"it has no parameter {min(unknown)!r}")
        values = [
            None
            if parameter.optional and parameter.name not in arguments
            else parameter.accept(arguments.get(parameter.name))
            for parameter in self.parameters
        ]
        if self.variadic and len(values) > 1:
            values[-1] = [values[-1]]
        return self.action(run, *values) if self.charged else self.action(*values)


class Builtin(Function):
    """A built-in function."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.signatures: list[Signature] = []

    @property
    def parameters(self) -> tuple[str, ...]:  # type: ignore[override]
        """The names of its first signature's parameters."""
        return self.signatures[0].names

    def takes(self, count: int) -> bool:
        """Whether one of its signatures can be called with so many arguments."""
        return any(signature.takes(count) for signature in self.signatures)

    def call(self, run: Run, arguments: list[Value], position: int = 0) -> Value:
        """The result of the first signature that fits; null with a warning when none does."""
        count = len(arguments)
        complaint: Exception | None = None
        for signature in self.signatures:
            if signature.takes(count):
                try:
                    return signature.apply(run, arguments)
                except (FeelTypeError, ArithmeticError) as error:
                    complaint = error
        complaint = complaint or FeelTypeError(f"it does not take {count} arguments")
        return self._null(run, complaint, position)

    def call_named(self, run: Run, arguments: Context, position: int = 0) -> Value:
        """The same for named arguments, of which those left out are null.

        Where two signatures have the same names, that one counts which has them in this order.
        """
        complaint: Exception = FeelTypeError("it takes other arguments")
        given = tuple(arguments)
        for signature in sorted(self.signatures, key=lambda known: known.names != given):
            try:
                return signature.apply_named(run, arguments)
            except (FeelTypeError, ArithmeticError) as error:
                complaint = error
        return self._null(run, complaint, position)

    def could_take(self, kinds: list[str | None]) -> bool:
        """Whether arguments of these types may give a result; None stands for an unknown one."""
        return any(
            signature.takes(len(kinds)) and signature.could_take(kinds)
            for signature in self.signatures
        )

    def _null(self, run: Run, complaint: Exception, position: int) -> Value:
        reason = complaint if isinstance(complaint, FeelTypeError) else "out of range"
        run.warn(f"{self.name}: {reason}", position)
        return None


class Library:
    """A collection of built-in functions."""

    def __init__(self) -> None:
        self.functions: dict[str, Builtin] = {}

    def pure(
        self, name: str, parameters: str = "", *, variadic: bool = False
    ) -> Callable[[_Declared], _Declared]:
        """Declare a signature of a function whose cost does not depend on its arguments.

        `parameters` reads `name: type, name?: type?`: a question mark after the name makes it
        optional, one after the type lets it be null.
        """
        return self._declare(name, parameters, variadic=variadic, charged=False)

    def charged(
        self, name: str, parameters: str = "", *, variadic: bool = False
    ) -> Callable[[_Declared], _Declared]:
        """The same for an action that is given the evaluation first, to charge its work to it."""
        return self._declare(name, parameters, variadic=variadic, charged=True)

    def _declare(
        self, name: str, parameters: str, *, variadic: bool, charged: bool
    ) -> Callable[[_Declared], _Declared]:
        parsed = tuple(_parameter(part) for part in parameters.split(",") if part)
        least = sum(1 for parameter in parsed if not parameter.optional)

        def declare(action: _Declared) -> _Declared:
            function = self.functions.setdefault(name, Builtin(name))
            function.signatures.append(Signature(parsed, action, variadic, charged, least))
            return action

        return declare


def _parameter(text: str) -> Parameter:
    name, type_name = (part.strip() for part in text.split(":"))
    nullable = type_name.endswith("?") or type_name == "any"
    wanted = type_name.rstrip("?")
    types = _TYPES.get(wanted, frozenset())
    return Parameter(name.rstrip("?"), wanted, name.endswith("?"), nullable, types)
