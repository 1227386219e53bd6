"""Forms of tasks: JSON Schema (2020-12), checked at deployment and validated on the server."""

from opsflow.tasks.forms.checks import check_form, check_forms, form_of
from opsflow.tasks.forms.validation import validate

__all__ = ["check_form", "check_forms", "form_of", "validate"]
