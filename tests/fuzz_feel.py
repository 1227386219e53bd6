"""Coverage-guided fuzzing of FEEL: whatever is written, there is a value or a FEEL error.

``python -m tests.fuzz_feel -max_total_time=300`` (options of libFuzzer); needs the extra ``fuzz``.
An input that raises anything else, or runs past the limits, is written to a file and ends the run.
"""

from __future__ import annotations

import sys
import time

import atheris

with atheris.instrument_imports(include=["opsflow.feel"]):
    from opsflow import feel

LIMITS = feel.Limits(steps=20_000, seconds=1.0)
LONGEST = 10.0
"""Seconds that one input may take, also on a busy machine."""
VARIABLES: dict[str, object] = {
    "a": 1,
    "b b": "text",
    "c": [1, None, "x", {"d": 2}],
    "d": {"e": {"f": [True, False]}},
}
NAMES = tuple(VARIABLES)


def check(data: bytes) -> None:
    """Compile and evaluate a text as an expression, and as unary tests."""
    text = atheris.FuzzedDataProvider(data).ConsumeUnicodeNoSurrogates(len(data))
    began = time.perf_counter()
    for compiled in (feel.compile, feel.compile_unary):
        try:
            compiled(text, names=NAMES).evaluate(VARIABLES, limits=LIMITS)
        except feel.FeelError:
            continue
    assert time.perf_counter() - began < LONGEST, "past its limits"


if __name__ == "__main__":
    atheris.Setup(sys.argv, check)
    atheris.Fuzz()
