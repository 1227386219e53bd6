"""The Markdown list of a procedure."""

from __future__ import annotations

import pytest

from opsflow.definitions.procedures import read_procedure
from opsflow.engine import ProcedureStepKind

PROCEDURE = b"""# Check the invoice

Look at the paper first.

1. [check] order: The order number is on it
2. [measure] price: Price on the invoice (unit=CNY, min=0, max="approved * (1 + 0.05)")
- [file] scan: Scan of the invoice (evidence=file, optional)
* [text] remark: Anything unusual (like a stain)
"""


def test_list_items_become_steps_in_order() -> None:
    steps, findings = read_procedure(PROCEDURE, "procedures/pay.md")
    assert findings == []
    assert [(step.id, step.kind, step.required) for step in steps] == [
        ("order", ProcedureStepKind.CHECK, True),
        ("price", ProcedureStepKind.MEASURE, True),
        ("scan", ProcedureStepKind.FILE, False),
        ("remark", ProcedureStepKind.TEXT, True),
    ]
    price = steps[1]
    assert price.unit == "CNY"
    assert price.minimum is not None
    assert price.maximum is not None
    assert (price.minimum.text, price.maximum.text) == ("0", "approved * (1 + 0.05)")
    assert steps[3].text == "Anything unusual (like a stain)"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"- [dance] a: Do it", "dance"),
        (b"- [check] no colon", "written"),
        (b"- [check] a: x (colour=red)", "colour"),
        (b'- [measure] a: x (max="1 +")', "FEEL"),
        (b"- [check] a: x\n- [check] a: y", "twice"),
        (b"\xff", "UTF-8"),
        (b"- [check] a: x\x00y", "NUL"),
    ],
)
def test_what_does_not_fit_is_a_finding(line: bytes, says: str) -> None:
    _, findings = read_procedure(line, "procedures/pay.md")
    assert len(findings) == 1
    assert says in findings[0].message
    assert findings[0].file == "procedures/pay.md"
