"""Program: a process compiled once, shared by all its instances."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from opsflow.engine.model import Process
from opsflow.engine.semantics.compilation import compile_spec
from opsflow.engine.semantics.process import ProcessSpec


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """A compiled process. ``ref`` names it in changes; ``calls`` are the called ones by key."""

    key: str
    ref: str
    process: Process
    calls: Mapping[str, Program]
    spec: ProcessSpec


def compile_process(
    process: Process, *, ref: str = "", calls: Mapping[str, Program] | None = None
) -> Program:
    """Compile a process that passed the checks.

    ``calls`` is asked when a call activity is reached, so it may be lazy and lead back here:
    a process may call itself.
    """
    known: Mapping[str, Program] = {} if calls is None else calls
    spec = compile_spec(process, ref or process.id, _Specs(known))
    return Program(process.id, ref or process.id, process, known, spec)


class _Specs(Mapping[str, ProcessSpec]):
    """The specs of the called programs."""

    def __init__(self, calls: Mapping[str, Program]) -> None:
        self._calls = calls

    def __getitem__(self, key: str) -> ProcessSpec:
        return self._calls[key].spec

    def __iter__(self) -> Iterator[str]:
        return iter(self._calls)

    def __len__(self) -> int:
        return len(self._calls)
