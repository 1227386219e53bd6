from __future__ import annotations

import pytest

from opsflow.decisions import check
from tests.unit.decisions.models import data, decision, function, literal, model, table


def value(logic: str, *parts: str, knowledge: tuple[str, ...] = (), **inputs: object) -> object:
    items = [data(name) for name in inputs]
    built = model(*items, *parts, decision("d", logic, inputs=list(inputs), knowledge=knowledge))
    return built.evaluate("d", inputs).value


def entry(name: str, body: str, type: str = "") -> str:
    typed = f' typeRef="{type}"' if type else ""
    variable = f'<variable name="{name}"{typed}/>' if name else ""
    return f"<contextEntry>{variable}{body}</contextEntry>"


def test_entries_of_a_context_see_the_ones_before_them() -> None:
    entries = entry("a b", literal("1")) + entry("c", literal("a b + 1"))
    assert value(f"<context>{entries}</context>") == {"a b": 1, "c": 2}


def test_a_context_with_a_result_gives_only_that() -> None:
    entries = entry("a", literal("20")) + entry("", literal("a + 1"))
    assert value(f"<context>{entries}</context>") == 21


def test_an_entry_is_made_to_be_of_its_type() -> None:
    entries = entry("a", literal("[1]"), "number") + entry("b", literal('"x"'), "number")
    assert value(f"<context>{entries}</context>") == {"a": 1, "b": None}


def test_a_context_holds_tables_and_functions() -> None:
    grade = table(["n"], [""], ['> 5 => "big"', '<= 5 => "small"'])
    body = '<functionDefinition><formalParameter name="x"/>' + literal("x + n")
    entries = entry("size", grade) + entry("add", body + "</functionDefinition>")
    entries += entry("", literal("[size, string(add(1))]"))
    assert value(f"<context>{entries}</context>", n=7) == ["big", "8"]


def test_an_invocation_binds_by_name() -> None:
    bindings = "".join(
        f'<binding><parameter name="{name}"/>{literal(text)}</binding>'
        for name, text in (("b", "2"), ("a", "10"))
    )
    call = f"<invocation>{literal('minus')}{bindings}</invocation>"
    minus = function("minus", {"a": "number", "b": "number"}, "a - b")
    assert value(call, minus, knowledge=("minus",)) == 8


def test_lists_and_relations() -> None:
    assert value(f"<list>{literal('1')}{literal('1 + 1')}</list>") == [1, 2]
    columns = '<column name="name"/><column name="age" typeRef="number"/>'
    rows = f"<row>{literal(chr(34) + 'Ann' + chr(34))}{literal('30')}</row>"
    assert value(f"<relation>{columns}{rows}</relation>") == [{"name": "Ann", "age": 30}]


@pytest.mark.parametrize(
    ("condition", "expected"), [("true", 1), ("false", 2), ("null", 2), ('"yes"', None)]
)
def test_a_conditional_takes_only_booleans(condition: str, expected: object) -> None:
    parts = f"<if>{literal(condition)}</if><then>{literal('1')}</then><else>{literal('2')}</else>"
    assert value(f"<conditional>{parts}</conditional>") == expected


@pytest.mark.parametrize(("match", "expected"), [("item > 1", [2, 3]), ("null", []), ('"x"', None)])
def test_a_filter_takes_only_booleans(match: str, expected: object) -> None:
    parts = f"<in>{literal('[1, 2, 3]')}</in><match>{literal(match)}</match>"
    assert value(f"<filter>{parts}</filter>") == expected


def test_a_filter_sees_members_of_elements() -> None:
    parts = f"<in>{literal('[{p: 1}, {p: 5}]')}</in><match>{literal('p > 2')}</match>"
    assert value(f"<filter>{parts}</filter>") == [{"p": 5}]


def test_loops() -> None:
    loop = f"<in>{literal('1..4')}</in>"
    body = f"<return>{literal('if count(partial) = 0 then i else i * partial[-1]')}</return>"
    loop = f"<in>{literal('[1, 2, 3, 4]')}</in>"
    assert value(f'<for iteratorVariable="i">{loop}{body}</for>') == [1, 2, 6, 24]
    holds = f"<satisfies>{literal('i > 3')}</satisfies>"
    assert value(f'<some iteratorVariable="i">{loop}{holds}</some>') is True
    assert value(f'<every iteratorVariable="i">{loop}{holds}</every>') is False


@pytest.mark.parametrize(
    ("logic", "rule"),
    [
        ("1 +", "dmn.expression.syntax"),
        (literal("1", expressionLanguage="javascript"), "dmn.expression.language"),
        (
            '<literalExpression><importedValues locationURI="other.xml"/></literalExpression>',
            "dmn.expression.imported",
        ),
        ("<conditional/>", "dmn.expression.unknown"),
        ("<invocation/>", "dmn.expression.unknown"),
        (table(["1"], [""], ["- | - => 1"]), "dmn.table.shape"),
        (table(["1"], [""], ["- => 1"], policy="BEST"), "dmn.table.hit-policy"),
        (table(["1"], [""], ["- => 1"], policy="PRIORITY"), "dmn.table.priorities"),
        ('<functionDefinition kind="Java"/>', "dmn.function.external"),
        (literal("1", typeRef="tMissing"), "dmn.type.unknown"),
    ],
)
def test_what_can_not_be_read_is_a_finding_and_does_not_stop_the_rest(
    logic: str, rule: str
) -> None:
    built = model(decision("good", "1"), decision("bad", logic))
    assert rule in {finding.rule for finding in check(built)}
    assert built.evaluate("good", {}).value == 1
    built.evaluate("bad", {})
