"""The work of service steps that is done inside the move: decisions, and some handlers."""

from __future__ import annotations

from opsflow.db import Unit
from opsflow.definitions import Decisions, Definitions
from opsflow.engine import CalledDecision, Execution, Step
from opsflow.errors import OpsflowError
from opsflow.events import SYSTEM
from opsflow.instances.handlers import Again, Handlers, Later, ServiceCall
from opsflow.instances.models import Instance
from opsflow.instances.outcomes import Completed, Failed, apply, attempt


class Services:
    """Does what is done in the transaction of the move that reached the step."""

    def __init__(self, definitions: Definitions, decisions: Decisions, handlers: Handlers) -> None:
        self._definitions = definitions
        self._decisions = decisions
        self._handlers = handlers

    def serve(self, unit: Unit, instance: Instance, execution: Execution, step_id: str) -> None:
        """Do the work of a step that waits for it still; a failure is an incident of the step."""
        if step_id not in {step.id for step in execution.steps()}:
            return
        step = execution.step(step_id)
        asked = step.node.controls.decision
        if asked is None:
            self._handle(unit, instance, execution, step)
        else:
            self._decide(unit, instance, execution, step, asked)

    def _decide(
        self,
        unit: Unit,
        instance: Instance,
        execution: Execution,
        step: Step,
        asked: CalledDecision,
    ) -> None:
        bound = self._definitions.content(step.program).decisions[asked.key]
        try:
            with unit.part():
                evaluation = self._decisions.decide(
                    self._decisions.get(bound),
                    execution.inputs(step.id),
                    actor=SYSTEM,
                    instance_id=instance.id,
                    step_id=step.id,
                )
        except OpsflowError as error:
            execution.fail(step.id, str(error), now=unit.now)
        else:
            result = Completed({asked.result or asked.key: evaluation.value})
            apply(execution, step.id, result, unit.now)

    def _handle(self, unit: Unit, instance: Instance, execution: Execution, step: Step) -> None:
        """Call a handler that works in this transaction; any other one has a job to do."""
        registered = self._handlers.find(step.node.controls.topic or step.node.id)
        if registered is None or not registered.terms.transactional:
            return
        call = call_of(instance, execution, step)
        result = attempt(registered.handler, call, unit.visit())
        if isinstance(result, Later | Again):
            result = Failed("A handler inside the transaction of the move has no later: answer.")
        apply(execution, step.id, result, unit.now)


def call_of(instance: Instance, execution: Execution, step: Step) -> ServiceCall:
    """What the handler of a service step is given."""
    return ServiceCall(
        topic=step.node.controls.topic or step.node.id,
        variables=execution.inputs(step.id),
        instance_id=instance.id,
        step_id=step.id,
        node_id=step.node.id,
        business_key=instance.business_key,
    )
