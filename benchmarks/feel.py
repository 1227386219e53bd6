"""How long FEEL takes for ten typical conditions, beside the same conditions as Python.

    python benchmarks/feel.py

Both are compiled before, and given the same variables. Where Node.js finds the package `feelin`,
its times are shown as well; it has no compiled form, so it reads each text anew.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import timeit
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from statistics import median
from typing import Any

from opsflow import feel

BAR = 25.0
SECONDS = 0.2
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
const { texts, variables, seconds } = JSON.parse(Buffer.concat(chunks));
const { evaluate } = await import('feelin');
const times = texts.map((text) => {
  let runs = 0; const begun = process.hrtime.bigint(); let spent = 0;
  while (spent < seconds * 1e9) { evaluate(text, variables); runs++;
    spent = Number(process.hrtime.bigint() - begun); }
  return spent / runs / 1000;
});
console.log(JSON.stringify(times));
"""


def micros(run: Callable[[], object]) -> float:
    """Microseconds that a call takes: the best of three measurements."""
    timer = timeit.Timer(run)
    runs, spent = timer.autorange()
    runs = max(1, int(runs * SECONDS / spent))
    return min(timer.repeat(3, runs)) / runs * 1_000_000


def of_node() -> list[float] | str:
    """Microseconds that feelin takes for each condition; else why there are none."""
    node = shutil.which("node")
    if node is None:
        return "Node.js is not installed"
    task = {
        "texts": [case.text for case in CASES],
        "variables": json.loads(json.dumps(VARIABLES, default=_plain)),
        "seconds": SECONDS,
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
        mine = micros(partial(expression.evaluate, VARIABLES))
        plain = micros(partial(case.python, VARIABLES))
        ratios.append(mine / plain)
        other = "-" if isinstance(others, str) else f"{others[place]:.1f}"
        print(f"{mine:8.2f} {plain:8.2f} {mine / plain:6.1f} {other:>8}  {case.text}")
    if isinstance(others, str):
        print(others)
    print(f"median ratio {median(ratios):.1f} (bar {BAR:g})")
    return 0 if median(ratios) <= BAR else 1


if __name__ == "__main__":
    sys.exit(main())
