"""JUEL and Python put into FEEL mean the same, or are refused with the place."""

from __future__ import annotations

import ast
import operator
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsflow import feel
from opsflow.engine.parser.translation import TranslationError, translate

NOW = datetime(2026, 1, 1, tzinfo=UTC)
VARIABLES: dict[str, object] = {
    "amount": 150,
    "approved": False,
    "name": "Ada",
    "none": None,
    "nothing": [],
    "order": {"total": 7, "lines": [{"sku": "a"}, {"sku": "b"}]},
    "roles": ["buyer", "clerk"],
}


def value_of(text: str) -> object:
    return feel.compile(translate(text)).evaluate(VARIABLES, now=NOW)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${amount > 100 && !approved}", True),
        ("#{amount gt 100 and not approved}", True),
        ("${amount le 100 || name eq 'Ada'}", True),
        ("${approved ? 'yes' : 'no'}", "no"),
        ("'yes' if amount != 150 else 'no'", "no"),
        ("amount == 150 and not approved", True),
        ("not approved == True", True),
        ("${!approved == true}", True),
        ("name in ['Ada', 'Bob']", True),
        ("'buyer' in roles", True),
        ("'da' in name", True),
        ("'boss' not in roles", True),
        ("none is None", True),
        ("name is not None", True),
        ("${empty none}", True),
        ("${empty nothing}", True),
        ("${empty ''}", True),
        ("${empty name}", False),
        ("${!empty name}", True),
        ("${name.startsWith('A') and name.endsWith('a')}", True),
        ("${name.contains('d')}", True),
        ("name.lower() == 'ada'", True),
        ("${name.equals('Ada')}", True),
        ("${order.total * 2 - 4 / 2}", 12),
        ("${(order.total + 1) * 2}", 16),
        ("${amount % 100}", 50),
        ("2 ** 3 - -1", 9),
        ("${order['total']}", 7),
        ("${order.lines[1].sku}", "b"),
        ("order.lines[-1].sku", "b"),
        ("${execution.getVariable('amount')}", 150),
        ("Dear ${name}, ${amount}!", "Dear Ada, 150!"),
        ("${'a}b'}", "a}b"),
        ("'it\\'s \"so\"'", 'it\'s "so"'),
    ],
)
def test_the_meaning_stays(text: str, value: object) -> None:
    assert value_of(text) == value


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("${bean.decide(x)}", 7),
        ("decide(x)", 6),
        ("1 < amount < 5", 11),
        ("lambda x: x", 7),
        ("amount = 5", 7),
        ("${amount", 8),
        ("${a} ${b +}", 10),
        ("x[y]", 2),
        ("__import__('os').system('x')", 10),
        ("amount == ", 10),
        ("then == 1", 0),
        ("a and " * 1000 + "a", 2000),
        ("(" * 500, 60),
        ("-" * 500 + "1", 60),
        ("not " * 400 + "x", 240),
    ],
)
def test_what_has_no_sure_equivalent_is_refused_with_its_place(text: str, position: int) -> None:
    with pytest.raises(TranslationError) as refused:
        translate(text)
    assert refused.value.position == position


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="ab01 .\"'()[]<>=!&|+-*/%?:,${}#\\notemptyinisfelsd", max_size=30))
def test_every_translation_is_feel(text: str) -> None:
    try:
        translated = translate(text)
    except TranslationError as refused:
        assert 0 <= refused.position <= len(text)
    else:
        feel.compile(translated)


NUMBERS = st.recursive(
    st.integers(0, 9).map(str),
    lambda inner: st.builds("({} {} {})".format, inner, st.sampled_from("+-*"), inner),
    max_leaves=8,
)


@settings(max_examples=100, deadline=None)
@given(NUMBERS, st.sampled_from(["<", "<=", "==", "!=", ">", ">="]), NUMBERS)
def test_arithmetic_and_comparisons_come_to_what_python_says(
    left: str, sign: str, right: str
) -> None:
    def calculated(text: str) -> int:
        signs = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul}

        def walk(node: ast.expr) -> int:
            if isinstance(node, ast.BinOp):
                return int(signs[type(node.op)](walk(node.left), walk(node.right)))
            assert isinstance(node, ast.Constant) and isinstance(node.value, int)
            return node.value

        return walk(ast.parse(text, mode="eval").body)

    compare = {"<": "lt", "<=": "le", "==": "eq", "!=": "ne", ">": "gt", ">=": "ge"}[sign]
    expected = getattr(operator, compare)(calculated(left), calculated(right))
    assert value_of(f"{left} {sign} {right}") is expected
