"""What the check says about unsound processes, and what it leaves unsaid."""

from __future__ import annotations

import time

from opsflow.engine.rules import soundness
from opsflow.engine.soundness import GaveUp, unsound
from opsflow.findings import Finding
from tests.unit.engine.parser.diagrams import flow, model, path

ENDS = '<startEvent id="start"/><endEvent id="end"/>'
ERROR_END = '<endEvent id="bad"><errorEventDefinition/></endEvent>'
TIMER = "<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>"
LINK = '<linkEventDefinition name="on"/>'


def said(*parts: str) -> list[Finding]:
    return soundness.findings(model(*parts))


def rules(*parts: str) -> list[tuple[str, str | None]]:
    return [(finding.rule.rpartition(".")[2], finding.element) for finding in said(*parts)]


def between(split: str, join: str) -> str:
    return "".join(
        [
            ENDS,
            f'<{split} id="split" name="Which?"/><task id="a" name="Buy"/><task id="b"/>',
            f'<{join} id="join"/><task id="last"/>',
            flow("start", "split"),
            *(flow("split", t, "= x" if split == "exclusiveGateway" else "") for t in "ab"),
            flow("a", "join"),
            flow("b", "join"),
            flow("join", "last"),
            flow("last", "end"),
        ]
    )


def test_a_deadlock_is_told_with_its_path_and_what_it_waits_for() -> None:
    (finding,) = said(between("exclusiveGateway", "parallelGateway"))
    assert finding.rule == "opsflow.soundness.deadlock" and finding.element == "join"
    assert "from b, after start → 'Which?' (split) → 'Buy' (a) → join" in finding.message
    assert not finding.is_error


def test_an_exclusive_join_after_a_parallel_split_doubles_what_follows() -> None:
    (finding,) = said(between("parallelGateway", "exclusiveGateway"))
    assert finding.rule == "opsflow.soundness.several-tokens" and finding.element == "last"
    assert "split" in finding.message and "join" in finding.message


def test_an_inclusive_join_waits_for_what_can_come() -> None:
    for split in ("parallelGateway", "exclusiveGateway", "inclusiveGateway"):
        assert rules(between(split, "inclusiveGateway")) == []


def test_doubled_tokens_that_only_end_are_no_finding() -> None:
    parallel = between("parallelGateway", "exclusiveGateway")
    ended = parallel.replace('<task id="last"/>', "").replace(flow("last", "end"), "")
    assert rules(ended.replace(flow("join", "last"), flow("join", "end"))) == []


def test_a_loop_without_a_way_out_has_no_end() -> None:
    parts = (
        '<startEvent id="start"/><task id="a"/><task id="b"/>',
        flow("start", "a") + flow("a", "b") + flow("b", "a"),
    )
    assert rules(*parts) == [("no-end", "b")]


def test_an_event_subprocess_that_interrupts_is_a_way_out() -> None:
    start = f'<startEvent id="es">{TIMER}</startEvent><endEvent id="ee"/>{flow("es", "ee")}'
    parts = (
        '<startEvent id="start"/><task id="a"/><task id="b"/>',
        flow("start", "a") + flow("a", "b") + flow("b", "a"),
        f'<subProcess id="sub" triggeredByEvent="true">{start}</subProcess>',
    )
    assert rules(*parts) == []


def test_what_follows_a_subprocess_that_always_fails_is_dead() -> None:
    inner = f'<startEvent id="s"/>{ERROR_END}{flow("s", "bad")}'
    parts = path(f'<subProcess id="sub">{inner}</subProcess>', '<task id="after"/>')
    (finding,) = said(parts)
    assert finding.element == "after" and finding.rule == "opsflow.soundness.dead"
    assert "after sub, and so never end" in finding.message


def test_its_error_boundary_is_the_way_on() -> None:
    inner = f'<startEvent id="s"/>{ERROR_END}<endEvent id="good"/><exclusiveGateway id="g"/>'
    inner += flow("s", "g") + flow("g", "bad", "= x") + flow("g", "good", "= y")
    parts = (
        path(f'<subProcess id="sub">{inner}</subProcess>', '<task id="after"/>'),
        '<boundaryEvent id="caught" attachedToRef="sub"><errorEventDefinition/></boundaryEvent>',
        flow("caught", "after"),
    )
    assert rules(*parts) == []


def test_a_terminating_end_frees_what_waits() -> None:
    parts = (
        '<startEvent id="start"/><parallelGateway id="split"/><exclusiveGateway id="g"/>',
        '<parallelGateway id="join"/><task id="a"/><endEvent id="end"/>',
        '<endEvent id="stop"><terminateEventDefinition/></endEvent>',
        flow("start", "split") + flow("split", "g") + flow("split", "a") + flow("a", "join"),
        flow("g", "join", "= x") + flow("g", "stop", "= y") + flow("join", "end"),
    )
    assert rules(*parts) == []


def test_links_are_followed() -> None:
    parts = (
        '<startEvent id="start"/><endEvent id="end"/>',
        f'<intermediateThrowEvent id="from">{LINK}</intermediateThrowEvent>',
        f'<intermediateCatchEvent id="to">{LINK}</intermediateCatchEvent>',
        flow("start", "from") + flow("to", "end"),
    )
    assert rules(*parts) == []


def test_a_reminder_beside_a_task_is_no_finding() -> None:
    parts = (
        path('<task id="a"/>'),
        f'<boundaryEvent id="b" attachedToRef="a" cancelActivity="false">{TIMER}</boundaryEvent>',
        '<task id="remind"/><endEvent id="reminded"/>',
        flow("b", "remind") + flow("remind", "reminded"),
    )
    assert rules(*parts) == []


def test_the_events_behind_an_event_gateway_exclude_each_other() -> None:
    catch = '<intermediateCatchEvent id="{}">' + TIMER + "</intermediateCatchEvent>"
    parts = (
        ENDS + '<eventBasedGateway id="g"/><parallelGateway id="join"/>',
        catch.format("u") + catch.format("v"),
        flow("start", "g") + flow("g", "u") + flow("g", "v"),
        flow("u", "join") + flow("v", "join") + flow("join", "end"),
    )
    assert ("deadlock", "join") in rules(*parts)


def test_a_search_that_is_too_large_is_given_up_and_says_so() -> None:
    process = model(between("exclusiveGateway", "parallelGateway")).processes["p"]
    assert GaveUp(None) in list(unsound(process, most=5))


def test_wide_parallel_work_with_choices_is_searched_in_bearable_time() -> None:
    parts = [ENDS, '<parallelGateway id="split"/><parallelGateway id="join"/>']
    parts += [flow("start", "split"), flow("join", "end")]
    for branch in range(30):
        before = "split"
        for n in (f"{branch}_{step}" for step in range(10)):
            parts.append(
                f'<exclusiveGateway id="x{n}"/><task id="a{n}"/><exclusiveGateway id="m{n}"/>'
            )
            parts.append(flow(before, f"x{n}") + flow(f"x{n}", f"a{n}", "= x"))
            parts.append(flow(f"x{n}", f"m{n}", "= y") + flow(f"a{n}", f"m{n}"))
            before = f"m{n}"
        parts.append(flow(before, "join"))
    drawn = model(*parts)
    began = time.process_time()
    assert soundness.findings(drawn) == []
    assert time.process_time() - began < 5
