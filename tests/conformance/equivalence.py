"""Runs a conformance kit while every step of every instance is also made from its stored state.

Wherever an instance could be stored it is, and goes on from there beside the one in memory:
both must report the same changes and reach the same state. Run from the project's root:
``python -m tests.conformance.equivalence FOLDER_OF_THE_KIT``.
"""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from unittest.mock import patch

from tests.unit.engine.execution.stepwise import every_step_is_compared

RUNNERS = ("run_models.py", "run_programs.py")


def main(kit: Path) -> int:
    """Run every runner of the kit; its own scores are printed by it."""
    for runner in RUNNERS:
        with every_step_is_compared() as count, patch.object(sys, "argv", [runner, "-v"]):
            try:
                runpy.run_path(str(kit / runner), run_name="__main__")
            except SystemExit as end:
                if end.code:
                    return 1
        print(f"{runner}: {count.steps} steps from the stored state as in memory")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
