"""/api/v1/webhook-endpoints: Test & Add, and everything that can be done with an endpoint afterwards."""

import socket
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from standardwebhooks import Webhook

from dastak_sdk import EVENT_TYPES, OPERATIONAL_EVENT_TYPES
from integration.api.asserting import assert_refused
from support.api import Answer, Api
from support.customer import Customer
from support.receiver import HookReceiver, Reply
from support.server import RunningServer, free_port

PATH = "/api/v1/webhook-endpoints"
FIELDS = [
    "id",
    "url",
    "description",
    "event_types",
    "retry_policy",
    "lane_policy",
    "window",
    "rate_per_second",
    "state",
    "disabled_reason",
    "health",
    "trouble",
    "secrets",
    "created_at",
    "updated_at",
]
_places = count(1)


@pytest.fixture
def place() -> str:
    """A path of the receiver that belongs to one test."""
    return f"/place-{next(_places)}"


@pytest.fixture
def endpoint(api: Api, receiver: HookReceiver, place: str) -> Iterator[dict[str, Any]]:
    """An endpoint at that place; deleted afterwards."""
    made = api.add_endpoint(receiver.url(place))
    yield made
    api.delete(f"{PATH}/{made['id']}")


def complete(api: Api, template: str = "Pan_verification") -> dict[str, Any]:
    link = api.create_link(template)
    with Customer(link["form_link"]) as customer:
        customer.complete()
    return link


def test_adding_sends_a_signed_test_event_first_and_shows_the_answer(
    api: Api, server: RunningServer, receiver: HookReceiver, place: str
) -> None:
    receiver.play(place, Reply(202, body=b"taken"))
    answer = api.post(PATH, {"url": receiver.url(place), "description": "orders"})
    assert answer.status == 201
    assert list(answer.json) == [*FIELDS, "secret", "test"]
    assert answer.json["test"]["status"] == 202
    assert answer.json["test"]["body"] == "taken"
    assert answer.json["test"]["time_ms"] > 0
    assert answer.json["test"]["error"] is None
    assert (answer.json["state"], answer.json["window"], answer.json["lane_policy"]) == ("enabled", 16, "relaxed")
    assert answer.json["retry_policy"]["intervals_seconds"] == [5, 30, 120, 600, 1800, 7200, 21600, 43200, 86400]
    assert answer.json["event_types"] == list(EVENT_TYPES)

    (hook,) = receiver.all(place)
    assert hook.is_test
    assert hook.attempt == 1
    assert hook.header("content-type") == "application/json"
    assert hook.verify(answer.json["secret"]).is_test
    assert hook.verify(server.merchant.client_secret).is_test
    Webhook(answer.json["secret"]).verify(hook.body.decode(), dict(hook.headers))
    api.delete(f"{PATH}/{answer.json['id']}")


@pytest.mark.parametrize(
    ("reply", "status", "body", "why"),
    [
        (Reply(500, body=b"broken"), 500, "broken", "answered 500"),
        (Reply(404, body=b""), 404, "", "answered 404"),
        (Reply(301, {"location": "http://127.0.0.1:1/"}, b""), 301, "", "answered 301"),
        (Reply(410), 410, "ok", "answered 410"),
        (Reply(503, body=b"\xff\x00" + b"x" * 5000), 503, "\ufffd\x00" + "x" * 1022, "answered 503"),
        (Reply(delay=5), None, "", ""),
        (Reply(raw=b""), None, "", ""),
        (Reply(raw=b"SSH-2.0-OpenSSH_9\r\n"), None, "", ""),
        (Reply(raw=b"HTTP/1.1 abc x\r\n\r\n"), None, "", ""),
        (Reply(raw=b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc"), None, "", ""),
    ],
    ids=["500", "404", "301", "410", "503", "late", "hung-up", "ssh", "no-status", "cut-short"],
)
def test_only_a_2xx_adds_the_endpoint(
    api: Api, place: str, reply: Reply, status: int | None, body: str, why: str
) -> None:
    before = api.get(PATH).json
    with HookReceiver() as receiver:  # its own: a request on a connection that was kept may be repeated
        receiver.play(place, reply)
        answer = api.post(PATH, {"url": receiver.url(place)})
    assert_refused(answer, 422, "webhook_test_failed")
    tested = answer.json["error"]["test"]
    assert tested["status"] == status
    assert tested["time_ms"] > 0
    if status is None:
        assert tested["error"]
        assert tested["error"] in answer.json["message"]
    else:
        assert tested["body"] == body
        assert why in answer.json["message"]
    assert len(receiver.all(place)) == 1
    assert api.get(PATH).json == before


def test_a_port_that_nobody_listens_on_is_said_plainly(api: Api) -> None:
    answer = api.post(PATH, {"url": f"http://127.0.0.1:{free_port()}/hook"})
    assert_refused(answer, 422, "webhook_test_failed")
    assert answer.json["error"]["test"]["stage"] == "connect"
    assert answer.json["error"]["test"]["status"] is None


def test_a_receiver_that_takes_the_connection_and_says_nothing_is_given_up(api: Api) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        answer = api.post(PATH, {"url": f"http://127.0.0.1:{silent.getsockname()[1]}/"})
    assert_refused(answer, 422, "webhook_test_failed")
    assert 200 < answer.json["error"]["test"]["time_ms"] < 5000


@pytest.mark.parametrize(
    "url",
    [
        "example.com/hook",
        "ftp://example.com/",
        "javascript:alert(1)",
        "http://user:pass@127.0.0.1/",
        "http://10.0.0.1/",
        "http://192.168.1.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[fd00::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://0.0.0.0/",
        "http://0x7f.1/",
        "http://2130706433/",
        "http://127.0.0.1:0/",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1/#part",
        "http://127.0.0.1/a b",
        "http://exämple.in/",
        "http://",
        "http:///path",
        "//127.0.0.1/",
        "http://127.0.0.1\\@example.com/",
    ],
)
def test_the_guard_refuses_before_anything_is_sent(api: Api, url: str) -> None:
    answer = api.post(PATH, {"url": url})
    assert_refused(answer, 400, "url_value_invalid")
    assert answer.json["error"]["reason"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "url_missing"),
        ({"url": None}, "url_missing"),
        ({"url": 7}, "url_value_invalid"),
        ({"url": "http://127.0.0.1/\x00"}, "url_value_invalid"),
        ({"url": "http://127.0.0.1/\ud800"}, "url_value_invalid"),
        ({"url": "http://127.0.0.1/" + "x" * 2048}, "url_length_exceeded"),
        ({"description": "x" * 201}, "description_length_exceeded"),
        ({"description": "a\nb"}, "description_value_invalid"),
        ({"description": "\ud800"}, "description_value_invalid"),
        ({"description": 7}, "description_value_invalid"),
        ({"event_types": "KYC_LINK_SUCCESS"}, "event_types_value_invalid"),
        ({"event_types": ["KYC_LINK_OPENED"]}, "event_types_value_invalid"),
        ({"event_types": [7]}, "event_types_value_invalid"),
        ({"lane_policy": "loose"}, "lane_policy_value_invalid"),
        ({"lane_policy": ["strict"]}, "lane_policy_value_invalid"),
        ({"window": 0}, "window_value_invalid"),
        ({"window": 257}, "window_value_invalid"),
        ({"window": True}, "window_value_invalid"),
        ({"window": "16"}, "window_value_invalid"),
        ({"window": 1.5}, "window_value_invalid"),
        ({"rate_per_second": 0}, "rate_per_second_value_invalid"),
        ({"rate_per_second": 10_001}, "rate_per_second_value_invalid"),
        ({"rate_per_second": True}, "rate_per_second_value_invalid"),
        ({"rate_per_second": "5"}, "rate_per_second_value_invalid"),
        ({"retry_policy": "standard"}, "retry_policy_value_invalid"),
        ({"retry_policy": {}}, "retry_policy_value_invalid"),
        ({"retry_policy": {"preset": "fast"}}, "retry_policy_value_invalid"),
        ({"retry_policy": {"preset": ["compat"]}}, "retry_policy_value_invalid"),
        ({"retry_policy": {"intervals_seconds": 5}}, "retry_policy_value_invalid"),
        ({"retry_policy": {"intervals_seconds": [0]}}, "retry_policy_value_invalid"),
        ({"retry_policy": {"intervals_seconds": [604801]}}, "retry_policy_value_invalid"),
        ({"retry_policy": {"intervals_seconds": [1.5]}}, "retry_policy_value_invalid"),
        ({"retry_policy": {"intervals_seconds": [True]}}, "retry_policy_value_invalid"),
        ({"retry_policy": {"intervals_seconds": [1] * 21}}, "retry_policy_value_invalid"),
        ({"retry_policy": {"preset": "compat", "intervals_seconds": [1]}}, "retry_policy_value_invalid"),
    ],
)
def test_settings_out_of_bounds_are_refused_when_adding_and_when_changing(
    api: Api, receiver: HookReceiver, endpoint: dict[str, Any], place: str, body: dict[str, Any], code: str
) -> None:
    sent = len(receiver.all(place))
    assert_refused(
        api.post(PATH, {"url": receiver.url(place), **body} if "url" not in body and body else body), 400, code
    )
    if body and "url" not in body:
        assert_refused(api.patch(f"{PATH}/{endpoint['id']}", body), 400, code)
    assert len(receiver.all(place)) == sent


def test_settings_at_their_bounds_are_taken(api: Api, receiver: HookReceiver, place: str) -> None:
    wanted = {
        "description": "आ" * 200,
        "event_types": ["KYC_LINK_SUCCESS", "KYC_LINK_SUCCESS", "VKYC_USER_LINK_GENERATED"],
        "lane_policy": "strict",
        "window": 256,
        "rate_per_second": 0.01,
        "retry_policy": {"intervals_seconds": [1, 604800] * 10},
    }
    made = api.add_endpoint(receiver.url(place), **wanted)
    expected = wanted | {
        "event_types": ["KYC_LINK_SUCCESS", "VKYC_USER_LINK_GENERATED"],
        "retry_policy": {"preset": "custom", "intervals_seconds": [1, 604800] * 10},
    }
    assert {name: made[name] for name in wanted} == expected
    read = api.get(f"{PATH}/{made['id']}").json
    assert {name: read[name] for name in wanted} == expected
    no_retries = api.patch(f"{PATH}/{made['id']}", {"retry_policy": {"intervals_seconds": []}}).json
    assert no_retries["retry_policy"] == {"preset": "custom", "intervals_seconds": []}
    assert made["health"] == {"breaker": "closed", "open_until": None, "rate_per_second": 0.01, "window_now": 256}
    assert api.patch(f"{PATH}/{made['id']}", {"window": 8}).json["rate_per_second"] == 0.01
    faster = api.patch(f"{PATH}/{made['id']}", {"rate_per_second": 10_000}).json
    assert (faster["rate_per_second"], faster["health"]["rate_per_second"]) == (10_000, 10_000)
    free = api.patch(f"{PATH}/{made['id']}", {"rate_per_second": None}).json
    assert (free["rate_per_second"], free["health"]["rate_per_second"]) == (None, None)
    assert api.delete(f"{PATH}/{made['id']}").status == 204


def test_an_endpoint_is_listed_read_changed_and_deleted(api: Api, endpoint: dict[str, Any]) -> None:
    one = f"{PATH}/{endpoint['id']}"
    read = api.get(one)
    assert list(read.json) == FIELDS
    assert endpoint["id"] in [listed["id"] for listed in api.get(PATH).json["data"]]
    assert read.json in api.get(PATH).json["data"]

    assert api.patch(one, {"retry_policy": read.json["retry_policy"]}).json["retry_policy"] == read.json["retry_policy"]
    changed = api.patch(one, {"description": "new", "retry_policy": {"preset": "compat"}, "lane_policy": "strict"})
    assert changed.status == 200
    assert changed.json["retry_policy"] == {"preset": "compat", "intervals_seconds": [120, 600, 1800]}
    assert (changed.json["description"], changed.json["lane_policy"]) == ("new", "strict")
    assert changed.json["url"] == endpoint["url"]
    assert api.get(one).json == changed.json
    assert api.patch(one, {"description": ""}).json["description"] == ""
    assert api.patch(one, {}).json["lane_policy"] == "strict"
    assert_refused(api.patch(one, {"url": "http://127.0.0.1/"}), 400, "url_value_invalid")

    gone = api.delete(one)
    assert (gone.status, gone.json) == (204, None)
    assert_refused(api.get(one), 404, "Resource not found")
    assert_refused(api.delete(one), 404, "Resource not found")
    assert endpoint["id"] not in [listed["id"] for listed in api.get(PATH).json["data"]]


def test_secrets_are_shown_once(api: Api, endpoint: dict[str, Any]) -> None:
    one = f"{PATH}/{endpoint['id']}"
    answers = [
        api.get(one),
        api.get(PATH),
        api.patch(one, {"description": "x"}),
        api.post(f"{one}/disable"),
        api.post(f"{one}/enable"),
        api.post(f"{one}/test"),
    ]
    rotated = api.post(f"{one}/rotate-secret")
    answers += [api.get(one), api.get(PATH)]
    for answer in answers:
        assert answer.status == 200
        assert endpoint["secret"] not in str(answer.json)
        assert rotated.json["secret"] not in str(answer.json)
    assert rotated.json["secret"] != endpoint["secret"]
    assert len(rotated.json["secrets"]) == 2


def test_while_a_secret_is_rotated_both_sign_and_afterwards_the_new_one_alone(
    api: Api, receiver: HookReceiver, place: str, endpoint: dict[str, Any]
) -> None:
    one = f"{PATH}/{endpoint['id']}"
    second = api.post(f"{one}/rotate-secret", {"overlap_seconds": 3600}).json["secret"]
    assert api.post(f"{one}/test").json["passed"] is True
    hook = receiver.all(place)[-1]
    assert len(hook.header("webhook-signature").split()) == 2
    for secret in (endpoint["secret"], second):
        assert hook.verify(secret).is_test
        Webhook(secret).verify(hook.body.decode(), dict(hook.headers))

    third = api.post(f"{one}/rotate-secret", {"overlap_seconds": 0}).json
    assert [secret["expires_at"] for secret in third["secrets"]] == [None]
    api.post(f"{one}/test")
    hook = receiver.all(place)[-1]
    assert len(hook.header("webhook-signature").split()) == 1
    assert hook.verify(third["secret"]).is_test
    for overlap in (-1, 604801, "1", True, None):
        answer = api.post(f"{one}/rotate-secret", {"overlap_seconds": overlap})
        if overlap is None:
            assert answer.status == 200
        else:
            assert_refused(answer, 400, "overlap_seconds_value_invalid")


def test_a_test_of_an_endpoint_that_is_there_records_nothing(
    api: Api, receiver: HookReceiver, place: str, endpoint: dict[str, Any]
) -> None:
    receiver.play(place, Reply(500, body=b"no"))
    answer = api.post(f"{PATH}/{endpoint['id']}/test")
    assert answer.status == 200
    assert answer.json["passed"] is False
    assert (answer.json["test"]["status"], answer.json["test"]["body"]) == (500, "no")
    assert api.deliveries(endpoint_id=endpoint["id"]) == []
    assert api.get(f"{PATH}/{endpoint['id']}").json["state"] == "enabled"


def test_only_the_chosen_events_are_sent(
    api: Api, receiver: HookReceiver, place: str, endpoint: dict[str, Any]
) -> None:
    one = f"{PATH}/{endpoint['id']}"
    assert api.patch(one, {"event_types": ["KYC_LINK_SUCCESS"]}).json["event_types"] == ["KYC_LINK_SUCCESS"]
    first = complete(api)
    assert api.patch(one, {"event_types": []}).json["event_types"] == list(EVENT_TYPES)
    second = complete(api)
    hooks = receiver.wait_for(3, path=place)
    assert [(hook.verification_id, hook.type) for hook in hooks] == [
        (first["verification_id"], "KYC_LINK_SUCCESS"),
        (second["verification_id"], "KYC_LINK_ACTION_PERFORMED"),
        (second["verification_id"], "KYC_LINK_SUCCESS"),
    ]


def test_a_disabled_endpoint_gets_nothing_until_it_is_enabled_and_then_everything_in_order(
    api: Api, receiver: HookReceiver, place: str, endpoint: dict[str, Any]
) -> None:
    one = f"{PATH}/{endpoint['id']}"
    disabled = api.post(f"{one}/disable").json
    assert (disabled["state"], disabled["disabled_reason"]) == ("disabled", "by_merchant")
    assert api.post(f"{one}/disable").status == 200
    link = complete(api)
    assert [delivery["state"] for delivery in api.deliveries(endpoint_id=endpoint["id"])] == ["pending"] * 2
    assert receiver.hooks(place) == []
    enabled = api.post(f"{one}/enable").json
    assert (enabled["state"], enabled["disabled_reason"]) == ("enabled", None)
    hooks = receiver.wait_for(2, path=place)
    assert [hook.type for hook in hooks] == ["KYC_LINK_ACTION_PERFORMED", "KYC_LINK_SUCCESS"]
    assert {hook.verification_id for hook in hooks} == {link["verification_id"]}


def test_deleting_an_endpoint_cancels_what_it_was_owed_and_keeps_the_log(api: Api, endpoint: dict[str, Any]) -> None:
    one = f"{PATH}/{endpoint['id']}"
    api.post(f"{one}/disable")
    complete(api)
    assert api.delete(one).status == 204
    cancelled = api.deliveries(endpoint_id=endpoint["id"])
    assert [delivery["state"] for delivery in cancelled] == ["cancelled"] * 2
    assert_refused(api.post(f"/api/v1/deliveries/{cancelled[0]['id']}/resend"), 404, "Resource not found")


def test_what_a_deleted_endpoint_has_received_cannot_be_resent_to_it(
    api: Api, server: RunningServer, endpoint: dict[str, Any]
) -> None:
    complete(api)
    server.wait_for_log(2, event="attempt", endpoint_id=endpoint["id"], outcome="delivered")
    api.delete(f"{PATH}/{endpoint['id']}")
    delivery = api.deliveries(endpoint_id=endpoint["id"])[0]
    assert_refused(api.post(f"/api/v1/deliveries/{delivery['id']}/resend"), 404, "Resource not found")
    assert api.delivery(delivery["id"])["state"] == "delivered"


def test_another_merchants_endpoint_looks_like_one_that_never_was(
    api: Api, other: Api, endpoint: dict[str, Any]
) -> None:
    def every_call(endpoint_id: str) -> list[Answer]:
        one = f"{PATH}/{endpoint_id}"
        return [
            other.get(one),
            other.patch(one, {"description": "mine"}),
            other.delete(one),
            *(other.post(f"{one}/{act}") for act in ("disable", "enable", "test", "rotate-secret")),
        ]

    for theirs, unknown in zip(every_call(endpoint["id"]), every_call("ep_unknown"), strict=True):
        assert_refused(theirs, 404, "Resource not found")
        assert theirs.json == unknown.json
    assert other.get(PATH).json == {"data": []}
    assert api.get(f"{PATH}/{endpoint['id']}").json["state"] == "enabled"


def test_a_merchant_can_have_fifty_endpoints(server: RunningServer, receiver: HookReceiver) -> None:
    with server.api(server.merchants[2]) as crowded:
        for number in range(50):
            crowded.add_endpoint(receiver.url(f"/crowd-{number}"))
        tests = len(receiver.all())
        assert_refused(crowded.post(PATH, {"url": receiver.url("/crowd-50")}), 422, "too_many_endpoints")
        assert len(receiver.all()) == tests
        listed = crowded.get(PATH).json["data"]
        assert [one["url"] for one in listed] == [receiver.url(f"/crowd-{number}") for number in range(50)]
        assert crowded.delete(f"{PATH}/{listed[0]['id']}").status == 204
        assert crowded.add_endpoint(receiver.url("/crowd-50"))["state"] == "enabled"


def test_two_changes_at_one_moment_are_both_kept(server: RunningServer, api: Api, endpoint: dict[str, Any]) -> None:
    one = f"{PATH}/{endpoint['id']}"

    def change(description: str) -> None:
        with server.api() as client:
            together.wait()
            client.patch(one, {"description": description})

    for round_ in range(10):
        api.post(f"{one}/enable")
        together = threading.Barrier(2)
        other = threading.Thread(target=change, args=(f"round {round_}",))
        other.start()
        together.wait()
        api.post(f"{one}/disable")
        other.join()
        shown = api.get(one).json
        assert (shown["state"], shown["description"]) == ("disabled", f"round {round_}")


def test_events_about_webhooks_can_be_asked_for_by_name_and_are_not_among_all(
    api: Api, endpoint: dict[str, Any]
) -> None:
    one = f"{PATH}/{endpoint['id']}"
    assert not set(OPERATIONAL_EVENT_TYPES) & set(endpoint["event_types"])
    wanted = ["WEBHOOK_ENDPOINT_FAILING", "KYC_LINK_SUCCESS"]
    assert api.patch(one, {"event_types": wanted}).json["event_types"] == wanted
    assert api.get(one).json["event_types"] == wanted
    assert_refused(api.patch(one, {"event_types": ["WEBHOOK_TEST"]}), 400, "event_types_value_invalid")


def test_an_endpoint_that_fails_shows_its_trouble_until_it_works(
    api: Api, server: RunningServer, receiver: HookReceiver, place: str
) -> None:
    receiver.answer_events(place, then=Reply(503))
    made = api.add_endpoint(receiver.url(place), retry_policy={"intervals_seconds": [1] * 20})
    assert made["trouble"] is None
    complete(api)
    trouble = shown_trouble(api, server, made["id"], is_there=True)
    assert list(trouble) == ["failing_since", "failures", "last_failure_at", "last_reason", "warned", "disables_at"]
    assert (trouble["last_reason"], trouble["warned"]) == ("answered 503", 0)
    since, end = (datetime.fromisoformat(trouble[name]) for name in ("failing_since", "disables_at"))
    assert end - since == timedelta(hours=120)
    assert next(one for one in api.get(PATH).json["data"] if one["id"] == made["id"])["trouble"]["failures"] >= 1
    receiver.play(place, Reply(200))
    shown_trouble(api, server, made["id"], is_there=False)
    api.delete(f"{PATH}/{made['id']}")


def shown_trouble(api: Api, server: RunningServer, endpoint_id: str, *, is_there: bool) -> Any:
    """What the endpoint shows once it is so; looked at whenever something was noted."""
    noted = 0
    while True:
        trouble = api.get(f"{PATH}/{endpoint_id}").json["trouble"]
        if (trouble is not None) is is_there:
            return trouble
        noted = len(server.wait_for_log(noted + 1, event="trouble_noted"))
