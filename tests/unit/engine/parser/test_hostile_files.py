"""Files made to do harm are refused at once, and nothing but ModelRejected comes out."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opsflow.engine.parser import ReadLimits, read
from opsflow.engine.rules import check
from opsflow.errors import ModelRejected
from tests.unit.engine.parser.diagrams import HEAD, file, flow, path, process

EXTERNAL = b'<!DOCTYPE d SYSTEM "http://127.0.0.1:9/x.dtd"><d/>'
BOMB = b'<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><d>&b;</d>'


def rule_of(source: bytes, limits: ReadLimits | None = None) -> str:
    with pytest.raises(ModelRejected) as refused:
        read(source, limits=limits) if limits else read(source)
    return refused.value.findings[0].rule


@pytest.mark.parametrize(
    ("source", "rule"),
    [
        (b"", "bpmn.file.not-xml"),
        (b"not xml", "bpmn.file.not-xml"),
        (b"\x00\xff\xfe", "bpmn.file.not-xml"),
        (b"<a><b></a>", "bpmn.file.not-xml"),
        (b'<?xml version="1.0" encoding="nowhere"?><a/>', "bpmn.file.not-xml"),
        (b"<a>&undefined;</a>", "bpmn.file.not-xml"),
        (b'<x:a xmlns:x="" />', "bpmn.file.not-xml"),
        (b"<definitions/>", "bpmn.file.not-bpmn"),
        (b'<process xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"/>', "bpmn.file.not-bpmn"),
        (b"<!DOCTYPE d><d/>", "bpmn.file.doctype"),
        (BOMB, "bpmn.file.doctype"),
        (EXTERNAL, "bpmn.file.doctype"),
        (b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><d>&x;</d>', "bpmn.file.doctype"),
        (
            "<?xml version='1.0' encoding='utf-16'?><!DOCTYPE d><d/>".encode("utf-16"),
            "bpmn.file.doctype",
        ),
        (b" " * 50_000_000, "bpmn.file.too-large"),
        (b"<a>" * 1_000_000, "bpmn.file.too-deep"),
        (b"<a>" + b"<b/>" * 300_000 + b"</a>", "bpmn.file.too-many-elements"),
    ],
)
def test_a_harmful_file_is_refused_quickly(source: bytes, rule: str) -> None:
    began = time.monotonic()
    assert rule_of(source) == rule
    assert time.monotonic() - began < 5


def test_an_error_of_the_schema_names_element_and_line() -> None:
    source = file("\n", process("\n", path('<task id="a" name="Pay"><unheardOf/></task>')))
    with pytest.raises(ModelRejected) as refused:
        read(source)
    finding = refused.value.findings[0]
    assert (finding.rule, finding.element, finding.name) == ("bpmn.file.schema", "a", "Pay")
    assert finding.line == 3


def test_limits_can_be_set_lower() -> None:
    source = file(process(path('<task id="a"/>')))
    assert rule_of(source, ReadLimits(bytes=10)) == "bpmn.file.too-large"
    assert rule_of(source, ReadLimits(depth=2)) == "bpmn.file.too-deep"
    assert rule_of(source, ReadLimits(elements=3)) == "bpmn.file.too-many-elements"


def test_expressions_have_a_limit_taken_together() -> None:
    flows = "".join(flow("start", "a", "= x" + " + 1" * 100, id=f"f{n}") for n in range(5))
    source = file(process(path('<task id="a"/>'), flows))
    read(source)
    assert rule_of(source, ReadLimits(expressions=2000)) == "bpmn.file.too-much-expression"


def test_a_file_of_copies_is_refused_with_a_bearable_list() -> None:
    with pytest.raises(ModelRejected) as refused:
        read(file(process('<task id="a"/>' * 5000)))
    assert {f.rule for f in refused.value.findings} == {"bpmn.element.repeated-id"}
    assert len(refused.value.findings) == 50


def test_subprocesses_may_nest_as_deep_as_the_limit_allows() -> None:
    inner = "".join(f'<subProcess id="s{n}">' for n in range(120)) + "</subProcess>" * 120
    found = read(file(process(inner)))
    assert len(found.processes["p"].nodes) == 120


def test_a_script_split_by_comments_is_read_whole() -> None:
    script = '<scriptTask id="a"><script>x<!-- y --> = <![CDATA[1 < 2]]></script></scriptTask>'
    assert read(file(process(script))).processes["p"].nodes["a"].script == "x = 1 < 2"


SHIPPED = (Path(__file__).parents[4] / "bpmn/procurement.bpmn").read_bytes()
SMALL = file(
    '<message id="m" name="paid"/>',
    process(
        path(
            '<userTask id="a" o:due="P1D"><extensionElements><o:gate id="g" voters="boss">'
            '<o:tier when="= amount &gt; 5" voters="cfo"/></o:gate></extensionElements>'
            "<multiInstanceLoopCharacteristics><loopCardinality>3</loopCardinality>"
            "</multiInstanceLoopCharacteristics></userTask>",
            '<intermediateCatchEvent id="t"><messageEventDefinition messageRef="m"/>'
            "</intermediateCatchEvent>",
        ),
    ),
)


def read_or_refuse(source: bytes) -> None:
    try:
        check(read(source))
    except ModelRejected as refused:
        assert refused.findings


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_mutated_file_is_read_or_refused(data: st.DataObject) -> None:
    source = bytearray(data.draw(st.sampled_from([SMALL, SMALL, SMALL, SHIPPED])))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(source) - 1))
        length = data.draw(st.integers(0, 12))
        source[at : at + length] = data.draw(st.binary(max_size=6))
    read_or_refuse(bytes(source))


NAMES = ["a", "t", "start", "end", "p", "m", "gone", "", "x:y", "= a", "${", "-1", "PT1H", "true"]


@settings(max_examples=600, deadline=None)
@given(
    replaced=st.lists(st.tuples(st.integers(0, 40), st.sampled_from(NAMES)), min_size=1, max_size=5)
)
def test_a_file_with_other_attribute_values_is_read_or_refused(
    replaced: list[tuple[int, str]],
) -> None:
    head, body = SMALL.decode()[: len(HEAD)], SMALL.decode()[len(HEAD) :]
    pieces = body.split('"')
    for index, value in replaced:
        if index * 2 + 1 < len(pieces):
            pieces[index * 2 + 1] = value
    read_or_refuse((head + '"'.join(pieces)).encode())


@settings(max_examples=500, deadline=None)
@given(text=st.text(max_size=40))
def test_any_text_as_an_expression_is_read_or_refused(text: str) -> None:
    written = text.replace("&", "&amp;").replace("<", "&lt;")
    source = SMALL.decode().replace("= amount &gt; 5", "").replace('when=""', 'when="= a"')
    loop = source.replace(">3<", f">{written}<")
    read_or_refuse(loop.encode("utf-8", "surrogatepass"))
