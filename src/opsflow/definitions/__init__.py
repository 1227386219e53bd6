"""Definitions: check a file, deploy it as an immutable release, and find it again."""

from opsflow.definitions.blobs import Blob, fetch, keep
from opsflow.definitions.drafts import Check, Draft, Mode
from opsflow.definitions.events import DecisionDeployed, DecisionEvaluated, ReleaseDeployed
from opsflow.definitions.models import DecisionRelease, ProcessRecord, Release
from opsflow.definitions.packages import Source
from opsflow.definitions.rulebook import Decisions
from opsflow.definitions.service import Definitions, Deployment, ReleaseContent

__all__ = [
    "Blob",
    "Check",
    "DecisionDeployed",
    "DecisionEvaluated",
    "DecisionRelease",
    "Decisions",
    "Definitions",
    "Deployment",
    "Draft",
    "Mode",
    "ProcessRecord",
    "Release",
    "ReleaseContent",
    "ReleaseDeployed",
    "Source",
    "fetch",
    "keep",
]
