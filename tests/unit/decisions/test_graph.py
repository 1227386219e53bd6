from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from opsflow.decisions import DecisionFailed, DecisionTooLarge, read, read_package
from opsflow.errors import ModelRejected, NotFound
from tests.unit.decisions.models import (
    V15,
    component,
    data,
    decision,
    function,
    item,
    literal,
    model,
    service,
    source,
    table,
)


def test_a_decision_sees_what_it_requires() -> None:
    found = model(
        data("Net amount", "number"),
        decision("Gross amount", "Net amount * 1.5", inputs=["Net amount"]),
        decision("Is large", "Gross amount > 100", decisions=["Gross amount"]),
    ).evaluate("Is large", {"Net amount": 100})
    assert found.value is True
    assert found.decisions == {"Gross amount": 150, "Is large": True}


def test_a_decision_does_not_see_what_it_does_not_require() -> None:
    decided = model(
        data("a"), data("b"), decision("d", "if a = 1 then b else 0", inputs=["a"])
    ).evaluate("d", {"a": 1, "b": 2})
    assert decided.value is None
    assert "there is no variable 'b'" in decided.warnings[0].message
    assert decided.warnings[0].element == "d"


def test_a_decision_without_requirements_reads_the_inputs_by_name() -> None:
    found = model(decision("d", table(["amount"], [""], ["> 5 => 1"]))).evaluate("d", {"amount": 6})
    assert found.value == 1


def test_each_decision_is_evaluated_once() -> None:
    rows = table(["n"], [""], ["- => 1"])
    found = model(
        data("n"),
        decision("base", rows, inputs=["n"]),
        decision("left", "base + 1", decisions=["base"]),
        decision("right", "base + 2", decisions=["base"]),
        decision("top", "left + right", decisions=["left", "right"]),
    ).evaluate("top", {"n": 1})
    assert found.value == 5
    assert len(found.matched) == 1


def test_a_decision_is_found_by_its_id_as_well() -> None:
    parts = f'<decision id="_1" name="The answer">{literal("42")}</decision>'
    assert model(parts).evaluate("_1", {}).value == 42
    assert model(parts).evaluate("The answer", {}).value == 42
    with pytest.raises(NotFound):
        model(parts).evaluate("the question", {})


def test_decisions_in_a_circle_fail() -> None:
    circular = model(
        decision("a", "b", decisions=["b"]),
        decision("b", "a", decisions=["a"]),
    )
    with pytest.raises(DecisionFailed, match="requires itself"):
        circular.evaluate("a", {})


def test_knowledge_is_called_by_place_or_by_name_and_by_itself() -> None:
    parts = (
        function("factorial", {"n": "number"}, "if n <= 1 then 1 else n * factorial(n - 1)"),
        function("twice", {"x": "number"}, "2 * factorial(x)", knowledge=["factorial"]),
        decision("d", "[factorial(4), twice(x: 3)]", knowledge=["factorial", "twice"]),
    )
    assert model(*parts).evaluate("d", {}).value == [24, 12]


def test_endless_recursion_ends_at_a_limit() -> None:
    endless = model(function("f", {"n": ""}, "f(n + 1)"), decision("d", "f(1)", knowledge=["f"]))
    with pytest.raises(DecisionTooLarge):
        endless.evaluate("d", {})


def test_arguments_and_results_of_knowledge_are_of_their_types() -> None:
    parts = (
        function("f", {"n": "number"}, "n", type="string"),
        function("g", {"n": "number"}, "n + 1"),
        decision("d", '[f(1), g("a"), g([1])]', knowledge=["f", "g"]),
    )
    assert model(*parts).evaluate("d", {}).value == [None, None, 2]


def test_a_service_is_evaluated_with_its_parameters() -> None:
    parts = (
        data("a", "number"),
        decision("inner", "a * 2", inputs=["a"], type="number"),
        decision("outer", "inner + a", inputs=["a"], decisions=["inner"]),
        service("all", ["outer"], inputs=["a"]),
        service("given", ["outer"], inputs=["a"], decisions=["inner"]),
        service("both", ["inner", "outer"], inputs=["a"]),
        decision("caller", "given(1, 10)", knowledge=["given"]),
    )
    built = model(*parts)
    assert built.evaluate("all", {"a": 3}).value == 9
    assert built.evaluate("given", {"a": 3, "inner": 1}).value == 4
    assert built.evaluate("both", {"a": 3}).value == {"inner": 6, "outer": 9}
    assert built.evaluate("caller", {}).value == 11


def test_inputs_are_made_to_be_of_their_types() -> None:
    parts = (
        item("tPerson", parts=component("name", "string") + component("born", "date")),
        data("p", "tPerson"),
        data("n", "number"),
        decision("d", '{age: date("2024-02-10").year - p.born.year, n: n}', inputs=["p", "n"]),
    )
    given = {"p": {"name": "Ann", "born": "2000-05-01"}, "n": [5]}
    assert model(*parts).evaluate("d", given).value == {"age": 24, "n": 5}
    wrong = model(*parts).evaluate("d", {"p": {"name": "Ann"}, "n": "five"})
    assert wrong.inputs == {"p": None, "n": None}
    assert len(wrong.warnings) >= 2


def test_a_missing_input_is_null_and_said_so() -> None:
    found = model(data("a"), decision("d", "a = null", inputs=["a"])).evaluate("d", {})
    assert found.value is True
    assert "'a' was not given" in found.warnings[0].message


def test_allowed_values_hold_for_types_and_their_collections() -> None:
    parts = (
        item("tGrade", "string", allowed='"A", "B"'),
        item("tGrades", "tGrade", many=True),
        decision("one", '"C"', type="tGrade"),
        decision("many", '["A", "B"]', type="tGrades"),
        decision("wrong", '["A", "C"]', type="tGrades"),
        decision("wrapped", '"A"', type="tGrades"),
        decision("instance", '"B" instance of tGrade'),
    )
    built = model(*parts)
    found = [built.evaluate(name, {}).value for name in ("one", "many", "wrong", "wrapped")]
    assert found == [None, ["A", "B"], None, ["A"]]
    assert built.evaluate("instance", {}).value is True


def test_now_is_the_moment_that_is_given() -> None:
    decided = model(decision("d", "today()"))
    assert decided.evaluate("d", {}, now=datetime(2024, 5, 1, tzinfo=UTC)).value == date(2024, 5, 1)


def test_a_model_uses_types_functions_and_decisions_of_another() -> None:
    shared = source(
        item("tRate", "number", allowed="[0..1]"),
        data("base", "tRate"),
        function("double", {"x": "number"}, "2 * x"),
        decision("rate", "base + 0.1", inputs=["base"], type="tRate"),
        namespace="urn:shared",
    )
    needs = ["urn:shared#rate"]
    using = source(
        f'<import name="shared lib" namespace="urn:shared" importType="{V15}"/>',
        decision(
            "d",
            "{r: shared lib.double(shared lib.rate), t: 2 instance of shared lib.tRate}",
            decisions=needs,
            knowledge=["urn:shared#double"],
        ),
    )
    built = read_package({"using.dmn": using, "shared.dmn": shared})["using.dmn"]
    found = built.evaluate("d", {"base": 0.2})
    assert str(found.value) == "{'r': Decimal('0.6'), 't': False}"
    assert found.inputs == {"urn:shared#base": found.inputs["urn:shared#base"]}
    assert read(using).findings[0].rule == "dmn.import.missing"


def test_models_that_import_each_other_are_refused() -> None:
    def importing(mine: str, other: str) -> bytes:
        return source(f'<import name="o" namespace="{other}" importType="{V15}"/>', namespace=mine)

    with pytest.raises(ModelRejected):
        read_package({"a.dmn": importing("urn:a", "urn:b"), "b.dmn": importing("urn:b", "urn:a")})


@pytest.mark.parametrize(
    "version",
    [
        "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
        "http://www.omg.org/spec/DMN/20180521/MODEL/",
        "https://www.omg.org/spec/DMN/20191111/MODEL/",
        "https://www.omg.org/spec/DMN/20211108/MODEL/",
        V15,
    ],
)
def test_every_version_of_dmn_is_read(version: str) -> None:
    body = decision("d", literal("1 + 1", typeRef="feel:number"))
    assert read(source(body, version=version)).evaluate("d", {}).value == 2


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"not xml",
        b"<definitions/>",
        b'<!DOCTYPE d [<!ENTITY a "b">]><d>&a;</d>',
        source().replace(b"urn:test", b""),
        b"<a>" * 500 + b"</a>" * 500,
    ],
)
def test_what_is_no_modest_dmn_file_is_refused(text: bytes) -> None:
    with pytest.raises(ModelRejected):
        read(text)


def test_the_inputs_that_a_decision_needs_are_told() -> None:
    built = model(
        data("a"),
        data("b"),
        data("unused"),
        function("f", {"x": ""}, "x"),
        decision("inner", "a", inputs=["a"]),
        decision("outer", "f(inner) + b", inputs=["b"], decisions=["inner"], knowledge=["f"]),
        decision("free", table(["amount"], [""], ["> limit => 1"])),
        service("s", ["outer"], inputs=["b"], decisions=["inner"]),
    )
    assert set(built.required_inputs("outer")) == {"a", "b"}
    assert built.required_inputs("free") == ("amount", "limit")
    assert "b" in built.required_inputs("s")


def test_a_chain_of_decisions_may_be_long() -> None:
    chain = [decision(f"d{n}", f"d{n - 1} + 1", decisions=[f"d{n - 1}"]) for n in range(1, 2000)]
    assert model(decision("d0", "0"), *chain).evaluate("d1999", {}).value == 1999
