"""A purchase whose task has a procedure, and the people around it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from opsflow.app import Opsflow
from opsflow.tasks import Task
from tests.models import human, simple

PROCEDURE = """
<opsflow:procedure>
  <opsflow:step id="quotes" kind="check" evidence="file">Three quotes are on file</opsflow:step>
  <opsflow:step id="price" kind="measure" unit="CNY" min="1" max="= approved">Price</opsflow:step>
  <opsflow:step id="remark" kind="text" required="false">Anything unusual</opsflow:step>
  <opsflow:step id="sign" kind="signature">Sign</opsflow:step>
</opsflow:procedure>
"""
PEOPLE = {
    "ann": ("Ann Li", ["buyer"]),
    "bob": ("Bob Wu", ["buyer"]),
    "mia": ("Mia Gu", ["manager"]),
    "max": ("Max Ho", ["manager", "buyer"]),
}


@pytest.fixture
def purchase(flow: Opsflow) -> Callable[..., Task]:
    """Starts a purchase and claims its task: for ann, unless told otherwise."""
    for person, (name, roles) in PEOPLE.items():
        flow.people.add_person(person, name=name)
        for role in roles:
            if not flow.people.role_exists(role):
                flow.people.add_role(role)
            flow.people.grant(person, role)
    flow.definitions.deploy(simple(human("buy", PROCEDURE, "Buy")), by="mia")

    def start(by: str = "ann", variables: Mapping[str, object] | None = None) -> Task:
        given = {"approved": 100} if variables is None else variables
        instance = flow.instances.start("order", by="mia", variables=given)
        (task,) = flow.tasks.of_instance(instance.id)
        return flow.tasks.claim(task.id, by=by)

    return start
