"""The plan of a migration: which node of one version goes on as which node of another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Self

from opsflow.errors import Invalid


class Timers(StrEnum):
    """What becomes of the timers that are running."""

    KEEP = "keep"
    """They are due when they were due."""
    RESTART = "restart"
    """They begin again, as the new version has them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationPlan:
    """What becomes of each node; one that is not named may hold nothing.

    ``called`` maps the nodes of called processes by their keys, where the two versions call
    different releases of them. A plan names versions, not ids of releases: it can be kept in
    a file, and used with another database.
    """

    process: str
    source: int
    """The version that the instances are on."""
    target: int
    nodes: Mapping[str, str]
    called: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    timers: Timers = Timers.KEEP

    def of(self, key: str) -> Mapping[str, str]:
        """The mapping of the nodes of one process."""
        return self.nodes if key == self.process else self.called.get(key, {})

    def map(self, old: str, new: str, *, process: str | None = None) -> Self:
        """The plan in which a node goes on as another; ``process`` is the key of a called one."""
        return self._with({**self.of(process or self.process), old: new}, process)

    def unmap(self, old: str, *, process: str | None = None) -> Self:
        """The plan in which a node goes on as nothing: instances that wait there are refused."""
        kept = {name: to for name, to in self.of(process or self.process).items() if name != old}
        return self._with(kept, process)

    def inverse(self) -> Self:
        """The way back. A node that several go on as has none."""
        called = {key: _inverted(nodes) for key, nodes in self.called.items()}
        nodes = _inverted(self.nodes)
        return replace(self, source=self.target, target=self.source, nodes=nodes, called=called)

    def as_dict(self) -> dict[str, Any]:
        """The plan as JSON has it."""
        return {
            "process": self.process,
            "from": self.source,
            "to": self.target,
            "timers": self.timers.value,
            "nodes": dict(self.nodes),
            "called": {key: dict(nodes) for key, nodes in self.called.items()},
        }

    @classmethod
    def from_dict(cls, said: object) -> Self:
        """The plan that ``as_dict`` wrote, or somebody by hand. Raises Invalid."""
        if not isinstance(said, Mapping):
            raise Invalid("A migration plan is an object with process, from, to and nodes.")
        unknown = sorted(str(name) for name in set(said) - _FIELDS)
        if unknown:
            raise Invalid(f"A migration plan has no {', '.join(unknown)}.")
        called = said.get("called", {})
        if not isinstance(called, Mapping):
            raise Invalid("The called of a migration plan maps keys of processes to nodes.")
        return cls(
            process=_text(said.get("process"), "process"),
            source=_version(said.get("from"), "from"),
            target=_version(said.get("to"), "to"),
            nodes=_nodes(said.get("nodes"), "nodes"),
            called={_text(key, "called"): _nodes(called[key], f"called.{key}") for key in called},
            timers=_timers(said.get("timers", Timers.KEEP)),
        )

    def _with(self, nodes: Mapping[str, str], process: str | None) -> Self:
        if process is None or process == self.process:
            return replace(self, nodes=nodes)
        return replace(self, called={**self.called, process: nodes})


_FIELDS = {"process", "from", "to", "timers", "nodes", "called"}


def _inverted(nodes: Mapping[str, str]) -> dict[str, str]:
    counted = Counter(nodes.values())
    return {new: old for old, new in nodes.items() if counted[new] == 1}


def _text(value: object, where: str) -> str:
    if not isinstance(value, str) or not value:
        raise Invalid(f"The {where} of a migration plan is a text, not {value!r}.")
    return value


def _version(value: object, where: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value < 2**31:
        raise Invalid(f"The {where} of a migration plan is a version from 1 up, not {value!r}.")
    return value


def _nodes(value: object, where: str) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise Invalid(f"The {where} of a migration plan map ids of nodes to ids of nodes.")
    return {_text(old, where): _text(new, where) for old, new in value.items()}


def _timers(value: object) -> Timers:
    try:
        return Timers(str(value))
    except ValueError as error:
        known = " or ".join(Timers)
        raise Invalid(f"The timers of a migration plan are {known}, not {value!r}.") from error
