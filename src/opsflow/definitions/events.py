"""What the definitions announce."""

from __future__ import annotations

from dataclasses import dataclass

from opsflow.events import Event


@dataclass(frozen=True, kw_only=True)
class ReleaseDeployed(Event):
    """A new version of a process was stored."""

    process_key: str
    version: int
    release_id: str
    content_hash: str

    @property
    def stream(self) -> str:
        """One chain per process."""
        return f"process:{self.process_key}"
