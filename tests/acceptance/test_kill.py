"""SIGKILL at any moment loses nothing: a short run of `kills.py` on each store. `tools/kills.py` runs longer ones."""

from pathlib import Path

import pytest

from acceptance.kills import kill_again_and_again

SEED = 20261122


@pytest.mark.slow
@pytest.mark.parametrize(("store", "points"), [("sqlite", 50), ("postgres", 40)])
def test_kills_under_load_lose_no_acknowledged_event_and_keep_every_lane_in_order(
    store: str, points: int, tmp_path: Path
) -> None:
    report = kill_again_and_again(store, points, SEED, tmp_path)
    assert report.faults == []
    assert report.kills.total() == points
    assert report.links >= points
    assert report.acknowledged >= 2 * points
