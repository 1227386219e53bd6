"""Who reads a notice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from opsflow.errors import Refused
from opsflow.notifications import Notice

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_a_notice_is_read_once_by_its_person() -> None:
    notice = Notice(id="n", person="ann", kind="k", text="t", at=NOW)
    assert not notice.is_read
    notice.mark_read("ann", NOW)
    notice.mark_read("ann", NOW + timedelta(hours=1))
    assert notice.read_at == NOW


def test_nobody_reads_the_notice_of_somebody_else() -> None:
    notice = Notice(id="n", person="ann", kind="k", text="t", at=NOW)
    with pytest.raises(Refused) as refused:
        notice.mark_read("bob", NOW)
    assert refused.value.rule == "notice.own"
    assert not notice.is_read
