"""The log of deliveries at the dashboard, over real HTTP, without script."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from http.client import HTTPConnection
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from dastak.accounts.member import Role
from integration.dashboard.conftest import Members
from support.api import Api
from support.backlog import Backlog, mostly_down
from support.customer import Customer
from support.dashboard import DashboardServer, Visitor
from support.receiver import HookReceiver, Reply

pytestmark = pytest.mark.slow

LOG = "/dashboard/deliveries"
REPLAYS = f"{LOG}/replays"
PHONE, NAME = "9876501234", "Asha Zed Gupta"
ANSWER = f'{{"error":"no row for {NAME}","phone":"{PHONE}","<b>":"<script>alert(1)</script>"}}'
HOSTILE = "<script>alert('orders')</script>"


@dataclass(frozen=True)
class Story:
    """What had happened before the tests."""

    receiver: HookReceiver
    endpoint: dict[str, Any]
    """Answered the first event with an error, then all."""
    backlog: Backlog
    """Of another endpoint, which was mostly down."""
    verification_id: str
    deliveries: list[dict[str, Any]]
    """Of that verification_id, to the first endpoint."""


@pytest.fixture(scope="module")
def story(server: DashboardServer) -> Iterator[Story]:
    with HookReceiver() as receiver, server.api() as api:
        refused = Reply(500, {"content-type": "application/json", "set-cookie": "sid=of-the-receiver"}, ANSWER.encode())
        receiver.answer_events("/orders", refused)
        endpoint = api.add_endpoint(
            receiver.url("/orders"), description=HOSTILE, retry_policy={"intervals_seconds": [1, 600]}
        )
        link = api.create_link("Full_kyc", phone=PHONE, name=NAME)
        with Customer(link["form_link"]) as customer:
            customer.complete()
        receiver.wait_for(6, path="/orders")
        server.wait_for_log(6, event="attempt", endpoint_id=endpoint["id"])
        backlog = mostly_down(server, receiver, "/down", 6)
        server.wait_for_log(36, event="attempt", endpoint_id=endpoint["id"])
        own = api.deliveries(verification_id=link["verification_id"], endpoint_id=endpoint["id"])
        yield Story(receiver, endpoint, backlog, link["verification_id"], own)


@pytest.fixture
def tried(story: Story, api: Api) -> dict[str, Any]:
    """The delivery that took two attempts."""
    return next(one for one in map(api.delivery, ids(story.deliveries)) if len(one["attempt_log"]) > 1)


def ids(deliveries: list[dict[str, Any]]) -> list[str]:
    return [one["id"] for one in deliveries]


def listed(page: str) -> list[str]:
    """The ids of the rows, in order."""
    return re.findall(r'<tr data-id="(dlv_\w+)"', page)


def log(visitor: Visitor, **query: str) -> list[str]:
    """All rows that fit, over all pages."""
    found: list[str] = []
    visitor.go(f"{LOG}?{urlencode(query)}")
    while True:
        assert visitor.status == 200, visitor.text
        found += listed(visitor.text)
        following = re.search(r'<a href="([^"]+)" rel="next"', visitor.text)
        if following is None:
            return found
        visitor.go(unescape(following.group(1)))


def newest_first(deliveries: list[dict[str, Any]]) -> list[str]:
    return list(reversed(ids(deliveries)))


def test_the_log_is_newest_first_and_its_pages_join_into_all_of_it(story: Story, api: Api, member: Members) -> None:
    del story
    visitor = member(Role.VIEWER)
    whole = newest_first(api.deliveries())
    assert len(whole) > 50
    assert log(visitor) == whole


@pytest.mark.parametrize("state", ["delivered", "given_up", "pending", "cancelled"])
def test_it_is_narrowed_by_outcome(story: Story, api: Api, member: Members, state: str) -> None:
    del story
    assert log(member(Role.VIEWER), state=state) == newest_first(api.deliveries(state=state))


def test_it_is_narrowed_by_endpoint_type_and_time_together(story: Story, api: Api, member: Members) -> None:
    visitor = member(Role.VIEWER)
    of_endpoint = api.deliveries(endpoint_id=story.backlog.endpoint["id"])
    assert log(visitor, endpoint=story.backlog.endpoint["id"]) == newest_first(of_endpoint)
    successes = [one for one in of_endpoint if one["event_type"] == "KYC_LINK_SUCCESS"]
    wanted = {"endpoint": story.backlog.endpoint["id"], "type": "KYC_LINK_SUCCESS"}
    assert log(visitor, **wanted) == newest_first(successes)
    second = successes[1]["created_at"]
    later = [one for one in successes if one["created_at"] >= second]
    assert log(visitor, **wanted, since=second) == newest_first(later)
    assert log(visitor, **wanted, until=second) == newest_first(successes[:1])


def test_one_case_is_found_by_its_verification_id_and_its_journey(story: Story, api: Api, member: Members) -> None:
    visitor = member(Role.VIEWER)
    own = newest_first(api.deliveries(verification_id=story.verification_id))
    assert log(visitor, q=f" {story.verification_id} ") == own
    assert log(visitor, q=story.deliveries[0]["journey_id"]) == own


def test_an_event_an_endpoint_and_a_delivery_are_found_by_their_ids(story: Story, api: Api, member: Members) -> None:
    visitor = member(Role.VIEWER)
    event_id = story.deliveries[0]["event_id"]
    assert log(visitor, q=event_id) == newest_first(api.deliveries(event_id=event_id))
    assert log(visitor, q=story.endpoint["id"]) == newest_first(api.deliveries(endpoint_id=story.endpoint["id"]))
    visitor.go(f"{LOG}?q={story.deliveries[0]['id']}")
    assert visitor.at == f"{LOG}/{story.deliveries[0]['id']}"


@pytest.mark.parametrize(
    "query", ["q=dlv_none", "q=%00", "q=" + "x" * 500, "before=9999999999999999999", "since=x", "type=%3C"]
)
def test_what_nobody_can_find_is_said_on_the_page(story: Story, member: Members, query: str) -> None:
    del story
    visitor = member(Role.VIEWER)
    visitor.go(f"{LOG}?{query}")
    assert visitor.status == 200
    assert "No delivery fits" in visitor.text or "thing to mend" in visitor.text or listed(visitor.text)


def test_a_merchant_to_whom_nothing_was_owed_is_told_what_to_do(story: Story, member: Members) -> None:
    visitor = member(Role.OWNER, merchant=1)
    visitor.go(LOG)
    assert "Add a webhook URL" in visitor.text
    visitor.go(f"{LOG}?q={story.verification_id}")
    assert not listed(visitor.text)


def test_another_merchant_s_delivery_is_as_unknown_as_one_that_never_was(
    story: Story, api: Api, member: Members
) -> None:
    visitor = member(Role.OWNER, merchant=1)
    own = story.deliveries[0]["id"]
    before = api.delivery(own)
    pages = []
    for id_ in (own, "dlv_none"):
        visitor.go(f"{LOG}/{id_}")
        told = [visitor.tell("POST", f"{LOG}/{id_}/{act}", {"token": visitor.token}) for act in ("resend", "open")]
        pages.append(
            (visitor.status, _without_token(visitor.text), [(one.status, _without_token(one.text)) for one in told])
        )
    assert pages[0] == pages[1]
    assert pages[0][0] == pages[0][2][0][0] == pages[0][2][1][0] == 404
    assert api.delivery(own) == before


def test_a_delivery_shows_its_attempts_drawn_and_as_a_table(tried: dict[str, Any], member: Members) -> None:
    visitor = member(Role.VIEWER)
    visitor.go(f"{LOG}/{tried['id']}")
    assert "Attempts since the event" in visitor.text
    assert len(re.findall(r'class="mark"', visitor.text)) == 2
    assert "answered 500" in visitor.text
    assert "Waiting for the answer" in visitor.text


def test_a_delivery_leads_to_its_case_and_its_endpoint(tried: dict[str, Any], member: Members) -> None:
    visitor = member(Role.VIEWER)
    path = f"{LOG}/{tried['id']}"
    ways = {
        f"/dashboard/journeys/kyc-links/{tried['journey_id']}": tried["verification_id"],
        f"/dashboard/developers/webhooks/{tried['endpoint_id']}": "/orders",
    }
    for way, said in ways.items():
        visitor.go(path)
        assert f'href="{way}"' in visitor.text
        visitor.go(way)
        assert visitor.status == 200
        assert said in visitor.text


def test_bodies_and_headers_are_for_roles_that_may_read_them(tried: dict[str, Any], member: Members) -> None:
    for role in Role:
        visitor = member(role)
        visitor.go(f"{LOG}/{tried['id']}?attempt=1")
        may = role in {Role.OWNER, Role.DEVELOPER, Role.COMPLIANCE}
        assert ("x-webhook-signature" in visitor.text) is may
        assert ("not part of your role" in visitor.text) is not may
        assert PHONE not in visitor.text
        assert NAME not in visitor.text


def test_personal_data_is_hidden_until_whoever_may_opens_it(
    server: DashboardServer, tried: dict[str, Any], member: Members
) -> None:
    visitor = member(Role.COMPLIANCE)
    path = f"{LOG}/{tried['id']}"
    visitor.go(f"{path}?attempt=1")
    assert "no row for ••••" in visitor.text
    assert "&#34;phone&#34;: &#34;••••&#34;" in visitor.text
    action = f"{path}/open#request"
    hidden = visitor.form(action).fields
    told = visitor.tell("POST", f"{path}/open", hidden)
    assert told.status == 200
    assert f"&#34;phone&#34;: &#34;{PHONE}&#34;" in told.text
    assert f"no row for {NAME}" in told.text
    assert "sid=of-the-receiver" not in told.text, "what lets somebody in stays hidden"
    assert server.log_file.read_text().count(PHONE) == 0
    visitor.go(f"{path}?attempt=1")
    assert PHONE not in visitor.text, "opened is one page, not a mode"
    for role in (Role.DEVELOPER, Role.OPERATIONS, Role.VIEWER):
        other = member(role)
        other.go(path)
        assert action not in other.text
        assert other.tell("POST", f"{path}/open", {"token": other.token}).status == 403


def test_who_saw_what_and_who_sent_what_again_is_in_the_audit_log(
    server: DashboardServer, tried: dict[str, Any], story: Story, member: Members
) -> None:
    visitor = member(Role.OWNER)
    path = f"{LOG}/{tried['id']}"
    visitor.go(path)
    visitor.submit(f"{path}/open#request")
    visitor.go(path)
    visitor.submit(f"{path}/resend")
    visitor.go(f"{REPLAYS}/new?{urlencode({'endpoint': story.endpoint['id'], 'which': 'given_up', 'try': '1'})}")
    assert "Nothing fits" in visitor.text
    fields = {"endpoint": story.endpoint["id"], "which": "given_up", "token": visitor.token}
    job = visitor.tell("POST", REPLAYS, fields).location.rpartition("/")[2]
    visitor.tell("POST", f"{REPLAYS}/{job}/cancel", {"token": visitor.token})
    visitor.go(f"/dashboard/audit?actor={server.member_ids[0, Role.OWNER]}")
    newest = re.findall(r"<tr>(.*?)</tr>", visitor.text, re.DOTALL)[1:5]
    deeds = ["Cancelled sending many again", "Began to send many again", "Sent a delivery again", "Saw a customer"]
    subjects = [job, job, tried["id"], tried["journey_id"]]
    for row, deed, subject in zip(newest, deeds, subjects, strict=True):
        assert deed in row
        assert subject in row
    assert tried["id"] in newest[3]
    assert PHONE not in visitor.text


def test_what_receivers_and_merchants_wrote_is_only_text(story: Story, tried: dict[str, Any], member: Members) -> None:
    visitor = member(Role.OWNER)
    for path in (LOG, f"{LOG}/{tried['id']}?attempt=1", f"{REPLAYS}/new?endpoint={story.endpoint['id']}&try=1"):
        visitor.go(path)
        assert visitor.status == 200
        assert "<script>alert" not in visitor.text
        assert "&lt;script&gt;alert" in visitor.text


def test_the_signature_is_explained_with_the_key_that_gives_it(
    server: DashboardServer, tried: dict[str, Any], story: Story, member: Members
) -> None:
    visitor = member(Role.DEVELOPER)
    visitor.go(f"{LOG}/{tried['id']}?attempt=2")
    sent = tried["attempt_log"][1]["request_headers"]
    headers = dict(sent) if isinstance(sent, list) else sent
    assert visitor.text.count(headers["x-webhook-signature"]) == 3, "in the headers, computed, compared"
    assert visitor.text.count("They are the same: this request came from here, unchanged.") == 2
    assert server.merchant.client_id in visitor.text
    assert server.merchant.client_secret not in visitor.text
    assert story.endpoint["secret"] not in visitor.text


@pytest.mark.parametrize("is_opened", [False, True])
def test_the_block_to_copy_sends_the_same_bytes_signed_anew(
    server: DashboardServer, story: Story, tried: dict[str, Any], member: Members, is_opened: bool
) -> None:
    visitor = member(Role.OWNER)
    path = f"{LOG}/{tried['id']}"
    visitor.go(path)
    page = visitor.tell("POST", f"{path}/open", {"token": visitor.token}).text if is_opened else visitor.text
    found = re.search(r'<pre class="block" id="curl"[^>]*>(.*?)</pre>', page, re.DOTALL)
    assert found is not None
    block = unescape(found.group(1))
    before = story.receiver.hooks("/orders")
    original = next(hook for hook in before if hook.id == tried["event_id"])
    secrets = {
        "DASTAK_CLIENT_ID": server.merchant.client_id,
        "DASTAK_CLIENT_SECRET": server.merchant.client_secret,
        "DASTAK_ENDPOINT_SECRET": story.endpoint["secret"],
    }
    assert not [secret for name, secret in secrets.items() if name != "DASTAK_CLIENT_ID" and secret in block]
    shell = shutil.which("bash") or "sh"
    done = subprocess.run(
        [shell, "-eu", "-c", block],
        env={"PATH": os.environ["PATH"], **secrets},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "200 OK" in done.stdout, done
    again = next(hook for hook in story.receiver.hooks("/orders") if hook not in before)
    assert again.body == original.body
    for secret in (server.merchant.client_secret, story.endpoint["secret"]):
        assert again.verify(secret).id == original.id


def test_one_is_sent_again_with_the_same_bytes(story: Story, member: Members) -> None:
    delivery = story.deliveries[-1]
    visitor = member(Role.OPERATIONS)
    visitor.go(f"{LOG}/{delivery['id']}")
    visitor.submit(f"{LOG}/{delivery['id']}/resend")
    assert "It is on its way again" in visitor.text
    hooks = story.receiver.wait_for(
        lambda all_: len([hook for hook in all_ if hook.id == delivery["event_id"]]) > 1, path="/orders"
    )
    first, *_, last = [hook for hook in hooks if hook.id == delivery["event_id"]]
    assert first.body == last.body
    viewer = member(Role.VIEWER)
    viewer.go(f"{LOG}/{delivery['id']}")
    assert "Send again" not in viewer.text
    assert viewer.tell("POST", f"{LOG}/{delivery['id']}/resend", {"token": viewer.token}).status == 403


def test_a_page_that_is_open_hears_of_its_rows_and_of_new_ones(
    server: DashboardServer, story: Story, api: Api, member: Members
) -> None:
    visitor = member(Role.OWNER)
    visitor.go(f"{LOG}?q={story.verification_id}")
    path = unescape(re.findall(r'data-live="([^"]+)"', visitor.text)[0])
    with stream(server, visitor, path) as events:
        first = next(events)
        assert [row[0] for row in first["rows"]] == listed(visitor.text)
        delivery = api.delivery(story.deliveries[1]["id"])
        assert api.post(f"/api/v1/deliveries/{delivery['id']}/resend").status == 202
        attempts = f"{delivery['attempts'] + 1} attempts · answered 200"
        changed = next(event for event in events if any(attempts in row[2] for row in event["rows"]))
        assert [row[0] for row in changed["rows"]] == [delivery["id"]]


def test_many_are_sent_again_as_a_job_that_was_tried_out_first(story: Story, api: Api, member: Members) -> None:
    endpoint_id = story.backlog.endpoint["id"]
    visitor = member(Role.OPERATIONS)
    visitor.go(f"{LOG}?endpoint={endpoint_id}&state=given_up")
    way = re.search(rf'href="({REPLAYS}/new[^"]+)"', visitor.text)
    assert way is not None
    before = api.get("/api/v1/replays").json
    visitor.go(unescape(way.group(1)) + "&try=1")
    given_up = api.deliveries(endpoint_id=endpoint_id, state="given_up")
    assert f">{len(given_up)} deliveries<" in visitor.text
    assert listed(visitor.text) == ids(given_up)[:10]
    assert api.get("/api/v1/replays").json == before, "nothing was begun by looking"
    visitor.submit(REPLAYS)
    assert re.fullmatch(rf"{REPLAYS}/rpl_\w+", visitor.at)
    story.receiver.wait_for(len(story.backlog.delivered) + 2 * len(given_up), path="/down")
    visitor.go(visitor.at)
    assert f"{len(given_up)} of {len(given_up)}" in visitor.text
    visitor.go(REPLAYS)
    assert f"{len(given_up)} of {len(given_up)}" in visitor.text


def test_a_replay_is_cancelled_and_a_viewer_may_only_look(story: Story, member: Members) -> None:
    visitor = member(Role.DEVELOPER)
    visitor.go(
        f"{REPLAYS}/new?{urlencode({'endpoint': story.endpoint['id'], 'which': 'delivered', 'rate': '1', 'try': '1'})}"
    )
    visitor.submit(REPLAYS)
    job = visitor.at
    viewer = member(Role.VIEWER)
    viewer.go(job)
    assert viewer.status == 200
    assert f"{job}/cancel" not in viewer.text
    assert viewer.tell("POST", f"{job}/cancel", {"token": viewer.token}).status == 403
    viewer.go(f"{REPLAYS}/new")
    assert viewer.status == 403
    stranger = member(Role.OWNER, merchant=1)
    assert stranger.tell("POST", f"{job}/cancel", {"token": stranger.token}).status == 404
    visitor.submit(f"{job}/cancel")
    assert ">cancelled<" in visitor.text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "Say which"),
        ({"rate": "0"}, "The rate is a number"),
        ({"rate": "nan", "since": "x"}, "Write day and time"),
        ({"endpoint": "ep_none"}, "There is no such endpoint"),
        ({"which": "<b>", "type": "<b>"}, "no such type of event"),
    ],
)
def test_a_replay_that_cannot_be_is_not_begun_and_the_form_says_why(
    story: Story, api: Api, member: Members, fields: dict[str, str], said: str
) -> None:
    del story
    visitor = member(Role.OWNER)
    before = api.get("/api/v1/replays").json
    visitor.go(f"{REPLAYS}/new?{urlencode({**fields, 'try': '1'})}")
    assert said in visitor.text
    told = visitor.tell("POST", REPLAYS, {**fields, "token": visitor.token})
    assert said in told.text
    assert api.get("/api/v1/replays").json == before


def test_a_post_without_our_form_s_token_changes_nothing(story: Story, api: Api, member: Members) -> None:
    visitor = member(Role.OWNER)
    before = api.deliveries()
    for path in (f"{LOG}/{story.deliveries[0]['id']}/resend", REPLAYS):
        assert visitor.tell("POST", path, {"token": "x", "endpoint": quote(story.endpoint["id"])}).status == 403
    assert api.deliveries() == before


def test_pages_are_small(story: Story, tried: dict[str, Any], member: Members) -> None:
    del story
    visitor = member(Role.OWNER)
    for path in (LOG, f"{LOG}/{tried['id']}", f"{REPLAYS}/new"):
        visitor.go(path)
        files = re.findall(r'(?:href|src)="(/static/[^"]+)"', visitor.text)
        weight = len(visitor.text.encode()) + sum(len(visitor.tell("GET", file).text.encode()) for file in files)
        assert weight < 100_000, (path, weight)


class stream:  # noqa: N801 - it reads as a verb
    """The events of a page's stream, while it is open."""

    def __init__(self, server: DashboardServer, visitor: Visitor, path: str) -> None:
        self._connection = HTTPConnection("127.0.0.1", server.port, timeout=30)
        cookies = "; ".join(f"{name}={value}" for name, value in visitor.jar.values())
        self._connection.request("GET", path, headers={"cookie": cookies})

    def __enter__(self) -> Iterator[dict[str, Any]]:
        answer = self._connection.getresponse()
        assert answer.headers["content-type"].startswith("text/event-stream"), answer.status
        return (json.loads(line[6:]) for line in iter(answer.readline, b"") if line.startswith(b"data: "))

    def __exit__(self, *_: object) -> None:
        self._connection.close()


def _without_token(text: str) -> str:
    return re.sub(r'name="token" value="[^"]+"', "", text)
