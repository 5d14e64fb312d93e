"""Receivers that fail: when it is tried again, when it is given up, what survives a restart, who else suffers."""

import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from support.api import Api
from support.customer import Customer
from support.receiver import OK, Hook, HookReceiver, Reply, after_the_test, in_turn
from support.server import RunningServer

pytestmark = pytest.mark.slow

ENDPOINTS = "/api/v1/webhook-endpoints"
DOWN = Reply(500, body=b"down")


def complete(api: Api, template: str = "Pan_verification") -> dict[str, Any]:
    link = api.create_link(template)
    with Customer(link["form_link"]) as customer:
        customer.complete()
    return link


def only(api: Api, receiver: HookReceiver, place: str, *seconds: int, **settings: object) -> dict[str, Any]:
    """An endpoint that wants only the last event of a link, with these intervals."""
    settings = {"event_types": ["KYC_LINK_SUCCESS"], **settings}
    return api.add_endpoint(receiver.url(place), retry_policy={"intervals_seconds": list(seconds)}, **settings)


def test_a_failed_delivery_is_sent_again_with_the_same_id_and_bytes_freshly_signed(
    api: Api, server: RunningServer, receiver: HookReceiver, place: str
) -> None:
    receiver.answer_events(place, DOWN)
    endpoint = only(api, receiver, place, 1)
    complete(api)
    first, second = receiver.wait_for(2, path=place)
    assert (first.attempt, second.attempt) == (1, 2)
    assert (first.id, first.body) == (second.id, second.body)
    assert int(second.header("x-webhook-timestamp")) > int(first.header("x-webhook-timestamp"))
    assert second.header("x-webhook-signature") != first.header("x-webhook-signature")
    assert 0.9 <= second.at - first.at < 3
    for hook in (first, second):
        assert hook.verify(endpoint["secret"]).attempt == hook.attempt
        hook.verify(server.merchant.client_secret)
    server.wait_for_log(event="attempt", endpoint_id=endpoint["id"], outcome="delivered")
    delivery = api.delivery(api.deliveries(endpoint_id=endpoint["id"])[0]["id"])
    assert (delivery["state"], delivery["attempts"]) == ("delivered", 2)
    assert [(attempt["number"], attempt["outcome"], attempt["status"]) for attempt in delivery["attempt_log"]] == [
        (1, "retry", 500),
        (2, "delivered", 200),
    ]


@pytest.mark.parametrize("as_date", [False, True], ids=["seconds", "date"])
def test_a_later_time_that_the_receiver_asks_for_is_honoured(
    api: Api, server: RunningServer, receiver: HookReceiver, place: str, as_date: bool
) -> None:
    asked = datetime.now(UTC) + timedelta(hours=2)
    value = format_datetime(asked, usegmt=True) if as_date else "7200"
    receiver.answer_events(place, Reply(503, {"retry-after": value}))
    endpoint = only(api, receiver, place, 1)
    complete(api)
    server.wait_for_log(event="attempt", endpoint_id=endpoint["id"], outcome="retry")
    (delivery,) = api.deliveries(endpoint_id=endpoint["id"])
    assert delivery["state"] == "pending"
    assert abs(datetime.fromisoformat(delivery["next_attempt_at"]) - asked) < timedelta(seconds=30)


def test_an_earlier_time_than_planned_is_not_honoured(
    api: Api, server: RunningServer, receiver: HookReceiver, place: str
) -> None:
    receiver.answer_events(place, Reply(429, {"retry-after": "0"}))
    endpoint = only(api, receiver, place, 3600)
    complete(api)
    (entry,) = server.wait_for_log(event="attempt", endpoint_id=endpoint["id"], outcome="retry")
    wait = datetime.fromisoformat(entry["retry_at"]) - datetime.now(UTC)
    assert timedelta(minutes=53) < wait < timedelta(minutes=67)


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (DOWN, "answered 500"),
        (Reply(302, {"location": "/elsewhere"}), "redirects are not followed"),
        (Reply(raw=b""), ""),
        (Reply(raw=b"no http at all\r\n\r\n"), ""),
        (Reply(delay=8), ""),
    ],
    ids=["500", "302", "hung-up", "garbage", "late"],
)
def test_after_the_last_attempt_it_is_given_up_and_resending_brings_it_there(
    api: Api, server: RunningServer, receiver: HookReceiver, place: str, reply: Reply, reason: str
) -> None:
    failing = in_turn(reply)
    # closed after the test event: on a connection used before, a hang-up looks like one that was idle too long
    receiver.play(place, lambda hook: Reply(headers={"connection": "close"}) if hook.is_test else failing(hook))
    endpoint = only(api, receiver, place)
    complete(api)
    server.wait_for_log(event="attempt", endpoint_id=endpoint["id"], outcome="given_up")
    (delivery,) = api.deliveries(endpoint_id=endpoint["id"], state="given_up")
    assert delivery["next_attempt_at"] is None
    assert delivery["finished_at"] is not None
    assert reason in delivery["last_reason"]
    assert receiver.hooks("/elsewhere") == []
    assert api.post(f"/api/v1/deliveries/{delivery['id']}/resend").status == 202
    server.wait_for_log(event="attempt", endpoint_id=endpoint["id"], outcome="delivered")
    first, second = receiver.wait_for(2, path=place)
    assert (first.id, first.body, first.attempt + 1) == (second.id, second.body, second.attempt)
    assert api.delivery(delivery["id"])["state"] == "delivered"


def test_a_resend_begins_a_new_round_of_attempts(
    api: Api, server: RunningServer, receiver: HookReceiver, place: str
) -> None:
    receiver.answer_events(place, *[DOWN] * 3)
    endpoint = only(api, receiver, place, 1)
    complete(api)
    server.wait_for_log(event="attempt", endpoint_id=endpoint["id"], outcome="given_up")
    (delivery,) = api.deliveries(endpoint_id=endpoint["id"])
    api.post(f"/api/v1/deliveries/{delivery['id']}/resend")
    hooks = receiver.wait_for(4, path=place)
    assert [hook.attempt for hook in hooks] == [1, 2, 3, 4]
    assert hooks[3].at - hooks[2].at > 0.8


def test_410_disables_the_endpoint_and_enabling_it_resumes(
    api: Api, server: RunningServer, receiver: HookReceiver, place: str
) -> None:
    receiver.answer_events(place, Reply(410))
    endpoint = api.add_endpoint(receiver.url(place))
    one = f"{ENDPOINTS}/{endpoint['id']}"
    complete(api, "Full_kyc")
    server.wait_for_log(event="attempt", endpoint_id=endpoint["id"], outcome="gone")
    shown = api.get(one).json
    assert (shown["state"], shown["disabled_reason"]) == ("disabled", "gone")
    assert [delivery["state"] for delivery in api.deliveries(endpoint_id=endpoint["id"])] == ["pending"] * 5
    assert len(receiver.hooks(place)) == 1
    assert api.post(f"{one}/enable").json["state"] == "enabled"
    hooks = receiver.wait_for(6, path=place)
    assert [int(hook.header("x-dastak-sequence")) for hook in hooks] == [1, 1, 2, 3, 4, 5]
    assert [hook.attempt for hook in hooks] == [1, 2, 1, 1, 1, 1]


def test_in_a_relaxed_lane_later_events_do_not_wait_for_a_failing_one(
    api: Api, server: RunningServer, receiver: HookReceiver, place: str
) -> None:
    receiver.answer_events(place, DOWN)
    endpoint = api.add_endpoint(receiver.url(place), retry_policy={"intervals_seconds": [3600]})
    complete(api, "Full_kyc")
    server.wait_for_log(4, event="attempt", endpoint_id=endpoint["id"], outcome="delivered")
    hooks = receiver.wait_for(5, path=place)
    assert [int(hook.header("x-dastak-sequence")) for hook in hooks] == [1, 2, 3, 4, 5]
    assert [delivery["state"] for delivery in api.deliveries(endpoint_id=endpoint["id"])] == ["pending"] + [
        "delivered"
    ] * 4
    assert receiver.most_together(place) == 1


def test_in_a_strict_lane_later_events_wait_for_a_failing_one(
    api: Api, server: RunningServer, receiver: HookReceiver, place: str
) -> None:
    def script(hook: Hook) -> Reply:
        is_failing = len(hook.json["data"]["verification_details"]) == 4 and hook.attempt < 3
        return DOWN if is_failing and hook.header("x-dastak-sequence") == "1" else OK

    receiver.play(place, after_the_test(script))
    retry = {"intervals_seconds": [1, 1]}
    endpoint = api.add_endpoint(receiver.url(place), retry_policy=retry, lane_policy="strict")
    failing = complete(api, "Full_kyc")
    other = complete(api, "Pan_verification")
    server.wait_for_log(7, event="attempt", endpoint_id=endpoint["id"], outcome="delivered")
    hooks = receiver.wait_for(9, path=place)
    lane = [hook for hook in hooks if hook.verification_id == failing["verification_id"]]
    expected = [(1, 1), (1, 2), (1, 3), (2, 1), (3, 1), (4, 1), (5, 1)]
    assert [(int(hook.header("x-dastak-sequence")), hook.attempt) for hook in lane] == expected
    others = [hook for hook in hooks if hook.verification_id == other["verification_id"]]
    assert others[-1].at < lane[2].at


def test_an_endpoint_that_hangs_does_not_delay_a_healthy_one(
    api: Api, server: RunningServer, receiver: HookReceiver, place: str
) -> None:
    let_go = threading.Event()
    receiver.answer_events(f"{place}-hung", then=Reply(until=let_go))
    hung = api.add_endpoint(receiver.url(f"{place}-hung"), window=2)
    healthy = api.add_endpoint(receiver.url(f"{place}-healthy"))
    for _ in range(4):
        complete(api)
    came = receiver.wait_for(8, path=f"{place}-healthy", timeout=2.5)
    assert len(came) == 8
    assert receiver.most_together(f"{place}-hung") == 2
    let_go.set()
    server.wait_for_log(8, event="attempt", endpoint_id=healthy["id"], outcome="delivered")
    server.wait_for_log(8, event="attempt", endpoint_id=hung["id"], outcome="delivered")
    assert receiver.most_together(f"{place}-hung") == 2


def test_a_restart_between_failure_and_retry_loses_nothing(
    server: RunningServer, receiver: HookReceiver, place: str
) -> None:
    receiver.answer_events(place, DOWN)
    with server.api() as api:
        endpoint = only(api, receiver, place, 2)
        link = complete(api)
        server.wait_for_log(event="attempt", endpoint_id=endpoint["id"], outcome="retry")
        server.restart()
        first, second = receiver.wait_for(2, path=place)
        assert (first.id, first.body, first.attempt, second.attempt) == (second.id, second.body, 1, 2)
        server.wait_for_log(event="attempt", endpoint_id=endpoint["id"], outcome="delivered")
        assert api.link(link["verification_id"])["form_status"] == "SUCCESS"
        api.delete(f"{ENDPOINTS}/{endpoint['id']}")


def test_what_was_in_flight_when_the_server_was_killed_is_sent_again(
    server: RunningServer, receiver: HookReceiver, place: str
) -> None:
    never = threading.Event()
    receiver.answer_events(place, Reply(until=never))
    with server.api() as api:
        endpoint = only(api, receiver, place)
        complete(api)
        receiver.wait_for(1, path=place)
        server.kill()
        never.set()
        server.start()
        first, second = receiver.wait_for(2, path=place)
        assert (first.id, first.body, first.attempt, second.attempt) == (second.id, second.body, 1, 2)
        server.wait_for_log(event="attempt", endpoint_id=endpoint["id"], outcome="delivered")
        api.delete(f"{ENDPOINTS}/{endpoint['id']}")


def test_stopping_lets_an_attempt_in_flight_end_and_records_it(
    server: RunningServer, receiver: HookReceiver, place: str
) -> None:
    let_go = threading.Event()
    receiver.answer_events(place, Reply(until=let_go))
    with server.api() as api:
        endpoint = only(api, receiver, place)
        complete(api)
        receiver.wait_for(1, path=place)
        stopping = threading.Thread(target=server.stop)
        stopping.start()
        let_go.set()
        stopping.join()
        server.start()
        (delivery,) = api.deliveries(endpoint_id=endpoint["id"])
        assert (delivery["state"], delivery["attempts"]) == ("delivered", 1)
        assert len(receiver.hooks(place)) == 1
        api.delete(f"{ENDPOINTS}/{endpoint['id']}")
