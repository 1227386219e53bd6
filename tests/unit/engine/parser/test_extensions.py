"""Extensions, opsflow's own and those of other tools, come out as controls."""

from __future__ import annotations

import pytest

from opsflow.engine.expressions import Expression
from opsflow.engine.extensions import (
    GateRule,
    ProcedureStepKind,
    Rejection,
    TaskControls,
)
from opsflow.engine.parser import read
from tests.unit.engine.parser.diagrams import errors, file, findings, only_process, path, process


def controls(extensions: str = "", attributes: str = "", tag: str = "userTask") -> TaskControls:
    inner = f"<extensionElements>{extensions}</extensionElements>" if extensions else ""
    return only_process(f'<{tag} id="a" {attributes}>{inner}</{tag}>').nodes["a"].controls


def text(expression: Expression | None) -> str | None:
    return expression.text if expression else None


def test_responsibility() -> None:
    found = controls(
        '<o:responsibility responsible="buyer" accountable="head of purchasing" '
        'consulted="legal, tax" informed="requester" consult="required" consultWithin="P2D"/>'
    ).responsibility
    assert found is not None
    assert (found.responsible, found.accountable) == (("buyer",), ("head of purchasing",))
    assert (found.consulted, found.informed) == (("legal", "tax"), ("requester",))
    assert (found.consult_required, found.consult_within) == (True, "P2D")


def test_procedure_steps_keep_their_order() -> None:
    steps = controls(
        '<o:procedure><o:step id="quotes" kind="check" evidence="file">Three quotes\n  on file'
        '</o:step><o:step id="price" kind="measure" unit="CNY" min="0" max="= amount * 1.05" '
        'required="false">Price</o:step></o:procedure>'
    ).procedure
    assert [(s.id, s.kind, s.required) for s in steps] == [
        ("quotes", ProcedureStepKind.CHECK, True),
        ("price", ProcedureStepKind.MEASURE, False),
    ]
    assert (steps[0].text, steps[0].evidence) == ("Three quotes on file", "file")
    assert (text(steps[1].minimum), text(steps[1].maximum)) == ("0", "amount * 1.05")


def test_gates_with_tiers() -> None:
    gate = controls(
        '<o:gate id="release" at="entry" rule="quorum" votes="2" voters="finance,legal" '
        'veto="legal" onReject="fail" errorCode="no" outcome="decision" performerMayVote="true">'
        '<o:tier when="= amount &gt; 100000" voters="cfo"/></o:gate>'
    ).gates[0]
    assert (gate.id, gate.at, gate.rule, gate.votes) == ("release", "entry", GateRule.QUORUM, 2)
    assert (gate.voters, gate.veto) == (("finance", "legal"), ("legal",))
    assert (gate.on_reject, gate.error_code, gate.outcome) == (Rejection.FAIL, "no", "decision")
    assert gate.performer_may_vote
    assert [(t.text, t.voters) for t in gate.tiers] == [("amount > 100000", ("cfo",))]


def test_tiers_that_ask_a_decision() -> None:
    (gate,) = controls(
        '<o:gate id="g"><o:tier decision=" authority " otherwise="cfo, legal"/></o:gate>'
    ).gates
    (tier,) = gate.tiers
    assert (tier.decision, tier.otherwise) == ("authority", ("cfo", "legal"))
    assert (tier.when, tier.voters, tier.text) == (None, (), "authority")


def test_forms_instructions_and_mappings() -> None:
    found = controls(
        '<o:form ref="forms/a.json"/><o:instructions>Take care.</o:instructions>'
        '<o:cautions>Hot.</o:cautions><o:input source="= order.total" target="total"/>'
        '<o:output source="total * 2" target="doubled"/>'
    )
    assert (found.form, found.form_schema) == ("forms/a.json", None)
    assert (found.instructions, found.cautions) == ("Take care.", "Hot.")
    assert [(m.source.text, m.target) for m in found.inputs] == [("order.total", "total")]
    assert [(m.source.text, m.target) for m in found.outputs] == [("total * 2", "doubled")]
    assert controls("<o:form>{}</o:form>").form_schema == "{}"


def test_own_attributes() -> None:
    found = controls(attributes='o:assignee="ada" o:due="P2D" o:followUp="= d" o:priority="70"')
    assignment = found.assignment
    assert assignment.assignee is not None and assignment.assignee.literal
    assert (text(assignment.due), text(assignment.follow_up)) == ("P2D", "d")
    assert text(assignment.priority) == "70"
    assert controls(attributes='o:topic="crm.create"', tag="serviceTask").topic == "crm.create"


def test_process_controls() -> None:
    found = only_process(
        "<extensionElements>"
        '<o:responsibility accountable="owner"/><o:separation tasks="a b, c"/>'
        '<o:search name="amount" type="number"/><o:search name="supplier"/></extensionElements>'
    ).controls
    assert found.responsibility is not None
    assert found.responsibility.accountable == ("owner",)
    assert [rule.tasks for rule in found.separation] == [("a", "b", "c")]
    assert [(s.name, s.type) for s in found.search] == [("amount", "number"), ("supplier", "text")]


def test_owner_and_review_date() -> None:
    attributes = 'isExecutable="true" o:owner="head" o:reviewDate="2027-01-15"'
    found = read(file(process(path(), attributes=attributes))).processes["p"].controls
    assert (found.owner, found.review_date) == ("head", "2027-01-15")
    wrong = attributes.replace("2027-01-15", "next year")
    assert errors(file(process(path(), attributes=wrong))) == ["opsflow.extension.value"]


def test_correlation_is_found_at_event_task_or_message() -> None:
    source = file(
        '<message id="m" name="paid" o:correlation="= orderId"/>'
        '<message id="n" name="sent"><extensionElements><z:subscription correlationKey="= key"/>'
        "</extensionElements></message>",
        process(
            '<receiveTask id="a" messageRef="m"/><receiveTask id="b" messageRef="n"/>'
            '<receiveTask id="c" messageRef="m" o:correlation="= other"/>'
            '<intermediateCatchEvent id="d"><messageEventDefinition messageRef="m"/>'
            "</intermediateCatchEvent>"
        ),
    )
    nodes = read(source).processes["p"].nodes
    keys = [text(nodes[name].events[0].correlation) for name in "abcd"]
    assert keys == ["orderId", "key", "other", "orderId"]


@pytest.mark.parametrize(
    "namespace",
    [
        "http://camunda.org/schema/1.0/bpmn",
        "http://operaton.org/schema/1.0/bpmn",
        "http://flowable.org/bpmn",
        "http://activiti.org/bpmn",
    ],
)
def test_assignments_of_the_camunda_family(namespace: str) -> None:
    source = file(
        process(
            '<userTask id="a" f:assignee="${initiator}" f:candidateUsers="ada, bob" '
            'f:candidateGroups="${groups}" f:dueDate="2030-01-01" f:priority="7" '
            'f:formKey="forms/a.json"/>'
        )
    ).replace(b"<definitions ", f'<definitions xmlns:f="{namespace}" '.encode(), 1)
    found = read(source).processes["p"].nodes["a"].controls
    assert text(found.assignment.assignee) == "initiator"
    assert [(e.text, e.literal) for e in found.assignment.candidate_users] == [
        ("ada", True),
        ("bob", True),
    ]
    assert [(e.text, e.literal) for e in found.assignment.candidate_groups] == [("groups", False)]
    assert (text(found.assignment.due), text(found.assignment.priority)) == ("2030-01-01", "7")
    assert found.form == "forms/a.json"


def test_extensions_of_zeebe() -> None:
    found = controls(
        '<z:assignmentDefinition assignee="=owner" candidateGroups="a,b"/>'
        '<z:taskSchedule dueDate="=due" followUpDate="=later"/><z:priorityDefinition priority="9"/>'
        '<z:formDefinition formId="request"/><z:ioMapping><z:input source="=x" target="y"/>'
        '<z:output source="=y" target="z"/></z:ioMapping>'
    )
    assert (text(found.assignment.assignee), text(found.assignment.due)) == ("owner", "due")
    assert [e.text for e in found.assignment.candidate_groups] == ["a", "b"]
    assert found.form == "request"
    assert [m.target for m in (*found.inputs, *found.outputs)] == ["y", "z"]
    assert controls('<z:taskDefinition type="pay"/>', tag="serviceTask").topic == "pay"
    call = only_process(
        '<callActivity id="a"><extensionElements><z:calledElement processId="other"/>'
        "</extensionElements></callActivity>"
    )
    assert call.nodes["a"].called == "other"


def test_mappings_of_camunda() -> None:
    found = controls(
        '<c:inputOutput><c:inputParameter name="a">${x + 1}</c:inputParameter>'
        '<c:inputParameter name="b">plain "text"</c:inputParameter>'
        '<c:inputParameter name="l"><c:list><c:value>one</c:value><c:value>${x}</c:value></c:list>'
        '</c:inputParameter><c:inputParameter name="m"><c:map><c:entry key="k">v</c:entry></c:map>'
        '</c:inputParameter><c:outputParameter name="o">#{y}</c:outputParameter></c:inputOutput>'
    )
    assert {m.target: m.source.text for m in found.inputs} == {
        "a": "x + 1",
        "b": '"plain \\"text\\""',
        "l": '["one", x]',
        "m": '{"k": "v"}',
    }
    assert [(m.source.text, m.target) for m in found.outputs] == [("y", "o")]


def test_what_a_call_passes() -> None:
    found = controls(
        '<c:in source="a" target="b"/><c:in sourceExpression="${a + 1}" target="c"/>'
        '<c:in businessKey="#{execution.processBusinessKey}"/><c:out variables="all"/>',
        'calledElement="other"',
        "callActivity",
    )
    assert [(m.source.text, m.target) for m in found.inputs] == [("a", "b"), ("a + 1", "c")]
    assert found.outputs == ()


def test_extensions_of_spiffworkflow() -> None:
    found = controls(
        "<s:instructionsForEndUser>Read it.</s:instructionsForEndUser><s:properties>"
        '<s:property name="formJsonSchemaFilename" value="a.json"/></s:properties>'
    )
    assert (found.instructions, found.form) == ("Read it.", "a.json")


@pytest.mark.parametrize(
    "task",
    [
        '<serviceTask id="a" o:topic="t" c:delegateExpression="${bean}"/>',
        '<serviceTask id="a" o:topic="t" c:type="mail"/>',
        '<userTask id="a"><extensionElements><c:taskListener event="create"/></extensionElements>'
        "</userTask>",
        '<userTask id="a"><extensionElements><s:preScript>x = 1</s:preScript></extensionElements>'
        "</userTask>",
        '<userTask id="a"><extensionElements><c:inputOutput><c:inputParameter name="x">'
        "<c:script>1</c:script></c:inputParameter></c:inputOutput></extensionElements></userTask>",
    ],
)
def test_code_of_other_engines_is_refused_with_what_to_do_instead(task: str) -> None:
    found = [f for f in findings(file(process(path(task)))) if f.is_error]
    assert {f.rule for f in found} == {"opsflow.extension.foreign-code"}
    assert all(f.element == "a" and f.hint for f in found)


@pytest.mark.parametrize(
    "extension",
    [
        "<o:gates/>",
        '<o:gate id="g" voters="a" colour="red"/>',
        '<o:gate id="g" voters="a"><o:level/></o:gate>',
        '<o:procedure><o:stp id="a"/></o:procedure>',
        '<o:separation tasks="a b"/>',
        '<o:procedure><o:step id="a" kind="guess"/></o:procedure>',
        '<o:procedure><o:step id="a" required="yes"/></o:procedure>',
        '<o:procedure><o:step kind="check"/></o:procedure>',
        '<o:gate id="g" voters="a" votes="none"/>',
        '<o:gate id="g" voters="a"><o:tier voters="b"/></o:gate>',
        '<o:responsibility consultWithin="soon"/>',
        '<o:input source="= x" target="a.b"/>',
        '<o:input target="a"/>',
    ],
)
def test_a_slip_in_an_own_extension_is_an_error(extension: str) -> None:
    task = f'<userTask id="a"><extensionElements>{extension}</extensionElements></userTask>'
    found = errors(file(process(path(task))))
    assert found and all(rule.startswith("opsflow.extension.") for rule in found)


def test_an_unknown_own_attribute_is_an_error() -> None:
    assert errors(file(process(path('<userTask id="a" o:tpic="x"/>')))) == [
        "opsflow.extension.unknown"
    ]


def test_decorations_of_drawing_tools_are_remarked_once() -> None:
    tasks = [f'<task id="t{n}" x:colour="red"/>' for n in range(5)]
    found = findings(file(process(path(*tasks))))
    assert [f.rule for f in found] == ["opsflow.extension.not-used"]
