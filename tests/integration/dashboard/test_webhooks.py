"""Developers, Webhooks over real HTTP, without script: Test & Add, the list, one endpoint and all that can be done."""

import json
import re
import time
import urllib.request
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from dastak.accounts.member import Role
from dastak.webhooks.endpoint import MOST_ENDPOINTS
from dastak_sdk import EVENT_TYPES
from integration.dashboard.conftest import Members
from support.api import Api
from support.customer import Customer
from support.dashboard import DashboardServer, Visitor
from support.receiver import HookReceiver, Reply

pytestmark = pytest.mark.slow

LIST = "/dashboard/developers/webhooks"
NEW = f"{LIST}/new"
HOSTILE = "<script>alert(1)</script>"
MOST_BYTES = 100_000
"""Of a page with its style and script."""


@pytest.fixture(scope="module")
def receiver() -> Iterator[HookReceiver]:
    with HookReceiver() as running:
        yield running


@pytest.fixture(autouse=True)
def _no_endpoints(api: Api) -> None:
    for one in endpoints(api):
        api.delete(f"/api/v1/webhook-endpoints/{one['id']}")


def endpoints(api: Api) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get("/api/v1/webhook-endpoints").json["data"]
    return found


def page_of(endpoint: dict[str, Any], below: str = "") -> str:
    return f"{LIST}/{endpoint['id']}{below}"


def test_the_way_to_the_webhooks_is_the_contract_s(member: Members) -> None:
    owner = member()
    owner.go("/dashboard/developers")
    card = re.search(r"<h2>Secure ID</h2>.*?</li>\s*</ul>", owner.text, re.DOTALL)
    assert card
    assert f'<a href="{LIST}">Webhooks</a>' in card.group()
    owner.go(LIST)
    assert f'href="{NEW}" data-opens="add">Add Webhook URL</a>' in owner.text
    assert "There is no webhook yet" in owner.text
    owner.go(NEW)
    assert '<label for="url">Webhook URL</label>' in owner.text
    assert "<button>Test &amp; Add Webhook</button>" in owner.text


def test_a_url_that_takes_the_test_is_added_and_its_secret_shown_once(
    server: DashboardServer, member: Members, api: Api, receiver: HookReceiver
) -> None:
    receiver.play("/added", Reply(204, {"x-mine": "yes"}))
    owner = member()
    owner.go(NEW)
    owner.submit(NEW, url=receiver.url("/added"), which="all")
    assert owner.status == 201
    assert "Webhook added" in owner.text
    assert "Answered 204" in owner.text
    assert "x-mine:" in owner.text
    (endpoint,) = endpoints(api)
    assert (endpoint["url"], endpoint["event_types"]) == (receiver.url("/added"), list(EVENT_TYPES))
    (secret,) = re.findall(r'value="(whsec_[^"]+)"', owner.text)
    (hook,) = receiver.all("/added")
    assert hook.verify(secret).is_test
    assert hook.verify(server.merchant.client_secret).is_test
    owner.go(page_of(endpoint))
    assert secret not in owner.text
    assert f"{secret[:10]}…" in owner.text


def test_a_form_that_is_sent_again_adds_nothing_twice(member: Members, api: Api, receiver: HookReceiver) -> None:
    owner = member()
    for _ in range(2):
        owner.go(NEW)
        owner.submit(NEW, url=receiver.url("/twice"))
    assert owner.status == 422
    assert "is one of your endpoints already" in owner.text
    assert len(endpoints(api)) == 1


@pytest.mark.parametrize(
    ("reply", "said", "advice"),
    [
        (Reply(404, body=b"no such page"), "Answered 404", "Check the URL for typing mistakes"),
        (Reply(500, body=HOSTILE.encode(), headers={"x-bad": HOSTILE}), "Answered 500", "Your handler broke"),
        (Reply(302, {"location": "https://www.merchant.example/"}), "Answered 302", "https://www.merchant.example/"),
        (Reply(raw=b""), "No answer", "closed the connection before it answered"),
    ],
)
def test_a_url_that_does_not_take_the_test_is_not_added_and_the_page_says_what_to_fix(
    member: Members, api: Api, receiver: HookReceiver, reply: Reply, said: str, advice: str
) -> None:
    receiver.play("/bad", reply)
    owner = member()
    owner.go(NEW)
    owner.submit(NEW, url=receiver.url("/bad"), description="mine", which="some", **{"event-KYC_LINK_SUCCESS": "1"})
    assert owner.status == 422
    assert "The endpoint was not added" in owner.text
    assert said in owner.text
    assert advice in owner.text
    assert HOSTILE not in owner.text
    assert endpoints(api) == []
    for kept in (receiver.url("/bad"), "mine", 'name="which" value="some" checked'):
        assert kept in owner.text, "what was typed is still there"
    assert 'name="event-KYC_LINK_SUCCESS" value="1" checked' in owner.text


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"url": ""}, "Enter the Webhook URL"),
        ({"url": "ftp://merchant.example/"}, "http"),
        ({"url": "https://10.0.0.1/"}, "public internet"),
        ({"url": "https://merchant.example/", "which": "some"}, "Choose at least one event"),
        ({"url": "https://merchant.example/", "retry": "custom", "intervals": "soon"}, "“soon” is no wait"),
    ],
)
def test_what_cannot_be_is_said_at_its_field_before_anything_is_sent(
    member: Members, api: Api, typed: dict[str, str], message: str
) -> None:
    owner = member()
    owner.go(NEW)
    owner.submit(NEW, **typed)
    assert owner.status == 422
    assert message in owner.text
    assert endpoints(api) == []


def test_the_popup_asks_for_its_content_alone(server: DashboardServer, member: Members, receiver: HookReceiver) -> None:
    developer = member(Role.DEVELOPER)
    developer.go(NEW)
    fields = urlencode({"token": developer.token, "url": receiver.url("/popup")}).encode()
    headers = {"cookie": developer.cookies_for(NEW), "x-part": "add", "sec-fetch-site": "same-origin"}
    with urllib.request.urlopen(urllib.request.Request(f"{server.url}{NEW}", fields, headers), timeout=30) as answer:
        text = answer.read().decode()
    assert (answer.status, "Webhook added" in text, "<html" in text) == (201, True, False)


def test_the_list_shows_how_each_endpoint_stands(
    server: DashboardServer, member: Members, api: Api, receiver: HookReceiver
) -> None:
    endpoint = api.add_endpoint(receiver.url("/seen"), description=HOSTILE)
    viewer = member(Role.VIEWER)
    viewer.go(LIST)
    assert "Quiet" in viewer.text
    assert "Add Webhook URL" not in viewer.text
    assert HOSTILE not in viewer.text
    link = api.create_link("Full_kyc")
    with Customer(link["form_link"]) as customer:
        customer.complete()
    server.wait_for_log(5, event="attempt", endpoint_id=endpoint["id"])
    _until(viewer, LIST, "100 %")
    assert "Well" in viewer.text
    assert "Closed" in viewer.text
    assert 'class="chart sparkline"' in viewer.text
    viewer.go(page_of(endpoint))
    assert "Attempts, the last 24 hours" in viewer.text
    assert "Up to 10 attempts within about 1 day 20 h;" in viewer.text
    for word in ("Send a test event", "Disable", "Change them", "Rotate", "Delete"):
        assert word not in viewer.text


def test_settings_are_changed_as_the_api_would(member: Members, api: Api, receiver: HookReceiver) -> None:
    endpoint = api.add_endpoint(receiver.url("/set"))
    owner = member(Role.DEVELOPER)
    owner.go(page_of(endpoint, "/settings"))
    owner.submit(
        page_of(endpoint, "/settings"),
        description="orders",
        which="some",
        retry="custom",
        intervals="1 min, 5 min",
        lane="strict",
        window="4",
        rate="2.5",
        **{"event-KYC_LINK_SUCCESS": "1", "event-WEBHOOK_ENDPOINT_FAILING": "1"},
    )
    assert (owner.status, owner.at) == (200, f"{page_of(endpoint)}?said=saved")
    assert "The settings are saved" in owner.text
    changed = api.get(f"/api/v1/webhook-endpoints/{endpoint['id']}").json
    assert changed["event_types"] == ["KYC_LINK_SUCCESS", "WEBHOOK_ENDPOINT_FAILING"]
    assert changed["retry_policy"] == {"preset": "custom", "intervals_seconds": [60, 300]}
    assert (changed["description"], changed["lane_policy"], changed["window"], changed["rate_per_second"]) == (
        "orders",
        "strict",
        4,
        2.5,
    )
    owner.go(page_of(endpoint, "/settings"))
    for shown in ('name="retry" value="custom" checked', "1 min, 5 min", 'name="which" value="some" checked'):
        assert shown in owner.text
    owner.submit(page_of(endpoint, "/settings"), retry="custom", intervals="never")
    assert (owner.status, "“never” is no wait" in owner.text) == (422, True)


def test_the_schedule_is_drawn_as_it_is_typed_and_nothing_is_saved(
    member: Members, api: Api, receiver: HookReceiver
) -> None:
    endpoint = api.add_endpoint(receiver.url("/drawn"))
    owner = member()
    owner.go(page_of(endpoint, "/settings"))
    owner.submit(page_of(endpoint, "/settings"), retry="custom", intervals="10, 20", draw="1")
    assert owner.status == 200
    assert "Up to 3 attempts within about 30 s;" in owner.text
    owner.go(f"{LIST}/schedule?retry=compat")
    assert "<svg" in owner.text
    assert "Up to 4 attempts within about 42 min;" in owner.text
    owner.go(f"{LIST}/schedule?retry=custom&intervals={HOSTILE.replace('<', '%3C')}")
    assert "is no wait" in owner.text
    assert HOSTILE not in owner.text
    assert api.get(f"/api/v1/webhook-endpoints/{endpoint['id']}").json["retry_policy"]["preset"] == "standard"


def test_a_secret_is_rotated_with_an_overlap_and_shown_once(member: Members, api: Api, receiver: HookReceiver) -> None:
    endpoint = api.add_endpoint(receiver.url("/rotated"))
    owner = member()
    owner.go(page_of(endpoint, "/secret"))
    owner.submit(page_of(endpoint, "/secret"), overlap="3600")
    (secret,) = re.findall(r'value="(whsec_[^"]+)"', owner.text)
    assert secret != endpoint["secret"]
    assert owner.text.count('class="tag ">signs') == 2
    owner.submit(page_of(endpoint, "/test"))
    assert "Answered 200" in owner.text
    hook = receiver.all("/rotated")[-1]
    assert hook.verify(secret).is_test
    assert hook.verify(endpoint["secret"]).is_test, "for the overlap"
    owner.go(page_of(endpoint, "/secret"))
    owner.submit(page_of(endpoint, "/secret"), overlap="0")
    (last,) = re.findall(r'value="(whsec_[^"]+)"', owner.text)
    assert owner.text.count('class="tag ">signs') == 1
    owner.go(page_of(endpoint))
    assert last not in owner.text
    owner.go(page_of(endpoint, "/secret"))
    owner.submit(page_of(endpoint, "/secret"), overlap="9")
    assert owner.at == page_of(endpoint, "/secret"), "another overlap is not on offer"


def test_an_endpoint_is_disabled_and_enabled_and_nothing_is_lost(
    server: DashboardServer, member: Members, api: Api, receiver: HookReceiver
) -> None:
    endpoint = api.add_endpoint(receiver.url("/paused"))
    owner = member()
    owner.go(page_of(endpoint))
    owner.submit(page_of(endpoint, "/disable"))
    assert "The endpoint is disabled" in owner.text
    assert "Somebody of your company disabled it" in owner.text
    with Customer(api.create_link("Full_kyc")["form_link"]) as customer:
        customer.complete()
    assert receiver.hooks("/paused") == []
    owner.submit(page_of(endpoint, "/enable"))
    assert "The endpoint is enabled" in owner.text
    server.wait_for_log(5, event="attempt", endpoint_id=endpoint["id"])
    assert len(receiver.hooks("/paused")) == 5


def test_a_test_that_fails_says_what_to_fix_on_the_endpoint_s_page(
    member: Members, api: Api, receiver: HookReceiver
) -> None:
    endpoint = api.add_endpoint(receiver.url("/tested"))
    receiver.play("/tested", Reply(401, body=b"who are you?"))
    owner = member()
    owner.go(page_of(endpoint))
    owner.submit(page_of(endpoint, "/test"))
    assert owner.status == 422
    assert "Answered 401" in owner.text
    assert "who are you?" in owner.text
    assert "without a sign-in" in owner.text


def test_deleting_asks_first(member: Members, api: Api, receiver: HookReceiver) -> None:
    endpoint = api.add_endpoint(receiver.url("/deleted"))
    owner = member()
    owner.go(page_of(endpoint, "/delete"))
    assert "is cancelled" in owner.text
    owner.submit(page_of(endpoint, "/delete"))
    assert (owner.status, "Tick that you want it deleted" in owner.text) == (422, True)
    assert len(endpoints(api)) == 1
    owner.submit(page_of(endpoint, "/delete"), sure="1")
    assert owner.at == f"{LIST}?said=deleted"
    assert endpoints(api) == []
    owner.go(page_of(endpoint))
    assert owner.status == 404


ACTS = ("/test", "/disable", "/enable", "/settings", "/secret", "/delete")


@pytest.mark.parametrize("role", [Role.OPERATIONS, Role.COMPLIANCE, Role.VIEWER])
def test_who_may_only_look_can_change_nothing(member: Members, api: Api, receiver: HookReceiver, role: Role) -> None:
    endpoint = api.add_endpoint(receiver.url("/looked"))
    one = member(role)
    for path in (NEW, *(page_of(endpoint, act) for act in ACTS)):
        told = one.tell("POST", path, {"token": one.token, "url": receiver.url("/x"), "sure": "1", "overlap": "0"})
        assert told.status == 403, path
    assert [(one["id"], one["state"]) for one in endpoints(api)] == [(endpoint["id"], "enabled")]


def test_another_merchant_s_endpoint_is_like_one_that_is_not_there(
    member: Members, api: Api, receiver: HookReceiver
) -> None:
    endpoint = api.add_endpoint(receiver.url("/theirs"))
    stranger = member(Role.OWNER, 1)
    stranger.go(LIST)
    assert receiver.url("/theirs") not in stranger.text
    for act in ("", "/settings", "/secret", "/delete"):
        theirs, none = (stranger.tell("GET", f"{LIST}/{id_}{act}") for id_ in (endpoint["id"], "ep_none"))
        assert theirs.status == none.status == 404
        assert theirs.text.replace(endpoint["id"], "ep_none") == none.text
    for act in ACTS:
        fields = {"token": stranger.token, "sure": "1", "overlap": "0", "window": "1"}
        theirs, none = (stranger.tell("POST", f"{LIST}/{id_}{act}", fields) for id_ in (endpoint["id"], "ep_none"))
        assert theirs.status == none.status == 404, act
    assert [one["id"] for one in endpoints(api)] == [endpoint["id"]]


def _until(visitor: Visitor, path: str, words: str) -> None:
    """The page shows what is counted some seconds after it happened."""
    give_up_at = time.monotonic() + 60
    while time.monotonic() < give_up_at:
        visitor.go(path)
        if words in visitor.text:
            return
        time.sleep(0.2)
    raise AssertionError(visitor.text)


def test_every_change_is_in_the_audit_log_without_url_or_secret(
    member: Members, api: Api, receiver: HookReceiver
) -> None:
    owner = member()
    owner.go(NEW)
    owner.submit(NEW, url=receiver.url("/audited?key=s3cret"))
    (endpoint,) = endpoints(api)
    secrets = re.findall(r'value="(whsec_[^"]+)"', owner.text)
    form = page_of(endpoint, "/settings")
    for _ in range(2):  # the second time nothing is new
        owner.go(form)
        owner.submit(form, which="all", retry="custom", intervals="30 s", window="4")
    for act in ("/disable", "/enable"):
        owner.go(page_of(endpoint))
        owner.submit(page_of(endpoint, act))
    owner.go(page_of(endpoint, "/secret"))
    owner.submit(page_of(endpoint, "/secret"), overlap="0")
    secrets += re.findall(r'value="(whsec_[^"]+)"', owner.text)
    owner.go(page_of(endpoint, "/delete"))
    owner.submit(page_of(endpoint, "/delete"), sure="1")
    exported = owner.tell("POST", "/dashboard/audit/export", {"token": owner.token}).text
    mine = [entry for line in exported.splitlines() if (entry := json.loads(line))["subject"] == endpoint["id"]]
    assert [entry["deed"].removeprefix("webhook.") for entry in mine] == [
        "added",
        "changed",
        "disabled",
        "enabled",
        "secret_rotated",
        "deleted",
    ]
    assert mine[1]["details"] == {"host": "127.0.0.1", "retry": "custom 30 s", "window": "4"}
    assert mine[4]["details"]["overlap_seconds"] == "0"
    assert len(secrets) == 2
    for hidden in (*secrets, "audited", "s3cret"):
        assert hidden not in exported


def test_the_list_of_as_many_endpoints_as_there_can_be_is_light(
    member: Members, api: Api, receiver: HookReceiver
) -> None:
    for number in range(MOST_ENDPOINTS):
        api.add_endpoint(receiver.url(f"/many/{number}"), description=f"Consumer {number}")
    owner = member()
    owner.go(LIST)
    assert "as many as there can be" in owner.text
    files = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', owner.text))
    loaded = [owner.text, *(owner.tell("GET", file).text for file in files)]
    assert sum(len(one.encode()) for one in loaded) < MOST_BYTES
    owner.go(NEW)
    owner.submit(NEW, url=receiver.url("/one-too-many"))
    assert owner.status == 422
    assert f"can have {MOST_ENDPOINTS} endpoints" in owner.text
