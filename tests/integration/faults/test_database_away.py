"""PostgreSQL restarts, dies, refuses writes, hands over to a replica: 503 meanwhile, then everything goes on by itself."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from acceptance.arrivals import other_bytes, out_of_order
from support.api import Answer, Api, new_verification_id
from support.customer import PAN, Customer
from support.postgres import PrivatePostgres, url_of
from support.receiver import HookReceiver, Reply
from support.server import RunningServer

pytestmark = pytest.mark.slow

ASKED = 400
"""How often a test asks whether the server is well again; each ask takes its time."""


@pytest.fixture
def server(own: PrivatePostgres, tmp_path: Path) -> Iterator[RunningServer]:
    with RunningServer(tmp_path, database_url=own.database()) as server:
        yield server
        assert not [line for line in server.lines() if "Traceback" in line]


def make_link(api: Api) -> Answer:
    fields = {"phone": "9999999999", "template_name": "Pan_verification", "verification_id": new_verification_id()}
    return api.post("/verification/form", fields)


def asked_until(wanted: int, call: Callable[[], Answer]) -> Answer:
    """Call until it is answered with that status; every other answer must be a 503 in the contract's shape."""
    for _ in range(ASKED):
        answer = call()
        if answer.status == wanted:
            return answer
        if answer.status != 200:
            assert_away(answer)
    raise AssertionError(f"{wanted} did not come")


def assert_away(answer: Answer) -> None:
    assert answer.status == 503, answer
    assert answer.json["type"] == "internal_error"
    assert answer.json["code"] == "temporarily_unavailable"
    assert int(answer.headers["retry-after"]) >= 1


def finish(api: Api, form_link: str) -> None:
    with Customer(form_link) as customer:
        assert customer.complete().status == 200


def test_a_restart_is_bridged_and_a_longer_absence_is_a_503_that_ends_by_itself(
    server: RunningServer, own: PrivatePostgres, receiver: HookReceiver
) -> None:
    with server.api() as api:
        api.add_endpoint(receiver.url())
        own.restart()
        assert make_link(api).status == 200  # no call fails because the connections of before are gone
        link = api.create_link("Pan_verification")
        with Customer(link["form_link"]) as customer:
            customer.sign_in()
            own.kill()
            assert_away(make_link(api))
            page = customer.pan()
            assert page.status == 503
            assert "Nothing is lost" in page.text
            assert page.forms[customer.path + "/pan"].fields["pan"] == PAN
            own.start()
            asked_until(200, lambda: make_link(api))
            assert customer.submit("/pan").status == 200
        receiver.wait_for(2)
        assert api.link(link["verification_id"])["form_status"] == "SUCCESS"
    assert out_of_order(receiver.hooks()) == []


def test_outcomes_that_cannot_be_recorded_wait_and_nothing_is_sent_twice(
    server: RunningServer, own: PrivatePostgres, receiver: HookReceiver
) -> None:
    let_go = threading.Event()
    receiver.answer_events("/hook", Reply(until=let_go))
    with server.api() as api:
        api.add_endpoint(receiver.url())
        finish(api, api.create_link("Pan_verification")["form_link"])
        receiver.wait_for(1)
        own.kill()
        let_go.set()
        server.wait_for_log(event="store_unavailable", during="settle")
        own.start()
        server.wait_for_log(2, event="attempt", outcome="delivered")
        assert len(receiver.wait_for(2)) == 2
        log = [api.delivery(one["id"])["attempt_log"] for one in api.deliveries()]
        assert [[attempt["number"] for attempt in attempts] for attempts in log] == [[1], [1]]


def test_while_the_database_takes_no_writes_what_writes_is_answered_503_and_so_is_a_view_that_cannot_be_noted(
    server: RunningServer, own: PrivatePostgres, receiver: HookReceiver
) -> None:
    with server.api() as api:
        api.add_endpoint(receiver.url())
        link = api.create_link("Pan_verification")
        own.change(default_transaction_read_only="on")
        asked_until(503, lambda: make_link(api))
        assert_away(api.get("/verification/form", verificationID=link["verification_id"]))
        assert api.get("/api/v1/webhook-endpoints").status == 200  # nobody's data
        assert api.raw("GET", "/readyz").status == 503
        own.change(default_transaction_read_only="off")
        asked_until(200, lambda: make_link(api))
        assert api.link(link["verification_id"])["form_status"] == "RECEIVED"
        finish(api, link["form_link"])
        receiver.wait_for(2)


def test_a_failover_to_a_replica_loses_nothing_that_was_acknowledged(
    own: PrivatePostgres, receiver: HookReceiver, tmp_path: Path
) -> None:
    own.sql("SELECT 1")
    with own.replica(synchronous=True) as replica:
        url = url_of(own, replica)
        with RunningServer(tmp_path, database_url=url) as server, server.api() as api:
            api.add_endpoint(receiver.url())
            links = [api.create_link("Pan_verification") for _ in range(3)]
            finish(api, links[0]["form_link"])
            own.kill()
            assert_away(make_link(api))
            replica.change(synchronous_standby_names="")
            replica.promote()
            asked_until(200, lambda: make_link(api))
            for link in links[1:]:
                finish(api, link["form_link"])
            hooks = receiver.wait_for(lambda hooks: len({hook.id for hook in hooks}) == 6)
            assert out_of_order(hooks) == []
            assert other_bytes(hooks) == []
            assert not [line for line in server.lines() if "Traceback" in line]
