"""A history that is kept in partitions, as docs/discussions/scaling.md says it can be."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from opsflow.app import Opsflow
from tests.acceptance.conftest import ROOT
from tests.databases import Postgres

PAGE = ROOT / "docs/discussions/scaling.md"


def test_a_history_in_partitions_is_written_read_and_proved(postgres: Postgres) -> None:
    url = postgres.migrated()
    [statements] = re.findall(r"```sql\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    engine = create_engine(url)
    with Opsflow(url) as flow:
        flow.definitions.deploy(ROOT / "examples/order.bpmn", by="eve")
        with engine.begin() as connection:
            connection.execute(text(statements.replace("10000000", "2")))
        order = {"customer": "Kim", "article": "lamp"}
        runs = [flow.instances.start("order", by="eve", variables=order).id for _ in range(3)]
        assert all(flow.history.of_instance(run) for run in runs)
        assert flow.history.verify().holds
        with engine.connect() as connection:
            counts = [
                connection.scalar(text(f"SELECT count(*) FROM opsflow.opsflow_event{part}"))
                for part in ("_1", "_2")
            ]
        assert min(count or 0 for count in counts) > 0
        for part in ("", "_1", "_2"):
            for verb in ("DELETE FROM", "TRUNCATE"):
                with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
                    connection.execute(text(f"{verb} opsflow.opsflow_event{part}"))
    engine.dispose()
    postgres.drop(url)
