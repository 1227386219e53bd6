"""Loops and multi-instance activities (BPMN 2.0.2 §10.3.8, §13.3.7).

The holder is the step of the activity in its scope: boundary events and outgoing flows are
its. Each iteration is a body inside the holder, with a scope of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from opsflow.engine.changes import Waiting
from opsflow.engine.model import Behavior, MultiInstance, Node, StandardLoop
from opsflow.engine.semantics.activities import Activity
from opsflow.engine.semantics.element import truth_of, value_of
from opsflow.engine.semantics.scope import visible
from opsflow.engine.semantics.stuck import Stuck
from opsflow.engine.semantics.throwing import throw_event

if TYPE_CHECKING:
    from opsflow.engine.semantics.live import LiveWorkflow
    from opsflow.engine.semantics.process import ProcessSpec
    from opsflow.engine.semantics.token import SpiffTask

MAX_INSTANCES = 50_000
"""The most instances that one multi-instance activity may have."""


class Loop(Activity):
    """The holder of the iterations of an activity."""

    body: Activity

    def take_inputs(self, task: SpiffTask) -> None:
        """Nothing: input mappings are those of each iteration."""

    def write_outputs(self, task: SpiffTask, outputs: Mapping[str, object]) -> None:
        """Nothing: outputs are those of each iteration."""

    def outputs_begin_at(self, body: SpiffTask) -> SpiffTask:
        """Where an iteration's outputs begin to look for their scope."""
        raise NotImplementedError

    def look_back(self, body: SpiffTask) -> None:
        """An iteration is about to end: evaluate what follows. May raise Stuck."""

    def iterated(self, body: SpiffTask) -> None:
        """An iteration has ended."""

    def iterate(self, task: SpiffTask, counter: int, local: Mapping[str, object]) -> None:
        """Start one iteration; the counter counts from 1."""
        body = task.workflow.new_task(self.body, task)
        body.internal_data["counter"] = counter
        body.data.update({"loopCounter": counter, **local})
        self.body._update(body)


class StandardLoopActivity(Loop):
    """Repeats while its condition holds; tests before or after, up to a maximum."""

    def __init__(self, spec: ProcessSpec, name: str, node: Node) -> None:
        super().__init__(spec, name, node)
        assert isinstance(node.loop, StandardLoop)
        self.loop = node.loop

    def work(self, task: SpiffTask) -> bool | None:
        """Do what this kind of activity does."""
        if self.loop.test_before and not self._goes_on(task, task, 0):
            task.workflow.reach(task, None)
            return self.conclude(task, {})
        self.wait(task, Waiting.INSIDE)
        self.iterate(task, 1, {})
        return None

    def outputs_begin_at(self, body: SpiffTask) -> SpiffTask:
        """Where an iteration's outputs begin to look for their scope."""
        assert body.scope is not None
        assert body.scope.scope is not None
        return body.scope.scope

    def look_back(self, body: SpiffTask) -> None:
        """Evaluate whether another iteration follows."""
        assert body.scope is not None
        done: int = body.internal_data["counter"]
        body.internal_data["again"] = self._goes_on(body.scope, body, done)

    def iterated(self, body: SpiffTask) -> None:
        """Start the next iteration or stop."""
        assert body.scope is not None
        if body.internal_data.get("again") and body.scope.is_live:
            self.iterate(body.scope, body.internal_data["counter"] + 1, {})

    def _goes_on(self, task: SpiffTask, seen_from: SpiffTask, done: int) -> bool:
        if self.loop.maximum is not None and done >= self.loop.maximum:
            return False
        if self.loop.condition is None:
            return self.loop.maximum is not None or done == 0
        seen = visible(seen_from)
        return truth_of(self.loop.condition, seen, task.workflow, "the loop condition")


class MultiInstanceActivity(Loop):
    """Does its body once per item or number, in parallel or one after the other."""

    def __init__(self, spec: ProcessSpec, name: str, node: Node) -> None:
        super().__init__(spec, name, node)
        assert isinstance(node.loop, MultiInstance)
        self.loop = node.loop

    def work(self, task: SpiffTask) -> bool | None:
        """Do what this kind of activity does."""
        items = self._items(task)
        total = len(items) if items is not None else self._cardinality(task)
        if total > MAX_INSTANCES:
            raise Stuck("budget", f"{total} instances are more than the {MAX_INSTANCES} allowed")
        memory = task.internal_data
        memory.update(total=total, done=0, started=0)
        if items and self.loop.element:
            memory["items"] = items[::-1]
        if self.loop.output_collection:
            memory["results"] = [None] * total
        if total == 0:
            task.workflow.reach(task, None)
            return self.conclude(task, {})
        self.wait(task, Waiting.INSIDE)
        for _ in range(1 if self.loop.sequential else total):
            self._start_next(task)
        if not memory.get("items"):
            memory.pop("items", None)
        self._count(task)
        return None

    def _items(self, task: SpiffTask) -> list[object] | None:
        if self.loop.collection is None:
            return None
        items = value_of(self.loop.collection, visible(task), task.workflow, "the collection")
        if not isinstance(items, list):
            raise Stuck("expression", f"the collection is {items!r}, not a list")
        return items

    def _cardinality(self, task: SpiffTask) -> int:
        if self.loop.cardinality is None:
            raise Stuck("expression", "the multi-instance has neither cardinality nor collection")
        given = value_of(self.loop.cardinality, visible(task), task.workflow, "the cardinality")
        number = given
        if isinstance(given, str) and given.strip().lstrip("+-").isdecimal():
            number = int(given)
        whole = isinstance(number, int | Decimal | float) and not isinstance(number, bool)
        if not whole or number != int(number) or number < 0:
            raise Stuck("expression", f"the cardinality is {given!r}, not a whole number from 0 up")
        return int(number)

    def _start_next(self, task: SpiffTask) -> None:
        memory = task.internal_data
        index = memory["started"]
        memory["started"] = index + 1
        items = memory.get("items")  # those that are still to come, the next one last
        local = {self.loop.element: items.pop()} if items and self.loop.element else {}
        self.iterate(task, index + 1, local)

    def _count(self, task: SpiffTask) -> None:
        memory = task.internal_data
        task.data.update(
            nrOfInstances=memory["total"],
            nrOfActiveInstances=memory["started"] - memory["done"],
            nrOfCompletedInstances=memory["done"],
        )
        task.workflow.conditions_stale = True

    def outputs_begin_at(self, body: SpiffTask) -> SpiffTask:
        """Where an iteration's outputs begin to look for their scope."""
        return body

    def look_back(self, body: SpiffTask) -> None:
        """Evaluate the output element and the completion condition over this iteration."""
        task, live, loop = body.scope, body.workflow, self.loop
        assert task is not None
        memory = task.internal_data
        seen = {
            **visible(task),
            "nrOfActiveInstances": memory["started"] - memory["done"] - 1,
            "nrOfCompletedInstances": memory["done"] + 1,
            **body.internal_data.get("item", {}),
            **body.data,
        }
        if loop.output_collection and loop.output_element is not None:
            body.internal_data["result"] = value_of(
                loop.output_element, seen, live, "the output element"
            )
        if loop.throws:
            body.internal_data["throws"] = self._thrown(seen, live)
        if loop.completion is not None:
            body.internal_data["enough"] = truth_of(
                loop.completion, seen, live, "the completion condition"
            )

    def _thrown(self, seen: Mapping[str, object], live: LiveWorkflow) -> list[int]:
        """Which of its events it throws as this instance ends (BPMN 2.0.2 table 10.33)."""
        if self.loop.behavior is Behavior.ONE and seen["nrOfCompletedInstances"] != 1:
            return []
        return [
            index
            for index, throw in enumerate(self.loop.throws)
            if throw.condition is None
            or truth_of(throw.condition, seen, live, "the condition of the behavior")
        ]

    def _throw(self, task: SpiffTask, indexes: Iterable[int]) -> bool:
        """Throw its events; False where one of them interrupted it."""
        for index in indexes:
            if task.is_live:
                throw_event(task, self.loop.throws[index].event, {})
        return task.is_live

    def iterated(self, body: SpiffTask) -> None:
        """Start the next iteration or stop."""
        task = body.scope
        assert task is not None
        if not task.is_live:
            return
        memory = task.internal_data
        memory["done"] += 1
        if not self._throw(task, body.internal_data.get("throws", ())):
            return
        if "result" in body.internal_data:
            memory["results"][body.internal_data["counter"] - 1] = body.internal_data["result"]
        if body.internal_data.get("enough"):
            for other in task.inner_tokens:
                if other is not body:
                    task.workflow.cancel_task(other, "the completion condition holds")
        elif memory["started"] < memory["total"] and self.loop.sequential:
            self._start_next(task)
        self._count(task)

    def conclude(self, task: SpiffTask, outputs: Mapping[str, object]) -> bool:
        """Write its results and choose the flows."""
        if self.loop.output_collection:
            assert task.scope is not None
            results = {self.loop.output_collection: list(task.internal_data["results"])}
            task.workflow.write(task.scope, results)
        return super().conclude(task, outputs)
