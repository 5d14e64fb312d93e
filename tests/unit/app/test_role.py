"""Who holds the rooms of calls, and what a node needs before it may."""

import os
from pathlib import Path

import pytest

from dastak.app.role import EVERYTHING, Part, RoleNeedsRecordings, check_role, is_node, with_rooms
from dastak.app.settings import Settings, SettingsError, read_settings
from dastak.video.spool.owner import SpoolTaken, lock, name_of

SHARED = {"DASTAK_DATABASE_URL": "postgresql://dastak@db/dastak", "DASTAK_RECORDINGS": "s3://recordings"}
NODES = {"DASTAK_VIDEO_NODES": "http://10.0.0.21:8831,http://10.0.0.22:8831"}
WEB, VIDEO, CLOCK = (frozenset({part}) for part in (Part.WEB, Part.VIDEO, Part.CLOCK))


def settings(**more: str) -> Settings:
    return read_settings({**SHARED, **more})


def test_who_serves_pages_holds_the_rooms_unless_there_are_nodes() -> None:
    assert with_rooms(settings(), EVERYTHING) == EVERYTHING
    assert with_rooms(settings(), WEB) == WEB | VIDEO
    assert with_rooms(settings(**NODES), WEB) == WEB
    assert with_rooms(settings(**NODES), EVERYTHING) == EVERYTHING - VIDEO
    for parts in (VIDEO, CLOCK):
        assert with_rooms(settings(**NODES), parts) == parts
    assert [is_node(parts) for parts in (VIDEO, WEB | VIDEO, EVERYTHING, CLOCK)] == [True, False, False, False]


def test_a_node_needs_a_place_for_films_that_all_reach() -> None:
    check_role(settings(), VIDEO)
    with pytest.raises(RoleNeedsRecordings):
        check_role(settings(DASTAK_RECORDINGS=""), VIDEO)


@pytest.mark.parametrize("missing", sorted(SHARED))
def test_nodes_share_database_and_recordings_with_who_names_them(missing: str) -> None:
    with pytest.raises(SettingsError, match=f"DASTAK_VIDEO_NODES: needs {missing}"):
        settings(**NODES, **{missing: ""})


def test_a_spool_keeps_its_name_and_has_one_owner_at_a_time(tmp_path: Path) -> None:
    folder = tmp_path / "spool"
    name = name_of(folder)
    assert name_of(folder) == name
    assert name_of(tmp_path / "other") != name
    held = lock(folder)
    with pytest.raises(SpoolTaken, match="DASTAK_DATA_DIR"):
        lock(folder)
    os.close(held)
    os.close(lock(folder))
