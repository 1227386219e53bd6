"""Each contender works in a process of its own, so that none pays for what another one loaded."""

from __future__ import annotations

import multiprocessing
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from benchmarks.purchase.limits import OrmLimit, SqlLimit
from benchmarks.purchase.naive import Naive, Raw
from benchmarks.purchase.ours import Ours

P = ParamSpec("P")
Result = TypeVar("Result")


def contender(kind: str, url: str) -> Any:
    """Make a contender; Django is loaded only where it is needed, for it can be there once."""
    if kind == "viewflow":
        from benchmarks.purchase.viewflow import Viewflow

        return Viewflow(url)
    made: dict[str, Callable[[str], Any]] = {
        "opsflow": Ours,
        "SQL": SqlLimit,
        "ORM": OrmLimit,
        "naive": Naive,
        "in memory": Raw,
    }
    return made[kind](url)


class Worker:
    """A contender in a process of its own."""

    def __init__(self, kind: str, url: str) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, other = context.Pipe()
        self._process = context.Process(target=_serve, args=(other, kind, url), daemon=True)
        self._process.start()
        other.close()

    def ask(
        self, do: Callable[Concatenate[Any, P], Result], *args: P.args, **kwargs: P.kwargs
    ) -> Result:
        """Do something with the contender; its result."""
        self.begin(do, *args, **kwargs)
        return cast(Result, self.end())

    def begin(
        self, do: Callable[Concatenate[Any, P], object], *args: P.args, **kwargs: P.kwargs
    ) -> None:
        """Have it begin; the result is fetched by ``end``."""
        self._pipe.send((do, args, kwargs))

    def end(self) -> Any:
        """The result of what was begun."""
        failed, result = self._pipe.recv()
        if failed:
            raise RuntimeError(f"A contender failed:\n{result}")
        return result

    def close(self) -> None:
        """Let it go, and its connections with it."""
        self._pipe.send(None)
        self._process.join()


def _serve(pipe: Connection, kind: str, url: str) -> None:
    made = contender(kind, url)
    while (asked := pipe.recv()) is not None:
        do, args, kwargs = asked
        try:
            pipe.send((False, do(made, *args, **kwargs)))
        except Exception:
            pipe.send((True, traceback.format_exc()))
    made.close()
