"""Decision models of DMN 1.1 to 1.5: tables and requirements graphs, evaluated on FEEL."""

from opsflow.decisions.audit import DECISION_LIMITS, DecisionWarning, MatchedRules
from opsflow.decisions.checks import check
from opsflow.decisions.elements import Decision, InputData, Knowledge, Service
from opsflow.decisions.errors import DecisionFailed, DecisionTooLarge, RulesConflict
from opsflow.decisions.evaluation import Evaluation
from opsflow.decisions.model import DecisionModel, read, read_package
from opsflow.decisions.outlook import Outlook, PossibleValue, input_types, outlook

__all__ = [
    "DECISION_LIMITS",
    "Decision",
    "DecisionFailed",
    "DecisionModel",
    "DecisionTooLarge",
    "DecisionWarning",
    "Evaluation",
    "InputData",
    "Knowledge",
    "MatchedRules",
    "Outlook",
    "PossibleValue",
    "RulesConflict",
    "Service",
    "check",
    "input_types",
    "outlook",
    "read",
    "read_package",
]
