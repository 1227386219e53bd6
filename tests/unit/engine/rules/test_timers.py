"""Timer literals: what ISO 8601 allows is let through, everything else is a finding."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsflow.engine.model import TimerKind
from tests.unit.engine.parser.diagrams import errors, file, path, process


def rules(kind: str, value: str) -> list[str]:
    inner = f"<timerEventDefinition><{kind}>{value}</{kind}></timerEventDefinition>"
    event = f'<intermediateCatchEvent id="t">{inner}</intermediateCatchEvent>'
    return errors(file(process(path(event))))


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("timeDuration", "PT5S"),
        ("timeDuration", "P1Y2M3DT4H5M6.5S"),
        ("timeDuration", "= wait"),
        ("timeDate", "2030-01-31T09:00:00Z"),
        ("timeDate", "2030-01-31T09:00:00+08:00"),
        ("timeDate", "= deadline"),
        ("timeCycle", "R3/PT10S"),
        ("timeCycle", "R/P1D"),
        ("timeCycle", "R/2030-01-01T00:00:00Z/P1D"),
        ("timeCycle", "0 0/5 * * * ?"),
    ],
)
def test_a_proper_timer_is_let_through(kind: str, value: str) -> None:
    assert rules(kind, value) == []


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("timeDuration", "5 minutes"),
        ("timeDuration", "P"),
        ("timeDuration", "2030-01-01"),
        ("timeDuration", "P" + "9" * 5000 + "D"),
        ("timeDate", "tomorrow"),
        ("timeDate", "2030-02-30T00:00:00Z"),
        ("timeCycle", "R3"),
        ("timeCycle", "R3/PT0S"),
        ("timeCycle", "R" + "9" * 5000 + "/PT1S"),
        ("timeCycle", "R/2030-13-01T00:00:00Z/P1D"),
        ("timeCycle", "0 99 * * *"),
        ("timeDate", "0 9 * * 1"),
    ],
)
def test_an_improper_timer_is_a_finding(kind: str, value: str) -> None:
    assert rules(kind, value) == ["bpmn.timer.value"]


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(list(TimerKind)), st.text(alphabet="RPTDHMSWYZ0123456789/-:.+= ", max_size=40)
)
def test_any_text_is_let_through_or_a_finding(kind: TimerKind, value: str) -> None:
    assert set(rules(kind.value, value)) <= {
        "bpmn.timer.value",
        "bpmn.event.no-time",
        "opsflow.timer.cron",
        "opsflow.expression.syntax",
    }
