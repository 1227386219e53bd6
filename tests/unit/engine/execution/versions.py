"""Makes another version of a process: nodes renamed, nodes put in between."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from opsflow.engine.model import Association, Node, NodeKind, Process, SequenceFlow
from opsflow.engine.program import Program, compile_process

Rename = Callable[[str], str]


def renamed(process: Process, rename: Rename) -> Process:
    """The process with other ids of its nodes; flows and all else stay."""

    def name(id: str) -> str:
        return rename(id) if id in process.nodes else id

    def node_of(node: Node) -> Node:
        return replace(
            node,
            id=name(node.id),
            scope=name(node.scope),
            attached_to=None if node.attached_to is None else name(node.attached_to),
            events=tuple(
                replace(e, activity=None if e.activity is None else name(e.activity))
                for e in node.events
            ),
        )

    return replace(
        process,
        nodes={name(id): node_of(node) for id, node in process.nodes.items()},
        flows={
            id: replace(flow, source=name(flow.source), target=name(flow.target))
            for id, flow in process.flows.items()
        },
        associations=tuple(
            Association(name(each.source), name(each.target)) for each in process.associations
        ),
    )


def widened(process: Process) -> Process:
    """The process with a node that is passed through behind every activity and event.

    Flows keep their ids at the node that they lead to.
    """
    nodes, flows = dict(process.nodes), dict(process.flows)
    for flow in process.flows.values():
        source = nodes[flow.source]
        gateways = ("exclusiveGateway", "eventBasedGateway", "inclusiveGateway", "complexGateway")
        if source.kind in gateways or source.default == flow.id:
            continue
        id, way = f"between {flow.id}", f"to {flow.id}"
        scope = source.scope
        nodes[id] = Node(
            id=id,
            kind=NodeKind.TASK,
            name=None,
            scope=scope,
            line=0,
            incoming=(way,),
            outgoing=(flow.id,),
        )
        outgoing = tuple(way if each == flow.id else each for each in source.outgoing)
        nodes[flow.source] = replace(source, outgoing=outgoing)
        flows[way] = SequenceFlow(way, flow.source, id)
        flows[flow.id] = replace(flow, source=id)
    return replace(process, nodes=nodes, flows=flows)


def next_version(program: Program, change: Callable[[Process], Process]) -> Program:
    """Another release of a program, and of all that it calls."""
    calls: dict[str, Program] = {}
    for key, called in program.calls.items():
        calls[key] = compile_process(change(called.process), ref=f"{called.ref} again", calls=calls)
    return compile_process(change(program.process), ref=f"{program.ref} again", calls=calls)
