"""What can be told of a decision model without evaluating it."""

from opsflow.decisions.checks.logic import check_logic
from opsflow.decisions.checks.requirements import check_requirements
from opsflow.decisions.checks.tables import check_tables
from opsflow.decisions.model import DecisionModel
from opsflow.findings import Finding

__all__ = ["check"]


def check(model: DecisionModel) -> list[Finding]:
    """All findings about a model, those of reading it first. Takes bounded time.

    Requirements in a circle, unknown names, types that clash; rules of a table that overlap or
    can not be reached, and inputs for which there is no rule, each with an example.
    """
    return [
        *model.findings,
        *check_requirements(model),
        *check_logic(model),
        *check_tables(model),
    ]
