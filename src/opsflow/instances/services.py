"""The work of service steps: a registered handler, or a decision."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from opsflow.db import Unit
from opsflow.definitions import Decisions, Definitions
from opsflow.engine import BpmnError, CalledDecision, Execution, Step
from opsflow.errors import OpsflowError
from opsflow.events import SYSTEM
from opsflow.instances.handlers import Handlers, ServiceCall
from opsflow.instances.models import Instance
from opsflow.texts import storable

MESSAGE_LIMIT = 2_000
"""Characters of a foreign error's text that an incident keeps."""


class Services:
    """Does what a service step waits for, in the transaction of the move that reached it."""

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
            result = {asked.result or asked.key: evaluation.value}
            _complete(execution, step.id, result, unit.now)

    def _handle(self, unit: Unit, instance: Instance, execution: Execution, step: Step) -> None:
        """Call the handler of a step; of one that fails nothing is kept."""
        topic = step.node.controls.topic or step.node.id
        handler = self._handlers.find(topic)
        if handler is None:
            message = f"No handler is registered for the topic {topic!r}: register one, then retry."
            execution.fail(step.id, message, now=unit.now)
            return
        call = ServiceCall(
            topic=topic,
            variables=execution.inputs(step.id),
            instance_id=instance.id,
            step_id=step.id,
            node_id=step.node.id,
            business_key=instance.business_key,
        )
        try:
            with unit.visit():
                outputs = dict(handler(call) or {})
        except BpmnError as error:
            execution.throw_error(step.id, error.code, error.message, error.variables, now=unit.now)
        except OpsflowError as error:
            execution.fail(step.id, str(error), now=unit.now)
        except Exception as error:
            # A handler is foreign code: whatever it raises is the incident of its step, and
            # what a foreign error says may hold anything.
            said = storable(f"{type(error).__name__}: {error}")
            execution.fail(step.id, said[:MESSAGE_LIMIT], now=unit.now)
        else:
            _complete(execution, step.id, outputs, unit.now)


def _complete(
    execution: Execution, step_id: str, outputs: Mapping[str, object], now: datetime
) -> None:
    try:
        execution.complete(step_id, outputs, now=now)
    except OpsflowError as error:
        execution.fail(step_id, str(error), now=now)
