"""Two compiled processes side by side: which spec of one goes on as which of the other."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from opsflow.engine.migration.plan import MigrationPlan
from opsflow.engine.model import Node
from opsflow.engine.program import Program
from opsflow.engine.semantics.compilation import BODY
from opsflow.engine.semantics.element import Element


class Pair:
    """The old and the new process of one level: the process itself, or one that it calls.

    Nothing in it depends on an instance, so that one pair serves any number of them.
    """

    def __init__(self, plan: MigrationPlan, old: Program, new: Program) -> None:
        self.plan = plan
        self.old = old
        self.new = new
        if old.ref == new.ref:
            self.nodes: Mapping[str, str] = {name: name for name in old.process.nodes}
        else:
            self.nodes = plan.of(old.key)
        self.flows_of = cache(self._flows_of)
        self.inside = cache(self._inside)

    def scope(self, scope: str) -> str | None:
        """The scope of the new process that a scope goes on as."""
        return self.new.process.id if scope == self.old.process.id else self.nodes.get(scope)

    def name(self, name: str) -> str | None:
        """The name of the new spec that a spec goes on as; a body goes on as a body."""
        base, body = (name[: -len(BODY)], BODY) if name.endswith(BODY) else (name, "")
        found = self.nodes.get(base)
        return None if found is None or found not in self.new.process.nodes else found + body

    def spec(self, name: str) -> Element | None:
        """The new spec that a spec goes on as."""
        found = self.name(name)
        return None if found is None else self.new.spec.task_specs.get(found)

    def _flows_of(self, gateway: str) -> Mapping[str, str] | None:
        """What the incoming flows of a gateway go on as; None where they are not the same.

        A flow is known by its id, else by the node that it comes from.
        """
        target = self.nodes[gateway]
        old = self.old.process.nodes[gateway].incoming
        new = self.new.process.nodes[target].incoming
        found = {flow: flow for flow in old if flow in new}
        for flow in old:
            if flow not in found:
                source = self.nodes.get(self.old.process.flows[flow].source)
                known = [each for each in new if self.new.process.flows[each].source == source]
                if len(known) == 1:
                    found[flow] = known[0]
        matched = len(found) == len(old) == len(new) == len(set(found.values()))
        return found if matched else None

    def _inside(self, call: str) -> Pair | None:
        """The pair of the called processes; None where one of them is not there."""
        old, new = self.old.process.nodes[call], self.new.process.nodes[self.nodes[call]]
        called = _called(self.old, old), _called(self.new, new)
        if called[0] is None or called[1] is None:
            return None
        return Pair(self.plan, called[0], called[1])


def _called(program: Program, call: Node) -> Program | None:
    return program.calls.get(call.called or "")
