"""The bars: what was measured, held against what it should be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median, quantiles

from benchmarks.purchase.workload import STEPS, Played

ORM_SHARE, NAIVE_SHARE, VIEWFLOW_TIMES = 0.55, 0.9, 2.5
FULL_SHARE = 0.9
"""What stays of instances per second while many others are open."""
COMPLETE_TIMES, TAIL_TIMES = 1.5, 2.0
LIST_MS, LIST_TIMES = 2.0, 1.3
COMPLETED_BYTES, OPEN_BYTES, WAL_BYTES = 5_000, 3_000, 20_000
INSTANCE_STATEMENTS, COMPLETION_STATEMENTS = 45, 10
TWO_CLIENTS_TIMES = 1.7
HTTP_MS = 2.5

Rounds = Sequence[Played]


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar, and what was measured in each round. ``at_least`` tells which side is good."""

    database: str
    what: str
    values: Sequence[float]
    bar: float
    unit: str = ""
    at_least: bool = False

    @property
    def measured(self) -> float:
        """The median of the rounds."""
        return median(self.values)

    @property
    def is_met(self) -> bool:
        """Whether the measured value is on the good side, or on the bar itself."""
        return self.measured >= self.bar if self.at_least else self.measured <= self.bar


def p50(times: Sequence[float]) -> float:
    """The median."""
    return median(times)


def p95(times: Sequence[float]) -> float:
    """The 95th percentile; of a few, the largest."""
    return quantiles(times, n=20, method="inclusive")[-1] if len(times) > 1 else times[0]


def ratios(
    measure: Callable[[Played], float], ours: Rounds, theirs: Rounds, per: float = 1.0
) -> list[float]:
    """Ours to theirs, round by round, because what disturbs a round disturbs both."""
    pairs = zip(ours, theirs, strict=True)
    return [measure(one) / (measure(other) / per) for one, other in pairs]


def rate(played: Played) -> float:
    """Done per second."""
    return played.rate


def thrift(played: Played) -> float:
    """Done per second of processor time."""
    return played.done / played.cpu


def completion(played: Played) -> float:
    """The median of a completion, or of a limit's transaction, in seconds."""
    return p50(played.completions)


def tail(played: Played) -> float:
    """How much longer the 95th percentile of a completion is than its median."""
    return p95(played.completions) / p50(played.completions)


def speed_bars(database: str, rounds: Mapping[str, Rounds], full: str) -> list[Bar]:
    """The bars of the rounds; ``full`` names the contender with many open instances."""
    ours = rounds["opsflow"]
    at_least = {
        f"instances/s : ORM limit/{STEPS}": (ratios(rate, ours, rounds["ORM"], STEPS), ORM_SHARE),
        "instances/s : naive": (ratios(rate, ours, rounds["naive"]), NAIVE_SHARE),
    }
    if "viewflow" in rounds:
        times = ratios(rate, ours, rounds["viewflow"])
        at_least["instances/s : viewflow"] = times, VIEWFLOW_TIMES
    at_least[f"instances/s with {full} : empty"] = ratios(rate, rounds[full], ours), FULL_SHARE
    at_most = {
        "complete p50 : ORM limit's": (ratios(completion, ours, rounds["ORM"]), COMPLETE_TIMES),
        "complete p95 : its own p50": ([tail(played) for played in ours], TAIL_TIMES),
    }
    return [
        *(Bar(database, what, *measured, "x", True) for what, measured in at_least.items()),
        *(Bar(database, what, *measured, "x") for what, measured in at_most.items()),
    ]


def processor_shares(rounds: Mapping[str, Rounds]) -> str:
    """The same ratios by the processor time of the clients, which a busy machine disturbs less."""
    ours = rounds["opsflow"]
    said = [f"ORM limit/{STEPS}: {_number(median(ratios(thrift, ours, rounds['ORM'], STEPS)))} x"]
    said += [
        f"{kind}: {_number(median(ratios(thrift, ours, rounds[kind])))} x"
        for kind in ("naive", "viewflow")
        if kind in rounds
    ]
    return f"by the clients' CPU, {', '.join(said)}"


def table(bars: Iterable[Bar]) -> str:
    """Every bar in a line, with the lowest and the highest round."""
    lines = [f"{'database':11}{'what':38}{'measured':>12}{'rounds':>16}{'bar':>13}"]
    for bar in bars:
        values = sorted(bar.values)
        spread = f"{_number(values[0])}..{_number(values[-1])}" if len(values) > 1 else ""
        limit = f"{'>=' if bar.at_least else '<='} {_number(bar.bar)} {bar.unit}".rstrip()
        measured = f"{_number(bar.measured)} {bar.unit}".rstrip()
        verdict = "met" if bar.is_met else "MISSED"
        lines.append(
            f"{bar.database:11}{bar.what:38}{measured:>12}{spread:>16}{limit:>13}  {verdict}"
        )
    return "\n".join(lines)


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.2f}"
