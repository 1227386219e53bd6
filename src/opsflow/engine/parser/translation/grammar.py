"""A precedence parser that reads JUEL or Python and writes FEEL."""

from __future__ import annotations

import re
from collections.abc import Callable

from opsflow.engine.parser.translation.feel_text import (
    Binding,
    Feel,
    call,
    is_empty,
    is_in,
    joined,
    quoted,
)
from opsflow.engine.parser.translation.tokens import Kind, Token, TranslationError, tokens

_DEEPEST = 60
_COMPARISONS = {"==": "=", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_CONSTANTS = {"true": "true", "false": "false", "null": "null"}
_CONSTANTS |= {"True": "true", "False": "false", "None": "null"}
_METHODS: dict[str, tuple[str, int]] = {
    "contains": ("contains", 1),
    "startsWith": ("starts with", 1),
    "startswith": ("starts with", 1),
    "endsWith": ("ends with", 1),
    "endswith": ("ends with", 1),
    "matches": ("matches", 1),
    "toLowerCase": ("lower case", 0),
    "lower": ("lower case", 0),
    "toUpperCase": ("upper case", 0),
    "upper": ("upper case", 0),
    "length": ("string length", 0),
    "size": ("count", 0),
}


def expression_in_feel(text: str) -> str:
    """The FEEL text of a whole JUEL or Python expression. Raises TranslationError."""
    reader = _Reader(tokens(text))
    feel = reader.choice()
    reader.end()
    return feel.text


class _Reader:
    def __init__(self, found: list[Token]) -> None:
        self._tokens = found
        self._next = 0
        self._depth = 0

    def choice(self) -> Feel:
        """``c ? a : b`` of JUEL and ``a if c else b`` of Python."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._refused("it nests too deeply")
        first = self._or()
        if self._take("?"):
            yes = self.choice()
            self._expect(":")
            first = _choice(first, yes, self.choice())
        elif self._take("if"):
            condition = self._or()
            self._expect("else")
            first = _choice(condition, first, self.choice())
        self._depth -= 1
        return first

    def end(self) -> None:
        """Nothing may follow."""
        if self._token.kind is not Kind.END:
            raise self._refused(f"{self._token.text!r} is not expected here")

    def _or(self) -> Feel:
        return self._chain(self._and, {"or": "or"}, Binding.OR)

    def _and(self) -> Feel:
        return self._chain(self._not, {"and": "and"}, Binding.AND)

    def _not(self) -> Feel:
        """The word ``not`` takes in a whole comparison; ``!`` binds tightly, see _unary."""
        if self._is_sign() and self._token.written == "not":
            self._next += 1
            return call("not", self._guarded(self._not))
        return self._comparison()

    def _comparison(self) -> Feel:
        left = self._sum()
        if not self._is_sign():
            return left
        sign = self._token.text
        if sign in _COMPARISONS:
            self._next += 1
            compared = joined(left, _COMPARISONS[sign], self._sum(), Binding.COMPARISON)
            return self._single(compared)
        if sign == "is":
            self._next += 1
            negated = self._take("not")
            return self._single(
                joined(left, "!=" if negated else "=", self._sum(), Binding.COMPARISON)
            )
        if self._take("in"):
            return is_in(left, self._sum())
        if sign == "not" and self._ahead("in"):
            self._next += 2
            return call("not", is_in(left, self._sum()))
        return left

    def _single(self, compared: Feel) -> Feel:
        if self._is_sign() and self._token.text in _COMPARISONS:
            raise self._refused("a chain of comparisons has no sure equivalent; write `and`")
        return compared

    def _sum(self) -> Feel:
        return self._chain(self._product, {"+": "+", "-": "-"}, Binding.SUM)

    def _product(self) -> Feel:
        left = self._unary()
        while self._is_sign() and self._token.text in ("*", "/", "%"):
            sign = self._token.text
            self._next += 1
            right = self._unary()
            if sign == "%":
                left = call("modulo", left, right)
            else:
                left = joined(left, sign, right, Binding.PRODUCT)
        return left

    def _unary(self) -> Feel:
        if self._take("-"):
            return Feel(f"-{self._guarded(self._unary).at(Binding.ATOM)}", Binding.NEGATION)
        if self._take("empty"):
            return is_empty(self._guarded(self._unary))
        if self._is_sign() and self._token.text == "not":
            self._next += 1
            return call("not", self._guarded(self._unary))
        base = self._postfix()
        if self._take("**"):
            power = self._guarded(self._unary)
            return Feel(f"{base.at(Binding.ATOM)} ** {power.at(Binding.ATOM)}", Binding.POWER)
        return base

    def _postfix(self) -> Feel:
        found = self._atom()
        while self._is_sign() and self._token.text in (".", "["):
            found = self._member(found) if self._take(".") else self._index(found)
        if self._is_sign() and self._token.text == "(":
            raise self._refused(f"the function {found.text!r} is not known")
        return found

    def _member(self, owner: Feel) -> Feel:
        token = self._token
        if token.kind is not Kind.NAME:
            raise self._refused("a property name is expected")
        self._next += 1
        if not self._take("("):
            if not (owner.is_path or owner.text.startswith("get value(")):
                message = f"a property of {owner.text!r} is not understood"
                raise TranslationError(message, token.position)
            return Feel(f"{owner.text}.{token.text}", is_path=True)
        return self._method(owner, token, self._arguments(")"))

    def _method(self, owner: Feel, token: Token, arguments: list[Feel]) -> Feel:
        if owner.text == "execution" and token.text == "getVariable" and len(arguments) == 1:
            return _variable(arguments[0], token)
        if token.text == "equals" and len(arguments) == 1:
            return joined(owner, "=", arguments[0], Binding.COMPARISON)
        if token.text == "isEmpty" and not arguments:
            return is_empty(owner)
        function, count = _METHODS.get(token.text, ("", -1))
        if count != len(arguments):
            message = f"the method {token.text!r} is not known"
            raise TranslationError(message, token.position)
        return call(function, owner, *arguments)

    def _index(self, owner: Feel) -> Feel:
        self._expect("[")
        token = self._token
        inner = self.choice()
        self._expect("]")
        if token.kind is Kind.TEXT and inner.text == quoted(token.text):
            return call("get value", owner, inner)
        if re.fullmatch(r"\d+", inner.text):
            return Feel(f"{owner.at(Binding.ATOM)}[{int(inner.text) + 1}]", is_path=owner.is_path)
        if re.fullmatch(r"-\d+", inner.text):
            return Feel(f"{owner.at(Binding.ATOM)}[{inner.text}]", is_path=owner.is_path)
        raise TranslationError("only a constant index has a sure equivalent", token.position)

    def _atom(self) -> Feel:
        token = self._token
        self._next += 1
        if token.kind is Kind.NUMBER:
            return Feel(token.text)
        if token.kind is Kind.TEXT:
            return Feel(quoted(token.text))
        if token.kind is Kind.NAME:
            constant = _CONSTANTS.get(token.text)
            return Feel(constant) if constant else Feel(token.text, is_path=True)
        if token.text == "[" and token.kind is Kind.SIGN:
            return _list(self._arguments("]"))
        if token.text == "(" and token.kind is Kind.SIGN:
            inside = self._arguments(")")
            return Feel(f"({inside[0].text})") if len(inside) == 1 else _list(inside)
        self._next -= 1
        what = "the end" if token.kind is Kind.END else repr(token.text)
        raise self._refused(f"a value is expected, not {what}")

    def _arguments(self, closing: str) -> list[Feel]:
        """What stands between brackets, the closing one taken too."""
        found: list[Feel] = []
        while not self._take(closing):
            if found:
                self._expect(",")
                if self._take(closing):
                    break
            found.append(self.choice())
        return found

    def _chain(self, inner: Callable[[], Feel], signs: dict[str, str], binding: Binding) -> Feel:
        left = inner()
        while self._is_sign() and self._token.text in signs:
            sign = signs[self._token.text]
            self._next += 1
            left = joined(left, sign, inner(), binding)
        return left

    def _guarded(self, inner: Callable[[], Feel]) -> Feel:
        """Recursion without brackets is bounded too: ``- - - - x``."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._refused("it nests too deeply")
        found = inner()
        self._depth -= 1
        return found

    @property
    def _token(self) -> Token:
        return self._tokens[self._next]

    def _is_sign(self) -> bool:
        return self._token.kind is Kind.SIGN

    def _ahead(self, sign: str) -> bool:
        following = self._tokens[self._next + 1]
        return following.kind is Kind.SIGN and following.text == sign

    def _take(self, sign: str) -> bool:
        if self._is_sign() and self._token.text == sign:
            self._next += 1
            return True
        return False

    def _expect(self, sign: str) -> None:
        if not self._take(sign):
            raise self._refused(f"{sign!r} is expected")

    def _refused(self, message: str) -> TranslationError:
        return TranslationError(message, self._token.position)


def _choice(condition: Feel, yes: Feel, no: Feel) -> Feel:
    text = f"if {condition.text} then {yes.at(Binding.OR)} else {no.text}"
    return Feel(text, Binding.CHOICE)


def _list(items: list[Feel]) -> Feel:
    return Feel(f"[{', '.join(item.text for item in items)}]", is_list=True)


def _variable(argument: Feel, token: Token) -> Feel:
    name = argument.text.strip('"')
    if not re.fullmatch(r"[^\W\d]\w*", name):
        raise TranslationError("a variable name is expected", token.position)
    return Feel(name, is_path=True)
