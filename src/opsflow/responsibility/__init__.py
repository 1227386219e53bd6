"""Responsibility: the matrix, who may do what with a task and why, separation of duties."""

from opsflow.responsibility.checks import check_matrix, check_roles
from opsflow.responsibility.events import ConsultationAnswered, ConsultationAsked
from opsflow.responsibility.matrix import Matrix, Row, Source, matrix_of
from opsflow.responsibility.models import Consultation, Performance
from opsflow.responsibility.service import Responsibility
from opsflow.responsibility.staffing import Shortage
from opsflow.responsibility.verbs import Ruling, Subject, Verb

__all__ = [
    "Consultation",
    "ConsultationAnswered",
    "ConsultationAsked",
    "Matrix",
    "Performance",
    "Responsibility",
    "Row",
    "Ruling",
    "Shortage",
    "Source",
    "Subject",
    "Verb",
    "check_matrix",
    "check_roles",
    "matrix_of",
]
