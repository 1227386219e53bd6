"""What handlers declare, and what breaks it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Literal, NotRequired, TypedDict

import pytest

from opsflow.engine import BpmnError
from opsflow.errors import ConfigurationInvalid
from opsflow.instances import (
    Again,
    Completed,
    Erred,
    Failed,
    Later,
    ServiceCall,
    attempt,
    contract_of,
)


@dataclass
class Order:
    number: str
    amount: Decimal
    lines: list[int]
    wanted: date | None = None


class Answer(TypedDict):
    status: Literal["new", "known"]
    note: NotRequired[str]


GOOD: dict[str, object] = {"number": "7", "amount": Decimal("1.5"), "lines": [Decimal(1), 2]}


def work(
    given: Mapping[str, object], answer: Any = None, **declared: Any
) -> Completed | Erred | Failed | Later | Again:
    contract = contract_of(declared.get("inputs"), declared.get("outputs"), declared.get("errors"))
    assert contract is not None

    def handler(_: ServiceCall) -> Any:
        if isinstance(answer, Exception):
            raise answer
        return answer

    call = ServiceCall("t", dict(given), "i", "s", "n", None)
    return attempt(contract.guard("t", handler), call)


def test_what_fits_passes_and_more_may_come_in() -> None:
    assert work({**GOOD, "more": 1}, {"x": 1}, inputs=Order) == Completed({"x": 1})
    assert isinstance(work({**GOOD, "wanted": date(2026, 3, 2)}, inputs=Order), Completed)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"number": 7}, "number is not of type string"),
        ({"amount": "1.5"}, "amount is not of type number"),
        ({"amount": True}, "amount is not of type number"),
        ({"lines": [1, Decimal("1.5")]}, "lines.1 is not of type integer"),
        ({"wanted": "SECRET"}, "wanted"),
    ],
)
def test_inputs_that_do_not_fit_are_no_attempt_at_all(change: dict[str, object], said: str) -> None:
    result = work({**GOOD, **change}, inputs=Order)
    assert isinstance(result, Failed)
    assert result.retries == 0
    assert said in result.message
    assert "SECRET" not in result.message


def test_missing_inputs_are_named() -> None:
    result = work({"lines": []}, inputs=Order)
    assert isinstance(result, Failed)
    assert result.message == "The task does not give 't' its inputs: amount, number missing."


def test_outputs_are_exactly_what_is_declared() -> None:
    assert work({}, {"status": "new"}, outputs=Answer) == Completed({"status": "new"})
    for wrong, said in (
        ({}, "status missing"),
        (None, "status missing"),
        ({"status": "old"}, "status breaks enum"),
        ({"status": "new", "sattus": 1}, "sattus not declared"),
    ):
        result = work({}, wrong, outputs=Answer)
        assert isinstance(result, Failed)
        assert (result.retries, said in result.message) == (0, True)


def test_a_dataclass_is_given_back_as_its_fields() -> None:
    answer = Order("7", Decimal(1), [])
    assert work({}, answer, outputs=Order) == Completed(
        {"number": "7", "amount": Decimal(1), "lines": [], "wanted": None}
    )


def test_only_declared_errors_reach_the_process() -> None:
    assert isinstance(work({}, BpmnError("NO"), errors=("NO",)), Erred)
    result = work({}, BpmnError("YES", "why"), errors=("NO",))
    assert isinstance(result, Failed)
    assert result.retries == 0
    assert "'YES', which it does not declare (NO): why" in result.message
    assert isinstance(work({}, BpmnError("ANY"), inputs={}), Erred)


def test_names_and_schemas_declare_too() -> None:
    assert isinstance(work({"n": 1}, inputs={"n": int, "more": str | None}), Failed)
    schema = {"type": "object", "properties": {"n": {"maximum": 10}}, "required": ["n"]}
    assert isinstance(work({"n": 3}, inputs=schema), Completed)
    assert isinstance(work({"n": 30}, inputs=schema), Failed)
    at = {"at": datetime(2026, 3, 2, tzinfo=UTC)}
    assert isinstance(work(at, inputs={"at": datetime}), Completed)
    assert isinstance(work({}, Later(within=at["at"] - at["at"]), outputs=Answer), Later)


@pytest.mark.parametrize(
    "shape", [int, {"n": bytes}, {"n": complex}, {"type": "nothing"}, {"type": "array"}]
)
def test_what_declares_nothing_is_refused(shape: Any) -> None:
    with pytest.raises(ConfigurationInvalid):
        contract_of(shape, None, None)


def test_codes_of_errors_are_texts() -> None:
    with pytest.raises(ConfigurationInvalid):
        contract_of(None, None, (1,))  # type: ignore[arg-type]
    assert contract_of(None, None, None) is None
