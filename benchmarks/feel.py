"""How long FEEL takes for ten typical conditions, beside the same conditions as Python.

    python benchmarks/feel.py

Both are compiled before and given the same dictionary of variables. The Python form is a function
of one expression that reads just what it needs, called directly by the loop that is timed, as is
`Expression.evaluate`: nothing stands between, on either side, that a ratio could hide in. The two
are timed in turns, in time of the processor, and the best turn of each counts, so that a busy
machine is fair to both.

Where Node.js finds the package `feelin` from the current directory, its times are shown as well; it
has no compiled form, so it reads each text anew.
"""

from __future__ import annotations

import json
import math
import shutil
import subprocess
import sys
import time
import timeit
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from statistics import median
from typing import Any

from opsflow import feel

BAR = 25.0
TURNS = 7
SECONDS = 0.05
_CATEGORIES = ("it", "office", "travel")
Condition = Callable[[Mapping[str, Any]], object]

VARIABLES: dict[str, Any] = {
    "amount": Decimal(12500),
    "limit": Decimal(10000),
    "category": "it",
    "urgent": False,
    "due": date(2024, 5, 17),
    "today_is": date(2024, 5, 20),
    "supplier": {"name": "Acme GmbH", "rating": 4, "countries": ["DE", "FR"]},
    "lines": [{"price": Decimal(price), "quantity": 2} for price in range(100, 600, 50)],
    "approvers": ["ann", "bob", "eve"],
}


@dataclass(frozen=True, slots=True)
class Case:
    """One condition in both languages."""

    text: str
    python: Condition


CASES = (
    Case("amount > 10000", lambda v: v["amount"] > 10000),
    Case(
        'amount > limit and category = "it"',
        lambda v: v["amount"] > v["limit"] and v["category"] == "it",
    ),
    Case("urgent or supplier.rating >= 4", lambda v: v["urgent"] or v["supplier"]["rating"] >= 4),
    Case("amount between 5000 and 20000", lambda v: 5000 <= v["amount"] <= 20000),
    Case('category in ("it", "office", "travel")', lambda v: v["category"] in _CATEGORIES),
    Case("due < today_is", lambda v: v["due"] < v["today_is"]),
    Case(
        'if amount > 50000 then "board" else if amount > 10000 then "cfo" else "lead"',
        lambda v: "board" if v["amount"] > 50000 else "cfo" if v["amount"] > 10000 else "lead",
    ),
    Case(
        "sum(for line in lines return line.price * line.quantity) > 5000",
        lambda v: sum(line["price"] * line["quantity"] for line in v["lines"]) > 5000,
    ),
    Case(
        "some line in lines satisfies line.price > 400",
        lambda v: any(line["price"] > 400 for line in v["lines"]),
    ),
    Case(
        'starts with(supplier.name, "Acme") and list contains(supplier.countries, "DE")',
        lambda v: v["supplier"]["name"].startswith("Acme") and "DE" in v["supplier"]["countries"],
    ),
)

NODE = """
const chunks = []; for await (const chunk of process.stdin) chunks.push(chunk);
const { texts, variables, seconds, turns } = JSON.parse(Buffer.concat(chunks));
const { evaluate } = await import('feelin');
const turn = (text) => {
  let runs = 0; const begun = process.hrtime.bigint(); let spent = 0;
  while (spent < seconds * 1e9) { evaluate(text, variables); runs++;
    spent = Number(process.hrtime.bigint() - begun); }
  return spent / runs / 1000;
};
const times = texts.map((text) => Math.min(...Array.from({ length: turns }, () => turn(text))));
console.log(JSON.stringify(times));
"""


def micros(*calls: Condition) -> list[float]:
    """Microseconds that each call takes: the best of several turns."""
    timers = [
        timeit.Timer(
            "call(variables)",
            timer=time.process_time,
            globals={"call": call, "variables": VARIABLES},
        )
        for call in calls
    ]
    runs = [
        max(1, int(count * SECONDS / spent))
        for count, spent in (timer.autorange() for timer in timers)
    ]
    best = [math.inf] * len(calls)
    for _ in range(TURNS):
        for place, timer in enumerate(timers):
            best[place] = min(best[place], timer.timeit(runs[place]) / runs[place])
    return [seconds * 1_000_000 for seconds in best]


def of_node() -> list[float] | str:
    """Microseconds that feelin takes for each condition; else why there are none."""
    node = shutil.which("node")
    if node is None:
        return "Node.js is not installed"
    task = {
        "texts": [case.text for case in CASES],
        "variables": json.loads(json.dumps(VARIABLES, default=_plain)),
        "seconds": SECONDS,
        "turns": TURNS,
    }
    done = subprocess.run(
        [node, "--input-type=module", "--eval", NODE],
        input=json.dumps(task),
        capture_output=True,
        text=True,
        check=False,
    )
    return json.loads(done.stdout) if done.returncode == 0 else "feelin is not installed here"


def _plain(value: object) -> object:
    return float(value) if isinstance(value, Decimal) else str(value)


def main() -> int:
    """Print a table; 1 when the bar is not met."""
    others = of_node()
    ratios: list[float] = []
    print(f"{'FEEL µs':>8} {'Python':>8} {'ratio':>6} {'feelin':>8}  condition")
    for place, case in enumerate(CASES):
        expression = feel.compile(case.text)
        if expression.evaluate(VARIABLES) != case.python(VARIABLES):
            raise SystemExit(f"both languages differ: {case.text}")
        mine, plain = micros(expression.evaluate, case.python)
        ratios.append(mine / plain)
        other = "-" if isinstance(others, str) else f"{others[place]:.1f}"
        print(f"{mine:8.2f} {plain:8.2f} {mine / plain:6.1f} {other:>8}  {case.text}")
    if isinstance(others, str):
        print(others)
    print(f"median ratio {median(ratios):.1f} (bar {BAR:g})")
    return 0 if median(ratios) <= BAR else 1


if __name__ == "__main__":
    sys.exit(main())
