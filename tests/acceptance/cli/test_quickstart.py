"""The quickstart, followed word by word."""

from __future__ import annotations

import re
import shlex

from tests.acceptance.conftest import ROOT, Run

PAGE = ROOT / "docs/quickstart.md"


def test_every_command_of_the_quickstart_ends_as_it_says(run: Run) -> None:
    blocks = re.findall(r"```sh\n(.*?)```", PAGE.read_text(), flags=re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines() if line.strip()]
    assert len(lines) > 20
    for line in lines:
        command, _, remark = line.partition("  #")
        said = re.search(r"exit code (\d)", remark)
        name, *arguments = shlex.split(command)
        assert name == "opsflow"
        ended = run(*arguments)
        assert ended.code == (int(said[1]) if said else 0), (line, ended)
