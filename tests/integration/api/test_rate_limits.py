"""How many calls are allowed, and what the answers say about it (contract.md §2.8)."""

from pathlib import Path

from integration.api.asserting import assert_refused
from support.api import Api
from support.server import RunningServer

PATH = "/verification/form"


def test_calls_of_one_operation_by_one_merchant_are_counted(tmp_path: Path) -> None:
    with RunningServer(tmp_path, merchants=("A", "B"), api_rate_per_minute=5) as server:
        with server.api() as api, server.api(server.merchants[1]) as other:
            for left in (4, 3, 2, 1, 0):
                answer = api.get(PATH, verificationID="nobody") if left == 4 else api.get("/api/v1/events")
                if left == 4:
                    assert_refused(answer, 404, "Resource not found")
                    answer = api.get("/api/v1/events")
                assert answer.status == 200
                assert (answer.headers["x-ratelimit-limit"], answer.headers["x-ratelimit-remaining"]) == (
                    "5",
                    str(left),
                )
                assert 1 <= int(answer.headers["x-ratelimit-reset"]) <= 60
            refused = api.get("/api/v1/events")
            assert_refused(refused, 429, "too_many_requests_per_operation")
            assert (refused.headers["x-ratelimit-limit"], refused.headers["x-ratelimit-remaining"]) == ("5", "0")
            assert 1 <= int(refused.headers["x-ratelimit-reset"]) <= 60
            assert 1 <= int(refused.headers["retry-after"]) <= 60
            assert api.get("/api/v1/templates").status == 200
            assert other.get("/api/v1/events").status == 200
        server.assert_no_failures()


def test_calls_from_one_address_are_counted_before_the_secret_is_looked_at(tmp_path: Path) -> None:
    with RunningServer(tmp_path, api_rate_per_ip_per_minute=5) as server:
        with Api(server.url, "dk_guess", "guess") as guesser, server.api() as api:
            for _ in range(5):
                assert_refused(guesser.get(PATH), 401, "authentication_failed")
            refused = api.get("/api/v1/events")
            assert_refused(refused, 429, "too_many_requests_per_ip")
            assert 1 <= int(refused.headers["retry-after"]) <= 60
            assert api.raw("GET", "/healthz").status == 200
        server.assert_no_failures()
