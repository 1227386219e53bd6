"""Sound processes give no finding; for the others brute force says the same."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from opsflow.engine.soundness import Dead, Deadlock, Doubled, Endless, GaveUp, unsound
from tests.unit.engine.soundness.blocks import AND, OR, TASK, XOR, Block, blocks, brute_force, drawn


@settings(max_examples=200, deadline=None)
@given(blocks(leaves=6))
def test_a_block_structured_process_is_sound(block: Block) -> None:
    assert list(unsound(drawn(block).process())) == []


@settings(max_examples=200, deadline=None)
@given(blocks(leaves=20))
def test_a_large_one_is_never_called_unsound(block: Block) -> None:
    """Many inclusive choices side by side have too many states to look at: that is said."""
    assert [fact for fact in unsound(drawn(block).process()) if not isinstance(fact, GaveUp)] == []


@settings(max_examples=300, deadline=None)
@given(st.data(), blocks(loops=False, inclusive=False))
def test_what_goes_wrong_without_loops_is_what_brute_force_finds(
    data: st.DataObject, block: Block
) -> None:
    drawing = drawn(block)
    gateways = [id for id, kind in drawing.nodes.items() if kind in (XOR, AND)]
    assume(gateways)
    changed = data.draw(st.lists(st.sampled_from(gateways), min_size=1, max_size=2, unique=True))
    for id in changed:
        drawing.nodes[id] = AND if drawing.nodes[id] is XOR else XOR
    process = drawing.process()
    truth = brute_force(process)
    assume(truth.whole)
    facts = list(unsound(process))
    assert {f.node.id for f in facts if isinstance(f, Deadlock)} == truth.stuck
    assert any(isinstance(f, Doubled) for f in facts) is truth.doubled
    never = {n.id for f in facts if isinstance(f, Dead) for n in (f.node, *f.behind)}
    behind_deadlocks = set(process.nodes) - truth.moved - never
    assert never <= set(process.nodes) - truth.moved
    assert not behind_deadlocks or truth.stuck
    assert not any(isinstance(f, Endless) for f in facts)


@settings(max_examples=300, deadline=None)
@given(st.data(), blocks(inclusive=False, leaves=5))
def test_with_loops_and_stray_flows_nothing_is_made_up(data: st.DataObject, block: Block) -> None:
    drawing = drawn(block)
    inner = [id for id, kind in drawing.nodes.items() if kind in (XOR, AND, TASK)]
    for _ in range(data.draw(st.integers(1, 2))):
        source, target = data.draw(st.sampled_from(inner)), data.draw(st.sampled_from(inner))
        drawing.flows.append((source, target))
    process = drawing.process()
    truth = brute_force(process)
    assume(truth.whole)
    facts = list(unsound(process))
    assert {f.node.id for f in facts if isinstance(f, Deadlock)} <= truth.stuck
    assert any(isinstance(f, Deadlock) for f in facts) is bool(truth.stuck)
    if any(isinstance(f, Doubled) for f in facts):
        assert truth.doubled
    for fact in facts:
        if isinstance(fact, Dead):
            assert not {fact.node.id, *(n.id for n in fact.behind)} & truth.moved
        assert not isinstance(fact, GaveUp)
    assert any(isinstance(f, Endless) for f in facts) is truth.endless


@settings(max_examples=150, deadline=None)
@given(st.data(), blocks(leaves=12))
def test_every_path_is_one_of_the_diagram(data: st.DataObject, block: Block) -> None:
    drawing = drawn(block)
    gateways = [id for id, kind in drawing.nodes.items() if kind in (XOR, AND, OR)]
    assume(gateways)
    for id in data.draw(st.lists(st.sampled_from(gateways), min_size=1, max_size=3)):
        drawing.nodes[id] = data.draw(st.sampled_from([XOR, AND, OR]))
    process = drawing.process()
    pairs = {(flow.source, flow.target) for flow in process.flows.values()}
    for fact in unsound(process):
        if isinstance(fact, Deadlock | Doubled | Endless):
            ids = [node.id for node in fact.path]
            assert ids[0] == "n0" and ids[-1] == fact.node.id
            assert set(pairwise(ids)) <= pairs
