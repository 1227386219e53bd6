"""What a release holds, read and compiled once, and shared by all its instances."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from opsflow.definitions.drafts import draft
from opsflow.definitions.models import Release
from opsflow.definitions.packages import Package
from opsflow.engine import Model, Process, Program, compile_process, read_model
from opsflow.errors import NotFound


@dataclass(frozen=True)
class ReleaseContent:
    """A release, read and compiled; shared by all its instances and never changed."""

    release_id: str
    key: str
    version: int
    content_hash: str
    mode: str
    process: Process
    program: Program
    forms: Mapping[str, dict[str, Any]]
    decisions: Mapping[str, str]
    """Release id of each decision that a business rule task or a gate names."""


def load(
    release: Release, files: Mapping[str, bytes], program_of: Callable[[str], Program]
) -> ReleaseContent:
    """Read and compile a release; ``program_of`` gives the programs that it calls."""
    package = Package(files)
    _, model = diagram_of(package, release.process_key)
    drafted, _ = draft(package, model, model.processes[release.process_key], "open")
    calls = _Calls(program_of, release.calls)
    return ReleaseContent(
        release_id=release.id,
        key=release.process_key,
        version=release.version,
        content_hash=release.content_hash,
        mode=release.mode,
        process=drafted.process,
        program=compile_process(drafted.process, ref=release.id, calls=calls),
        forms=drafted.forms,
        decisions=release.decisions,
    )


class _Calls(Mapping[str, Program]):
    """The programs that a release calls, loaded when a call activity first needs them.

    Lazy, because a process may call itself.
    """

    def __init__(self, program_of: Callable[[str], Program], bound: Mapping[str, str]) -> None:
        self._program_of = program_of
        self._bound = bound

    def __getitem__(self, key: str) -> Program:
        return self._program_of(self._bound[key])

    def __iter__(self) -> Iterator[str]:
        return iter(self._bound)

    def __len__(self) -> int:
        return len(self._bound)


def diagram_of(package: Package, key: str) -> tuple[str, Model]:
    """The file of a package that holds a process, by path, and read. Raises NotFound."""
    for path in package.models:
        model = read_model(package.files[path])
        if key in model.processes:
            return path, model
    raise NotFound("process", key)
