"""Everything through PgBouncer in transaction mode, where each transaction may run on another connection."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from acceptance.arrivals import duplicates, out_of_order
from acceptance.kills import SECRET_KEY
from support.customer import Customer
from support.pgbouncer import PrivatePgBouncer
from support.postgres import PrivatePostgres
from support.receiver import HookReceiver
from support.server import RunningServer

pytestmark = pytest.mark.slow

SERVERS = 2
LINKS = 6


@pytest.fixture
def bouncer(postgres: PrivatePostgres) -> Iterator[PrivatePgBouncer]:
    with PrivatePgBouncer(postgres, pool_size=2) as bouncer:
        yield bouncer


def server_behind(bouncer: PrivatePgBouncer, database: str, home: Path, direct_url: str, first: bool) -> RunningServer:
    home.mkdir()
    return RunningServer(
        home,
        merchants=("Asha Bank",) if first else (),
        nursery=None,
        database_url=bouncer.url(database),
        database_direct_url=direct_url,
        database_pooler="transaction",
        secret_key=SECRET_KEY,
    )


@pytest.mark.parametrize("has_direct_way", [True, False], ids=["with-a-direct-way", "without"])
def test_the_whole_way_from_a_link_to_the_log_with_two_servers(
    bouncer: PrivatePgBouncer, database: str, receiver: HookReceiver, tmp_path: Path, has_direct_way: bool
) -> None:
    direct_url = database if has_direct_way else ""
    one = server_behind(bouncer, database, tmp_path / "one", direct_url, first=True)
    two = server_behind(bouncer, database, tmp_path / "two", direct_url, first=False)
    with one, two:
        two.merchants = one.merchants
        with one.api() as api:
            api.add_endpoint(receiver.url())
            for _ in range(LINKS):
                link = api.create_link("Pan_verification")
                with Customer(link["form_link"]) as customer:
                    customer.complete()
            hooks = receiver.wait_for(2 * LINKS)
            assert out_of_order(hooks) == []
            assert duplicates(hooks) == []
        with two.api() as api:
            for delivery in api.deliveries():
                (attempt,) = api.delivery(delivery["id"])["attempt_log"]
                assert attempt["outcome"] == "delivered"
        one.assert_no_failures()
        two.assert_no_failures()


def test_a_pooler_that_restarts_is_bridged(
    bouncer: PrivatePgBouncer, database: str, receiver: HookReceiver, tmp_path: Path
) -> None:
    with server_behind(bouncer, database, tmp_path / "one", database, first=True) as server, server.api() as api:
        api.add_endpoint(receiver.url())
        bouncer.stop()
        bouncer.start()
        link = api.create_link("Pan_verification")
        with Customer(link["form_link"]) as customer:
            customer.complete()
        receiver.wait_for(2)
        server.assert_no_failures()
