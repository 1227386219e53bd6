"""docs/reference/feel.md says what FEEL does; every line of it is evaluated here."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from opsflow import feel
from opsflow.feel.builtins import BUILTINS

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "feel.md"
NOW = datetime(2024, 5, 17, 10, 30, tzinfo=UTC)


def examples(language: str) -> list[tuple[str, str]]:
    blocks = re.findall(rf"```{language}\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    return [
        (expression, value) for expression, _, value in (line.rpartition(" → ") for line in lines)
    ]


@pytest.mark.parametrize(("expression", "expected"), examples("feel"))
def test_the_reference_tells_the_value_of_an_expression(expression: str, expected: str) -> None:
    names = ["no such variable"]
    value = feel.compile(expression, names=names).evaluate({}, now=NOW)
    wanted = feel.compile(expected).evaluate({}, now=NOW)
    assert value == wanted
    assert type(value) is type(wanted)


@pytest.mark.parametrize(("test", "expected"), examples("feel-test"))
def test_the_reference_tells_the_outcome_of_a_test(test: str, expected: str) -> None:
    value, _, tests = test.partition(": ")
    outcome = feel.compile_unary(tests).evaluate({"?": feel.evaluate(value)})
    assert outcome is feel.evaluate(expected)


def test_the_reference_shows_every_built_in_function() -> None:
    text = "\n".join(expression for expression, _ in examples("feel"))
    missing = [name for name in BUILTINS if f"{name}(" not in text]
    assert missing == []
