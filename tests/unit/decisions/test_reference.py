"""docs/reference/dmn.md says what decisions do; its example runs, and no finding is missing."""

from __future__ import annotations

import re
from pathlib import Path

from opsflow.decisions.rules import RULES

PAGE = (Path(__file__).parents[3] / "docs/reference/dmn.md").read_text("utf-8")


def test_the_example_holds() -> None:
    (block,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    exec(compile(block, "dmn.md", "exec"), {})


def test_every_kind_of_finding_is_listed() -> None:
    listed = re.findall(r"^\| `(dmn\.[^`]+)` \| (\w+) \| (.+) \|$", PAGE, re.MULTILINE)
    made = [(rule.id, rule.severity.value, rule.hint) for rule in RULES]
    assert sorted(made) == listed
