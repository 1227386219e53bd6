"""Names and types that cannot be right, told before a process runs; nothing is guessed."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from opsflow.decisions import DecisionModel
from opsflow.definitions import Draft, check_dataflow
from opsflow.definitions.variables import declared_variables
from opsflow.engine import read_model
from tests.models import flows, human, model, simple
from tests.unit.decisions.models import data, decision
from tests.unit.decisions.models import model as dmn

FORM = {
    "type": "object",
    "properties": {
        "amount": {"type": "number"},
        "quantity": {"type": "integer"},
        "urgent": {"type": "boolean"},
        "category": {"enum": ["it", "office"]},
        "needed_by": {"type": "string", "format": "date"},
        "code": {"enum": ["a", 1]},
        "lines": {"type": "array"},
    },
    "additionalProperties": False,
}


def form(schema: Mapping[str, object] = FORM) -> str:
    return f"<opsflow:form><![CDATA[{json.dumps(schema)}]]></opsflow:form>"


def draft(condition: str = "", more: str = "", controls: str | None = None) -> Draft:
    """A task with a form, and then a choice."""
    test = f"choose>one?{condition}" if condition else "choose>one"
    body = "\n".join(
        [
            '<startEvent id="s"/>',
            human("fill", form() if controls is None else controls),
            '<exclusiveGateway id="choose" default="f3"/><endEvent id="one"/><endEvent id="two"/>',
            flows("s>fill", "fill>choose", test, "choose>two"),
            more,
        ]
    )
    process = read_model(model(body)).processes["p"]
    return Draft(process, {}, "matrix")


def found(
    condition: str = "", more: str = "", controls: str | None = None
) -> list[tuple[str, str]]:
    findings = check_dataflow(draft(condition, more, controls), lambda _key: None)
    return [(finding.rule, finding.message) for finding in findings]


def asked(dmn_model: DecisionModel, controls: str | None = None) -> list[tuple[str, str]]:
    task = '<businessRuleTask id="rules" opsflow:decision="d"/>'
    findings = check_dataflow(draft(more=task, controls=controls), lambda _key: dmn_model)
    return [(finding.rule, str(finding.severity)) for finding in findings]


@pytest.mark.parametrize(
    "condition",
    [
        "amount > 1000",
        "quantity * amount >= 5",
        'category = "it" and urgent',
        'needed_by > date("2027-01-01")',
        'needed_by = "2027-01-01"',
        'code = "a" or code = 1',
        "some line in lines satisfies line.price > 3",
        "given_at_the_start = 5",
        "amount2 > 5",
        "count(lines) > 2",
    ],
)
def test_what_may_be_right_is_left_alone(condition: str) -> None:
    assert found(condition) == []


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ('amount > "1000"', "number > string"),
        ("category = 5", "string = number"),
        ("amount + category > 3", "number + string"),
        ("urgent and amount", "and of number"),
    ],
)
def test_values_of_two_types_are_told(condition: str, message: str) -> None:
    ((rule, said),) = found(condition)
    assert rule == "opsflow.variable.type"
    assert message in said


def test_a_name_that_is_nearly_another_is_told() -> None:
    ((rule, said),) = found("amout > 1000")
    assert rule == "opsflow.variable.name"
    assert "'amout'" in said
    assert "'amount'" in said


def test_a_variable_that_is_declared_in_two_ways_may_be_of_any_type() -> None:
    mapping = '<opsflow:output source="= 5" target="amount"/>'
    rules = f"""<businessRuleTask id="r" opsflow:decision="x"><extensionElements>{mapping}
        </extensionElements></businessRuleTask>"""
    assert found('amount > "x"', more=rules) == []


def test_tiers_and_loops_are_conditions_too() -> None:
    tier = (
        '<opsflow:gate id="g" voters="a"><opsflow:tier when="= amout &gt; 1" voters="b"/>'
        "</opsflow:gate>"
    )
    assert [rule for rule, _ in found(controls=form() + tier)] == ["opsflow.variable.name"]


def test_what_a_decision_reads_is_held_against_the_forms() -> None:
    fits = dmn(data("amount", "number"), decision("d", "amount", inputs=["amount"]))
    assert asked(fits) == []
    clash = dmn(data("amount", "string"), decision("d", "amount", inputs=["amount"]))
    assert asked(clash) == [("opsflow.call.decision-type", "warning")]
    dated = dmn(data("needed_by", "date"), decision("d", "needed_by", inputs=["needed_by"]))
    assert asked(dated) == []


def test_a_text_is_taken_as_a_date() -> None:
    text = form({"properties": {"day": {"type": "string"}}, "additionalProperties": False})
    dated = dmn(data("day", "date"), decision("d", "day", inputs=["day"]))
    assert asked(dated, text) == []


def test_an_input_that_nothing_gives_is_told_where_nothing_else_can_give_it() -> None:
    region = dmn(data("region"), decision("d", "region", inputs=["region"]))
    assert asked(region) == [("opsflow.call.decision-input", "information")]
    assert asked(region, controls="") == []
    near = dmn(data("amounts"), decision("d", "amounts", inputs=["amounts"]))
    assert asked(near) == [("opsflow.variable.name", "warning")]


@pytest.mark.parametrize(
    "more",
    [
        '<serviceTask id="x" opsflow:topic="t"/>',
        '<receiveTask id="x"/>',
        '<callActivity id="x" calledElement="other"/>',
        '<businessRuleTask id="x" opsflow:topic="t"/>',
    ],
)
def test_a_handler_or_message_may_give_anything(more: str) -> None:
    assert declared_variables(draft().process, {}).closed
    assert not declared_variables(draft(more=more).process, {}).closed


def test_gates_loops_and_decisions_declare_variables() -> None:
    gate = '<opsflow:gate id="g" voters="a" outcome="verdict"/>'
    rules = '<businessRuleTask id="r" opsflow:decision="x" opsflow:result="tariff"/>'
    declared = declared_variables(draft(more=rules, controls=form() + gate).process, {})
    assert declared.types["verdict"] == "string"
    assert declared.types["tariff"] is None
    assert declared.types["lines"] is None


def test_to_be_searched_by_declares_a_name_and_takes_no_type_away() -> None:
    names = ("amount", "region")
    search = "".join(f'<opsflow:search name="{name}" type="text"/>' for name in names)
    source = simple(human("fill", form()), key="p", process=search)
    declared = declared_variables(read_model(source).processes["p"], {})
    assert declared.types["amount"] == "number"
    assert declared.types["region"] is None
