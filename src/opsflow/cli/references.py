"""How instances and tasks are named on the command line.

An instance by its id or its business key; a task by its id, or as ``INSTANCE/NODE``:
``PR-2026-001/request`` is the task of the node ``request`` of that purchase.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsflow.errors import Invalid, NotFound

if TYPE_CHECKING:
    from opsflow.app import Opsflow
    from opsflow.instances import Instance
    from opsflow.tasks import Task


def find_instance(flow: Opsflow, reference: str) -> Instance:
    """The instance of this id or business key. Raises NotFound, and Invalid for several."""
    found = flow.instances.find(business_key=reference, limit=2)
    if len(found) > 1:
        raise Invalid(f"Several instances have the business key {reference!r}: name one by its id.")
    return found[0] if found else flow.instances.get(reference)


def find_task(flow: Opsflow, reference: str) -> Task:
    """The task of this id or place; of several at one place the open, else the latest one."""
    instance_reference, slash, node = reference.rpartition("/")
    if not slash:
        return flow.tasks.get(reference)
    instance = find_instance(flow, instance_reference)
    there = [task for task in flow.tasks.of_instance(instance.id) if task.node_id == node]
    if not there:
        raise NotFound("task", reference)
    return next((task for task in there if task.is_open), there[-1])


def find_gate(flow: Opsflow, task: Task, gate_id: str) -> str:
    """The id of a task's gate by its id in the diagram. Raises NotFound."""
    for view in flow.approvals.gates(task.id):
        if view.gate.gate_id == gate_id:
            return view.gate.id
    raise NotFound("gate", f"{task.node_id}/{gate_id}")


def find_deviation(flow: Opsflow, task: Task, step_id: str) -> str:
    """The id of the latest deviation of a procedure step. Raises NotFound."""
    of_step = [each for each in flow.sop.deviations(task.id) if each.step_id == step_id]
    if not of_step:
        raise NotFound("deviation at step", step_id)
    return of_step[-1].id


def find_consultation(flow: Opsflow, task: Task, person: str) -> str:
    """The id of the consultation of a task that a person can answer, else of the first one.

    Of the first one, so that who may not answer is told by the rules and not by this look-up.
    """
    own = [c for c in flow.responsibility.consultations_for(person) if c.task_id == task.id]
    asked = own or flow.responsibility.consultations(task.id)
    if not asked:
        raise NotFound("consultation of the task", task.id)
    return asked[0].id
