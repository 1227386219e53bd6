from __future__ import annotations

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from opsflow.people import Holder
from opsflow.responsibility.matrix import Matrix, Row, Source
from opsflow.responsibility.separation import parties
from opsflow.responsibility.staffing import find_shortages


def matrix(tasks: str, *separation: str, accountable: str = "boss") -> Matrix:
    """Tasks of one letter; each is done by a role of the same letter."""
    rows = {
        task: Row(
            node_id=task,
            label=task.upper(),
            responsible=(task,),
            accountable=(accountable,),
            source=Source.MATRIX,
        )
        for task in tasks
    }
    return Matrix("p", rows, tuple(frozenset(pair) for pair in separation))


def shortages(
    model: Matrix, staff: dict[str, list[str | tuple[str, str]]]
) -> list[tuple[str, set[str]]]:
    def holders(role: str) -> list[Holder]:
        return [
            Holder(who, role) if isinstance(who, str) else Holder(who[0], role, who[1])
            for who in staff.get(role, ["cyd"] if role == "boss" else [])
        ]

    return [(found.rule, set(found.tasks)) for found in find_shortages(model, holders)]


def test_enough_people_leave_no_shortage() -> None:
    assert shortages(matrix("ab", "ab"), {"a": ["ada"], "b": ["bob"]}) == []


def test_a_role_that_nobody_holds_is_a_shortage() -> None:
    assert shortages(matrix("ab"), {"a": ["ada"]}) == [("staffing.responsible", {"b"})]
    assert shortages(matrix("a", accountable="head"), {"a": ["ada"]}) == [
        ("staffing.accountable", {"a"})
    ]


def test_one_person_cannot_do_both_tasks_of_a_pair() -> None:
    assert shortages(matrix("ab", "ab"), {"a": ["ada"], "b": ["ada"]}) == [
        ("staffing.separation", {"a", "b"})
    ]
    assert shortages(matrix("ab"), {"a": ["ada"], "b": ["ada"]}) == []


def test_a_substitute_of_the_other_performer_does_not_help() -> None:
    staff: dict[str, list[str | tuple[str, str]]] = {"a": ["ada"], "b": [("bob", "ada")]}
    assert shortages(matrix("ab", "ab"), staff) == [("staffing.separation", {"a", "b"})]
    staff = {"a": ["ada"], "b": [("bob", "cyd")]}
    assert shortages(matrix("ab", "ab"), staff) == []


def test_the_shortage_names_the_smallest_set_that_cannot_be_staffed() -> None:
    staff: dict[str, list[str | tuple[str, str]]] = {
        "a": ["ada", "bob"],
        "b": ["ada"],
        "c": ["ada"],
        "d": ["dan"],
    }
    assert shortages(matrix("abcd", "abcd"), staff) == [("staffing.separation", {"b", "c"})]


def test_a_crowd_and_many_pairs_are_decided_quickly() -> None:
    crowd: list[str | tuple[str, str]] = [f"p{n}" for n in range(200)]
    tasks = "abcdefghijklmnop"
    assert shortages(matrix(tasks, tasks), dict.fromkeys(tasks, crowd)) == []


PEOPLE = ["ada", "bob", "cyd"]
WHO = st.one_of(
    st.sampled_from(PEOPLE),
    st.tuples(st.sampled_from(PEOPLE), st.sampled_from(PEOPLE)).filter(lambda t: t[0] != t[1]),
)
STAFF = st.fixed_dictionaries({task: st.lists(WHO, min_size=1, max_size=4) for task in "abcd"})
PAIRS = st.lists(st.sampled_from(["ab", "ac", "ad", "bc", "bd", "cd", "abc", "abcd"]), max_size=4)


@given(STAFF, PAIRS)
def test_there_is_a_shortage_exactly_when_trying_everybody_finds_no_way(
    staff: dict[str, list[str | tuple[str, str]]], pairs: list[str]
) -> None:
    model = matrix("abcd", *pairs)

    def possible(tasks: str) -> bool:
        choices = [
            [parties(w, None) if isinstance(w, str) else parties(*w) for w in staff[task]]
            for task in tasks
        ]
        return any(
            all(
                not one & other
                for i, one in enumerate(chosen)
                for j, other in enumerate(chosen)
                if tasks[j] in model.separated_from(tasks[i])
            )
            for chosen in product(*choices)
        )

    found = [tasks for rule, tasks in shortages(model, staff) if rule == "staffing.separation"]
    assert bool(found) == (not possible("abcd"))
    for core in found:
        assert not possible("".join(sorted(core)))
        for task in core:
            assert possible("".join(sorted(core - {task})))
