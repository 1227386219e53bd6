"""Definitions: check a file, deploy it as an immutable release, publish it, and find it again."""

from opsflow.definitions.blobs import Blob, fetch, keep
from opsflow.definitions.contents import ReleaseContent
from opsflow.definitions.dataflow import check_dataflow
from opsflow.definitions.deployment import Deployment
from opsflow.definitions.drafts import Check, Draft, Mode
from opsflow.definitions.events import (
    DecisionDeployed,
    DecisionEvaluated,
    DecisionPublished,
    OwnerAdded,
    OwnerRemoved,
    ReleaseDeployed,
    ReleasePublished,
)
from opsflow.definitions.models import DecisionRelease, Owner, Release
from opsflow.definitions.overview import FileInfo, ProcessSummary, ReleaseOutline, TaskOutline
from opsflow.definitions.ownership import Kind
from opsflow.definitions.packages import Source
from opsflow.definitions.rulebook import Decisions, evaluated
from opsflow.definitions.service import Definitions

__all__ = [
    "Blob",
    "Check",
    "DecisionDeployed",
    "DecisionEvaluated",
    "DecisionPublished",
    "DecisionRelease",
    "Decisions",
    "Definitions",
    "Deployment",
    "Draft",
    "FileInfo",
    "Kind",
    "Mode",
    "Owner",
    "OwnerAdded",
    "OwnerRemoved",
    "ProcessSummary",
    "Release",
    "ReleaseContent",
    "ReleaseDeployed",
    "ReleaseOutline",
    "ReleasePublished",
    "Source",
    "TaskOutline",
    "check_dataflow",
    "evaluated",
    "fetch",
    "keep",
]
