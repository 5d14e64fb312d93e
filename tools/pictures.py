"""Makes the pictures of a Video KYC that the docs show, from a demo with real pages.

    python tools/pictures.py

In: Chromium. Out: docs/images/video-*.png. Two people play: a customer on a phone and an agent at a desk; an auditor
watches what they recorded. Then, at an office of its own, what else each of them may meet.
"""

import re
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from PIL import Image
from playwright.sync_api import expect

from acceptance.browser import chromiums
from acceptance.demo_process import running_demo, two_free_ports
from acceptance.test_video_kyc import AGENT, Office, opened_office
from acceptance.video_people import CAMERA, DESK, DUBAI, SHOWN_MS, Agent, Auditor, Customer, Person

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
GAP, GROUND = 24, (236, 239, 244)


def shot(person: Person, name: str) -> Path:
    """What this person sees now."""
    path = IMAGES / f"video-{name}.png"
    person.page.wait_for_timeout(1500)
    person.page.screenshot(path=path)
    return path


def beside(paths: list[Path], name: str) -> None:
    """One picture of several, equally high unless they are equally wide."""
    opened = [Image.open(path).convert("RGB") for path in paths]
    height = max(image.height for image in opened)
    scaled = opened
    if len({image.width for image in opened}) > 1:
        scaled = [image.resize((round(image.width * height / image.height), height)) for image in opened]
    width = sum(image.width for image in scaled) + GAP * (len(scaled) + 1)
    whole = Image.new("RGB", (width, height + 2 * GAP), GROUND)
    at = GAP
    for image in scaled:
        whole.paste(image, (at, GAP))
        at += image.width + GAP
    whole.resize((whole.width * 2 // 3, whole.height * 2 // 3)).save(IMAGES / f"video-{name}.png", optimize=True)


def whole(person: Person, name: str) -> Path:
    """The whole page, also what is below."""
    path = IMAGES / f"video-{name}.png"
    person.page.wait_for_timeout(500)
    person.page.screenshot(path=path, full_page=True)
    return path


def together(name: str, *paths: Path) -> None:
    """One picture of several, which go."""
    beside(list(paths), name)
    for path in paths:
        path.unlink()


def failed_checks(office: Office) -> None:
    """The page of each check that can fail on a phone."""
    link = office.invites("checks")
    by_proxy = Customer(office.browsers[0], behind="198.51.100.7")
    by_proxy.opens(link)
    by_proxy.prepares()
    abroad = Customer(office.browsers[0], place=DUBAI)
    secretive = Customer(office.browsers[0], allowed=("camera", "microphone"))
    blind = Customer(office.another_browser())
    shots = []
    for number, (customer, words) in enumerate(
        ((by_proxy, "hides"), (abroad, "outside India"), (secretive, "your location"), (blind, "camera"))
    ):
        if customer is not by_proxy:
            customer.opens(link)
        customer.tries_the_checks()
        customer.sees(re.compile(words))
        shots.append(whole(customer, f"check-{number}"))
        customer.context.close()
    together("kyc-checks", *shots)


def bookings_and_ends(office: Office) -> None:
    """A booked time, a call that broke off, one that is done, a link that was taken back."""
    booker = Customer(office.browsers[0])
    booker.opens(office.invites("booked"))
    booker.prepares()
    booker.page.get_by_role("link", name="Choose a time for later").click()
    booker.books(4)
    booked = whole(booker, "booked")
    office.api.post("/api/v1/video-kycs/booked/cancel", {})
    booker.page.reload()
    booker.sees("This Video KYC was cancelled")
    cancelled = whole(booker, "cancelled")
    booker.context.close()
    customer, other = office.waiting("first"), office.waiting("second", 2)
    agent = Agent(office.browsers[1], DESK)
    agent.signs_in(office.url, office.server.merchant.id, AGENT)
    agent.page.goto(f"{office.url}/console/calls")
    expect(agent.page.get_by_text("Camera works")).to_be_visible(timeout=SHOWN_MS)
    online = shot(agent, "online")
    agent.goes_online()
    expect(agent.page.get_by_text("2 customers wait.")).to_be_visible(timeout=SHOWN_MS)
    together("agent", online, shot(agent, "waiting"))
    agent.takes_the_next()
    customer.comes_to_the_call()
    agent.meets_the_customer()
    customer.page.locator("#leave").click()
    customer.page.get_by_role("dialog").get_by_role("button", name=re.compile("^Leave")).click()
    customer.sees("The call ended early")
    rejoin = whole(customer, "rejoin")
    agent.page.goto(f"{office.url}/console/calls")
    agent.takes_the_next()
    other.comes_to_the_call()
    agent.meets_the_customer()
    agent.rejects("Other", "Enough seen")
    other.sees(re.compile("Your video call is done"))
    together("kyc-ends", booked, rejoin, whole(other, "done"), cancelled)
    auditor = office.auditor()
    auditor.page.goto(f"{office.url}/console/reviews")
    home = shot(auditor, "home")
    auditor.page.goto(f"{office.url}/console/reviews/pending")
    together("audit", home, shot(auditor, "pending"))


def main() -> None:
    """Take all of them."""
    the_game()
    with tempfile.TemporaryDirectory() as folder, opened_office(Path(folder)) as office:
        failed_checks(office)
        bookings_and_ends(office)


def the_game() -> None:
    """Play a Video KYC and take pictures."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running_demo(Path(folder) / "data", two_free_ports()) as demo,
        chromiums(3, *CAMERA) as (phone, desk, office),
    ):
        agent, auditor, customer = Agent(desk, DESK), Auditor(office, DESK), Customer(phone)
        agent.signs_in_at(demo.consoles["agent@demo.example"], "agent@demo.example")
        agent.goes_online()
        customer.opens(demo.video_link)
        customer.prepares()
        customer.is_checked()
        customer.queues()
        queue = shot(customer, "queue")
        agent.takes_the_next()
        customer.comes_to_the_call()
        agent.meets_the_customer()
        agent.page.evaluate("scrollTo(0, 0)")
        call, case = shot(customer, "call"), shot(agent, "case")
        beside([queue, call, case], "kyc")
        agent.interviews()
        agent.notes("Seems at ease.")
        agent.approves("Good to go")
        auditor.signs_in_at(demo.consoles["auditor@demo.example"], "auditor@demo.example")
        auditor.opens_the_oldest()
        auditor.plays_the_recording()
        auditor.page.evaluate("scrollTo(0, 0)")
        shot(auditor, "review")
        for path in (queue, call):
            path.unlink()


if __name__ == "__main__":
    main()
