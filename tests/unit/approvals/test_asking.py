"""Whom a decision could have named, as far as its file shows."""

from __future__ import annotations

from opsflow.approvals.asking import possible_roles
from tests.unit.decisions.models import data, decision, model, table


def test_every_role_that_a_table_names_is_possible_and_what_names_nobody_is_left_out() -> None:
    logic = table(
        ["amount"],
        ["voters", "veto"],
        ['1 => "a, b" | null', '2 => "c" | "a"', "3 => 5 | null", "4 => amount | null"],
    )
    built = model(data("amount"), decision("d", logic, inputs=["amount"]))
    assert possible_roles(built, "d") == ("a", "b", "c")
