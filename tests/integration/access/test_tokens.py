"""Tokens: issued, shown, narrowed, ended, revoked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import event, select, text

from opsflow.access import (
    DEFAULT_LIFETIME,
    NEVER,
    AccessRole,
    Identity,
    Permission,
    Token,
)
from opsflow.app import Opsflow
from opsflow.clock import ManualClock
from opsflow.errors import Invalid, NotAuthenticated, NotFound, Refused, WrongState
from opsflow.people import Acting, Holder, PersonInfo
from tests.databases import enter_schema


@pytest.fixture
def flow(flow: Opsflow) -> Opsflow:
    """Ann works, Ada is an administrator, Old has left."""
    for person in ("ann", "ada", "old"):
        flow.people.add_person(person, name=person.title())
    flow.people.deactivate("old")
    flow.access.grant("ada", AccessRole.ADMINISTRATOR, by="system")
    return flow


def secret_of(flow: Opsflow, person: str = "ann", **more: object) -> str:
    fields: dict[str, object] = {"by": "system", "name": "test"}
    return flow.access.issue_token(person, **fields | more).secret  # type: ignore[arg-type]


def refusal(flow: Opsflow, secret: str) -> str:
    """Why a secret does not count; its sender hears the same of every one."""
    with pytest.raises(NotAuthenticated) as refused:
        flow.access.authenticate(secret)
    assert str(refused.value) == str(NotAuthenticated("something else"))
    return refused.value.reason


@contextmanager
def statements(flow: Opsflow) -> Iterator[list[str]]:
    """The SQL that runs, without what begins and ends transactions."""
    seen: list[str] = []

    def note(_c: object, _k: object, statement: str, *_: object) -> None:
        if not statement.startswith(("BEGIN", "SAVEPOINT", "RELEASE")):
            seen.append(statement)

    event.listen(flow.engine, "before_cursor_execute", note)
    yield seen
    event.remove(flow.engine, "before_cursor_execute", note)


def test_a_token_tells_who_and_with_which_roles(flow: Opsflow) -> None:
    flow.access.grant("ann", AccessRole.AUDITOR, by="ada")
    flow.access.grant("ann", AccessRole.PROCESS_OWNER, by="ada")
    issued = flow.access.issue_token("ann", by="ann", name="laptop")
    assert flow.access.authenticate(issued.secret) == Identity(
        "ann",
        frozenset({AccessRole.WORKER, AccessRole.AUDITOR, AccessRole.PROCESS_OWNER}),
        token_id=issued.token.id,
        expires_at=issued.token.expires_at,
    )


def test_a_token_of_scopes_is_narrowed_to_them(flow: Opsflow) -> None:
    scopes = [Permission.TASKS_WORK, Permission.PROCESSES_READ]
    identity = flow.access.authenticate(secret_of(flow, "ada", scopes=scopes))
    assert identity.scopes == frozenset(scopes)
    assert identity.may(Permission.TASKS_WORK)
    assert not identity.may(Permission.ACCESS_MANAGE)


def test_a_scope_gives_nothing_that_the_person_may_not(flow: Opsflow) -> None:
    identity = flow.access.authenticate(secret_of(flow, scopes=[Permission.ACCESS_MANAGE]))
    assert not identity.may(Permission.ACCESS_MANAGE)


def test_scopes_that_are_none_are_refused(flow: Opsflow) -> None:
    for scopes in (["all"], ["tasks:work", "*"], [""], [], "tasks:work"):
        with pytest.raises(Invalid):
            flow.access.issue_token("ann", by="ann", name="x", scopes=scopes)
    assert flow.access.tokens() == []


def test_roles_count_as_they_are_now(flow: Opsflow) -> None:
    secret = secret_of(flow)
    flow.access.grant("ann", AccessRole.AUDITOR, by="ada")
    assert AccessRole.AUDITOR in flow.access.authenticate(secret).roles
    flow.access.withdraw("ann", AccessRole.AUDITOR, by="ada")
    assert AccessRole.AUDITOR not in flow.access.authenticate(secret).roles


def test_a_token_ends_after_ninety_days_unless_something_else_is_said(
    flow: Opsflow, clock: ManualClock
) -> None:
    usual = secret_of(flow)
    short = secret_of(flow, expires_at=clock.now() + timedelta(minutes=5))
    clock.advance(timedelta(minutes=5))
    assert "expired" in refusal(flow, short)
    clock.advance(DEFAULT_LIFETIME - timedelta(minutes=5, seconds=1))
    assert flow.access.authenticate(usual).person == "ann"
    clock.advance(timedelta(seconds=1))
    assert "expired" in refusal(flow, usual)


def test_no_token_lives_longer_than_is_allowed(flow: Opsflow, clock: ManualClock) -> None:
    for end in (clock.now() + timedelta(days=91), NEVER):
        with pytest.raises(Invalid, match="90 days"):
            flow.access.issue_token("ann", by="ann", name="x", expires_at=end)
    flow.access.longest_lifetime = timedelta(0)
    with pytest.raises(Invalid):
        flow.access.issue_token("ann", by="ann", name="x")
    flow.access.longest_lifetime = timedelta.max
    assert secret_of(flow, expires_at=clock.now() + timedelta(days=900_000))
    flow.access.longest_lifetime = timedelta(days=7)
    issued = flow.access.issue_token("ann", by="ann", name="x")
    assert issued.token.expires_at == clock.now() + timedelta(days=7)


def test_an_endless_token_needs_both_to_say_so(flow: Opsflow, clock: ManualClock) -> None:
    flow.access.longest_lifetime = None
    assert flow.access.issue_token("ann", by="ann", name="x").token.expires_at is not None
    issued = flow.access.issue_token("ann", by="ann", name="x", expires_at=NEVER)
    assert issued.token.expires_at is None
    clock.advance(timedelta(days=20_000))
    assert flow.access.authenticate(issued.secret).expires_at is None


def test_an_end_that_cannot_be_is_refused(flow: Opsflow, clock: ManualClock) -> None:
    without_zone = (clock.now() + timedelta(days=1)).replace(tzinfo=None)
    for end in (clock.now(), datetime(2020, 1, 1, tzinfo=UTC), without_zone):
        with pytest.raises(Invalid):
            flow.access.issue_token("ann", by="ann", name="x", expires_at=end)


def test_an_end_of_another_zone_is_the_same_moment(flow: Opsflow, clock: ManualClock) -> None:
    end = (clock.now() + timedelta(hours=1)).astimezone(timezone(timedelta(hours=8)))
    secret = secret_of(flow, expires_at=end)
    assert flow.access.authenticate(secret).expires_at == end


def test_a_revoked_token_stops_counting_at_once(flow: Opsflow, clock: ManualClock) -> None:
    issued = flow.access.issue_token("ann", by="ann", name="laptop")
    revoked = flow.access.revoke_token(issued.token.id, by="ann")
    assert (revoked.revoked_by, revoked.revoked_at) == ("ann", clock.now())
    assert "revoked" in refusal(flow, issued.secret)
    with pytest.raises(WrongState):
        flow.access.revoke_token(issued.token.id, by="ann")


def test_tokens_of_somebody_who_has_left_do_not_count(flow: Opsflow) -> None:
    secret = secret_of(flow)
    flow.people.deactivate("ann")
    assert "not active" in refusal(flow, secret)
    flow.people.reactivate("ann")
    assert flow.access.authenticate(secret).person == "ann"


def test_no_other_text_is_a_token(flow: Opsflow) -> None:
    secret = secret_of(flow)
    others = [
        "",
        "opsflow_",
        "opsflow_" + "a" * 43,
        "opsflow_" + "a" * 42 + "\x00",
        "opsflow_" + "a" * 42 + "é",
        "opsflow_" + "\ud800" * 43,
        "' OR 1=1 --",
        "opsflow_' OR ''='" + "a" * 34,
        "opsflow_" + "a" * 1_000_000,
        secret.upper(),
        secret[:-1],
        secret + "\n",
        f"Bearer {secret}",
    ]
    for other in others:
        refusal(flow, other)
    assert flow.access.authenticate(secret).person == "ann"


def test_neither_the_hash_nor_the_id_nor_the_hint_is_the_secret(flow: Opsflow) -> None:
    token = flow.access.issue_token("ann", by="ann", name="x").token
    for text_ in (token.sha256, token.id, token.hint, f"opsflow_{token.sha256[:43]}"):
        refusal(flow, text_)


def test_a_secret_is_found_nowhere_in_the_database(flow: Opsflow) -> None:
    issued = flow.access.issue_token("ann", by="ann", name="x", scopes=[Permission.TASKS_WORK])
    flow.access.authenticate(issued.secret)
    flow.access.revoke_token(issued.token.id, by="ann")
    hidden = issued.secret.removeprefix(issued.token.hint)
    with flow.engine.connect() as connection:
        enter_schema(connection)
        for table in ("opsflow_access_token", "opsflow_event"):
            told = str(connection.execute(text(f"SELECT * FROM {table}")).all())
            assert hidden not in told
    said = [entry.data for entry in flow.history.of_stream("access")]
    assert not any(issued.token.sha256 in data or "opsflow_" in data for data in said)


def test_to_authenticate_takes_two_statements(flow: Opsflow, clock: ManualClock) -> None:
    for role in (AccessRole.AUDITOR, AccessRole.PROCESS_OWNER):
        flow.access.grant("ann", role, by="ada")
    secret = secret_of(flow)
    with statements(flow) as first:
        flow.access.authenticate(secret)
    assert len(first) == 3
    with statements(flow) as second:
        flow.access.authenticate(secret)
    assert len(second) == 2
    with statements(flow) as unknown:
        refusal(flow, "opsflow_" + "a" * 43)
    assert len(unknown) == 1
    with statements(flow) as malformed:
        refusal(flow, "hello")
    assert malformed == []


def test_the_last_use_is_noted_once_an_hour(flow: Opsflow, clock: ManualClock) -> None:
    issued = flow.access.issue_token("ann", by="ann", name="x")
    assert issued.token.last_used_at is None
    first = clock.now()
    flow.access.authenticate(issued.secret)
    clock.advance(timedelta(minutes=59))
    flow.access.authenticate(issued.secret)
    assert flow.access.token(issued.token.id).last_used_at == first
    clock.advance(timedelta(minutes=1))
    flow.access.authenticate(issued.secret)
    assert flow.access.token(issued.token.id).last_used_at == clock.now()


def test_a_refused_token_leaves_no_trace(flow: Opsflow) -> None:
    issued = flow.access.issue_token("ann", by="ann", name="x")
    flow.access.revoke_token(issued.token.id, by="ann")
    before = len(flow.history.of_stream("access"))
    refusal(flow, issued.secret)
    assert flow.access.token(issued.token.id).last_used_at is None
    assert len(flow.history.of_stream("access")) == before


def test_the_token_is_found_by_an_index(flow: Opsflow) -> None:
    query = select(Token.id).where(Token.sha256 == "0" * 64)
    compiled = query.compile(flow.engine, compile_kwargs={"literal_binds": True})
    with flow.engine.connect() as connection:
        if flow.engine.dialect.name == "sqlite":
            plan = connection.execute(text(f"EXPLAIN QUERY PLAN {compiled}")).all()
            assert "USING INDEX" in str(plan) or "USING COVERING INDEX" in str(plan)
        else:
            connection.execute(text("SET enable_seqscan = off"))
            assert "uq_opsflow_access_token_sha256" in str(
                connection.execute(text(f"EXPLAIN {compiled}")).all()
            )


def test_lists_are_of_one_person_or_of_all(flow: Opsflow) -> None:
    first = flow.access.issue_token("ann", by="ann", name="one").token
    second = flow.access.issue_token("ada", by="ada", name="two").token
    assert [token.id for token in flow.access.tokens()] == [first.id, second.id]
    assert [token.id for token in flow.access.tokens("ada")] == [second.id]
    assert flow.access.tokens("nobody") == []
    with pytest.raises(NotFound):
        flow.access.token("nothing")


def test_there_is_no_token_of_nobody(flow: Opsflow) -> None:
    for person in ("nobody", "system", "a\x00", "\ud800", "x" * 300, ""):
        with pytest.raises(NotFound):
            flow.access.issue_token(person, by="system", name="x")


def test_there_is_no_new_token_of_somebody_who_has_left(flow: Opsflow) -> None:
    with pytest.raises(WrongState):
        flow.access.issue_token("old", by="ada", name="x")
    with pytest.raises(WrongState):
        flow.access.issue_token("old", by="old", name="x")


def test_tokens_of_others_are_the_business_of_administrators(flow: Opsflow) -> None:
    theirs = flow.access.issue_token("ada", by="ada", name="x").token
    for somebody in ("ann", "old", "nobody"):
        with pytest.raises(Refused, match=r"access\.permission"):
            flow.access.issue_token("ada", by=somebody, name="mine now")
        with pytest.raises(Refused):
            flow.access.revoke_token(theirs.id, by=somebody)
    made = flow.access.issue_token("ann", by="ada", name="import").token
    assert (made.person, made.created_by) == ("ann", "ada")
    flow.access.revoke_token(made.id, by="ada")


def test_a_token_makes_no_tokens_that_outlive_or_widen_it(flow: Opsflow) -> None:
    plain = flow.access.authenticate(secret_of(flow))
    narrow = flow.access.authenticate(secret_of(flow, scopes=[Permission.TASKS_WORK]))
    of_admin = flow.access.authenticate(secret_of(flow, "ada", scopes=[Permission.PEOPLE_MANAGE]))
    for identity in (plain, narrow, of_admin):
        with pytest.raises(Refused):
            flow.access.issue_token(identity.person, by=identity, name="successor")
        with pytest.raises(Refused):
            flow.access.grant("ann", AccessRole.ADMINISTRATOR, by=identity)
    manager = flow.access.authenticate(secret_of(flow, "ada", scopes=[Permission.ACCESS_MANAGE]))
    assert flow.access.issue_token("ann", by=manager, name="import").token.created_by == "ada"


def test_a_token_revokes_itself_and_no_other(flow: Opsflow) -> None:
    first, second = secret_of(flow), secret_of(flow, scopes=[Permission.TASKS_WORK])
    one, two = flow.access.authenticate(first), flow.access.authenticate(second)
    assert one.token_id is not None
    assert two.token_id is not None
    with pytest.raises(Refused):
        flow.access.revoke_token(one.token_id, by=two)
    with pytest.raises(Refused):
        flow.access.revoke_token(two.token_id, by=one)
    flow.access.revoke_token(two.token_id, by=two)
    flow.access.revoke_token(one.token_id, by=flow.access.identity("ann"))


def test_everything_about_tokens_is_in_the_history(flow: Opsflow) -> None:
    token = flow.access.issue_token(
        "ann", by="ada", name="import", scopes=[Permission.TASKS_WORK]
    ).token
    flow.access.revoke_token(token.id, by="ann")
    issued, revoked = flow.history.of_stream("access")[-2:]
    assert (issued.type, issued.person) == ("TokenIssued", "ada")
    assert '"scopes":["tasks:work"]' in issued.data
    assert (revoked.type, revoked.person) == ("TokenRevoked", "ann")
    assert flow.history.verify().holds


def test_a_token_that_was_rolled_back_never_counted(flow: Opsflow) -> None:
    secrets = []
    with pytest.raises(Invalid), flow.transaction():
        secrets.append(secret_of(flow))
        flow.access.authenticate(secrets[0])
        raise Invalid("not after all")
    refusal(flow, secrets[0])


class Staff:
    """The directory of a host: it knows Kim in any spelling, and somebody it calls system."""

    def person(self, person_id: str) -> PersonInfo | None:
        known = {"kim": PersonInfo("kim", "Kim"), "root": PersonInfo("system", "Root")}
        return known.get(person_id.lower())

    def acting_roles(self, person_id: str, at: datetime) -> frozenset[Acting]:
        return frozenset()

    def holders(self, role: str, at: datetime) -> tuple[Holder, ...]:
        return ()

    def role_exists(self, role: str) -> bool:
        return False


def test_people_of_a_host_have_tokens_too(url: str, clock: ManualClock) -> None:
    with Opsflow(url, clock=clock, directory=Staff()) as flow:
        secret = flow.access.issue_token("kim", by="kim", name="x").secret
        flow.access.grant("kim", AccessRole.AUDITOR, by="system")
        assert AccessRole.AUDITOR in flow.access.authenticate(secret).roles
        for name in ("system", "root"):
            with pytest.raises(NotAuthenticated):
                flow.access.identity(name)
            with pytest.raises(NotFound):
                flow.access.grant(name, AccessRole.AUDITOR, by="system")


def test_one_person_under_two_spellings_is_one(url: str, clock: ManualClock) -> None:
    with Opsflow(url, clock=clock, directory=Staff()) as flow:
        flow.access.grant("KIM", AccessRole.AUDITOR, by="system")
        assert AccessRole.AUDITOR in flow.access.roles_of("Kim")
        assert flow.access.identity("Kim") == flow.access.identity("kim")
        issued = flow.access.issue_token("Kim", by="KIM", name="x")
        assert flow.access.authenticate(issued.secret).person == "kim"
        assert issued.token.created_by == "kim"
        flow.access.revoke_token(issued.token.id, by="kiM")
        flow.access.withdraw("KiM", AccessRole.AUDITOR, by="system")
        assert flow.access.grants() == []


def test_what_a_newer_version_granted_allows_nothing(flow: Opsflow) -> None:
    secret = secret_of(flow, scopes=[Permission.TASKS_WORK])
    with flow.engine.begin() as connection:
        enter_schema(connection)
        connection.execute(
            text(
                "INSERT INTO opsflow_access_grant (person, role, granted_at, granted_by) "
                "VALUES ('ann', 'superuser', '2026-03-02 09:00:00', 'ada')"
            )
        )
        connection.execute(text("UPDATE opsflow_access_token SET scopes = 'magic:cast'"))
    identity = flow.access.authenticate(secret)
    assert identity.roles == {AccessRole.WORKER}
    assert identity.scopes == frozenset()
    assert flow.access.roles_of("ann") == {AccessRole.WORKER}
