"""The developer corner over real HTTP: events and samples, the reference, the quick start."""

import html
from collections.abc import Iterator

import pytest

from dastak.accounts.member import Role
from dastak.web.dashboard.developers.contract import contract
from dastak.web.dashboard.developers.quick_start import SNIPPETS
from dastak.web.dashboard.developers.reference import Reference
from dastak_sdk import EVENT_TYPES, OPERATIONAL_EVENT_TYPES
from integration.dashboard.conftest import Members
from support.api import Api as RestApi
from support.dashboard import DashboardServer
from support.receiver import HookReceiver, Reply

pytestmark = pytest.mark.slow

EVENTS, API, QUICK_START = (f"/dashboard/developers/{name}" for name in ("events", "api", "quick-start"))
MOST_BYTES = 100_000


@pytest.fixture(scope="module")
def receiver() -> Iterator[HookReceiver]:
    with HookReceiver() as running:
        yield running


@pytest.fixture(autouse=True)
def _no_endpoints(api: RestApi) -> Iterator[None]:
    yield
    for one in api.get("/api/v1/webhook-endpoints").json["data"]:
        api.delete(f"/api/v1/webhook-endpoints/{one['id']}")


def test_every_event_has_a_page_with_its_sample_and_its_fields(member: Members) -> None:
    viewer = member(Role.VIEWER)
    viewer.go(EVENTS)
    assert viewer.status == 200
    listed = viewer.text
    for name in (*EVENT_TYPES, *OPERATIONAL_EVENT_TYPES):
        assert f'href="{EVENTS}/{name}"' in listed
        viewer.go(f"{EVENTS}/{name}")
        assert viewer.status == 200
        assert f"&#34;event_type&#34;: &#34;{name}&#34;" in viewer.text
        assert "data." in viewer.text
        assert len(viewer.text) < MOST_BYTES
        assert "Send me one of these" not in viewer.text, "a viewer sends nothing"
    viewer.go(f"{EVENTS}/NO_SUCH_EVENT")
    assert viewer.status == 404


@pytest.mark.parametrize("name", ["KYC_LINK_ACTION_PERFORMED", "VKYC_USER_CALL_QUEUED", "WEBHOOK_ENDPOINT_FAILING"])
def test_one_is_sent_to_an_endpoint_signed_like_a_real_one(
    server: DashboardServer, member: Members, api: RestApi, receiver: HookReceiver, name: str
) -> None:
    endpoint = api.add_endpoint(receiver.url(f"/{name}"))
    developer = member(Role.DEVELOPER)
    developer.go(f"{EVENTS}/{name}")
    developer.submit(f"{EVENTS}/{name}", endpoint=endpoint["id"])
    assert developer.status == 200
    assert "Answered 200" in developer.text
    hook = receiver.hooks(f"/{name}")[-1]
    for secret in (endpoint["secret"], server.merchant.client_secret):
        assert hook.verify(secret).type == name
    if name in EVENT_TYPES:
        assert hook.verification_id.startswith("sample-")
    assert api.deliveries(endpoint_id=endpoint["id"]) == [], "nothing is recorded"


def test_an_endpoint_that_refuses_the_sample_is_shown_with_what_to_fix(
    member: Members, api: RestApi, receiver: HookReceiver
) -> None:
    endpoint = api.add_endpoint(receiver.url("/refusing"))
    receiver.play("/refusing", Reply(422, body=b"unknown field"))
    owner = member()
    owner.go(f"{EVENTS}/KYC_LINK_SUCCESS")
    owner.submit(f"{EVENTS}/KYC_LINK_SUCCESS", endpoint=endpoint["id"])
    assert owner.status == 422
    assert "Answered 422" in owner.text
    assert "unknown field" in owner.text


def test_a_sample_goes_to_one_s_own_endpoints_alone(member: Members, api: RestApi, receiver: HookReceiver) -> None:
    endpoint = api.add_endpoint(receiver.url("/own"))
    stranger, viewer = member(Role.OWNER, 1), member(Role.VIEWER)
    for chosen in (endpoint["id"], "ep_none", ""):
        told = stranger.tell("POST", f"{EVENTS}/KYC_LINK_SUCCESS", {"token": stranger.token, "endpoint": chosen})
        assert told.status == 422
        assert "Choose one of your endpoints" in told.text
    fields = {"token": viewer.token, "endpoint": endpoint["id"]}
    assert viewer.tell("POST", f"{EVENTS}/KYC_LINK_SUCCESS", fields).status == 403
    assert receiver.hooks("/own") == []


def test_every_operation_of_the_contract_has_a_page(member: Members) -> None:
    viewer = member(Role.VIEWER)
    viewer.go(API)
    listed = viewer.text
    for operations in Reference(contract()).by_tag().values():
        for one in operations:
            assert f'href="{API}/{one.id}"' in listed
            viewer.go(f"{API}/{one.id}")
            assert viewer.status == 200
            assert html.escape(one.summary, quote=False) in html.unescape(viewer.text).replace("&", "&amp;")
            assert len(viewer.text) < MOST_BYTES, one.id
    viewer.go(f"{API}/noSuchOperation")
    assert viewer.status == 404


def test_the_quick_start_shows_the_very_files_that_are_tested(member: Members) -> None:
    viewer = member(Role.VIEWER)
    for one in SNIPPETS:
        viewer.go(f"{QUICK_START}?language={one.key}")
        assert one.text in html.unescape(viewer.text)
        assert one.start in html.unescape(viewer.text)
    viewer.go(f"{QUICK_START}?language=cobol")
    assert SNIPPETS[0].file in viewer.text
