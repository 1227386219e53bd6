"""Decisions: which there are, and what they decide."""

from __future__ import annotations

from opsflow.access import Permission
from opsflow.api.permitting import Caller
from opsflow.api.routing import Routes
from opsflow.api.schemas.base import Listed
from opsflow.api.schemas.decisions import EvaluationOut, Question
from opsflow.api.schemas.processes import DecisionReleaseOut

TAGS = ["decisions"]


def add(routes: Routes) -> None:
    """Register the routes."""
    decisions = routes.flow.decisions

    @routes.get("/decisions", permission=Permission.PROCESSES_READ, tags=TAGS)
    def list_decisions(key: str | None = None) -> Listed[DecisionReleaseOut]:
        """All versions of a decision, or of all of them, newest first."""
        return Listed(items=[DecisionReleaseOut.of(each) for each in decisions.releases(key)])

    @routes.post("/decisions/{key}/evaluate", permission=Permission.DECISIONS_EVALUATE, tags=TAGS)
    def evaluate_decision(key: str, body: Question, call: Caller) -> EvaluationOut:
        """Decide, and keep on record what was decided, on what, and by which rules."""
        return call.once(
            lambda: EvaluationOut.of(
                decisions.evaluate(key, body.variables, by=call.person, version=body.version)
            )
        )
