"""Per rule a model that breaks it, and the model mended."""

from __future__ import annotations

from tests.unit.engine.parser.diagrams import flow, path, process

MESSAGE = '<message id="m" name="paid"/>'
CATCH_MESSAGE = '<messageEventDefinition messageRef="m"/>'
TIMER = "<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>"
TASK = '<task id="a"/>'


def task(inner: str = "", attributes: str = "") -> str:
    """One task on a path through a process."""
    return process(path(f'<task id="a" {attributes}>{inner}</task>'))


def user(inner: str = "", attributes: str = "") -> str:
    """One user task, with extensions."""
    extensions = f"<extensionElements>{inner}</extensionElements>" if inner else ""
    return process(path(f'<userTask id="a" {attributes}>{extensions}</userTask>'))


def timer(value: str, kind: str = "timeDuration") -> str:
    """A timer event on a path."""
    inner = f"<timerEventDefinition><{kind}>{value}</{kind}></timerEventDefinition>"
    return process(path(f'<intermediateCatchEvent id="t">{inner}</intermediateCatchEvent>'))


def boundary(event: str, attributes: str = "", host: str = TASK, extra: str = "") -> str:
    """An activity ``a`` with a boundary event ``b`` that leads to a second end."""
    return process(
        path(host),
        f'<boundaryEvent id="b" attachedToRef="a" {attributes}>{event}</boundaryEvent>',
        '<endEvent id="other"/>',
        flow("b", "other"),
        extra,
    )


def choice(gateway: str, attributes: str = "", first: str = "", second: str = "") -> str:
    """A gateway ``g`` that leads to the ends ``x`` and ``y``."""
    return process(
        f'<startEvent id="start"/><{gateway} id="g" {attributes}/>',
        '<endEvent id="x"/><endEvent id="y"/>',
        flow("start", "g"),
        flow("g", "x", first),
        flow("g", "y", second),
    )


def race(first: str, second: str, attributes: str = "", extra: str = "") -> str:
    """An event-based gateway ``g`` before the nodes ``u`` and ``v``."""
    return process(
        f'<startEvent id="start"/><eventBasedGateway id="g" {attributes}/>{first}{second}',
        '<endEvent id="x"/>',
        flow("start", "g"),
        flow("g", "u"),
        flow("g", "v"),
        flow("u", "x"),
        flow("v", "x"),
        extra,
    )


def catch(id: str, inner: str = TIMER) -> str:
    """A catching intermediate event."""
    return f'<intermediateCatchEvent id="{id}">{inner}</intermediateCatchEvent>'


def links(throwing: str, catching: str, extra: str = "") -> str:
    """A jump from ``u`` to ``v``."""
    link = '<linkEventDefinition name="{}"/>'
    return process(
        '<startEvent id="start"/><endEvent id="end"/>',
        f'<intermediateThrowEvent id="u">{link.format(throwing)}</intermediateThrowEvent>',
        f'<intermediateCatchEvent id="v">{link.format(catching)}</intermediateCatchEvent>',
        flow("start", "u"),
        flow("v", "end"),
        extra,
    )


def inside(kind: str, inner: str, attributes: str = "") -> str:
    """A subprocess ``sub`` on a path."""
    return process(path(f'<{kind} id="sub" {attributes}>{inner}</{kind}>'))


def event_sub_process(inner: str, extra: str = "") -> str:
    """An event subprocess ``sub`` beside a path."""
    return process(
        path(TASK), f'<subProcess id="sub" triggeredByEvent="true">{inner}</subProcess>', extra
    )


def pools(messages: str) -> str:
    """Two pools, the second with the process ``p``."""
    return (
        MESSAGE + '<collaboration id="c"><participant id="buyer"/>'
        f'<participant id="seller" processRef="p"/>{messages}</collaboration>'
        + process(path(catch("wait", CATCH_MESSAGE)))
    )


def message_flow(source: str, target: str) -> str:
    """A message flow."""
    return f'<messageFlow id="mf" sourceRef="{source}" targetRef="{target}"/>'


def with_data(specification: str, rest: str = "", before: str = "") -> str:
    """A task with data."""
    items = (
        '<itemDefinition id="text" structureRef="String"/>'
        '<itemDefinition id="number" structureRef="int"/>'
        '<itemDefinition id="texts" structureRef="String" isCollection="true"/>'
    )
    return items + task(f"<ioSpecification>{specification}</ioSpecification>{rest}") + before


def invoking(data_item: str) -> str:
    """A service task that invokes an operation."""
    return (
        '<itemDefinition id="text" structureRef="String"/>'
        '<itemDefinition id="number" structureRef="int"/>'
        '<message id="m" name="in" itemRef="text"/>'
        '<interface id="i" name="i"><operation id="op" name="op">'
        "<inMessageRef>m</inMessageRef></operation></interface>"
        + process(
            path(
                '<serviceTask id="a" operationRef="op" o:topic="t"><ioSpecification>'
                f'<dataInput id="d" itemSubjectRef="{data_item}"/>'
                "<inputSet><dataInputRefs>d</dataInputRefs></inputSet><outputSet/>"
                "</ioSpecification></serviceTask>"
            )
        )
    )


def bound(data_item: str) -> str:
    """A process bound to an operation."""
    return (
        '<itemDefinition id="text" structureRef="String"/>'
        '<itemDefinition id="number" structureRef="int"/>'
        '<message id="m" name="in" itemRef="text"/>'
        '<interface id="i" name="i"><operation id="op" name="op">'
        "<inMessageRef>m</inMessageRef></operation></interface>"
        + process(
            f'<ioSpecification><dataInput id="d" itemSubjectRef="{data_item}"/>'
            "<inputSet><dataInputRefs>d</dataInputRefs></inputSet>"
            '<outputSet id="s"/></ioSpecification>'
            '<ioBinding operationRef="op" inputDataRef="d" outputDataRef="s"/>' + path(TASK)
        )
    )


def repeated(inner: str, attributes: str = "") -> str:
    """A multi-instance task."""
    return task(
        f"<multiInstanceLoopCharacteristics {attributes}>{inner}</multiInstanceLoopCharacteristics>"
    )


def over(item: str) -> str:
    """A multi-instance task over the data object ``rows``."""
    return (
        '<itemDefinition id="text" structureRef="String"/>'
        '<itemDefinition id="number" structureRef="int"/>'
        '<itemDefinition id="texts" structureRef="String" isCollection="true"/>'
        + task(
            '<ioSpecification><dataInput id="d" name="rows" itemSubjectRef="texts" '
            'isCollection="true"/><inputSet><dataInputRefs>d</dataInputRefs></inputSet><outputSet/>'
            "</ioSpecification><multiInstanceLoopCharacteristics>"
            "<loopDataInputRef>d</loopDataInputRef>"
            f'<inputDataItem id="one" name="row" itemSubjectRef="{item}"/>'
            "</multiInstanceLoopCharacteristics>"
        )
    )


COMPENSATED = '<task id="undo" isForCompensation="true"/>'
GATE = '<o:gate id="g" rule="all" voters="boss"/>'
GOOD = task()
DRAWING = (
    '<BPMNDiagram xmlns="http://www.omg.org/spec/BPMN/20100524/DI"><BPMNPlane bpmnElement="p">'
    '<BPMNShape id="shape" bpmnElement="a"><Bounds xmlns="http://www.omg.org/spec/DD/20100524/DC" '
    'x="1" y="1" width="{}" height="1"/></BPMNShape></BPMNPlane></BPMNDiagram>'
)


def compensated(extra: str) -> str:
    """A task with a compensation activity."""
    return process(
        path(TASK),
        '<boundaryEvent id="b" attachedToRef="a"><compensateEventDefinition/></boundaryEvent>',
        COMPENSATED,
        extra,
        '<association id="as" sourceRef="b" targetRef="undo"/>',
    )


def joined(split: str, join: str = "") -> str:
    """Two tasks between a gateway and another, and one behind them."""
    condition = "= x" if split == "exclusiveGateway" else ""
    return process(
        f'<startEvent id="start"/><{split} id="g"/><task id="a"/><task id="b"/>',
        f'<{join or split} id="j"/><task id="c"/><endEvent id="end"/>',
        flow("start", "g") + flow("g", "a", condition) + flow("g", "b", condition),
        flow("a", "j") + flow("b", "j") + flow("j", "c") + flow("c", "end"),
    )


def wide(ways: int) -> str:
    """An inclusive gateway with several conditional flows."""
    return process(
        '<startEvent id="start"/><inclusiveGateway id="g"/><endEvent id="end"/>',
        flow("start", "g"),
        *(flow("g", "end", "= x", id=f"f{n}") for n in range(ways)),
    )


def two_with_data(target: str) -> str:
    """Two tasks with a data input each, and an association into one of them."""
    data = (
        '<ioSpecification><dataInput id="{0}" name="{0}"/><inputSet>'
        "<dataInputRefs>{0}</dataInputRefs></inputSet><outputSet/></ioSpecification>"
    )
    association = (
        "<dataInputAssociation><sourceRef>data</sourceRef>"
        f"<targetRef>{target}</targetRef></dataInputAssociation>"
    )
    return process(
        path(
            f'<task id="a">{data.format("mine")}{association}</task>',
            f'<task id="b">{data.format("other")}</task>',
        ),
        '<dataObject id="data" name="data"/>',
    )


def looping(inner: str) -> str:
    """A task that is repeated."""
    return task(f"<standardLoopCharacteristics>{inner}</standardLoopCharacteristics>")


ERROR = '<error id="e" errorCode="1"/>'
ERROR_END = '<errorEventDefinition errorRef="e"/>'

BREACHES: dict[str, tuple[str, str]] = {
    # Reading
    "bpmn.file.schema": (task("<unheardOf/>"), GOOD),
    "bpmn.diagram.schema": (GOOD + DRAWING.format("wide"), GOOD + DRAWING.format("1")),
    "bpmn.element.repeated-id": (
        process(path(TASK), '<dataObject id="a"/>'),
        process(path(TASK), '<dataObject id="data"/>'),
    ),
    "bpmn.process.no-id": (f"<process>{path(prefix='q')}</process>{process(TASK)}", GOOD),
    "bpmn.node.no-id": (
        event_sub_process(path(prefix="e", start=TIMER)).replace('id="sub" ', ""),
        event_sub_process(path(prefix="e", start=TIMER)),
    ),
    "bpmn.reference.unresolved": (
        process(path(catch("t", '<signalEventDefinition signalRef="gone"/>'))),
        '<signal id="gone" name="s"/>'
        + process(path(catch("t", '<signalEventDefinition signalRef="gone"/>'))),
    ),
    "bpmn.element.number": (task(attributes=f'startQuantity="{"9" * 5000}"'), GOOD),
    "bpmn.data.nameless": (over("text").replace('name="rows"', 'name="all rows"'), over("text")),
    "bpmn.process.executable-unset": (process(path(TASK), attributes=""), GOOD),
    "opsflow.expression.language": (
        choice("exclusiveGateway", first="x", second="y").replace(
            "<conditionExpression>",
            '<conditionExpression xsi:type="tFormalExpression" language="groovy">',
        ),
        choice("exclusiveGateway", first="= x", second="= y"),
    ),
    "opsflow.expression.untranslatable": (
        choice("exclusiveGateway", first="${bean.decide(x)}", second="= y"),
        choice("exclusiveGateway", first="${x == 1}", second="= y"),
    ),
    "opsflow.expression.translated": (
        choice("exclusiveGateway", first="${x == 1}", second="= y"),
        choice("exclusiveGateway", first="= x = 1", second="= y"),
    ),
    "opsflow.extension.unknown": (
        user('<o:responsibility responsable="clerk"/>'),
        user('<o:responsibility responsible="clerk"/>'),
    ),
    "opsflow.extension.misplaced": (
        process(path(TASK)).replace("<startEvent", '<startEvent o:due="P1D"'),
        user(attributes='o:due="P1D"'),
    ),
    "opsflow.extension.missing": (user('<o:gate voters="boss"/>'), user(GATE)),
    "opsflow.extension.value": (user(GATE.replace("all", "most")), user(GATE)),
    "opsflow.extension.repeated": (user(GATE + GATE), user(GATE)),
    "opsflow.extension.foreign-code": (
        process(path('<serviceTask id="a" o:topic="t" c:class="com.Foo"/>')),
        process(path('<serviceTask id="a" o:topic="t"/>')),
    ),
    "opsflow.extension.missed": (
        process(path(TASK)).replace("<startEvent", '<startEvent c:initiator="who"'),
        GOOD,
    ),
    "opsflow.extension.not-used": (task(attributes='x:colour="red"'), GOOD),
    # Structure
    "bpmn.process.not-executable": (process(path(TASK), attributes='isExecutable="false"'), GOOD),
    "bpmn.process.empty": (process(), GOOD),
    "bpmn.flow.dangling": (process(path(TASK), flow("a", "gone")), GOOD),
    "bpmn.flow.across-scopes": (
        process(path(TASK, '<subProcess id="sub"><task id="in"/></subProcess>'), flow("a", "in")),
        process(path(TASK, '<subProcess id="sub"><task id="in"/></subProcess>')),
    ),
    "bpmn.flow.into-start": (process(path(TASK), flow("a", "start")), GOOD),
    "bpmn.flow.out-of-end": (process(path(TASK), flow("end", "a")), GOOD),
    "bpmn.flow.default": (
        task(attributes='default="start_a"'),
        task(attributes='default="a_end"'),
    ),
    "bpmn.flow.default-condition": (
        choice("exclusiveGateway", 'default="g_x"', first="= a", second="= b"),
        choice("exclusiveGateway", 'default="g_x"', second="= b"),
    ),
    "bpmn.flow.event-condition": (
        process(path(TASK), '<endEvent id="e"/>', flow("start", "e", "= x")),
        process(path(TASK), '<endEvent id="e"/>', flow("start", "e")),
    ),
    "bpmn.scope.no-start": (process(TASK, '<endEvent id="e"/>', flow("a", "e")), GOOD),
    "bpmn.scope.no-end": (process('<startEvent id="s"/>', TASK, flow("s", "a")), GOOD),
    "bpmn.node.no-incoming": (process(path(TASK), '<task id="lost"/>', flow("lost", "end")), GOOD),
    "bpmn.node.no-outgoing": (process(path(TASK), '<task id="b"/>', flow("a", "b")), GOOD),
    "bpmn.flow.single-condition": (
        process('<startEvent id="s"/>', TASK, flow("s", "a"), '<endEvent id="e"/>').replace(
            "</process>", flow("a", "e", "= x") + "</process>"
        ),
        process('<startEvent id="s"/>', TASK, flow("s", "a"), '<endEvent id="e"/>').replace(
            "</process>", flow("a", "e") + "</process>"
        ),
    ),
    "bpmn.node.unreachable": (
        process(path(TASK), '<task id="u"/><task id="v"/>', flow("u", "v"), flow("v", "u")),
        GOOD,
    ),
    "bpmn.boundary.attached": (
        boundary(TIMER).replace('attachedToRef="a"', 'attachedToRef="start"'),
        boundary(TIMER),
    ),
    "bpmn.boundary.no-outgoing": (
        process(path(TASK), f'<boundaryEvent id="b" attachedToRef="a">{TIMER}</boundaryEvent>'),
        boundary(TIMER),
    ),
    "bpmn.lane.node": (
        process('<laneSet><lane id="l"><flowNodeRef>gone</flowNodeRef></lane></laneSet>', path()),
        process('<laneSet><lane id="l"><flowNodeRef>start</flowNodeRef></lane></laneSet>', path()),
    ),
    # Gateways
    "bpmn.gateway.direction": (
        choice("parallelGateway", 'gatewayDirection="Converging"'),
        choice("parallelGateway", 'gatewayDirection="Diverging"'),
    ),
    "bpmn.gateway.exclusive-condition": (
        choice("exclusiveGateway", first="= a"),
        choice("exclusiveGateway", 'default="g_y"', first="= a"),
    ),
    "bpmn.gateway.inclusive-condition": (
        choice("inclusiveGateway", first="= a"),
        choice("inclusiveGateway", 'default="g_y"', first="= a"),
    ),
    "bpmn.gateway.no-default": (
        choice("exclusiveGateway", first="= a", second="= b"),
        choice("exclusiveGateway", 'default="g_y"', first="= a"),
    ),
    "bpmn.gateway.ignored-condition": (
        choice("parallelGateway", first="= a"),
        choice("parallelGateway"),
    ),
    "bpmn.gateway.event-count": (
        process(path('<eventBasedGateway id="g"/>', catch("u"))),
        race(catch("u"), catch("v")),
    ),
    "bpmn.gateway.event-target": (race(catch("u"), '<task id="v"/>'), race(catch("u"), catch("v"))),
    "bpmn.gateway.event-messages": (
        MESSAGE + race(catch("u", CATCH_MESSAGE), '<receiveTask id="v" messageRef="m"/>'),
        MESSAGE + race(catch("u", CATCH_MESSAGE), catch("v")),
    ),
    "bpmn.gateway.event-boundary": (
        race(
            catch("u"),
            '<receiveTask id="v"/>',
            extra=f'<boundaryEvent id="b" attachedToRef="v">{TIMER}</boundaryEvent>'
            + flow("b", "x"),
        ),
        race(catch("u"), '<receiveTask id="v"/>'),
    ),
    "bpmn.gateway.event-incoming": (
        race(catch("u"), catch("v"), extra=flow("start", "v")),
        race(catch("u"), catch("v")),
    ),
    "bpmn.gateway.instantiating-incoming": (
        race(catch("u"), catch("v"), 'instantiate="true"'),
        race(catch("u"), catch("v")),
    ),
    "bpmn.gateway.parallel-events": (
        race(catch("u"), catch("v"), 'eventGatewayType="Parallel"'),
        race(catch("u"), catch("v")),
    ),
    # Events
    "bpmn.event.position": (
        process(path(TASK, start="<terminateEventDefinition/>")),
        process(path(TASK, end="<terminateEventDefinition/>")),
    ),
    "bpmn.event.no-definition": (process(path(catch("t", ""))), process(path(catch("t")))),
    "bpmn.event.no-message": (
        process(path(catch("t", "<messageEventDefinition/>"))),
        MESSAGE + process(path(catch("t", CATCH_MESSAGE))),
    ),
    "bpmn.event.no-signal": (
        process(path(catch("t", "<signalEventDefinition/>"))),
        '<signal id="s"/>' + process(path(catch("t", '<signalEventDefinition signalRef="s"/>'))),
    ),
    "bpmn.event.no-code": (
        process(path(TASK, end="<errorEventDefinition/>")),
        '<error id="e" errorCode="1"/>'
        + process(path(TASK, end='<errorEventDefinition errorRef="e"/>')),
    ),
    "bpmn.event.no-time": (
        process(path(catch("t", "<timerEventDefinition/>"))),
        process(path(catch("t"))),
    ),
    "bpmn.event.no-condition": (
        process(
            path(
                catch("t", "<conditionalEventDefinition><condition/></conditionalEventDefinition>")
            )
        ),
        process(
            path(
                catch(
                    "t",
                    "<conditionalEventDefinition><condition>= x</condition>"
                    "</conditionalEventDefinition>",
                )
            )
        ),
    ),
    "bpmn.event.cancel": (
        process(path(TASK, end="<cancelEventDefinition/>")),
        inside("transaction", path(TASK, end="<cancelEventDefinition/>", prefix="in")),
    ),
    "bpmn.event.link-flow": (links("l", "l", flow("u", "end")), links("l", "l")),
    "bpmn.event.link-pair": (links("there", "elsewhere"), links("l", "l")),
    "bpmn.event.definition-reference": (
        process(
            path(
                catch(
                    "t",
                    '<timerEventDefinition id="d"><timeDuration>PT1H</timeDuration>'
                    "</timerEventDefinition>",
                ),
                catch("u", "<eventDefinitionRef>d</eventDefinitionRef>"),
            )
        ),
        '<timerEventDefinition id="d"><timeDuration>PT1H</timeDuration></timerEventDefinition>'
        + process(path(catch("u", "<eventDefinitionRef>d</eventDefinitionRef>"))),
    ),
    "bpmn.event.compensation-handler": (
        boundary("<compensateEventDefinition/>").replace(flow("b", "other"), ""),
        compensated(""),
    ),
    "bpmn.event.compensation-flow": (
        compensated(flow("b", "end")),
        compensated(""),
    ),
    "bpmn.event.compensated-activity": (
        process(path(TASK, end='<compensateEventDefinition activityRef="p"/>')),
        process(path(TASK, end='<compensateEventDefinition activityRef="a"/>')),
    ),
    # Activities
    "bpmn.event-subprocess.flow": (
        event_sub_process(path(prefix="e", start=TIMER), flow("a", "sub")),
        event_sub_process(path(prefix="e", start=TIMER)),
    ),
    "bpmn.event-subprocess.start": (
        event_sub_process('<task id="in"/>'),
        event_sub_process(path(prefix="e", start=TIMER)),
    ),
    "bpmn.activity.quantity": (task(attributes='startQuantity="0"'), GOOD),
    "bpmn.multi-instance.number": (
        repeated(""),
        repeated("<loopCardinality>3</loopCardinality>"),
    ),
    "bpmn.loop.endless": (
        task("<standardLoopCharacteristics/>"),
        task('<standardLoopCharacteristics loopMaximum="3"/>'),
    ),
    "bpmn.loop.maximum": (
        task('<standardLoopCharacteristics loopMaximum="-3"/>'),
        task('<standardLoopCharacteristics loopMaximum="3"/>'),
    ),
    "bpmn.call.nothing": (
        process(path('<callActivity id="a"/>')),
        process(path('<callActivity id="a" calledElement="other"/>')),
    ),
    "bpmn.call.start": (
        process(path('<callActivity id="a" calledElement="q"/>'))
        + f'<process id="q" isExecutable="true">{path(start=TIMER, prefix="q")}</process>',
        process(path('<callActivity id="a" calledElement="q"/>'))
        + f'<process id="q" isExecutable="true">{path(prefix="q")}</process>',
    ),
    "opsflow.task.no-topic": (
        process(path('<serviceTask id="a"/>')),
        process(path('<serviceTask id="a" o:topic="crm.create"/>')),
    ),
    "opsflow.task.topic-expression": (
        process(path('<serviceTask id="a" o:topic="= system"/>')),
        process(path('<serviceTask id="a" o:topic="crm"/>')),
    ),
    "opsflow.task.sends-nothing": (
        process(path('<sendTask id="a"/>')),
        MESSAGE + process(path('<sendTask id="a" messageRef="m"/>')),
    ),
    "bpmn.task.receives-anything": (
        process(path('<receiveTask id="a"/>')),
        MESSAGE + process(path('<receiveTask id="a" messageRef="m"/>')),
    ),
    "bpmn.task.instantiating-incoming": (
        MESSAGE + process(path('<receiveTask id="a" messageRef="m" instantiate="true"/>')),
        MESSAGE + process(path('<receiveTask id="a" messageRef="m"/>')),
    ),
    "bpmn.task.no-script": (process(path('<scriptTask id="a"/>')), GOOD),
    "bpmn.compensation.flow": (task(attributes='isForCompensation="true"'), GOOD),
    "bpmn.subprocess.empty": (inside("subProcess", ""), inside("subProcess", TASK)),
    "bpmn.ad-hoc.empty": (inside("adHocSubProcess", ""), inside("adHocSubProcess", TASK)),
    "bpmn.ad-hoc.event": (
        inside("adHocSubProcess", path(TASK, prefix="in")),
        inside("adHocSubProcess", TASK),
    ),
    "bpmn.choreography.in-process": (
        process(
            path(TASK),
            '<callChoreography id="ch" initiatingParticipantRef="x">'
            "<participantRef>x</participantRef><participantRef>y</participantRef>"
            "</callChoreography>",
        ),
        GOOD,
    ),
    "opsflow.script.not-trusted": (
        process(
            path('<scriptTask id="a" scriptFormat="python"><script>x = 1</script></scriptTask>')
        ),
        GOOD,
    ),
    # Data
    "bpmn.data.collection": (
        '<itemDefinition id="texts" isCollection="true"/>'
        + process(path(TASK), '<dataObject id="d" itemSubjectRef="texts"/>'),
        '<itemDefinition id="texts" isCollection="true"/>'
        + process(path(TASK), '<dataObject id="d" itemSubjectRef="texts" isCollection="true"/>'),
    ),
    "bpmn.data.set-member": (
        with_data(
            '<dataInput id="d"/><inputSet><optionalInputRefs>d</optionalInputRefs></inputSet>'
            "<outputSet/>"
        ),
        with_data(
            '<dataInput id="d"/><inputSet><dataInputRefs>d</dataInputRefs>'
            "<optionalInputRefs>d</optionalInputRefs></inputSet><outputSet/>"
        ),
    ),
    "bpmn.data.set-pair": (
        with_data(
            '<inputSet id="i"><outputSetRefs>o</outputSetRefs></inputSet><outputSet id="o"/>'
        ),
        with_data(
            '<inputSet id="i"><outputSetRefs>o</outputSetRefs></inputSet>'
            '<outputSet id="o"><inputSetRefs>i</inputSetRefs></outputSet>'
        ),
    ),
    "bpmn.data.association-end": (
        with_data(
            '<dataInput id="d"/><dataOutput id="e"/><inputSet/><outputSet/>',
            "<dataOutputAssociation><sourceRef>e</sourceRef><targetRef>d</targetRef>"
            "</dataOutputAssociation>",
        ),
        with_data(
            '<dataOutput id="e"/><inputSet/>'
            "<outputSet><dataOutputRefs>e</dataOutputRefs></outputSet>",
            "<dataOutputAssociation><sourceRef>e</sourceRef><targetRef>e</targetRef>"
            "</dataOutputAssociation>",
        ),
    ),
    "bpmn.data.operation": (invoking("number"), invoking("text")),
    "bpmn.data.received": (
        MESSAGE
        + process(
            path(
                '<receiveTask id="a" messageRef="m"><ioSpecification><dataOutput id="d"/>'
                '<dataOutput id="e"/><inputSet/><outputSet/></ioSpecification></receiveTask>'
            )
        ),
        MESSAGE
        + process(
            path(
                '<receiveTask id="a" messageRef="m"><ioSpecification><dataOutput id="d"/>'
                "<inputSet/><outputSet><dataOutputRefs>d</dataOutputRefs></outputSet></ioSpecification></receiveTask>"
            )
        ),
    ),
    "bpmn.data.binding": (bound("number"), bound("text")),
    "bpmn.data.loop-item": (over("number"), over("text")),
    # Collaboration
    "bpmn.message-flow.end": (
        pools(message_flow("buyer", "end")),
        pools(message_flow("buyer", "wait")),
    ),
    "bpmn.message-flow.inside": (
        pools(message_flow("seller", "wait")),
        pools(message_flow("buyer", "wait")),
    ),
    "bpmn.participant.multiplicity": (
        pools(
            '<participant id="c2"><participantMultiplicity minimum="3" maximum="2"/></participant>'
        ),
        pools(
            '<participant id="c2"><participantMultiplicity minimum="2" maximum="3"/></participant>'
        ),
    ),
    "bpmn.artifact.text-format": (
        process(path(TASK), '<textAnnotation id="t" textFormat="plain"/>'),
        process(path(TASK), '<textAnnotation id="t" textFormat="text/plain"/>'),
    ),
    "bpmn.flow.references": (
        task("<incoming>start_a</incoming><outgoing>gone</outgoing>"),
        GOOD,
    ),
    # Expressions
    "opsflow.expression.syntax": (
        choice("exclusiveGateway", first="= x &gt;", second="= y"),
        choice("exclusiveGateway", first="= x &gt; 1", second="= y"),
    ),
    "bpmn.expression.constant-condition": (
        choice("exclusiveGateway", first="23", second="= y"),
        choice("exclusiveGateway", first="= x = 23", second="= y"),
    ),
    "bpmn.expression.empty-cardinality": (
        repeated("<loopCardinality> </loopCardinality>", 'c:collection="rows"'),
        repeated("", 'c:collection="rows"'),
    ),
    "bpmn.expression.empty-condition": (
        task(
            '<standardLoopCharacteristics loopMaximum="3"><loopCondition/>'
            "</standardLoopCharacteristics>"
        ),
        task('<standardLoopCharacteristics loopMaximum="3"/>'),
    ),
    "bpmn.timer.value": (timer("soon"), timer("PT1H")),
    "bpmn.timer.local-time": (
        timer("2030-01-01T08:00:00", "timeDate"),
        timer("2030-01-01T08:00:00Z", "timeDate"),
    ),
    # Capabilities
    "opsflow.unsupported.node": (process(path('<manualTask id="a"/>')), GOOD),
    "opsflow.unsupported.event": (
        MESSAGE + process(path(catch("t", CATCH_MESSAGE))),
        process(path(catch("t"))),
    ),
    "opsflow.unsupported.multiple-events": (
        process(path(catch("t", TIMER + TIMER))),
        process(path(catch("t"))),
    ),
    "opsflow.unsupported.quantity": (task(attributes='startQuantity="2"'), GOOD),
    "opsflow.unsupported.compensation": (process(path(TASK), COMPENSATED), GOOD),
    "opsflow.unsupported.instantiating": (
        process('<receiveTask id="a" instantiate="true"/><endEvent id="e"/>', flow("a", "e")),
        GOOD,
    ),
    "opsflow.unsupported.loop": (repeated("<loopCardinality>3</loopCardinality>"), GOOD),
    "opsflow.unsupported.conditional-start": (
        process(
            '<startEvent id="s"><conditionalEventDefinition><condition>=a</condition>'
            '</conditionalEventDefinition></startEvent><endEvent id="e"/>',
            flow("s", "e"),
        ),
        GOOD,
    ),
    "opsflow.element.not-used": (task("<potentialOwner/>"), GOOD),
    "opsflow.soundness.deadlock": (
        joined("exclusiveGateway", "parallelGateway"),
        joined("exclusiveGateway"),
    ),
    "opsflow.soundness.several-tokens": (
        joined("parallelGateway", "exclusiveGateway"),
        joined("parallelGateway"),
    ),
    "opsflow.soundness.dead": (
        inside("subProcess", path(prefix="i", end=ERROR_END)) + ERROR,
        inside("subProcess", path(prefix="i")),
    ),
    "opsflow.soundness.no-end": (
        process(path(TASK), '<task id="b"/>', flow("a", "b"), flow("b", "b", id="again")),
        process(path(TASK)),
    ),
    "opsflow.soundness.gave-up": (wide(7), wide(6)),
    "bpmn.expression.informal": (
        looping("<loopCondition>again</loopCondition>"),
        looping('<loopCondition xsi:type="tFormalExpression">again</loopCondition>'),
    ),
    "bpmn.choreography.reference": (
        GOOD + '<choreography id="c"><choreographyRef>d</choreographyRef></choreography>'
        '<choreography id="d"/>',
        GOOD + '<choreography id="c"/>',
    ),
    "bpmn.conversation.global": (
        GOOD + '<globalConversation id="g"><conversation id="c"/></globalConversation>',
        GOOD + '<globalConversation id="g"/>',
    ),
    "bpmn.data.association-own": (
        two_with_data("other"),
        two_with_data("mine"),
    ),
    "bpmn.data.set": (
        with_data('<dataInput id="i"/><inputSet/><outputSet/>'),
        with_data(
            '<dataInput id="i"/><inputSet><dataInputRefs>i</dataInputRefs></inputSet><outputSet/>'
        ),
    ),
    "bpmn.data.reference": (
        with_data("<inputSet/><outputSet/>", before='<message id="m" itemRef="nothing"/>'),
        with_data("<inputSet/><outputSet/>", before='<message id="m" itemRef="text"/>'),
    ),
}
