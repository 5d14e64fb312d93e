"""Makes the pictures of a Video KYC that the docs show, from a demo with real pages.

    python tools/pictures.py

In: Chromium. Out: docs/images/video-*.png. Two people play: a customer on a phone and an agent at a desk; an auditor
watches what they recorded.
"""

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from PIL import Image

from acceptance.browser import chromiums
from acceptance.demo_process import running_demo, two_free_ports
from acceptance.video_people import CAMERA, DESK, Agent, Auditor, Customer, Person

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
GAP, GROUND = 24, (236, 239, 244)


def shot(person: Person, name: str) -> Path:
    """What this person sees now."""
    path = IMAGES / f"video-{name}.png"
    person.page.wait_for_timeout(1500)
    person.page.screenshot(path=path)
    return path


def beside(paths: list[Path], name: str) -> None:
    """One picture of several, equally high."""
    opened = [Image.open(path).convert("RGB") for path in paths]
    height = max(image.height for image in opened)
    scaled = [image.resize((round(image.width * height / image.height), height)) for image in opened]
    width = sum(image.width for image in scaled) + GAP * (len(scaled) + 1)
    whole = Image.new("RGB", (width, height + 2 * GAP), GROUND)
    at = GAP
    for image in scaled:
        whole.paste(image, (at, GAP))
        at += image.width + GAP
    whole.resize((whole.width * 2 // 3, whole.height * 2 // 3)).save(IMAGES / f"video-{name}.png", optimize=True)


def main() -> None:
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
