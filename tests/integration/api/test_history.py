"""/api/v1/events and /api/v1/deliveries: reading what happened, and sending it again."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

import pytest

from integration.api.asserting import assert_refused
from support.api import Api
from support.customer import Customer
from support.receiver import HookReceiver, Reply
from support.server import RunningServer

PLACE = "/history"


@pytest.fixture(scope="module")
def endpoint(server: RunningServer, receiver: HookReceiver) -> Iterator[dict[str, Any]]:
    with server.api() as api:
        made = api.add_endpoint(receiver.url(PLACE))
        yield made
        api.delete(f"/api/v1/webhook-endpoints/{made['id']}")


@pytest.fixture(scope="module")
def link(server: RunningServer, endpoint: dict[str, Any]) -> dict[str, Any]:
    """A link with four checks, done and delivered: five events."""
    with server.api() as api:
        made = api.create_link("Full_kyc", name="Asha")
    with Customer(made["form_link"]) as customer:
        customer.complete()
    server.wait_for_log(5, event="attempt", endpoint_id=endpoint["id"], outcome="delivered")
    return made


def test_events_are_read_in_the_order_of_happening(api: Api, link: dict[str, Any], receiver: HookReceiver) -> None:
    events = api.events(verification_id=link["verification_id"])
    assert [event["type"] for event in events] == ["KYC_LINK_ACTION_PERFORMED"] * 4 + ["KYC_LINK_SUCCESS"]
    assert [event["sequence"] for event in events] == [1, 2, 3, 4, 5]
    assert list(events[0]) == [
        "id",
        "type",
        "journey_id",
        "verification_id",
        "sequence",
        "occurred_at",
        "trace_id",
        "body",
        "raw_body",
    ]
    sent = {hook.id: hook.json for hook in receiver.hooks(PLACE)}
    assert {event["id"]: event["body"] for event in events} == sent
    for event in events:
        assert api.get(f"/api/v1/events/{event['id']}").json == event


@pytest.mark.parametrize("path", ["/api/v1/events", "/api/v1/deliveries"])
@pytest.mark.parametrize("limit", [1, 2, 4, 5, 6])
def test_pages_of_any_size_give_every_row_once(api: Api, link: dict[str, Any], path: str, limit: int) -> None:
    whole = api.get(path, verification_id=link["verification_id"], limit=200)
    assert whole.json["next"] is None
    seen: list[dict[str, Any]] = []
    after: str | None = None
    while True:
        page = api.get(path, verification_id=link["verification_id"], limit=limit, after=after).json
        assert len(page["data"]) <= limit
        seen += page["data"]
        after = page["next"]
        if after is None:
            break
    assert seen == whole.json["data"]
    assert len(seen) == 5


def test_events_are_filtered(api: Api, link: dict[str, Any]) -> None:
    mine = link["verification_id"]
    events = api.events(verification_id=mine)
    assert api.events(verification_id=mine, type="KYC_LINK_SUCCESS") == events[4:]
    assert api.events(journey_id=events[0]["journey_id"]) == events
    assert api.events(journey_id=events[0]["journey_id"], type="KYC_LINK_EXPIRED") == []
    assert api.events(verification_id="nobody") == []
    third = datetime.fromisoformat(events[2]["occurred_at"])
    assert api.events(verification_id=mine, since=third.isoformat()) == events[2:]
    assert api.events(verification_id=mine, until=third.isoformat()) == events[:2]
    assert api.events(verification_id=mine, since=(third + timedelta(hours=5.5)).isoformat()) == []
    in_india = third.astimezone(datetime.fromisoformat("2026-01-01T00:00:00+05:30").tzinfo).isoformat()
    assert api.events(verification_id=mine, since=in_india) == events[2:]


def test_deliveries_are_filtered(api: Api, link: dict[str, Any], endpoint: dict[str, Any]) -> None:
    mine = link["verification_id"]
    deliveries = api.deliveries(verification_id=mine)
    assert [delivery["sequence"] for delivery in deliveries] == [1, 2, 3, 4, 5]
    for delivery in deliveries:
        assert delivery["state"] == "delivered"
        assert (delivery["attempts"], delivery["last_status"]) == (1, 200)
        assert delivery["finished_at"] is not None
        assert delivery["next_attempt_at"] is None
    assert api.deliveries(verification_id=mine, endpoint_id=endpoint["id"]) == deliveries
    assert api.deliveries(verification_id=mine, endpoint_id="ep_unknown") == []
    assert api.deliveries(verification_id=mine, state="delivered") == deliveries
    for state in ("pending", "given_up", "cancelled"):
        assert api.deliveries(verification_id=mine, state=state) == []
    assert api.deliveries(event_id=deliveries[3]["event_id"]) == deliveries[3:4]
    end = deliveries[4]["finished_at"]
    assert api.deliveries(verification_id=mine, since=end)[-1] == deliveries[4]
    assert deliveries[4] not in api.deliveries(verification_id=mine, until=end)


@pytest.mark.parametrize(
    ("path", "query", "code"),
    [
        *(("/api/v1/events", f"limit={value}", "limit_value_invalid") for value in ("0", "201", "-1", "x", "1.5")),
        *(("/api/v1/deliveries", f"after={value}", "after_value_invalid") for value in ("-1", "x", "9" * 30)),
        *(("/api/v1/events", f"since={value}", "since_value_invalid") for value in ("yesterday", "2026-01-01", "7")),
        ("/api/v1/events", "until=2026-01-01T00:00:00", "until_value_invalid"),
        ("/api/v1/deliveries", "state=lost", "state_value_invalid"),
        ("/api/v1/deliveries", "since=yesterday", "since_value_invalid"),
        ("/api/v1/deliveries", "until=2026-01-31T10:00:00", "until_value_invalid"),
    ],
)
def test_a_filter_that_cannot_be_is_refused(api: Api, path: str, query: str, code: str) -> None:
    assert_refused(api.raw("GET", f"{path}?{query}"), 400, code)


@pytest.mark.parametrize(
    "time",
    ["0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-14:00", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00+05:30"],
)
def test_times_at_the_ends_of_the_calendar_are_taken(api: Api, time: str) -> None:
    assert api.raw("GET", f"/api/v1/events?since={time}&until={time}").json["data"] == []


def test_a_delivery_shows_both_sides_of_each_attempt_and_no_secret(
    api: Api, server: RunningServer, link: dict[str, Any], endpoint: dict[str, Any], receiver: HookReceiver
) -> None:
    first = api.deliveries(verification_id=link["verification_id"])[0]
    shown = api.delivery(first["id"])
    assert {name: shown[name] for name in first} == first
    (attempt,) = shown["attempt_log"]
    assert (attempt["number"], attempt["outcome"], attempt["stage"], attempt["status"]) == (
        1,
        "delivered",
        "answered",
        200,
    )
    assert attempt["address"] == "127.0.0.1"
    assert attempt["answer_body"] == "ok"
    assert ["content-length", "2"] in attempt["answer_headers"]
    hook = next(hook for hook in receiver.hooks(PLACE) if hook.id == first["event_id"])
    sent = dict(hook.headers)
    assert all(sent[name] == value for name, value in attempt["request_headers"])
    assert 0 < attempt["timings_ms"]["first_byte"] <= attempt["timings_ms"]["total"]
    for secret in (endpoint["secret"], server.merchant.client_secret):
        assert secret not in json.dumps(shown)


def test_another_merchant_sees_nothing_of_it(api: Api, other: Api, link: dict[str, Any]) -> None:
    event = api.events(verification_id=link["verification_id"])[0]
    delivery = api.deliveries(verification_id=link["verification_id"])[0]
    assert other.events() == []
    assert other.deliveries() == []
    assert other.events(journey_id=event["journey_id"]) == []
    assert other.deliveries(event_id=event["id"]) == []
    for path in (f"events/{event['id']}", f"deliveries/{delivery['id']}"):
        assert_refused(other.get(f"/api/v1/{path}"), 404, "Resource not found")
        assert_refused(other.get(f"/api/v1/{path}x"), 404, "Resource not found")
    assert_refused(other.post(f"/api/v1/deliveries/{delivery['id']}/resend"), 404, "Resource not found")


def test_resending_sends_the_same_id_and_bytes_as_one_more_attempt(
    api: Api, server: RunningServer, link: dict[str, Any], endpoint: dict[str, Any], receiver: HookReceiver
) -> None:
    delivery = api.deliveries(verification_id=link["verification_id"])[1]
    before = len(receiver.hooks(PLACE))
    answer = api.post(f"/api/v1/deliveries/{delivery['id']}/resend")
    assert (answer.status, answer.json["id"]) == (202, delivery["id"])
    assert answer.json["state"] in {"pending", "delivered"}
    again = receiver.wait_for(before + 1, path=PLACE)[-1]
    first = next(hook for hook in receiver.hooks(PLACE) if hook.id == delivery["event_id"])
    assert (again.id, again.body) == (first.id, first.body)
    assert (first.attempt, again.attempt) == (1, 2)
    assert again.verify(endpoint["secret"]).dedupe_key == first.verify(endpoint["secret"]).dedupe_key
    server.wait_for_log(event="attempt", delivery_id=delivery["id"], attempt=2, outcome="delivered")
    shown = api.delivery(delivery["id"])
    assert (shown["state"], shown["attempts"]) == ("delivered", 2)
    assert [attempt["number"] for attempt in shown["attempt_log"]] == [1, 2]
    assert_refused(api.post("/api/v1/deliveries/dlv_unknown/resend"), 404, "Resource not found")


def test_an_answer_of_any_bytes_is_shown_as_text(api: Api, server: RunningServer, receiver: HookReceiver) -> None:
    place = "/odd-answers"
    endpoint = api.add_endpoint(receiver.url(place))
    receiver.answer_events(place, then=Reply(200, {"x-odd": "a\xe9b"}, b"\xff\x00\xfe" + b"x" * 100_000))
    made = api.create_link("Upi_verification")
    with Customer(made["form_link"]) as customer:
        customer.complete()
    server.wait_for_log(2, event="attempt", endpoint_id=endpoint["id"], outcome="delivered")
    first = api.deliveries(verification_id=made["verification_id"])[-1]
    (attempt,) = api.delivery(first["id"])["attempt_log"]
    assert attempt["answer_body"].startswith("\ufffd\x00\ufffdxxx")
    assert len(attempt["answer_body"]) == 64 * 1024
    assert attempt["answer_truncated"] is True
    api.delete(f"/api/v1/webhook-endpoints/{endpoint['id']}")


def test_an_event_that_has_lost_its_body_is_shown_without_it_and_cannot_be_sent_again(
    api: Api, server: RunningServer, receiver: HookReceiver
) -> None:
    place = "/expired-bodies"
    endpoint = api.add_endpoint(receiver.url(place))
    made = api.create_link("Upi_verification")
    with Customer(made["form_link"]) as customer:
        customer.complete()
    server.wait_for_log(2, event="attempt", endpoint_id=endpoint["id"], outcome="delivered")
    delivery = api.deliveries(verification_id=made["verification_id"], endpoint_id=endpoint["id"])[0]
    with closing(sqlite3.connect(server.data_dir / "dastak.db", timeout=30)) as file, file:
        file.execute("UPDATE events SET sealed_body = x'' WHERE id = ?", (delivery["event_id"],))
    assert api.get(f"/api/v1/events/{delivery['event_id']}").json["body"] is None
    assert_refused(api.post(f"/api/v1/deliveries/{delivery['id']}/resend"), 409, "event_body_expired")
    assert api.delivery(delivery["id"])["state"] == "delivered"
    api.delete(f"/api/v1/webhook-endpoints/{endpoint['id']}")
