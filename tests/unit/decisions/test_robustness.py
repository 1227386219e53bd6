"""Whatever stands in a model, reading, checking and evaluating raise nothing of their own."""

from __future__ import annotations

import contextlib
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opsflow.decisions import DECISION_LIMITS, DecisionTooLarge, check, read
from opsflow.errors import OpsflowError
from opsflow.feel import Limits
from tests.unit.decisions.models import data, decision, function, item, literal, source, table

FEW = Limits(steps=2_000, seconds=1.0)
TEXTS = st.sampled_from(
    [
        *("a", "b", "?", "1", "-", "> 1", "[1..3]", "not(2)", '"x", "y"', '"x"', "null", "true"),
        *("a + 1", "f(a)", "f(f)", "for i in 1..99999 return i", "b[item > a]", "{a: 1}", "? > a"),
        *('@"P1D"', 'date("x")', "other", "1 +", "", "some x in b satisfies x", "function(x) x"),
        *("a instance of tA", "partial", "sum(b)", "0 ** -1", '@"2024-01-01"', '1, @"10:00:00"'),
    ]
)
TYPES = st.sampled_from(["", "number", "string", "date", "tA", "tB", "tNone", "list<number>"])
POLICIES = st.sampled_from(
    ["UNIQUE", "ANY", "FIRST", "PRIORITY", "RULE ORDER", "OUTPUT ORDER", "COLLECT"]
)


@st.composite
def tables(draw: st.DrawFn) -> str:
    def column() -> str:
        allowed = draw(TEXTS)
        return f"{draw(TEXTS)}: {draw(TYPES)}" + (f" = {allowed}" if allowed else "")

    inputs = [column() for _ in range(draw(st.integers(1, 3)))]
    rules = [
        " | ".join(draw(TEXTS) or "-" for _ in inputs) + f" => {draw(TEXTS)}"
        for _ in range(draw(st.integers(0, 4)))
    ]
    aggregation = draw(st.sampled_from(["", "SUM", "MAX", "COUNT"]))
    return table(inputs, [column()], rules, policy=draw(POLICIES), aggregation=aggregation)


@st.composite
def boxed(draw: st.DrawFn, depth: int = 2) -> str:
    if not depth:
        return draw(TEXTS.map(literal) | tables())
    kind = draw(st.sampled_from(["literal", "table", "context", "if", "filter", "for", "some"]))
    inner = [draw(boxed(depth - 1)) for _ in range(3)]
    match kind:
        case "literal":
            return literal(draw(TEXTS), typeRef=draw(TYPES))
        case "table":
            return draw(tables())
        case "context":
            wanted = quoteattr(draw(TYPES))
            variable = f'<contextEntry><variable name="a" typeRef={wanted}/>'
            result = f"<contextEntry>{inner[1]}</contextEntry>"
            return f"<context>{variable}{inner[0]}</contextEntry>{result}</context>"
        case "if":
            parts = zip(("if", "then", "else"), inner, strict=True)
            body = "".join(f"<{tag}>{part}</{tag}>" for tag, part in parts)
            return f"<conditional>{body}</conditional>"
        case "filter":
            return f"<filter><in>{inner[0]}</in><match>{inner[1]}</match></filter>"
        case "for":
            body = f"<in>{inner[0]}</in><return>{inner[1]}</return>"
            return f'<for iteratorVariable="i">{body}</for>'
    body = f"<in>{inner[0]}</in><satisfies>{inner[1]}</satisfies>"
    return f'<some iteratorVariable="b">{body}</some>'


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(boxed(), boxed(), TYPES, st.sampled_from([1, "x", None, [1, 2], {"a": 1}, 2.5]))
def test_nothing_but_our_own_errors_comes_out(
    first: str, second: str, type: str, value: object
) -> None:
    model = read(
        source(
            item("tA", "number", allowed="[0..5]"),
            item("tB", "tA", many=True),
            data("a", type),
            data("b"),
            function("f", {"x": type}, first, knowledge=["f"]),
            decision("d", first, inputs=["a", "b"], knowledge=["f"], type=type),
            decision("e", second, inputs=["a"], decisions=["d"]),
        )
    )
    check(model)
    for name in ("d", "e", "f"):
        with contextlib.suppress(OpsflowError):
            model.evaluate(name, {"a": value, "b": [value], "x": value}, limits=FEW)


@pytest.mark.parametrize(
    "text",
    [
        "count(for i in 1..1000000000 return i)",
        "count(for i in 1..100000, j in 1..100000 return i)",
        'for i in 1..60 return if i = 1 then "a" else partial[-1] + partial[-1]',
    ],
)
def test_an_evaluation_ends_at_its_limits(text: str) -> None:
    model = read(source(decision("base", text), decision("d", "base", decisions=["base"])))
    with pytest.raises(DecisionTooLarge):
        model.evaluate("d", {})


def test_one_account_is_kept_for_all_decisions() -> None:
    count = DECISION_LIMITS.list_size - 1
    steps = [decision(f"d{n}", f"count(for i in 1..{count} return i)") for n in range(12)]
    total = decision("d", "d0", decisions=[f"d{n}" for n in range(12)])
    with pytest.raises(DecisionTooLarge) as caught:
        read(source(*steps, total)).evaluate("d", {})
    assert caught.value.limit in ("steps", "seconds")
