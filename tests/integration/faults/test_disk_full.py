"""The disk of the embedded database takes no more: 503 and a friendly page meanwhile, and then everything goes on.

The limit is the kernel's own on how large a file of that process may grow: a write beyond it fails as on a full disk.
"""

import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.api import Answer, Api, new_verification_id
from support.customer import PAN, Customer
from support.receiver import HookReceiver
from support.server import RunningServer, dastak

pytestmark = pytest.mark.slow

FEW_BYTES = 4096
CALLS = 50


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    with RunningServer(tmp_path) as server:
        yield server
        assert not [line for line in server.lines() if "Traceback" in line]


def limit_files(server: RunningServer, most: int) -> None:
    """For a process that runs; what is open already may not grow beyond it either."""
    _, hard = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (most, hard))


def make_link(api: Api) -> Answer:
    fields = {"phone": "9999999999", "template_name": "Pan_verification", "verification_id": new_verification_id()}
    return api.post("/verification/form", fields)


def test_a_full_disk_is_a_503_that_ends_by_itself_and_nothing_acknowledged_is_lost(
    server: RunningServer, receiver: HookReceiver
) -> None:
    with server.api() as api:
        api.add_endpoint(receiver.url())
        link = api.create_link("Pan_verification")
        with Customer(link["form_link"]) as customer:
            customer.sign_in()
            limit_files(server, FEW_BYTES)
            for _ in range(CALLS):
                answer = make_link(api)
                assert (answer.status, answer.json["code"]) == (503, "temporarily_unavailable")
                assert answer.headers["retry-after"] == "2"
            page = customer.pan()
            assert page.status == 503
            assert page.forms[customer.path + "/pan"].fields["pan"] == PAN
            view = api.get("/verification/form", verificationID=link["verification_id"])
            assert (view.status, view.json["code"]) == (503, "temporarily_unavailable"), "it cannot be noted"
            assert api.get("/api/v1/webhook-endpoints").status == 200
            assert api.raw("GET", "/readyz").status == 503
            limit_files(server, resource.RLIM_INFINITY)
            assert make_link(api).status == 200
            assert customer.submit("/pan").status == 200
        receiver.wait_for(2)
        assert api.link(link["verification_id"])["form_status"] == "SUCCESS"
        verification_id = api.create_link("Pan_verification")["verification_id"]
        server.kill()
        server.start()
        assert api.link(verification_id)["form_status"] == "RECEIVED"


def test_outcomes_wait_for_room_on_the_disk_and_nothing_is_sent_twice(
    server: RunningServer, receiver: HookReceiver
) -> None:
    with server.api() as api:
        api.add_endpoint(receiver.url())
        link = api.create_link("Pan_verification")
        with Customer(link["form_link"]) as customer:
            customer.complete()
        receiver.wait_for(1)
        limit_files(server, FEW_BYTES)
        server.wait_for_log(event="store_unavailable")
        limit_files(server, resource.RLIM_INFINITY)
        server.wait_for_log(2, event="attempt", outcome="delivered")
        assert len(receiver.hooks()) == 2


def test_a_start_on_a_disk_that_takes_nothing_says_so_in_a_sentence(server: RunningServer, tmp_path: Path) -> None:
    server.stop()
    folder = tmp_path / "full"
    folder.mkdir()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (FEW_BYTES, before[1]))
        started = dastak("migrate", env=server.env | {"DASTAK_DATA_DIR": str(folder)})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert started.returncode == 1
    assert "Traceback" not in started.stderr
    assert "dastak doctor" in started.stderr
