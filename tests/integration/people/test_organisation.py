from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from opsflow.errors import Invalid
from opsflow.people import Acting, Holder, Loaded
from tests.integration.people.conftest import NOW, Office

FILES = {
    "units.csv": "id,name,parent\nbuying,Buying,hq\nhq,Headquarters,\n",
    "roles.csv": "id,name,unit\nbuyer,Buyer,buying\nlegal,,\n",
    "people.csv": "id,name,email,active\nada,Ada,ada@example.org,\nbob,Bob,,true\neve,Eve,,no\n",
    "memberships.csv": "person,role,valid_from,valid_until\nada,buyer,2026-01-01,\neve,buyer,,\n",
    "absences.csv": (
        "person,starts_at,ends_at,reason,substitute,role\n"
        "ada,2026-03-01,2026-03-10T00:00+08:00,leave,bob,buyer\n"
    ),
}


def test_an_organisation_is_loaded_from_texts(office: Office) -> None:
    assert office.people.load_organisation(FILES) == Loaded(
        units=2, roles=2, people=3, memberships=2, absences=1
    )
    assert office.people.holders("buyer", NOW) == (Holder("bob", "buyer", "ada"),)
    assert office.people.acting_roles("ada", NOW) == {Acting("buyer")}
    assert {unit.id: unit.parent_id for unit in office.people.units()} == {
        "hq": None,
        "buying": "hq",
    }
    assert {role.id: role.name for role in office.people.roles()} == {
        "buyer": "Buyer",
        "legal": "legal",
    }
    assert not office.people.get("eve").active
    (absence,) = office.people.absences("ada")
    assert absence.ends_at == datetime(2026, 3, 9, 16, tzinfo=UTC)


def test_loading_again_adds_nothing_and_updates_people(office: Office) -> None:
    office.people.load_organisation(FILES)
    before = len(office.announced)
    assert office.people.load_organisation(FILES) == Loaded()
    assert len(office.announced) == before
    renamed = FILES | {"people.csv": "id,name,active\neve,Eva,yes\n"}
    assert office.people.load_organisation(renamed) == Loaded()
    assert (office.people.get("eve").name, office.people.get("eve").active) == ("Eva", True)


def test_a_folder_is_loaded_with_a_byte_order_mark_and_blank_lines(
    office: Office, tmp_path: Path
) -> None:
    (tmp_path / "people.csv").write_text("\ufeffid,name\n\nada,王芳\n\n", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("not ours")
    assert office.people.load_organisation(tmp_path) == Loaded(people=1)
    assert office.people.get("ada").name == "王芳"


def test_column_names_may_end_in_id(office: Office) -> None:
    files = FILES | {"memberships.csv": "person_id,role_id\nada,legal\n"}
    assert office.people.load_organisation(files).memberships == 1


@pytest.mark.parametrize(
    ("file", "text", "line", "says"),
    [
        ("people.csv", "id,nam\nada,Ada\n", 1, "no column 'nam'"),
        ("people.csv", "id\nada\n", 1, "'name' is missing"),
        ("people.csv", "id,name,id\nada,Ada,x\n", 1, "twice"),
        ("people.csv", "id,name\nada,Ada\nbob,\n", 3, "name is empty"),
        ("people.csv", "id,name\nada,Ada,more\n", 2, "3 cells for 2 columns"),
        ("people.csv", "id,name\nsystem,Sys\n", 2, "system"),
        ("people.csv", "id,name,active\nada,Ada,maybe\n", 2, "neither true nor false"),
        ("people.csv", 'id,name\nada,"Ada\n', 2, "unexpected end"),
        ("roles.csv", "id,unit\nbuyer,moon\n", 2, "no unit 'moon'"),
        ("units.csv", "id,parent\na,b\nb,a\n", 2, "own parent"),
        ("memberships.csv", "person,role\nada,buyer\nada,cook\n", 3, "no role 'cook'"),
        ("memberships.csv", "person,role,valid_from\nada,buyer,soon\n", 2, "not a date"),
        ("memberships.csv", "person,role,valid_from\nada,buyer,2026-01-01T09:00\n", 2, "zone"),
        (
            "memberships.csv",
            "person,role,valid_from,valid_until\n"
            "ada,buyer,2026-01-01,2026-03-01\nada,buyer,2026-02-01,2026-04-01\n",
            3,
            "already",
        ),
        ("absences.csv", "person,starts_at,ends_at\nada,2026-01-02,2026-01-01\n", 2, "not after"),
        ("absences.csv", "person,starts_at,ends_at\nada,,2026-01-01\n", 2, "starts_at is empty"),
        (
            "absences.csv",
            "person,starts_at,ends_at,role\nada,2026-01-01,2026-01-02,buyer\n",
            2,
            "without a substitute",
        ),
    ],
)
def test_an_error_names_file_and_line_and_nothing_is_kept(
    office: Office, file: str, text: str, line: int, says: str
) -> None:
    with pytest.raises(Invalid) as caught:
        office.people.load_organisation(FILES | {file: text})
    assert f"{file}, line {line}:" in str(caught.value)
    assert says in str(caught.value)
    assert office.people.everyone() == []
    assert office.people.units() == []


def test_an_unknown_file_name_or_an_empty_folder_is_refused(office: Office, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"persons\.csv"):
        office.people.load_organisation({"persons.csv": ""})
    with pytest.raises(Invalid, match="none of"):
        office.people.load_organisation(_empty(tmp_path))
    with pytest.raises(Invalid, match="no folder"):
        office.people.load_organisation(tmp_path / "missing")


def _empty(tmp_path: Path) -> Path:
    folder = tmp_path / "empty"
    folder.mkdir()
    return folder
