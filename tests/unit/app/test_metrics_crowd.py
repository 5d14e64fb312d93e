"""The histogram for crowds shows what the library's own shows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Histogram, generate_latest

from dastak.app.metrics.crowd import CrowdHistogram

BUCKETS = (0.005, 0.5, 1, 3600)


@given(st.lists(st.lists(st.sampled_from([0.0, 0.004, 0.005, 0.25, 0.5, 1.0, 2.0, 3600.0, 4000.0]))))
def test_it_shows_what_the_library_shows(batches: list[list[float]]) -> None:
    ours, theirs = CollectorRegistry(), CollectorRegistry()
    crowd = CrowdHistogram("took_seconds", "How long.", BUCKETS)
    ours.register(crowd)
    one_by_one = Histogram("took_seconds", "How long.", registry=theirs, buckets=BUCKETS)
    for batch in batches:
        crowd.observe_all(batch)
        for value in batch:
            one_by_one.observe(value)
    shown, wanted = (_numbers(registry) for registry in (ours, theirs))
    assert shown == pytest.approx(wanted)


def _numbers(registry: CollectorRegistry) -> dict[str, float]:
    lines = [line.rpartition(" ") for line in generate_latest(registry).decode().splitlines()]
    return {name: float(value) for name, _, value in lines if not name.startswith("#")}
