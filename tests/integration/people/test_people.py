from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from opsflow.errors import AlreadyExists, Invalid, NotFound, WrongState
from opsflow.history import History
from opsflow.people import Acting, Holder, PersonInfo
from tests.databases import enter_schema
from tests.integration.people.conftest import NOW, Office

DAY = timedelta(days=1)


@pytest.fixture
def staffed(office: Office) -> Office:
    for person in ("ada", "bob", "cyd"):
        office.people.add_person(person, name=person.title())
    for role in ("buyer", "legal"):
        office.people.add_role(role)
    return office


def acting(office: Office, person: str) -> frozenset[Acting]:
    return office.people.acting_roles(person, office.clock.now())


def holders(office: Office, role: str) -> tuple[Holder, ...]:
    return office.people.holders(role, office.clock.now())


def test_a_person_is_found_again(office: Office) -> None:
    office.people.add_person("ada", name="Ada Lovelace", email="ada@example.org")
    assert office.people.person("ada") == PersonInfo(
        "ada", "Ada Lovelace", "ada@example.org", active=True
    )
    assert office.people.get("ada").name == "Ada Lovelace"
    assert [person.id for person in office.people.everyone()] == ["ada"]


def test_an_unknown_person_is_none_to_the_directory_and_an_error_to_get(office: Office) -> None:
    assert office.people.person("nobody") is None
    assert office.people.acting_roles("nobody", NOW) == frozenset()
    with pytest.raises(NotFound):
        office.people.get("nobody")


def test_the_same_id_twice_is_refused(staffed: Office) -> None:
    with pytest.raises(AlreadyExists):
        staffed.people.add_person("ada", name="Another")
    with pytest.raises(AlreadyExists):
        staffed.people.add_role("buyer")
    staffed.people.add_unit("hq")
    with pytest.raises(AlreadyExists):
        staffed.people.add_unit("hq")


@pytest.mark.parametrize("id", ["", " ada", "ada ", "system"])
def test_an_id_that_misleads_is_refused(office: Office, id: str) -> None:
    with pytest.raises(Invalid):
        office.people.add_person(id, name="Somebody")


def test_a_role_counts_from_its_first_moment_until_before_its_last(staffed: Office) -> None:
    staffed.people.grant("ada", "buyer", valid_from=NOW + DAY, valid_until=NOW + 2 * DAY)
    assert acting(staffed, "ada") == frozenset()
    staffed.clock.advance(DAY)
    assert acting(staffed, "ada") == {Acting("buyer")}
    assert holders(staffed, "buyer") == (Holder("ada", "buyer"),)
    staffed.clock.advance(DAY - timedelta(microseconds=1))
    assert acting(staffed, "ada") == {Acting("buyer")}
    staffed.clock.advance(timedelta(microseconds=1))
    assert acting(staffed, "ada") == frozenset()
    assert holders(staffed, "buyer") == ()


def test_moments_of_other_zones_mean_the_same_moment(staffed: Office) -> None:
    start = datetime.fromisoformat("2026-03-02T18:00:00+08:00")
    staffed.people.grant("ada", "buyer", valid_from=start)
    assert staffed.people.acting_roles("ada", datetime(2026, 3, 2, 9, 59, tzinfo=UTC)) == set()
    assert staffed.people.acting_roles("ada", start) == {Acting("buyer")}


def test_a_moment_without_a_zone_is_refused(staffed: Office) -> None:
    with pytest.raises(Invalid):
        staffed.people.grant("ada", "buyer", valid_from=datetime(2026, 1, 1))  # noqa: DTZ001


def test_a_role_is_not_granted_twice_for_the_same_time(staffed: Office) -> None:
    staffed.people.grant("ada", "buyer", valid_until=NOW + DAY)
    with pytest.raises(AlreadyExists):
        staffed.people.grant("ada", "buyer", valid_from=NOW - DAY)
    staffed.people.grant("ada", "buyer", valid_from=NOW + DAY)
    assert len(staffed.people.memberships("ada")) == 2


def test_unknown_people_and_roles_are_not_granted(staffed: Office) -> None:
    with pytest.raises(NotFound):
        staffed.people.grant("nobody", "buyer")
    with pytest.raises(NotFound):
        staffed.people.grant("ada", "nothing")
    assert staffed.people.role_exists("buyer")
    assert not staffed.people.role_exists("nothing")


def test_a_revoked_role_is_gone_and_can_be_granted_again(staffed: Office) -> None:
    staffed.people.grant("ada", "buyer", valid_from=NOW - DAY)
    staffed.people.revoke("ada", "buyer")
    assert acting(staffed, "ada") == frozenset()
    with pytest.raises(NotFound):
        staffed.people.revoke("ada", "buyer")
    staffed.people.grant("ada", "buyer")
    assert acting(staffed, "ada") == {Acting("buyer")}


def test_revoking_also_empties_what_is_granted_for_later(staffed: Office) -> None:
    staffed.people.grant("ada", "buyer", valid_from=NOW + DAY)
    staffed.people.revoke("ada", "buyer")
    assert staffed.people.holders("buyer", NOW + 2 * DAY) == ()


def test_a_deactivated_person_holds_nothing_until_reactivated(staffed: Office) -> None:
    staffed.people.grant("ada", "buyer")
    staffed.people.deactivate("ada")
    assert acting(staffed, "ada") == frozenset()
    assert holders(staffed, "buyer") == ()
    with pytest.raises(WrongState):
        staffed.people.deactivate("ada")
    staffed.people.reactivate("ada")
    assert holders(staffed, "buyer") == (Holder("ada", "buyer"),)


def test_a_substitute_stands_in_only_while_the_person_is_away(staffed: Office) -> None:
    staffed.people.grant("ada", "buyer")
    staffed.people.record_absence(
        "ada", starts_at=NOW + DAY, ends_at=NOW + 2 * DAY, substitute="bob"
    )
    assert holders(staffed, "buyer") == (Holder("ada", "buyer"),)
    assert acting(staffed, "bob") == frozenset()
    staffed.clock.advance(DAY)
    assert holders(staffed, "buyer") == (Holder("bob", "buyer", "ada"),)
    assert acting(staffed, "bob") == {Acting("buyer", "ada")}
    staffed.clock.advance(DAY)
    assert holders(staffed, "buyer") == (Holder("ada", "buyer"),)
    assert acting(staffed, "bob") == frozenset()


def test_a_substitution_without_an_absence_has_no_effect(staffed: Office) -> None:
    staffed.people.grant("ada", "buyer")
    staffed.people.appoint_substitute("ada", "bob", starts_at=NOW - DAY, ends_at=NOW + DAY)
    assert acting(staffed, "bob") == frozenset()
    absence = staffed.people.record_absence("ada", starts_at=NOW, ends_at=NOW + DAY)
    assert acting(staffed, "bob") == {Acting("buyer", "ada")}
    staffed.people.end_absence(absence.id)
    assert acting(staffed, "bob") == frozenset()
    with pytest.raises(WrongState):
        staffed.people.end_absence(absence.id)


def test_a_substitute_for_one_role_gets_no_other(staffed: Office) -> None:
    staffed.people.grant("ada", "buyer")
    staffed.people.grant("ada", "legal")
    staffed.people.record_absence(
        "ada", starts_at=NOW, ends_at=NOW + DAY, substitute="bob", role="buyer"
    )
    assert acting(staffed, "bob") == {Acting("buyer", "ada")}
    assert holders(staffed, "legal") == ()


def test_a_substitute_of_a_substitute_is_not_followed(staffed: Office) -> None:
    staffed.people.grant("ada", "buyer")
    for person, substitute in (("ada", "bob"), ("bob", "cyd")):
        staffed.people.record_absence(
            person, starts_at=NOW, ends_at=NOW + DAY, substitute=substitute
        )
    assert holders(staffed, "buyer") == ()
    assert acting(staffed, "cyd") == frozenset()
    assert acting(staffed, "bob") == frozenset()


def test_an_inactive_person_is_neither_stood_in_for_nor_a_substitute(staffed: Office) -> None:
    staffed.people.grant("ada", "buyer")
    staffed.people.record_absence("ada", starts_at=NOW, ends_at=NOW + DAY, substitute="bob")
    staffed.people.deactivate("bob")
    assert holders(staffed, "buyer") == ()
    staffed.people.reactivate("bob")
    staffed.people.deactivate("ada")
    assert holders(staffed, "buyer") == ()
    assert acting(staffed, "bob") == frozenset()


def test_somebody_away_keeps_the_roles_they_hold(staffed: Office) -> None:
    staffed.people.grant("ada", "buyer")
    staffed.people.record_absence("ada", starts_at=NOW, ends_at=NOW + DAY)
    assert acting(staffed, "ada") == {Acting("buyer")}
    assert holders(staffed, "buyer") == ()


def test_a_role_of_ones_own_and_one_stood_in_for_are_told_apart(staffed: Office) -> None:
    staffed.people.grant("ada", "buyer")
    staffed.people.grant("bob", "buyer")
    staffed.people.record_absence("ada", starts_at=NOW, ends_at=NOW + DAY, substitute="bob")
    assert acting(staffed, "bob") == {Acting("buyer"), Acting("buyer", "ada")}
    assert holders(staffed, "buyer") == (Holder("bob", "buyer"), Holder("bob", "buyer", "ada"))


def test_overlapping_absences_give_each_stand_in_once(staffed: Office) -> None:
    staffed.people.grant("ada", "buyer")
    for days in (1, 2):
        staffed.people.record_absence(
            "ada", starts_at=NOW, ends_at=NOW + days * DAY, substitute="bob"
        )
    assert holders(staffed, "buyer") == (Holder("bob", "buyer", "ada"),)


def test_absences_that_make_no_sense_are_refused(staffed: Office) -> None:
    with pytest.raises(Invalid):
        staffed.people.record_absence("ada", starts_at=NOW, ends_at=NOW)
    with pytest.raises(Invalid):
        staffed.people.record_absence("ada", starts_at=NOW, ends_at=NOW + DAY, substitute="ada")
    with pytest.raises(Invalid):
        staffed.people.record_absence("ada", starts_at=NOW, ends_at=NOW + DAY, role="buyer")
    with pytest.raises(NotFound):
        staffed.people.record_absence("ada", starts_at=NOW, ends_at=NOW + DAY, substitute="eve")
    assert staffed.people.absences("ada") == []


def test_every_change_is_announced_without_personal_data(staffed: Office) -> None:
    staffed.people.grant("ada", "buyer", by="cyd")
    staffed.people.record_absence(
        "ada", starts_at=NOW, ends_at=NOW + DAY, reason="surgery", substitute="bob", by="cyd"
    )
    names = [type(event).__name__ for event in staffed.announced[-3:]]
    assert names == ["RoleGranted", "AbsenceRecorded", "SubstituteAppointed"]
    assert {event.actor.person for event in staffed.announced[-3:]} == {"cyd"}
    assert {event.stream for event in staffed.announced} == {"people"}
    stored = " ".join(entry.data for entry in History(staffed.database).of_stream("people"))
    assert "ada" in stored
    assert "surgery" not in stored
    assert "Ada" not in stored


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO opsflow_person (id, name, active) VALUES ('system', 'x', true)",
        "INSERT INTO opsflow_unit (id, name, parent_id) VALUES ('u', 'u', 'u')",
        "INSERT INTO opsflow_membership (id, person_id, role_id, valid_from)"
        " VALUES (:id, 'ada', 'buyer', '2026-01-01')",
        "INSERT INTO opsflow_substitution (id, person_id, substitute_id, starts_at, ends_at)"
        " VALUES (:id, 'ada', 'ada', '2026-01-01', '2026-01-02')",
        "INSERT INTO opsflow_absence (id, person_id, starts_at, ends_at)"
        " VALUES (:id, 'ada', '2026-01-02', '2026-01-01')",
    ],
)
def test_the_database_keeps_the_invariants_too(staffed: Office, statement: str) -> None:
    staffed.people.grant("ada", "buyer")
    values = {"id": str(UUID(int=1))} if ":id" in statement else {}
    with pytest.raises(IntegrityError), staffed.database.engine.begin() as connection:
        enter_schema(connection).execute(text(statement), values)


def test_a_substitution_may_cover_only_a_part_of_the_absence(staffed: Office) -> None:
    staffed.people.grant("ada", "buyer")
    staffed.people.record_absence("ada", starts_at=NOW, ends_at=NOW + 3 * DAY)
    staffed.people.appoint_substitute("ada", "bob", starts_at=NOW + DAY, ends_at=NOW + 2 * DAY)
    acting_on = [staffed.people.acting_roles("bob", NOW + days * DAY) for days in range(3)]
    assert acting_on == [set(), {Acting("buyer", "ada")}, set()]


@pytest.mark.parametrize("key", ["x" * 256, "a\x00b", "\udfff"])
def test_an_id_that_a_database_cannot_find_again_is_refused(staffed: Office, key: str) -> None:
    for add in (staffed.people.add_role, staffed.people.add_unit):
        with pytest.raises(Invalid):
            add(key)
    with pytest.raises(Invalid):
        staffed.people.add_person(key, name="Somebody")


def test_nothing_ends_at_a_moment_without_a_zone(staffed: Office) -> None:
    naive = NOW.replace(tzinfo=None)
    absence = staffed.people.record_absence("ada", starts_at=NOW, ends_at=NOW + DAY)
    with pytest.raises(Invalid, match="time zone"):
        staffed.people.end_absence(absence.id, at=naive)
    with pytest.raises(Invalid, match="time zone"):
        staffed.people.revoke("ada", "buyer", at=naive)
