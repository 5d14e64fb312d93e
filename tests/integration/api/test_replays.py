"""/api/v1/replays: many deliveries sent again: what is asked, shown, refused and cancelled."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integration.api.asserting import assert_refused
from support.api import Answer, Api
from support.backlog import Backlog, mostly_down
from support.customer import Customer
from support.receiver import HookReceiver
from support.server import RunningServer

PATH = "/api/v1/replays"
PLACE = "/replays"
LONG_AGO = "2026-01-01T00:00:00Z"


@pytest.fixture(scope="module")
def backlog(server: RunningServer, receiver: HookReceiver) -> Iterator[Backlog]:
    """Three customers, fifteen events, ten of them given up."""
    made = mostly_down(server, receiver, PLACE, customers=3)
    yield made
    with server.api() as api:
        api.delete(f"/api/v1/webhook-endpoints/{made.endpoint['id']}")


def tried(api: Api, **selection: object) -> dict[str, Any]:
    """What a dry run says."""
    answer = api.post(PATH, {**selection, "dry_run": True})
    assert answer.status == 200, answer
    shown: dict[str, Any] = answer.json
    assert list(shown) == ["dry_run", "matched", "matched_exactly", "sample"]
    return shown


def ids(deliveries: list[dict[str, Any]]) -> list[str]:
    return [one["id"] for one in deliveries]


def test_a_dry_run_shows_what_would_be_sent_and_changes_nothing(api: Api, backlog: Backlog) -> None:
    before, jobs = api.deliveries(endpoint_id=backlog.endpoint["id"]), api.get(PATH).json
    shown = tried(api, endpoint_id=backlog.endpoint["id"])
    assert (shown["dry_run"], shown["matched"], shown["matched_exactly"]) == (True, 10, True)
    assert shown["sample"] == backlog.given_up
    assert api.get(PATH).json == jobs
    assert api.deliveries(endpoint_id=backlog.endpoint["id"]) == before


def test_every_field_narrows_what_is_selected(api: Api, backlog: Backlog) -> None:
    endpoint = {"endpoint_id": backlog.endpoint["id"]}
    everything = sorted((*backlog.given_up, *backlog.delivered), key=lambda one: str(one["created_at"]))
    middle = everything[7]["created_at"]
    first = backlog.given_up[0]["verification_id"]
    of_first = [one for one in backlog.given_up if one["verification_id"] == first]
    last_events = [one for one in backlog.given_up if one["event_type"] == "KYC_LINK_SUCCESS"]
    assert tried(api, since=LONG_AGO, states=["given_up"])["matched"] == 10
    assert tried(api, **endpoint, states=["delivered"])["matched"] == 5
    assert tried(api, **endpoint, states=["delivered", "given_up", "pending"])["matched"] == 15
    assert tried(api, **endpoint, states=["pending"])["matched"] == 0
    assert tried(api, verification_id=first)["sample"] == of_first
    assert tried(api, verification_id="nobody")["matched"] == 0
    assert ids(tried(api, **endpoint, event_types=["KYC_LINK_SUCCESS"])["sample"]) == ids(last_events)
    before = tried(api, **endpoint, until=middle)
    later = tried(api, **endpoint, since=middle)
    assert ids(before["sample"] + later["sample"]) == ids(backlog.given_up)
    in_india = datetime.fromisoformat(middle).astimezone(datetime.fromisoformat("2026-01-01T00:00:00+05:30").tzinfo)
    assert tried(api, **endpoint, since=in_india.isoformat()) == later


def test_a_range_of_the_log_is_given_by_the_cursors_of_its_pages(api: Api, backlog: Backlog) -> None:
    query = {"endpoint_id": backlog.endpoint["id"], "limit": 4}
    first = api.get("/api/v1/deliveries", **query).json
    second = api.get("/api/v1/deliveries", **query, after=first["next"]).json
    wanted = [one["id"] for one in second["data"] if one["state"] == "given_up"]
    assert ids(tried(api, after=first["next"], up_to=second["next"])["sample"]) == wanted


def test_a_replay_is_made_done_and_read(
    api: Api, server: RunningServer, backlog: Backlog, receiver: HookReceiver
) -> None:
    already = len(receiver.hooks(PLACE))
    answer = api.post(PATH, {"endpoint_id": backlog.endpoint["id"], "since": backlog.since, "rate_per_second": 1000})
    assert answer.status == 202, answer
    made = answer.json
    assert made["state"] in {"queued", "running", "done"}
    assert (made["matched"], made["matched_exactly"], made["rate_per_second"]) == (10, True, 1000)
    assert made["states"] == ["pending", "given_up"]
    again = receiver.wait_for(already + 10, path=PLACE)[already:]
    assert sorted(hook.id for hook in again) == sorted(one["event_id"] for one in backlog.given_up)
    assert {hook.attempt for hook in again} == {2}
    server.wait_for_log(event="replay", replay_id=made["id"], state="done")
    done = api.get(f"{PATH}/{made['id']}").json
    assert (done["state"], done["requeued"], done["progress"]) == ("done", 10, 1)
    assert done["skipped"] == {"in_flight": 0, "endpoint_deleted": 0, "already_due": 0, "body_expired": 0, "changed": 0}
    assert done["position"] == done["up_to"]
    assert done["created_at"] <= done["started_at"] <= done["finished_at"]
    assert api.get(PATH).json["data"][0] == done
    ended = api.post(f"{PATH}/{made['id']}/cancel")
    assert (ended.status, ended.json) == (200, done), "what is done cannot be cancelled any more"


def test_lists_are_newest_first_and_in_pages(api: Api, server: RunningServer, backlog: Backlog) -> None:
    nothing = {"endpoint_id": backlog.endpoint["id"], "until": LONG_AGO}
    made = [api.post(PATH, nothing).json["id"] for _ in range(3)]
    for replay_id in made:
        server.wait_for_log(event="replay", replay_id=replay_id)
    page = api.get(PATH, limit=2).json
    assert [one["id"] for one in page["data"]] == sorted(made, reverse=True)[:2]
    assert page["next"] == page["data"][-1]["id"]
    rest = api.get(PATH, limit=200, after=page["next"]).json
    assert rest["data"][0]["id"] == min(made)
    assert rest["next"] is None


def test_another_merchant_sees_and_touches_nothing_of_it(
    api: Api, other: Api, server: RunningServer, backlog: Backlog
) -> None:
    endpoint_id = backlog.endpoint["id"]
    made = api.post(PATH, {"endpoint_id": endpoint_id, "until": LONG_AGO}).json
    server.wait_for_log(event="replay", replay_id=made["id"])
    assert_refused(other.get(f"{PATH}/{made['id']}"), 404, "Resource not found")
    assert_refused(other.post(f"{PATH}/{made['id']}/cancel"), 404, "Resource not found")
    assert other.get(PATH).json == {"data": [], "next": None}
    assert_refused(other.post(PATH, {"endpoint_id": endpoint_id}), 404, "Resource not found")
    assert_refused(other.post(PATH, {"endpoint_id": endpoint_id, "dry_run": True}), 404, "Resource not found")
    everything = {"since": LONG_AGO, "states": ["pending", "given_up", "delivered"], "dry_run": True}
    assert other.post(PATH, everything).json["matched"] == 0
    theirs = {"verification_id": backlog.given_up[0]["verification_id"], "dry_run": True, "states": ["delivered"]}
    assert other.post(PATH, theirs).json["matched"] == 0


def test_so_many_replays_may_be_open_and_no_more(server: RunningServer, receiver: HookReceiver) -> None:
    """Forty deliveries to send again, and each replay takes on one a second: none is done before all are made."""
    with server.api(server.merchants[2]) as api:
        endpoints = [api.add_endpoint(receiver.url(f"/crowded/{number}")) for number in (1, 2)]
        for link in [api.create_link("Full_kyc") for _ in range(4)]:
            with Customer(link["form_link"]) as customer:
                customer.complete()
        for endpoint in endpoints:
            server.wait_for_log(20, event="attempt", endpoint_id=endpoint["id"], outcome="delivered")
        asked = {"since": LONG_AGO, "states": ["delivered"], "rate_per_second": 1}
        answers = [api.post(PATH, asked) for _ in range(11)]
        assert [answer.status for answer in answers] == [202] * 10 + [422]
        assert_refused(answers[10], 422, "too_many_replays")
        for answer in answers[:10]:
            ended = api.post(f"{PATH}/{answer.json['id']}/cancel").json
            assert ended["state"] in {"cancelled", "done"}
            assert api.post(f"{PATH}/{answer.json['id']}/cancel").json == ended, "twice is harmless"
        again = api.post(PATH, asked)
        assert again.status == 202, "room again"
        api.post(f"{PATH}/{again.json['id']}/cancel")
        for endpoint in endpoints:
            api.delete(f"/api/v1/webhook-endpoints/{endpoint['id']}")


def refused(api: Api, **body: object) -> Answer:
    return api.post(PATH, {"since": LONG_AGO, "dry_run": True, **body})


@pytest.mark.parametrize(
    "body",
    [{}, {"until": LONG_AGO}, {"states": ["delivered"]}, {"event_types": ["KYC_LINK_SUCCESS"]}, {"since": None}],
)
@pytest.mark.parametrize("dry_run", [True, False])
def test_everything_there_ever_was_is_refused(api: Api, body: dict[str, Any], dry_run: bool) -> None:
    answer = api.post(PATH, {**body, "dry_run": dry_run})
    assert_refused(answer, 400, "replay_not_narrowed")
    assert "endpoint_id" in answer.json["message"]


BAD_VALUES: dict[str, tuple[object, ...]] = {
    "since": ("yesterday", "2026-01-01", "2026-01-01T00:00:00", 7, [], {}, True),
    "until": ("2026-01-01T00:00:00", "2025-12-31T23:59:59Z", LONG_AGO),
    "after": ("-1", "x", "9" * 30, 5, 1.5, []),
    "up_to": ("1.0",),
    "states": ("given_up", ["cancelled"], ["lost"], [1], {}, [["pending"]]),
    "event_types": ("KYC_LINK_SUCCESS", ["KYC"], [None]),
    "rate_per_second": (0, 0.5, 1001, -1, "50", True, [], 1e308),
    "dry_run": ("yes", 1, []),
    "endpoint_id": (7, [], "ep 1", "ep_\ud800"),
    "verification_id": (7, "a b", "ä"),
}


@pytest.mark.parametrize(("field", "value"), [(field, value) for field in BAD_VALUES for value in BAD_VALUES[field]])
def test_a_field_with_a_value_that_it_cannot_have_is_refused(api: Api, field: str, value: object) -> None:
    assert_refused(refused(api, **{field: value}), 400, f"{field}_value_invalid")


@pytest.mark.parametrize("field", ["endpoint_id", "verification_id"])
def test_an_id_that_is_too_long_is_refused(api: Api, field: str) -> None:
    assert_refused(refused(api, **{field: "a" * 51}), 400, f"{field}_length_exceeded")


def test_a_range_that_ends_before_it_begins_is_refused(api: Api) -> None:
    assert_refused(refused(api, after="9", up_to="9"), 400, "up_to_value_invalid")


@pytest.mark.parametrize("name", ["endpont_id", "since ", "", "id", "\ud800"])
def test_a_field_that_nobody_knows_is_refused(api: Api, name: str) -> None:
    assert_refused(refused(api, **{name: "x"}), 400, "unknown_field")


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x"])
def test_a_page_that_cannot_be_is_refused(api: Api, query: str) -> None:
    assert_refused(api.raw("GET", f"{PATH}?{query}"), 400, "limit_value_invalid")


def test_a_cursor_that_cannot_be_is_refused_and_one_that_never_was_gives_a_page(api: Api) -> None:
    assert_refused(api.raw("GET", f"{PATH}?after=a%20b"), 400, "after_value_invalid")
    assert_refused(api.raw("GET", f"{PATH}?after={'a' * 51}"), 400, "after_length_exceeded")
    assert api.get(PATH, after="0").json == {"data": [], "next": None}


def test_what_is_not_there_is_not_found(api: Api) -> None:
    for path in ("rpl_none", "a%20b", "%00", "x" * 300):
        assert_refused(api.get(f"{PATH}/{path}"), 404, "Resource not found")
        assert_refused(api.post(f"{PATH}/{path}/cancel"), 404, "Resource not found")
    assert_refused(refused(api, endpoint_id="ep_none"), 404, "Resource not found")


@pytest.mark.parametrize(
    "since", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-01-01T00:00:00+05:30"]
)
def test_times_at_the_ends_of_the_calendar_are_taken(api: Api, since: str) -> None:
    assert refused(api, since=since).status == 200


def test_a_time_to_come_selects_nothing(api: Api) -> None:
    assert refused(api, since=(datetime.now(UTC) + timedelta(days=1)).isoformat()).json["matched"] == 0
