"""Customer, agent and auditor of a Video KYC, each at a browser of their own, doing what they see.

In: a real server and real Chromiums with fake cameras. Out: pages after each step; how a step looks is asserted by
taking it.
"""

import re
from dataclasses import dataclass, field

from playwright.sync_api import Browser, BrowserContext, Geolocation, Page, ViewportSize, expect

CAMERA = (
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--allow-loopback-in-peer-connection",
    "--autoplay-policy=no-user-gesture-required",
)
PUNE = Geolocation(latitude=18.5204, longitude=73.8567, accuracy=20)
DUBAI = Geolocation(latitude=25.2048, longitude=55.2708, accuracy=20)
ALLOWED = ("camera", "microphone", "geolocation")
PHONE = ViewportSize(width=360, height=740)
DESK = ViewportSize(width=1280, height=900)
OTP = "111000"
SHOWN_MS = 20_000
DETAILS = {"Employment": "Salaried", "Monthly income": "Below ₹25,000", "Gender": "Female"}


@dataclass
class Person:
    """Somebody at a browser."""

    browser: Browser
    viewport: ViewportSize = field(default_factory=lambda: PHONE)
    place: Geolocation = field(default_factory=lambda: PUNE)
    allowed: tuple[str, ...] = ALLOWED
    behind: str = ""
    """The address that a proxy reports; empty: this machine's own."""

    tab_of: BrowserContext | None = None
    """Another person's; None: a browser window of one's own, with cookies of one's own."""

    def __post_init__(self) -> None:
        self.context: BrowserContext = self.tab_of or self.browser.new_context(
            viewport=self.viewport,
            geolocation=self.place,
            permissions=list(self.allowed),
            extra_http_headers={"x-forwarded-for": self.behind} if self.behind else {},
        )
        self.page: Page = self.context.new_page()

    def sees(self, heading: str | re.Pattern[str], within: float = SHOWN_MS) -> None:
        """A heading with these words shows up within so many milliseconds."""
        expect(self.page.get_by_role("heading", name=heading).first).to_be_visible(timeout=within)

    def presses(self, name: str | re.Pattern[str]) -> None:
        """A button."""
        self.page.get_by_role("button", name=name).first.click()

    def watches(self, video: str) -> None:
        """Moving pictures arrive in that video."""
        self.page.wait_for_function(
            """selector => {
                const video = document.querySelector(selector);
                if (!video || !video.videoWidth) return false;
                window.seen ??= video.currentTime;
                return video.currentTime > window.seen + 0.5;
            }""",
            arg=video,
            timeout=SHOWN_MS,
        )


class Customer(Person):
    """On a phone."""

    def opens(self, link: str) -> None:
        """The link, up to the code."""
        self.page.goto(link)
        self.presses("Send code")
        self.page.get_by_label("Code").fill(OTP)
        self.presses("Confirm")

    def prepares(self, *, aadhaar: str | None = "655675523712") -> None:
        """Consent, details, Aadhaar."""
        self.sees("Before we begin")
        self.page.get_by_role("checkbox").check()
        self.presses("I agree, go on")
        self.sees("About you")
        for label, choice in DETAILS.items():
            self.page.get_by_label(label).select_option(choice)
        self.page.get_by_label("Father's or guardian's full name").fill("Ravi Gupta")
        self.presses("Go on")
        if aadhaar is not None:
            self.gives_aadhaar(aadhaar)
        self.sees("Get ready for the video call")

    def gives_aadhaar(self, number: str) -> None:
        """The number, then the OTP of its holder."""
        self.page.get_by_role("textbox", name="Aadhaar number").fill(number)
        self.page.get_by_role("checkbox").check()
        self.presses("Send OTP")
        self.page.get_by_role("textbox", name="OTP").fill(OTP)
        self.presses("Confirm Aadhaar")

    def tries_the_checks(self) -> None:
        """As far as they go."""
        self.page.get_by_role("link", name=re.compile("Start now|Check again")).click()
        self.presses("Begin the checks")

    def is_checked(self) -> None:
        """All checks of the device pass."""
        self.tries_the_checks()
        self.sees("Everything works")

    def books(self, number: int) -> None:
        """The offered time of that number, on the day after."""
        self.page.locator("nav.days a").nth(1).click()
        self.page.locator("form.times button").nth(number).click()
        self.sees("Your call is booked")

    def queues(self) -> None:
        """Waits for an agent."""
        self.presses("Join the queue")
        expect(self.page.locator('[data-said="place"]')).to_be_visible()

    def comes_to_the_call(self) -> None:
        """The call opens by itself, and the agent's picture moves."""
        self.sees("Your video call")
        self.watches("#agent")


class Operator(Person):
    """At a desk."""

    def signs_in(self, url: str, merchant_id: str, email: str) -> None:
        """With the code from the mail."""
        self.signs_in_at(f"{url}/console/sign-in?merchant={merchant_id}", email)

    def signs_in_at(self, address: str, email: str) -> None:
        """At a link that names the merchant."""
        self.url = address.partition("/console")[0]
        self.page.goto(address)
        self.page.get_by_label("E-mail address").fill(email)
        self.presses("Send me a code")
        self.page.get_by_label("Code").fill(OTP)
        self.presses("Sign in")
        expect(self.page.get_by_role("button", name="Sign out")).to_be_visible()


class Agent(Operator):
    """Takes calls."""

    def goes_online(self) -> None:
        """After the device check."""
        self.page.goto(f"{self.url}/console/calls")
        expect(self.page.get_by_text("Camera works")).to_be_visible(timeout=SHOWN_MS)
        self.presses("Go online")
        expect(self.page.get_by_role("button", name="Take the next customer")).to_be_visible()

    def takes_the_next(self) -> None:
        """Whoever is first."""
        button = self.page.get_by_role("button", name="Take the next customer")
        expect(button).to_be_enabled(timeout=SHOWN_MS)
        button.click()
        self.sees("Decision")

    def meets_the_customer(self) -> None:
        """Both are in the room, and the customer's picture moves."""
        expect(self.page.get_by_text("The customer is in the room")).to_be_visible(timeout=SHOWN_MS)
        self.watches("[data-other]")

    def interviews(self) -> None:
        """Everything that an approval needs."""
        for name in self._to_pass(".step:has(#step-questions)"):
            self._passes(name)
        self.presses("Draw code and challenges")
        expect(self.page.get_by_text("Reads the code").first).to_be_visible()
        for name in self._to_pass(".step:has(#step-liveness)"):
            self._passes(name)
        expect(self.page.get_by_text("Confirmed.")).to_be_visible()
        for kind in ("pan", "face"):
            self.page.locator(f"#take-{kind}").click()
            picture = self.page.locator(f'.shots li:has(input[value="{kind}"]) img')
            expect(picture).to_be_visible(timeout=SHOWN_MS)
            assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") >= 320
        expect(self.page.get_by_text("Everything is there for an approval.")).to_be_visible()

    def notes(self, words: str) -> None:
        """For the auditor."""
        self.page.get_by_role("textbox", name="Notes for the auditor").fill(words)
        expect(self.page.get_by_text("Saved at")).to_be_visible()

    def approves(self, remarks: str) -> None:
        """The good end of a call."""
        self.page.get_by_text("Approve…").click()
        self.page.locator("#approve-remarks").fill(remarks)
        self.presses("Approve and end the call")
        expect(self.page.get_by_text("Approved. An auditor reviews the case next.")).to_be_visible(timeout=SHOWN_MS)

    def rejects(self, reason: str, remarks: str) -> None:
        """The bad end of a call."""
        self.page.get_by_text("Reject…").click()
        self.page.locator("#reason").select_option(reason)
        self.page.locator("#reject-remarks").fill(remarks)
        self.presses("Reject and end the call")
        expect(self.page.get_by_text(re.compile("^Rejected"))).to_be_visible(timeout=SHOWN_MS)

    def _to_pass(self, where: str) -> list[str]:
        return [
            str(button.get_attribute("id"))
            for button in self.page.locator(f'{where} button[value="pass"]').element_handles()
        ]

    def _passes(self, button_id: str) -> None:
        button = self.page.locator(f"#{button_id}")
        button.click()
        expect(button).to_have_attribute("aria-pressed", "true")


class Auditor(Operator):
    """Reviews."""

    def opens_the_oldest(self) -> None:
        """What has waited longest."""
        self.page.goto(f"{self.url}/console/reviews")
        self.page.get_by_role("link", name="Review the oldest").click()
        expect(self.page.locator("#recording")).to_be_visible()

    def plays_the_recording(self) -> float:
        """Once it is composed: it plays, and it can be moved to its end; its length in seconds."""
        video = self.page.locator('#recording[data-state="ready"] video')
        expect(video).to_be_visible(timeout=90_000)
        length = video.evaluate(
            """video => new Promise((resolve, reject) => {
                video.onerror = () => reject(new Error(video.error.message));
                video.onloadedmetadata = () => { video.currentTime = video.duration - 1; };
                video.onseeked = () => resolve(video.duration);
                video.load();
                video.play();
            })"""
        )
        return float(length)

    def decides(self, decision: str, remarks: str, reason: str = "") -> None:
        """With the question whether they are sure."""
        self.page.locator(f"#{decision}").check()
        if reason:
            self.page.locator("#reason").select_option(reason)
        self.page.locator("#remarks").fill(remarks)
        self.presses("Look it over")
        self.presses(f"Yes, {decision}")
        expect(self.page.locator('#decision[data-open="no"]')).to_be_visible()
