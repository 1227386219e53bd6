"""Where the time of a completion goes, by the layer whose code runs."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from cProfile import Profile
from itertools import cycle
from pathlib import PurePath
from pstats import Stats
from typing import Any, TypeAlias

from benchmarks.purchase.bars import p50
from benchmarks.purchase.ours import Ours
from benchmarks.purchase.places import Place
from benchmarks.purchase.sizes import Statements
from benchmarks.purchase.workload import AMOUNTS, play_count

Function: TypeAlias = tuple[str, int, str]
"""File, line and name, as the profiler knows a function; built-in ones are in the file ``~``."""

PACKAGES = {"sqlalchemy": "SQLAlchemy", "SpiffWorkflow": "SpiffWorkflow", "psycopg": "driver"}
DRIVERS = ("sqlite3.", "psycopg", "select.epoll", "select.poll")
"""How built-in functions of the drivers, and the waiting for an answer, are named."""
BUILT_IN = "~"
PYTHON = "Python's library"
STATEMENT_WIDTH = 84


def layer_of(file: str) -> str:
    """The layer of a file: a package of opsflow's, a part of SQLAlchemy, or one of the others."""
    parts = PurePath(file).parts
    if "opsflow" in parts:
        inside = parts[len(parts) - parts[::-1].index("opsflow") :]
        return f"opsflow.{inside[0].removesuffix('.py')}"
    for folder, layer in PACKAGES.items():
        if folder in parts or f"{folder}_binary" in parts:
            following = parts[parts.index(folder) + 1] if folder in parts else ""
            return f"{layer} ORM" if layer == "SQLAlchemy" and following == "orm" else layer
    return PYTHON


def by_layer(stats: Mapping[Function, Any]) -> dict[str, tuple[float, int]]:
    """Seconds and calls of each layer. A built-in function counts for the layer that called it."""
    seconds: defaultdict[str, float] = defaultdict(float)
    calls: defaultdict[str, int] = defaultdict(int)
    for (file, _, name), (_, count, own, _, callers) in stats.items():
        if file == BUILT_IN and not any(driver in name for driver in DRIVERS):
            for (caller, _, _), (_, times, spent, _) in callers.items():
                layer = PYTHON if caller == BUILT_IN else layer_of(caller)
                seconds[layer] += spent
                calls[layer] += times
        else:
            layer = "driver" if file == BUILT_IN else layer_of(file)
            seconds[layer] += own
            calls[layer] += count
    return {layer: (seconds[layer], calls[layer]) for layer in seconds}


def profile(place: Place, instances: int) -> str:
    """The layers of a completion, and its statements, as tables."""
    ours = Ours.set_up(place.fresh())
    play_count(ours, 10)
    plain = play_count(ours, instances).completions
    profiler, statements = Profile(), Statements(ours.flow.engine)
    sent: list[str] = []
    completions = 0
    for amount, _ in zip(cycle(AMOUNTS), range(instances), strict=False):
        instance = ours.start(amount)
        while tasks := ours.open_tasks(instance):
            statements.take()
            profiler.enable()
            ours.complete(instance, tasks[0])
            profiler.disable()
            sent += statements.take()
            completions += 1
    ours.close()
    layers = by_layer(Stats(profiler).stats)  # type: ignore[attr-defined]
    return (
        f"a completion takes {p50(plain) * 1e3:.2f} ms; under the profiler, which makes calls "
        f"dear:\n{_layers(layers, completions)}\n\n{_statements(sent, completions)}"
    )


def _layers(layers: Mapping[str, tuple[float, int]], completions: int) -> str:
    whole = sum(seconds for seconds, _ in layers.values())
    lines = [f"{'layer':28}{'ms':>8}{'share':>8}{'calls':>8}"]
    for layer, (seconds, calls) in sorted(layers.items(), key=lambda item: -item[1][0]):
        ms, share = seconds / completions * 1e3, seconds / whole
        lines.append(f"{layer:28}{ms:8.3f}{share:8.1%}{calls / completions:8.0f}")
    lines.append(f"{'a completion':28}{whole / completions * 1e3:8.3f}")
    return "\n".join(lines)


def _statements(sent: list[str], completions: int) -> str:
    counted = Counter(" ".join(statement.split())[:STATEMENT_WIDTH] for statement in sent)
    lines = [
        f"{times / completions:8.2f}  {statement}" for statement, times in counted.most_common()
    ]
    whole = f"{len(sent) / completions:8.2f}  statements of a completion"
    return "\n".join([*lines, whole])
