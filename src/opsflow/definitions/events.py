"""What the definitions announce."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from opsflow.events import Event


@dataclass(frozen=True, kw_only=True)
class DefinitionEvent(Event):
    """A fact that only an owner may make, or somebody who acted as an administrator."""

    as_administrator: bool = False


@dataclass(frozen=True, kw_only=True)
class ReleaseDeployed(DefinitionEvent):
    """A new version of a process was stored."""

    process_key: str
    version: int
    release_id: str
    content_hash: str

    @property
    def stream(self) -> str:
        """One chain per process."""
        return f"process:{self.process_key}"


@dataclass(frozen=True, kw_only=True)
class ReleasePublished(DefinitionEvent):
    """New instances of a process run this version from now on."""

    process_key: str
    version: int
    release_id: str
    previous: int | None
    """The version that was published before."""

    @property
    def stream(self) -> str:
        """One chain per process."""
        return f"process:{self.process_key}"


@dataclass(frozen=True, kw_only=True)
class DecisionDeployed(DefinitionEvent):
    """A new version of a decision was stored."""

    decision_key: str
    version: int
    release_id: str
    content_hash: str

    @property
    def stream(self) -> str:
        """One chain per decision."""
        return f"decision:{self.decision_key}"


@dataclass(frozen=True, kw_only=True)
class DecisionPublished(DefinitionEvent):
    """This version of a decision is asked from now on where none is named."""

    decision_key: str
    version: int
    release_id: str
    previous: int | None
    """The version that was published before."""

    @property
    def stream(self) -> str:
        """One chain per decision."""
        return f"decision:{self.decision_key}"


@dataclass(frozen=True, kw_only=True)
class OwnerAdded(DefinitionEvent):
    """A person owns a process or decision from now on."""

    kind: str
    key: str
    person: str

    @property
    def stream(self) -> str:
        """The chain of what is owned."""
        return f"{self.kind}:{self.key}"


@dataclass(frozen=True, kw_only=True)
class OwnerRemoved(DefinitionEvent):
    """A person owns a process or decision no longer."""

    kind: str
    key: str
    person: str

    @property
    def stream(self) -> str:
        """The chain of what is owned."""
        return f"{self.kind}:{self.key}"


@dataclass(frozen=True, kw_only=True)
class DecisionEvaluated(Event):
    """A decision was made by rules: on what, which rules matched, and what came of it."""

    decision_key: str
    version: int
    release_id: str
    inputs: Mapping[str, object]
    matched: Sequence[Mapping[str, object]]
    value: object
    warnings: Sequence[str]
    instance_id: str | None = None
    step_id: str | None = None

    @property
    def stream(self) -> str:
        """The instance's chain where one asked, else the decision's."""
        if self.instance_id is None:
            return f"decision:{self.decision_key}"
        return f"instance:{self.instance_id}"
