"""The customer's pages in a real Chromium with a made-up camera and microphone: checks, queue, call."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from acceptance.browser import chromium
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from integration.video_pages.echo_rooms import EchoRooms
from integration.video_pages.serving import ServedHall
from unit.hosted.video.case_pages import before_checks
from unit.journeys.video_kyc.cases import AGENT
from unit.journeys.video_kyc.house import MERCHANT, PHONE_OTP

PHONE = ViewportSize(width=360, height=740)
PUNE = {"latitude": 18.52, "longitude": 73.86, "accuracy": 20}
LONDON = {"latitude": 51.5, "longitude": -0.12, "accuracy": 20}
MEDIA = (
    "--use-fake-device-for-media-stream=device-count=2",
    "--use-fake-ui-for-media-stream",
    "--allow-loopback-in-peer-connection",
)
SHOWN_MS = 30_000
PICTURE_MOVES = """() => new Promise((done) => {
  const agent = document.getElementById("agent");
  const look = () => agent.videoWidth > 0 && agent.currentTime > 0.2 ? done() : setTimeout(look, 50);
  look();
})"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium(*MEDIA) as running:
        yield running


@pytest.fixture
def served() -> Iterator[ServedHall]:
    with ServedHall() as running:
        yield running


@contextmanager
def phone(browser: Browser, place: dict[str, float] | None = None, *, script: bool = True) -> Iterator[BrowserContext]:
    """A customer's phone; a place that is given may be asked for."""
    context = browser.new_context(viewport=PHONE, java_script_enabled=script)
    context.set_default_timeout(SHOWN_MS)
    if place is not None:
        context.grant_permissions(["geolocation", "camera", "microphone"])
        context.set_geolocation({"latitude": place["latitude"], "longitude": place["longitude"], "accuracy": 20})
    try:
        yield context
    finally:
        context.close()


def enter(context: BrowserContext, served: ServedHall, case: VideoKyc, step: str = "") -> Page:
    page = context.new_page()
    page.goto(served.link(case))
    page.get_by_role("button", name="Send code").click()
    page.get_by_label("Code").fill(PHONE_OTP)
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("heading", name="Enter the code")).to_have_count(0)
    if step:
        page.goto(f"{served.link(case)}?step={step}")
    return page


def see(page: Page, heading: str) -> None:
    expect(page.get_by_role("heading", level=1, name=heading)).to_be_visible(timeout=SHOWN_MS)


@pytest.mark.slow
def test_the_checks_pass_and_the_queue_leads_into_the_call_by_itself(served: ServedHall, browser: Browser) -> None:
    case = served.run(before_checks(served.house))
    with phone(browser, PUNE) as context:
        page = enter(context, served, case)
        page.get_by_role("link", name="Start now").click()
        page.get_by_role("button", name="Begin the checks").click()
        see(page, "Everything works")
        found = served.run(served.house.stored(case)).prechecks
        assert found.location is not None
        assert found.device is not None
        assert (found.location.latitude, found.location.longitude) == (18.52, 73.86)
        assert found.device.kbit_per_second
        assert found.device.kbit_per_second > 1000
        assert found.device.round_trip_ms is not None
        page.get_by_role("button", name="Join the queue").click()
        see(page, "You are next")
        served.accept(case, AGENT)
        see(page, "Your video call")


@pytest.mark.slow
def test_a_place_outside_india_is_explained_and_can_be_mended(served: ServedHall, browser: Browser) -> None:
    case = served.run(before_checks(served.house))
    with phone(browser, LONDON) as context:
        page = enter(context, served, case, "checks")
        page.get_by_role("button", name="Begin the checks").click()
        see(page, "You seem to be outside India")
        assert served.house.heard()[-1] == ("PRECHECK_FAILED", "USER_LOCATION_OUTSIDE_INDIA")
        context.set_geolocation({"latitude": 18.52, "longitude": 73.86, "accuracy": 20})
        page.get_by_role("link", name="Check again").click()
        page.get_by_role("button", name="Begin the checks").click()
        see(page, "Everything works")


@pytest.mark.slow
def test_a_refused_location_is_explained(served: ServedHall, browser: Browser) -> None:
    case = served.run(before_checks(served.house))
    with phone(browser) as context:
        page = enter(context, served, case, "checks")
        page.add_init_script("navigator.geolocation.getCurrentPosition = (_, failed) => failed({ code: 1 });")
        page.reload()
        page.get_by_role("button", name="Begin the checks").click()
        see(page, "We could not see your location")
        assert served.house.heard()[-1] == ("PRECHECK_FAILED", "USER_LOCATION_PERMISSION_DISABLED")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("missing", "heading", "sub_status"),
    [
        ("video", "Your camera did not work", "USER_VIDEO_CHECK_FAILED"),
        ("audio", "We could not hear you", "USER_AUDIO_CHECK_FAILED"),
    ],
)
def test_a_missing_device_is_named(
    served: ServedHall, browser: Browser, missing: str, heading: str, sub_status: str
) -> None:
    case = served.run(before_checks(served.house))
    with phone(browser, PUNE) as context:
        page = enter(context, served, case, "checks")
        page.add_init_script(
            "const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);"
            "navigator.mediaDevices.getUserMedia = (wanted) =>"
            f" wanted.{missing} ? Promise.reject(new DOMException('', 'NotFoundError')) : ask(wanted);"
        )
        page.reload()
        page.get_by_role("button", name="Begin the checks").click()
        see(page, heading)
        assert served.house.heard()[-1] == ("PRECHECK_FAILED", sub_status)


@pytest.mark.slow
def test_the_queue_is_live_and_survives_a_reload(served: ServedHall, browser: Browser) -> None:
    first, case = (served.run(served.house.waiting(name)) for name in ("v-1", "v-2"))
    with phone(browser, PUNE) as context:
        page = enter(context, served, case)
        see(page, "You are number 2 in the queue")
        page.reload()
        see(page, "You are number 2 in the queue")
        served.run(served.house.customer.leave_queue(first.code))
        see(page, "You are next")
        page.get_by_role("button", name="Leave the queue").click()
        see(page, "Everything works")


@pytest.mark.slow
def test_without_script_the_queue_looks_again_and_says_what_is_needed(served: ServedHall, browser: Browser) -> None:
    case = served.run(served.house.waiting())
    with phone(browser, script=False) as context:
        page = enter(context, served, case)
        see(page, "You are next")
        expect(page.locator("noscript .notice")).to_be_visible()
        served.run(served.house.customer.leave_queue(case.code))
        see(page, "Everything works")


@pytest.mark.slow
def test_a_call_connects_comes_back_by_itself_and_goes_to_the_newest_tab(browser: Browser) -> None:
    rooms = EchoRooms()
    with ServedHall(rooms=rooms) as served, phone(browser, PUNE) as context:
        case = served.run(served.house.in_call())
        page = enter(context, served, case)
        connected(page)
        assert "VP8/90000" in rooms.joins[0]
        assert "H264" not in rooms.joins[0]
        served.run(rooms.cut())
        expect(page.locator("#call")).not_to_have_attribute("data-connection", "connected", timeout=SHOWN_MS)
        expect(page.get_by_text("We are connecting you again")).to_be_visible()
        connected(page)
        assert len(rooms.joins) == 2
        newer = context.new_page()
        newer.goto(served.link(case))
        connected(newer)
        expect(page.get_by_text("This call goes on in another tab")).to_be_visible(timeout=SHOWN_MS)
        page.close()
        assert rooms.left == 0, "closing the older page takes nobody's connection away"
        newer.reload()
        connected(newer)
        assert rooms.left == 1, "a reload says at once that its page is gone"
        newer.get_by_role("button", name="Leave").click()
        newer.get_by_role("button", name="Stay").click()
        newer.get_by_role("button", name="Mute").click()
        expect(newer.get_by_role("button", name="Unmute")).to_have_attribute("aria-pressed", "true")
        newer.get_by_role("button", name="Flip camera").click()
        expect(newer.get_by_role("button", name="Flip camera")).to_be_enabled()
        newer.evaluate(PICTURE_MOVES)
        expect(newer.get_by_role("button", name="Tap to see and hear the agent")).to_be_hidden()
        newer.get_by_role("button", name="Leave").click()
        newer.get_by_role("button", name="Leave the call").click()
        see(newer, "The call ended early")
        assert rooms.here == {}


def connected(page: Page) -> None:
    """Media flows in both directions: the agent's picture has moved on."""
    expect(page.locator("#call")).to_have_attribute("data-connection", "connected", timeout=SHOWN_MS)
    page.evaluate(PICTURE_MOVES)
    expect(page.get_by_text("We are connecting you again")).to_have_count(0)


@pytest.mark.slow
def test_a_lost_network_is_said_and_the_decided_call_ends_on_the_last_page(browser: Browser) -> None:
    rooms = EchoRooms()
    with ServedHall(rooms=rooms) as served, phone(browser, PUNE) as context:
        case = served.run(served.house.in_call())
        page = enter(context, served, case)
        connected(page)
        context.set_offline(True)
        expect(page.get_by_text("You are offline. The call goes on")).to_be_visible()
        context.set_offline(False)
        expect(page.get_by_text("You are offline. The call goes on")).to_be_hidden()
        connected(page)
        served.hall.photos.asked = "stl_1"
        served.until(case, lambda _: bool(served.hall.photos.kept))
        served.run(served.house.agents.reject(MERCHANT, AGENT, case.id, "Other", "no"))
        see(page, "Your video call is done")
        ((of, wanted, jpeg),) = served.hall.photos.kept[:1]
        assert (of, wanted) == (case.id, "stl_1")
        assert jpeg.startswith(b"\xff\xd8\xff")
