"""A process whose first threads all read a diagram at once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
READ = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from opsflow.engine import read_model
source = Path(sys.argv[1]).read_bytes()
with ThreadPoolExecutor(8) as pool:
    models = [pool.submit(read_model, source) for _ in range(8)]
assert all(each.result() for each in models)
"""


def test_the_first_diagrams_may_be_read_by_several_threads_at_once() -> None:
    command = [sys.executable, "-c", READ, str(ROOT / "examples/order.bpmn")]
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
