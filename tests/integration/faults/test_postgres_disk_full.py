"""The disk of PostgreSQL takes no more: 503 meanwhile, nothing acknowledged is lost, and recovery needs nobody here."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from acceptance.arrivals import lost, out_of_order
from integration.faults.test_database_away import ASKED, asked_until, assert_away, finish, make_link
from support.api import Api
from support.postgres import PrivatePostgres
from support.receiver import HookReceiver
from support.server import RunningServer
from support.small_disk import SmallDisk

pytestmark = pytest.mark.slow

DISK_MEBIBYTES = 320
EVENTS_OF_A_LINK = 2
CALLS = 3
SEGMENTS = 40
"""More than the log keeps in advance."""


@pytest.fixture
def disk() -> Iterator[SmallDisk]:
    with SmallDisk(DISK_MEBIBYTES) as disk:
        yield disk


@pytest.fixture
def own(disk: SmallDisk) -> Iterator[PrivatePostgres]:
    with PrivatePostgres(disk=disk, settings={"max_wal_size": "96MB"}) as server:
        yield server


@pytest.fixture
def server(own: PrivatePostgres, tmp_path: Path) -> Iterator[RunningServer]:
    with RunningServer(tmp_path, database_url=own.database()) as server:
        yield server
        assert not [line for line in server.lines() if "Traceback" in line]


def fill_up(api: Api, disk: SmallDisk) -> list[str]:
    """Take the last room, and use up what the tables still have; the links that were made meanwhile."""
    made: list[str] = []
    disk.fill()
    for _ in range(ASKED):
        answer = make_link(api)
        if answer.status != 200:
            assert_away(answer)
            return made
        made.append(answer.json["verification_id"])
    raise AssertionError("the disk did not fill up")


def test_a_full_disk_is_a_503_that_ends_by_itself_and_nothing_acknowledged_is_lost(
    server: RunningServer, disk: SmallDisk, receiver: HookReceiver
) -> None:
    with server.api() as api:
        api.add_endpoint(receiver.url())
        before = api.create_link("Pan_verification")
        finish(api, before["form_link"])
        made = fill_up(api, disk)
        for _ in range(CALLS):
            answer = make_link(api)
            if answer.status != 200:  # some table may have a place left
                assert_away(answer)
        view = api.get("/verification/form", verificationID=before["verification_id"])
        if view.status == 200:  # likewise: each view is noted
            assert view.json["form_status"] == "SUCCESS"
        else:
            assert_away(view)
        disk.make_room()
        asked_until(200, lambda: make_link(api))
        after = api.create_link("Pan_verification")
        finish(api, after["form_link"])
        acknowledged = {link["verification_id"]: EVENTS_OF_A_LINK for link in (before, after)}
        hooks = receiver.wait_for(lambda hooks: not lost(acknowledged, hooks))
        assert out_of_order(hooks) == []
        assert {api.link(one)["form_status"] for one in made} <= {"RECEIVED"}


def test_a_log_without_room_ends_postgresql_and_all_goes_on_once_it_is_started_again(
    server: RunningServer, own: PrivatePostgres, disk: SmallDisk, receiver: HookReceiver
) -> None:
    with server.api() as api:
        api.add_endpoint(receiver.url())
        links = [api.create_link("Pan_verification") for _ in range(2)]
        finish(api, links[0]["form_link"])
        disk.fill()
        for _ in range(SEGMENTS):
            try:
                own.sql("SELECT pg_logical_emit_message(true, 'fill', 'x'), pg_switch_wal()")
            except AssertionError:
                break
        else:
            raise AssertionError("the log found room all the same")
        assert any("PANIC" in line and "No space left" in line for line in own.log)
        assert_away(make_link(api))
        disk.make_room()
        own.kill()  # harmless: it has ended, or tries to
        own.start()
        asked_until(200, lambda: make_link(api))
        finish(api, links[1]["form_link"])
        acknowledged = {link["verification_id"]: EVENTS_OF_A_LINK for link in links}
        hooks = receiver.wait_for(lambda hooks: not lost(acknowledged, hooks))
        assert out_of_order(hooks) == []
