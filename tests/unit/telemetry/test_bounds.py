"""Labels have a limited number of values, whatever comes."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from opsflow.metrics import CATALOGUE
from opsflow.metrics.catalogue import OTHER, Type
from opsflow.metrics.counting import Values


@settings(deadline=None)
@given(st.lists(st.text()), st.integers(1, 5))
def test_a_label_has_so_many_values_and_one_for_all_others(given: list[str], limit: int) -> None:
    values = Values(limit)
    found = [values.of("topic", each) for each in given]
    assert len(set(found) - {OTHER}) <= limit
    assert all(shown in (each, OTHER) for each, shown in zip(given, found, strict=True))
    assert [values.of("topic", each) for each in given] == found
    assert values.of("process", "p") == "p"


def test_the_metrics_are_named_as_prometheus_has_it() -> None:
    names = [metric.name for metric in CATALOGUE]
    assert len(names) == len(set(names))
    for metric in CATALOGUE:
        assert metric.name.startswith("opsflow_")
        assert metric.name.endswith("_total") is (metric.type is Type.COUNTER)
        assert bool(metric.buckets) is (metric.type is Type.HISTOGRAM)
        assert not {"id", "job", "instance", "person"} & set(metric.labels)
