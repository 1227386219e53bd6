"""Functions that an expression defines, and calls (DMN 1.5 §10.3.2.13)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from opsflow.feel import syntax as s
from opsflow.feel.builtins import BUILTINS
from opsflow.feel.conformance import Unfit, coerce
from opsflow.feel.environment import Code, Env, locate
from opsflow.feel.limits import Run
from opsflow.feel.members import MISSING
from opsflow.feel.values import Context, Function, Value, kind

Compile: TypeAlias = Callable[[s.Node], Code]


class Closure(Function):
    """A function that an expression defined, with the scope it was defined in."""

    def __init__(self, node: s.FunctionOf, body: Code, env: Env) -> None:
        self.name = ""
        self.parameters = node.parameters
        self.types = node.types
        self._body = body
        self._env = env

    def call(self, run: Run, arguments: list[Value], position: int = 0) -> Value:
        """The value of the body; null when the arguments do not fit the parameters."""
        if len(arguments) != len(self.parameters):
            wanted = len(self.parameters)
            run.warn(f"the function takes {wanted} arguments, not {len(arguments)}", position)
            return None
        scope: Context = {}
        for name, wanted_type, given in zip(self.parameters, self.types, arguments, strict=True):
            value = coerce(run, given, wanted_type)
            if isinstance(value, Unfit):
                run.warn(f"{name} can not be a {kind(given)}", position)
                return None
            scope[name] = value
        run.enter()
        try:
            return self._body(Env(scope, self._env, run))
        finally:
            run.leave()

    def call_named(self, run: Run, arguments: Context, position: int = 0) -> Value:
        """The same, with each argument under its parameter's name; those left out are null."""
        if not arguments.keys() <= set(self.parameters):
            run.warn(f"the function takes {', '.join(self.parameters) or 'nothing'}", position)
            return None
        return self.call(run, [arguments.get(name) for name in self.parameters], position)


def compile_function(node: s.FunctionOf, compile_node: Compile) -> Code:
    """`function(a) body`; an external one can be defined but gives null."""
    body = _external(node) if node.external else compile_node(node.body)
    return lambda env: Closure(node, body, env)


def _external(node: s.FunctionOf) -> Code:
    def refuse(env: Env) -> Value:
        env.run.warn("external functions are not called", node.position)
        return None

    return refuse


def compile_call(node: s.Call, compile_node: Compile) -> Code:
    """`f(a, b)`, or with `names` `f(x: a, y: b)`."""
    function = _callee(node, compile_node)
    arguments = [compile_node(argument) for argument in node.arguments]
    names, position = node.names, node.position

    def call(env: Env) -> Value:
        target = function(env)
        if target is None:
            return None
        return target.call(env.run, [argument(env) for argument in arguments], position)

    def call_named(env: Env) -> Value:
        target = function(env)
        if target is None:
            return None
        values = [argument(env) for argument in arguments]
        return target.call_named(env.run, dict(zip(names, values, strict=True)), position)

    return call_named if names else call


def _callee(node: s.Call, compile_node: Compile) -> Callable[[Env], Function | None]:
    """What is called; null, with a warning, for what is no function."""
    if isinstance(node.function, s.Name) and node.function.name in BUILTINS:
        return _builtin_unless_redefined(node.function.name)
    code, position = compile_node(node.function), node.position

    def function(env: Env) -> Function | None:
        target = code(env)
        if isinstance(target, Function):
            return target
        env.run.warn(f"{kind(target)} can not be called", position)
        return None

    return function


def _builtin_unless_redefined(name: str) -> Callable[[Env], Function | None]:
    """A variable that holds data does not hide the built-in function of its name."""
    builtin = BUILTINS[name]

    def function(env: Env) -> Function | None:
        value, _ = locate(env, name)
        return value if value is not MISSING and isinstance(value, Function) else builtin

    return function
