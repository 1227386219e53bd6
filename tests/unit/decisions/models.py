"""Short ways to write decision models in tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

from opsflow.decisions import DecisionModel, read

V15 = "https://www.omg.org/spec/DMN/20230324/MODEL/"


def source(*parts: str, namespace: str = "urn:test", version: str = V15) -> bytes:
    """A DMN file."""
    body = "".join(parts)
    return (
        f'<definitions xmlns="{version}" id="d" name="test" namespace="{namespace}">'
        f"{body}</definitions>"
    ).encode()


def model(*parts: str) -> DecisionModel:
    """A model of these elements."""
    return read(source(*parts))


def literal(text: str, **attributes: str) -> str:
    """A literal expression."""
    opening = f"<literalExpression{_attributes(attributes)}>"
    return f"{opening}<text>{escape(text)}</text></literalExpression>"


def data(name: str, type: str = "") -> str:
    """Input data, whose id is its name."""
    id = quoteattr(name)
    return f"<inputData id={id} name={id}>{_variable(name, type)}</inputData>"


def decision(
    name: str,
    logic: str,
    *,
    inputs: Sequence[str] = (),
    decisions: Sequence[str] = (),
    knowledge: Sequence[str] = (),
    type: str = "",
) -> str:
    """A decision, whose id is its name; `logic` is FEEL or the XML of a boxed expression."""
    body = logic if logic.startswith("<") else literal(logic)
    needs = _needs("informationRequirement", "requiredInput", inputs)
    needs += _needs("informationRequirement", "requiredDecision", decisions)
    needs += _needs("knowledgeRequirement", "requiredKnowledge", knowledge)
    return (
        f"<decision id={quoteattr(name)} name={quoteattr(name)}>{_variable(name, type)}"
        f"{needs}{body}</decision>"
    )


def function(
    name: str,
    parameters: Mapping[str, str],
    body: str,
    *,
    knowledge: Sequence[str] = (),
    type: str = "",
) -> str:
    """A business knowledge model."""
    formal = "".join(
        f"<formalParameter name={quoteattr(key)}{_attributes({'typeRef': value})}/>"
        for key, value in parameters.items()
    )
    logic = body if body.startswith("<") else literal(body)
    return (
        f"<businessKnowledgeModel id={quoteattr(name)} name={quoteattr(name)}>"
        f"{_variable(name, type)}<encapsulatedLogic>{formal}{logic}</encapsulatedLogic>"
        f"{_needs('knowledgeRequirement', 'requiredKnowledge', knowledge)}"
        "</businessKnowledgeModel>"
    )


def service(
    name: str, outputs: Sequence[str], *, inputs: Sequence[str] = (), decisions: Sequence[str] = ()
) -> str:
    """A decision service."""
    references = [("outputDecision", output) for output in outputs]
    references += [("inputDecision", given) for given in decisions]
    references += [("inputData", given) for given in inputs]
    body = "".join(f'<{tag} href="#{escape(id)}"/>' for tag, id in references)
    return f"<decisionService id={quoteattr(name)} name={quoteattr(name)}>{body}</decisionService>"


def item(
    name: str, type: str = "", *, allowed: str = "", many: bool = False, parts: str = ""
) -> str:
    """An item definition; `parts` are its components."""
    reference = f"<typeRef>{escape(type)}</typeRef>" if type else ""
    values = f"<allowedValues><text>{escape(allowed)}</text></allowedValues>" if allowed else ""
    collection = ' isCollection="true"' if many else ""
    opening = f"<itemDefinition name={quoteattr(name)}{collection}>"
    return f"{opening}{reference}{values}{parts}</itemDefinition>"


def component(name: str, type: str) -> str:
    """A component of an item definition."""
    return (
        f"<itemComponent name={quoteattr(name)}><typeRef>{escape(type)}</typeRef></itemComponent>"
    )


def table(
    inputs: Sequence[str],
    outputs: Sequence[str],
    rules: Sequence[str],
    *,
    policy: str = "UNIQUE",
    aggregation: str = "",
) -> str:
    """A decision table.

    Columns read `name: type = allowed else default`, rules `test | test => output | output`.
    """
    hit = f"hitPolicy={quoteattr(policy)}" + _attributes({"aggregation": aggregation})
    body = "".join(_input(text) for text in inputs) + "".join(_output(text) for text in outputs)
    rows = "".join(_rule(number, text) for number, text in enumerate(rules, start=1))
    return f'<decisionTable id="t" {hit}>{body}{rows}</decisionTable>'


def _split(text: str) -> tuple[str, str, str]:
    head, _, allowed = text.partition(" = ")
    name, _, type = head.partition(":")
    return name.strip(), type.strip(), allowed.strip()


def _input(text: str) -> str:
    name, type, allowed = _split(text)
    values = f"<inputValues><text>{escape(allowed)}</text></inputValues>" if allowed else ""
    typed = _attributes({"typeRef": type})
    expression = f"<inputExpression{typed}><text>{escape(name)}</text></inputExpression>"
    return f"<input>{expression}{values}</input>"


def _output(text: str) -> str:
    text, _, default = text.partition(" else ")
    name, type, allowed = _split(text)
    values = f"<outputValues><text>{escape(allowed)}</text></outputValues>" if allowed else ""
    entry = (
        f"<defaultOutputEntry><text>{escape(default)}</text></defaultOutputEntry>"
        if default
        else ""
    )
    return f"<output{_attributes({'name': name, 'typeRef': type})}>{values}{entry}</output>"


def _rule(number: int, text: str) -> str:
    tests, _, outputs = text.partition("=>")
    cells = "".join(
        f"<inputEntry><text>{escape(t.strip())}</text></inputEntry>"
        for t in tests.split("|")
        if tests.strip()
    )
    values = "".join(
        f"<outputEntry><text>{escape(o.strip())}</text></outputEntry>" for o in outputs.split("|")
    )
    return f'<rule id="r{number}">{cells}{values}</rule>'


def _needs(outer: str, inner: str, ids: Sequence[str]) -> str:
    return "".join(
        f"<{outer}><{inner} href={quoteattr(id if '#' in id else '#' + id)}/></{outer}>"
        for id in ids
    )


def _variable(name: str, type: str) -> str:
    return f"<variable name={quoteattr(name)}{_attributes({'typeRef': type})}/>"


def _attributes(values: Mapping[str, str]) -> str:
    return "".join(f" {key}={quoteattr(value)}" for key, value in values.items() if value)
