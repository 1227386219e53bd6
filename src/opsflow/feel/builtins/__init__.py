"""The built-in functions (DMN 1.5 §10.3.4), one module per kind of value."""

from opsflow.feel.builtins.aggregation import LIBRARY as AGGREGATION
from opsflow.feel.builtins.contexts import LIBRARY as CONTEXTS
from opsflow.feel.builtins.conversion import LIBRARY as CONVERSION
from opsflow.feel.builtins.lists import LIBRARY as LISTS
from opsflow.feel.builtins.numbers import LIBRARY as NUMBERS
from opsflow.feel.builtins.ranges import LIBRARY as RANGES
from opsflow.feel.builtins.registry import Builtin
from opsflow.feel.builtins.strings import LIBRARY as STRINGS
from opsflow.feel.builtins.temporal import LIBRARY as TEMPORAL

BUILTINS: dict[str, Builtin] = {
    **CONVERSION.functions,
    **STRINGS.functions,
    **NUMBERS.functions,
    **LISTS.functions,
    **AGGREGATION.functions,
    **TEMPORAL.functions,
    **RANGES.functions,
    **CONTEXTS.functions,
}
"""Every built-in function by its name."""

__all__ = ["BUILTINS", "Builtin"]
