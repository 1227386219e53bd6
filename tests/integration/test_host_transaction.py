"""A host's transaction carries opsflow's changes: both commit, or neither does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Column, Engine, MetaData, String, Table, create_engine, select
from sqlalchemy.orm import Session

from opsflow.app import Opsflow
from opsflow.errors import Invalid, NotFound
from opsflow.instances import ServiceCall
from tests.integration.snapshots import contents
from tests.models import flows, human, model, simple

HOST = MetaData()
INVOICE = Table("invoice", HOST, Column("number", String(20), primary_key=True))


@pytest.fixture
def host(flow: Opsflow) -> Iterator[Engine]:
    flow.definitions.deploy(simple(human("place")), by="ann")
    HOST.create_all(flow.engine)
    yield flow.engine


def invoices(host: Engine) -> list[str]:
    with host.connect() as connection:
        return list(connection.scalars(select(INVOICE.c.number)))


def test_a_session_of_the_host_commits_both(flow: Opsflow, host: Engine) -> None:
    with Session(host) as session, session.begin():
        session.execute(INVOICE.insert().values(number="1"))
        with flow.transaction(session):
            run = flow.instances.start("order", by="ann")
        session.execute(INVOICE.insert().values(number="2"))
    assert invoices(host) == ["1", "2"]
    assert flow.instances.get(run.id).is_running
    flow.instances.cancel(run.id, by="ann", reason="done")
    assert flow.history.verify().holds


def test_a_rollback_of_the_host_leaves_neither(flow: Opsflow, host: Engine) -> None:
    before = contents(flow)
    with pytest.raises(RuntimeError, match="no"), Session(host) as session, session.begin():
        session.execute(INVOICE.insert().values(number="1"))
        with flow.transaction(session):
            flow.instances.start("order", by="ann")
        raise RuntimeError("no")
    assert invoices(host) == []
    assert contents(flow) == before


def test_a_connection_of_the_host_carries_both(flow: Opsflow, host: Engine) -> None:
    with host.begin() as connection:
        connection.execute(INVOICE.insert().values(number="1"))
        with flow.transaction(connection):
            run = flow.instances.start("order", by="ann")
    assert invoices(host) == ["1"]
    assert flow.instances.get(run.id).is_running


def test_a_connection_that_is_rolled_back_leaves_neither(flow: Opsflow, host: Engine) -> None:
    before = contents(flow)
    with host.connect() as connection:
        connection.execute(INVOICE.insert().values(number="1"))
        with flow.transaction(connection):
            flow.instances.start("order", by="ann")
        connection.rollback()
    assert invoices(host) == []
    assert contents(flow) == before


def test_a_host_with_an_engine_of_its_own_can_roll_back(flow: Opsflow, host: Engine) -> None:
    """Python's SQLite driver would commit on the release of a savepoint outside a transaction."""
    before = contents(flow)
    own = create_engine(host.url)
    with own.connect() as connection:
        with flow.transaction(connection):
            flow.instances.start("order", by="ann")
        connection.rollback()
    own.dispose()
    assert contents(flow) == before


def test_the_host_may_go_on_after_opsflow_refused(flow: Opsflow, host: Engine) -> None:
    with Session(host) as session, session.begin():
        session.execute(INVOICE.insert().values(number="1"))
        with pytest.raises(NotFound), flow.transaction(session):
            flow.instances.start("order", by="ann")
            flow.instances.start("nothing", by="ann")
    assert invoices(host) == ["1"]
    assert flow.instances.find() == []
    assert flow.history.verify().holds


def test_what_was_kept_in_memory_of_a_rolled_back_step_is_forgotten(
    flow: Opsflow, host: Engine
) -> None:
    run = flow.instances.start("order", by="ann", variables={"a": 1})
    with pytest.raises(RuntimeError, match="no"), Session(host) as session, session.begin():
        with flow.transaction(session):
            flow.instances.set_variables(run.id, {"a": 2}, by="ann")
        raise RuntimeError("no")
    assert flow.instances.variables(run.id) == {"a": 1}


def test_a_step_that_the_host_rolled_back_is_not_taken_for_another_with_its_revision(
    flow: Opsflow, host: Engine, url: str
) -> None:
    run = flow.instances.start("order", by="ann", variables={"a": 1})
    with host.connect() as connection:
        with flow.transaction(connection):
            flow.instances.set_variables(run.id, {"a": 2}, by="ann")
        connection.rollback()
        connection.execute(INVOICE.insert().values(number="1"))
        connection.commit()
    with Opsflow(url) as elsewhere:
        elsewhere.instances.set_variables(run.id, {"a": 3}, by="max")
    assert flow.instances.variables(run.id) == {"a": 3}


def test_what_a_handler_changes_in_the_session_of_the_host_is_undone_when_it_fails(
    flow: Opsflow, host: Engine
) -> None:
    steps = (
        '<startEvent id="start"/><serviceTask id="bill" opsflow:topic="bill"/>',
        '<endEvent id="end"/>',
        flows("start>bill", "bill>end"),
    )
    flow.definitions.deploy(model("\n".join(steps), key="billing"), by="ann")
    with Session(host) as session, session.begin():

        @flow.handler("bill", transactional=True)
        def bill(_call: ServiceCall) -> None:
            session.execute(INVOICE.insert().values(number="1"))
            flow.connection.execute(INVOICE.insert().values(number="2"))
            raise RuntimeError("no")

        with flow.transaction(session):
            run = flow.instances.start("billing", by="ann")
    assert invoices(host) == []
    assert len(flow.instances.incidents(run.id)) == 1


def test_there_is_no_connection_outside_of_transactions(flow: Opsflow) -> None:
    with pytest.raises(Invalid, match="begin one"):
        assert flow.connection
