"""Web, dispatchers and clock as processes of their own on one PostgreSQL, each more than once where that means something."""

import itertools
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import pytest

from support.customer import PHONE_OTP, Customer
from support.postgres import PrivatePostgres
from support.receiver import Hook, HookReceiver, Reply
from support.server import RunningServer, dastak, environment

pytestmark = pytest.mark.slow

KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
SILENCE_OF_THE_DEAD_SECONDS = 60


@dataclass
class Fleet:
    """One deployment of four processes."""

    web: RunningServer
    dispatchers: list[RunningServer]
    clock: RunningServer

    @property
    def all(self) -> list[RunningServer]:
        return [self.web, *self.dispatchers, self.clock]


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    with ExitStack() as running:
        database = running.enter_context(PrivatePostgres(fsync=False)).database()

        def process(role: str, number: int = 1) -> RunningServer:
            home = tmp_path / f"{role}{number}"
            home.mkdir()
            server = RunningServer(
                home,
                merchants=("Asha Bank",) if role == "web" else (),
                role=role,
                database_url=database,
                secret_key=KEY,
            )
            return running.enter_context(server)

        yield Fleet(process("web"), [process("dispatch", 1), process("dispatch", 2)], process("clock"))


def test_a_customer_s_way_goes_through_all_of_them(fleet: Fleet) -> None:
    with HookReceiver() as receiver:
        with fleet.web.api() as api:
            endpoint = api.add_endpoint(receiver.url())
            link = api.create_link(verification_id="v-1", template_name="Pan_verification", notification_types=["sms"])
        customer = Customer(link["form_link"])
        customer.sign_in()
        customer.pan()
        hooks = receiver.wait_for(2)
        assert [hook.type for hook in hooks] == ["KYC_LINK_ACTION_PERFORMED", "KYC_LINK_SUCCESS"]
        assert hooks[0].verify(fleet.web.merchant.client_secret, endpoint["secret"]).raw == hooks[0].body
        fleet.clock.wait_for_log(event="notice.attempt")
        assert not fleet.web.log(event="attempt")
        assert not fleet.clock.log(event="attempt")


def test_each_answers_for_its_own_part_and_only_the_web_takes_calls(fleet: Fleet) -> None:
    assert _get(fleet.web, "/verification/form").startswith("400")
    for server, part in ((fleet.dispatchers[0], "dispatcher"), (fleet.clock, "notifier")):
        assert _get(server, "/verification/form").startswith("404")
        assert part in _get(server, "/readyz")
        assert _get(server, "/readyz").startswith("200")
        assert "dastak_build_info" in _get(server, "/metrics")
    assert "notifier" not in _get(fleet.dispatchers[0], "/readyz")
    assert "dispatcher" not in _get(fleet.clock, "/readyz")


def test_what_a_killed_dispatcher_had_in_hand_is_sent_by_the_other(fleet: Fleet) -> None:
    with HookReceiver() as receiver:
        gate = threading.Event()
        receiver.answer_events("/hook", then=Reply(until=gate))
        with fleet.web.api() as api:
            api.add_endpoint(receiver.url(), window=8)
        for number in range(6):
            _finish(fleet.web, f"v-{number}")
        receiver.wait_for(4)
        fleet.dispatchers[0].kill()
        gate.set()
        with fleet.web.api() as api:
            wanted = {event["id"] for event in api.events()}
            hooks = receiver.wait_for(lambda got: wanted <= {hook.id for hook in got}, SILENCE_OF_THE_DEAD_SECONDS)
        assert _first_arrivals_in_order(hooks)


def test_a_dispatcher_that_is_told_to_end_finishes_what_it_has_begun(fleet: Fleet) -> None:
    with HookReceiver() as receiver:
        with fleet.web.api() as api:
            api.add_endpoint(receiver.url())
        for number in range(4):
            _finish(fleet.web, f"v-{number}")
        for one in fleet.dispatchers:
            one.stop(signal.SIGTERM)
        came = receiver.hooks()
        ids = [hook.id for hook in came]
        assert len(ids) == len(set(ids))
        fleet.dispatchers[0].start()
        with fleet.web.api() as api:
            wanted = {event["id"] for event in api.events()}
        hooks = receiver.wait_for(lambda got: wanted <= {hook.id for hook in got}, 30)
        assert len(hooks) == len(wanted), "something was sent twice although everybody left in order"


def test_a_part_alone_on_the_embedded_file_is_refused_in_one_sentence(tmp_path: Path) -> None:
    for role in ("web", "dispatch", "clock", "video"):
        failed = dastak(role, env=environment(data_dir=tmp_path / "data"))
        assert failed.returncode == 1
        assert "DASTAK_DATABASE_URL" in failed.stderr
        assert "Traceback" not in failed.stderr


def test_a_customer_can_be_served_by_another_web_process_at_every_step(tmp_path: Path) -> None:
    with ExitStack() as running:
        database = running.enter_context(PrivatePostgres(fsync=False)).database()
        webs = []
        for number, merchants in enumerate((("Asha Bank",), ())):
            home = tmp_path / f"web{number}"
            home.mkdir()
            server = RunningServer(home, merchants=merchants, role="web", database_url=database, secret_key=KEY)
            webs.append(running.enter_context(server))
        first, second = webs
        with first.api() as api:
            link = api.create_link(verification_id="v-1", template_name="Full_kyc")
        customer = running.enter_context(Customer(link["form_link"]))
        customer.open()
        customer.submit("/otp")
        customer.move_to(second.url)
        customer.submit("/otp/confirm", otp=PHONE_OTP)
        at = itertools.cycle((first, second))
        steps = 0
        while customer.next_step():
            customer.move_to(next(at).url)
            steps += 1
        assert steps >= 4
        with second.api(first.merchant) as api:
            assert api.link("v-1")["form_status"] == "SUCCESS"
            sequences = [event["sequence"] for event in api.events()]
        assert sequences == list(range(1, len(sequences) + 1))
        assert sequences


def _finish(server: RunningServer, verification_id: str) -> None:
    with server.api() as api:
        link = api.create_link(verification_id=verification_id, template_name="Pan_verification")
    customer = Customer(link["form_link"])
    customer.sign_in()
    customer.pan()


def _first_arrivals_in_order(hooks: list[Hook]) -> bool:
    lanes: dict[str, list[int]] = {}
    seen: set[str] = set()
    for hook in hooks:
        if hook.id not in seen:
            seen.add(hook.id)
            lanes.setdefault(hook.header("x-dastak-journey"), []).append(int(hook.header("x-dastak-sequence")))
    return all(sequence == list(range(1, len(sequence) + 1)) for sequence in lanes.values())


def _get(server: RunningServer, path: str) -> str:
    connection = HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return f"{answer.status} {answer.read().decode()}"
    finally:
        connection.close()
