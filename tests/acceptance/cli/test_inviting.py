"""The invitation behind the demonstration, also the second time."""

from __future__ import annotations

from pathlib import Path

import pytest

from opsflow.access import AccessRole
from opsflow.app import Opsflow
from opsflow.cli.inviting import CASE, invite
from tests.acceptance.conftest import ROOT

REQUEST = {
    "item": "Safety gloves",
    "category": "production",
    "quantity": 600,
    "amount": 4200,
    "needed_by": "2027-01-15",
    "reason": "The stock is used up in January",
}


@pytest.fixture
def invited(flow: Opsflow) -> Opsflow:
    flow.people.load_organisation(ROOT / "examples/procurement/organisation")
    files: list[Path] = [ROOT / "bpmn" / name for name in ("authority.dmn", "procurement.bpmn")]
    flow.definitions.deploy(files, by="ping")
    invite(flow, "procurement", 8000)
    return flow


def test_there_is_a_case_and_a_token_for_each(
    invited: Opsflow, capsys: pytest.CaptureFixture[str]
) -> None:
    assert AccessRole.PROCESS_OWNER in invited.access.roles_of("ping")
    invite(invited, "procurement", 8000)
    printed = capsys.readouterr().out
    for name in ("TOKEN", "HEAD", "BUYER", "OWNER"):
        secret = printed.split(f"export {name}=")[1].split()[0]
        assert invited.access.authenticate(secret).person in ("jun", "hua", "bo", "ping")


def test_invited_again_the_case_is_there_once(invited: Opsflow) -> None:
    invite(invited, "procurement", 8000)
    assert len(invited.instances.find(business_key=CASE)) == 1


def test_once_it_was_worked_on_there_is_another(invited: Opsflow) -> None:
    [task] = invited.tasks.for_person("jun", business_key=CASE)
    invited.tasks.complete(task.id, by="jun", data=REQUEST)
    invited.instances.cancel(task.instance_id, by="ping", reason="tried")
    invite(invited, "procurement", 8000)
    assert len(invited.instances.find(business_key=CASE)) == 2
