"""The page on batches, followed word by word."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from tests.acceptance.conftest import Run
from tests.acceptance.test_readme import blocks, run_python

PAGE = "docs/howto/batches.md"


def test_the_page_can_be_followed_from_top_to_bottom(run: Run, folder: Path) -> None:
    orders = "\n".join(f"O-{number},{('ann', 'bob')[number % 2]}" for number in range(20))
    (folder / "orders.csv").write_text(f"business_key,customer\n{orders}\n")
    lines = [line for block in blocks(PAGE, "sh") for line in block.splitlines()]
    assert len(lines) > 10
    batch = ""
    for line in lines:
        command, _, remark = line.partition("  #")
        said = re.search(r"exit code (\d)", remark)
        name, *arguments = shlex.split(command.replace("$BATCH", batch))
        assert name == "opsflow"
        ended = run(*arguments)
        assert ended.code == (int(said[1]) if said else 0), (line, ended)
        if "BATCH=last" in remark:
            batch = re.findall(r"[0-9a-f]{8}-[0-9a-f-]{27}", ended.out)[0]
    assert "2 done of 2" in run("batch", "show", batch).out
    done = run_python("\n".join(blocks(PAGE, "python")) + "\nflow.close()\n", folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("9\n9 0 ")
    assert "order 1" in run("instances", "--where", "customer=c-99").out
