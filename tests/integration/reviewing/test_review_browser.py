"""The review screen in a real Chromium: the player seeks, news come live, pictures turn, and a decision is confirmed."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from acceptance.browser import chromium
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from integration.reviewing.bureau import SECOND, Bureau
from integration.reviewing.moving_picture import a_video
from unit.journeys.video_kyc.cases import AUDITOR
from unit.journeys.video_kyc.house import MERCHANT

pytestmark = pytest.mark.slow

SECONDS = 20
SIZES = [(360, 740), (1200, 900)]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def video() -> bytes:
    return a_video(SECONDS)


@pytest.fixture
def bureau() -> Iterator[Bureau]:
    with Bureau() as bureau:
        yield bureau


class Desk:
    """An auditor's browser; nothing may be complained of in its console."""

    def __init__(self, browser: Browser, bureau: Bureau, operator_id: str = AUDITOR, *, script: bool = True) -> None:
        width, height = SIZES[1]
        context = browser.new_context(viewport={"width": width, "height": height}, java_script_enabled=script)
        token = f"{MERCHANT}.{operator_id}"
        context.add_cookies([{"name": "dastak-console", "value": token, "url": bureau.serving.url}])
        self.page: Page = context.new_page()
        self.trouble: list[str] = []
        self.page.on("console", lambda said: self.trouble.append(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self.trouble.append(str(error)))
        self._url = bureau.serving.url

    def open(self, case: VideoKyc) -> Page:
        self.page.goto(f"{self._url}/console/reviews/{case.id}")
        return self.page

    def close(self) -> None:
        assert self.trouble == []
        self.page.context.close()


def test_the_player_plays_and_seeks_by_asking_for_parts(browser: Browser, bureau: Bureau, video: bytes) -> None:
    case = bureau.composed(bureau.decided(), video, "webm")
    desk = Desk(browser, bureau)
    page, asked = desk.open(case), []
    page.on("request", lambda one: asked.append(one.headers.get("range")) if one.resource_type == "media" else None)
    assert not [view for view in bureau.views.rows if view.reference.endswith("webm")], "opening a case plays nothing"
    length = page.evaluate(
        """async () => {
            const video = document.querySelector("video");
            video.muted = true;
            await video.play();
            video.pause();
            return video.duration;
        }"""
    )
    assert length == pytest.approx(SECONDS, abs=0.5)
    for second in (15, 2, 18):
        at = page.evaluate(
            """async (second) => {
                const video = document.querySelector("video");
                const sought = new Promise((done) => video.addEventListener("seeked", done, { once: true }));
                video.currentTime = second;
                await sought;
                return video.currentTime;
            }""",
            second,
        )
        assert at == pytest.approx(second, abs=0.2)
    assert asked
    assert all(one is not None and one.startswith("bytes=") for one in asked)
    assert len([view for view in bureau.views.rows if view.reference.endswith("webm")]) == 1
    desk.close()


def test_what_was_typed_stays_while_the_recording_arrives(browser: Browser, bureau: Bureau, video: bytes) -> None:
    case = bureau.decided()
    bureau.composing(case, 0.25)
    desk = Desk(browser, bureau)
    page = desk.open(case)
    expect(page.get_by_role("progressbar")).to_have_attribute("value", "25")
    expect(page.get_by_label("Reason")).to_be_hidden()
    page.get_by_label("Reject").check()
    page.get_by_label("Reason").select_option("Other")
    page.get_by_label("Remarks").fill("see 12:31")
    bureau.composing(case, 0.5)
    bureau.ring(case)
    expect(page.get_by_role("status")).to_have_text("The recording is being put together: 50 %")
    bureau.ring(bureau.composed(case, video, "webm"))
    expect(page.locator("video")).to_be_visible()
    expect(page.get_by_label("Remarks")).to_have_value("see 12:31")
    expect(page.get_by_label("Reason")).to_have_value("Other")
    desk.close()


def test_a_decision_is_confirmed_and_the_other_auditor_s_page_says_so_at_once(
    browser: Browser, bureau: Bureau, video: bytes
) -> None:
    case = bureau.composed(bureau.decided(), video, "webm")
    first, second = Desk(browser, bureau), Desk(browser, bureau, SECOND)
    page, other = first.open(case), second.open(case)
    expect(other.get_by_role("button", name="Look it over")).to_be_visible()
    page.get_by_label("Approve").check()
    page.get_by_label("Remarks").fill("Looks Good")
    page.get_by_role("button", name="Look it over").click()
    expect(page.get_by_role("heading", name="Approve Asha Gupta?")).to_be_visible()
    expect(other.get_by_role("button", name="Look it over")).to_be_visible()
    page.get_by_role("button", name="Yes, approve").click()
    expect(page.get_by_text("Your decision is saved")).to_be_visible()
    expect(other.get_by_role("alert")).to_contain_text("The case was decided a moment ago")
    expect(other.locator("#decision")).to_contain_text("Approved by Meera Nair")
    expect(other.get_by_role("button", name="Look it over")).to_have_count(0)
    first.close()
    second.close()


def test_a_rejection_needs_no_script(browser: Browser, bureau: Bureau) -> None:
    case = bureau.decided()
    desk = Desk(browser, bureau, script=False)
    page = desk.open(case)
    page.get_by_label("Reject").check()
    page.get_by_label("Reason").select_option("Fraud suspected")
    page.get_by_role("button", name="Look it over").click()
    page.get_by_role("button", name="Yes, reject").click()
    expect(page.get_by_text("Your decision is saved")).to_be_visible()
    assert bureau.do(bureau.house.stored(case)).sub_status == "AUDITOR_REJECTED"
    desk.close()


def test_pictures_turn_and_grow(browser: Browser, bureau: Bureau) -> None:
    desk = Desk(browser, bureau)
    page = desk.open(bureau.decided())
    picture = page.locator(".still").first
    picture.get_by_role("button", name="Turn to the right").click()
    picture.get_by_role("button", name="Enlarge").click()
    image = picture.locator("img")
    expect(image).to_have_attribute("style", "transform: translate(0px, 0px) rotate(90deg) scale(1.5);")
    picture.get_by_role("button", name="Show it as it was").click()
    expect(image).to_have_attribute("style", "transform: translate(0px, 0px) rotate(0deg) scale(1);")
    desk.close()


@pytest.mark.parametrize("size", SIZES)
def test_no_page_is_wider_than_the_screen(browser: Browser, bureau: Bureau, size: tuple[int, int]) -> None:
    case = bureau.decided("v-" + "x" * 40)
    done = bureau.decided("v-2")
    bureau.do(bureau.house.auditors.reject(MERCHANT, SECOND, done.id, "Other", "x" * 300))
    desk = Desk(browser, bureau)
    desk.page.set_viewport_size({"width": size[0], "height": size[1]})
    for path in ("", "/pending", "/approved", "/rejected", f"/{case.id}", f"/{done.id}"):
        desk.page.goto(f"{bureau.serving.url}/console/reviews{path}")
        width = desk.page.evaluate("document.documentElement.scrollWidth")
        assert width <= size[0], path
    desk.close()
