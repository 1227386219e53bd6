from __future__ import annotations

from pathlib import Path

import pytest

from opsflow.calendars import Definition, read_csv, read_file, read_json
from opsflow.errors import Invalid

CSV = """what,on,value
name,,Shanghai office
zone,,Asia/Shanghai
country,,CN
hours,mon-fri,09:00-12:00 13:00-18:00
holiday,2026-12-31,Stocktaking
working_day,2026-01-10,
working_day,2026-01-17,09:00-12:00
"""


def test_csv_and_json_say_the_same(tmp_path: Path) -> None:
    said = Definition.of(read_csv(CSV))
    file = tmp_path / "shanghai.json"
    file.write_text(said.document, encoding="utf-8")
    assert Definition.of(read_file(file)) == said
    (tmp_path / "shanghai.csv").write_text("\ufeff" + CSV, encoding="utf-8")
    assert Definition.of(read_file(tmp_path / "shanghai.csv")) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "first line"),
        ("zone,UTC\n", "first line"),
        (CSV + "hours,mon-fri,10:00-12:00\n", "twice"),
        (CSV + "colour,,blue\n", "colour"),
        (CSV + '"open\n', "Line"),
        ("what,on,value\nhours,mon-fri,09:00-12:00,13:00-18:00\n", "with blanks between"),
        (CSV + "zone,,Europe/Berlin\n", "one zone"),
        ("what,on,value\nzone,Asia/Shanghai,Europe/Berlin\n", "one zone"),
    ],
)
def test_csv_that_is_wrong_says_where(text: str, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        read_csv(text)


def test_cells_that_are_empty_may_stand_behind() -> None:
    rows = "".join(f"{line},,\n" for line in CSV.splitlines()[1:])
    assert read_csv("what,on,value\n" + rows) == read_csv(CSV)


def test_a_date_in_two_spellings_is_one() -> None:
    twice = CSV + "holiday,20261231,Another\n"
    with pytest.raises(Invalid, match="2026-12-31 is there twice"):
        Definition.of(read_csv(twice))
    same = CSV + "holiday,20261231,Stocktaking\n"
    assert Definition.of(read_csv(same)) == Definition.of(read_csv(CSV))


@pytest.mark.parametrize(
    "text", ["", "[]", "{", "7", "[" * 100_000, '{"hours": {"mon": ["09:00-10:00"], "mon": []}}']
)
def test_json_that_is_wrong_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        read_json(text)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bytes.csv").write_bytes(b"\xff\xfe\x00")
    for name in ("none.csv", "bytes.csv", "."):
        with pytest.raises(Invalid):
            read_file(tmp_path / name)
