"""Decisions over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, PlainSerializer

from opsflow.api.schemas.base import Body, Out
from opsflow.api.values import Variables, shown
from opsflow.decisions import Evaluation

Value = Annotated[Any, PlainSerializer(shown)]


class Question(Body):
    """What a decision is asked about."""

    variables: dict[str, Any] = Field(
        default={}, examples=[{"amount": 120000, "category": "equipment"}]
    )
    version: int | None = Field(
        default=None, ge=1, le=2_147_483_647, description="The published one without it"
    )


class MatchedOut(Out):
    """The rules of a table that matched."""

    decision: str
    rules: list[str]


class EvaluationOut(Out):
    """What came of a decision, and why."""

    decision: str
    value: Value
    inputs: Variables
    decisions: Variables = Field(description="Values of every decision that was asked on the way")
    matched: list[MatchedOut]
    warnings: list[str]

    @classmethod
    def of(cls, evaluation: Evaluation) -> EvaluationOut:
        """What is told of an evaluation."""
        return cls(
            decision=evaluation.decision,
            value=evaluation.value,
            inputs=dict(evaluation.inputs),
            decisions=dict(evaluation.decisions),
            matched=[
                MatchedOut(decision=each.decision, rules=[str(rule) for rule in each.rules])
                for each in evaluation.matched
            ],
            warnings=[str(each) for each in evaluation.warnings],
        )
