"""Which instances or incidents a batch is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from opsflow.errors import Invalid


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Running instances that meet every condition; at least one is named.

    ``attributes`` are search attributes with the value wanted; ``node`` and ``code`` are those
    of an open incident of the instance. What a verb cannot be done to is left out: nobody
    suspends what is suspended.
    """

    process: str | None = None
    version: int | None = None
    business_key: str | None = None
    suspended: bool | None = None
    attributes: Mapping[str, object] = field(default_factory=dict)
    node: str | None = None
    code: str | None = None

    def __post_init__(self) -> None:
        if not self.conditions:
            raise Invalid(
                "Say which instances are meant, such as those of a process: "
                "a batch is never about all there are."
            )
        if self.version is not None and self.process is None:
            raise Invalid("A version is one of a process: name the process too.")

    @property
    def conditions(self) -> dict[str, object]:
        """The conditions that were named."""
        given = asdict(self)
        return {name: value for name, value in given.items() if value not in (None, {})}
