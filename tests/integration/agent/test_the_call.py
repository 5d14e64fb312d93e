"""The page's side of a call, with a second page as the room: pictures both ways, reconnecting, one tab at a time."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from dastak.journeys.video_kyc.call import Party
from support.serving import Serving
from unit.console.standing import Standing

pytestmark = pytest.mark.slow

ROOM = """() => {
window.peers = [];
window.answer = async (sdp) => {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
  const peer = new RTCPeerConnection({ iceServers: [] });
  window.peers.push(peer);
  window.heard = [];
  peer.addEventListener("track", ({ track }) => window.heard.push(track.kind));
  await peer.setRemoteDescription({ type: "offer", sdp });
  for (const track of stream.getTracks()) peer.addTrack(track, stream);
  await peer.setLocalDescription(await peer.createAnswer());
  if (peer.iceGatheringState !== "complete") {
    await new Promise((done) => peer.addEventListener("icegatheringstatechange", () => peer.iceGatheringState === "complete" && done()));
  }
  return peer.localDescription.sdp;
};
}"""


class Room:
    """A page of the same browser that answers every offer."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.page = context.new_page()
        context.route("**/room", lambda route: route.fulfill(body="<p>The room", content_type="text/html"))
        self.page.goto(f"{url}/room")
        self.page.evaluate(ROOM)
        self.joins = 0
        context.route("**/call/join", self._join)

    def _join(self, route: Route) -> None:
        self.joins += 1
        sent: dict[str, Any] = json.loads(route.request.post_data or "{}")
        assert "a=candidate" in sent["sdp"], "the whole offer, with all candidates"
        assert "VP8" in sent["sdp"]
        assert "H264" not in sent["sdp"]
        route.fulfill(json={"sdp": self.page.evaluate("sdp => window.answer(sdp)", sent["sdp"])})


def seen(page: Page, which: str = "other") -> None:
    """A picture with some width is shown there, and it moves."""
    page.wait_for_function(
        "which => { const video = document.querySelector(`[data-${which}]`);"
        " return video.videoWidth > 0 && video.currentTime > 0.2; }",
        arg=which,
    )


@pytest.fixture
def context(agents: Callable[..., BrowserContext]) -> BrowserContext:
    return agents()


@pytest.fixture
def room(context: BrowserContext, serving: Serving) -> Room:
    return Room(context, serving.url)


@pytest.fixture
def page(context: BrowserContext, room: Room, standing: Standing, serving: Serving) -> Page:
    case = serving.run(standing.house.in_call())
    page = context.new_page()
    page.goto(f"/console/call/{case.id}")
    expect(page.locator("[data-case]")).to_have_attribute("data-state", "connected")
    return page


def test_both_see_each_other_and_the_page_says_that_it_is_alive(page: Page, room: Room, standing: Standing) -> None:
    seen(page, "own")
    seen(page)
    assert sorted(room.page.evaluate("window.heard")) == ["audio", "video"]
    with page.expect_response("**/call/beat") as first:
        pass
    with page.expect_response("**/call/beat") as second:
        pass
    assert '"seat"' in (first.value.request.post_data or "")
    assert second.value.ok
    assert standing.rooms.beats


def test_muting_stops_the_voice_and_says_so(page: Page) -> None:
    button = page.get_by_role("button", name="Mute me")
    button.click()
    muted = page.get_by_role("button", name="You are muted")
    expect(muted).to_have_attribute("aria-pressed", "true")
    enabled = "document.querySelector('[data-own]').srcObject.getAudioTracks()[0].enabled"
    assert page.evaluate(enabled) is False
    muted.click()
    assert page.evaluate(enabled) is True


def test_a_connection_that_breaks_is_made_anew_by_itself(page: Page, room: Room) -> None:
    room.page.evaluate("window.peers.forEach((peer) => peer.close())")
    expect(page.locator("[data-case]")).to_have_attribute("data-state", "reconnecting", timeout=30_000)
    expect(page.get_by_text("Connecting again")).to_be_visible()
    expect(page.locator("[data-case]")).to_have_attribute("data-state", "connected", timeout=30_000)
    assert room.joins >= 2
    seen(page)


def test_a_second_tab_takes_the_call_over_and_the_first_can_take_it_back(
    page: Page, room: Room, context: BrowserContext
) -> None:
    second = context.new_page()
    second.goto(page.url)
    expect(second.locator("[data-case]")).to_have_attribute("data-state", "connected")
    expect(page.get_by_text("This call goes on in another window.")).to_be_visible()
    joins = room.joins
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("[data-case]")).to_have_attribute("data-state", "connected")
    expect(second.get_by_text("This call goes on in another window.")).to_be_visible()
    assert room.joins == joins + 1, "they do not take it from each other for ever"


def test_a_page_that_is_closed_leaves_the_room(page: Page, standing: Standing, serving: Serving) -> None:
    inside = next(iter(standing.house.cases.rows.values()))
    seat = standing.console.seat(inside, Party.AGENT)
    standing.rooms.inside.add(seat)
    page.close(run_before_unload=True)
    serving.run(left(standing))
    assert standing.rooms.inside == set()


async def left(standing: Standing) -> None:
    """Until somebody has left the room; the test's own time limit ends it."""
    await standing.rooms.left.wait()


def test_a_camera_that_may_not_be_used_is_said_with_a_way_out(
    agents: Callable[..., BrowserContext], standing: Standing, serving: Serving
) -> None:
    context = agents()
    context.add_init_script(
        "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'));"
    )
    page = context.new_page()
    page.goto(f"/console/call/{serving.run(standing.house.in_call()).id}")
    expect(page.get_by_text("cannot be used. Allow them")).to_be_visible()
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    page.get_by_role("button", name="Pass question 1").click()
    expect(page.get_by_role("button", name="Pass question 1")).to_have_attribute("aria-pressed", "true")
    page.goto("/console/calls")
