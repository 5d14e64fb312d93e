"""A card that is held before the camera is read from the call, and its face compared; the auditor sees both."""

from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect

from acceptance.browser import ARGUMENTS, executable
from acceptance.test_video_kyc import Office, office
from acceptance.video_people import CAMERA, Customer
from integration.assistance.drawn import a_card, a_face, a_jpeg

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
__all__ = ["office"]

READ_MS = 90_000
"""The engines start with the first picture."""
FRAME = (640, 480)
ON_IT = (30, 55)
SHADES = range(200, 212)


def a_camera(path: Path) -> Path:
    """What a camera sees of a card that is held still, in light that flickers a little."""
    card = a_card(a_face()).resize((580, 371))
    with path.open("wb") as film:
        for shade in SHADES:
            picture = Image.new("RGB", FRAME, (shade, shade, shade))
            picture.paste(card, ON_IT)
            film.write(a_jpeg(picture, 90))
    return path


def test_a_card_and_a_face_are_read_from_the_call(office: Office, tmp_path: Path) -> None:
    camera = a_camera(tmp_path / "card.mjpeg")
    arguments = [*ARGUMENTS, *CAMERA, f"--use-file-for-fake-video-capture={camera}"]
    phone = office.browsers[0].browser_type.launch(executable_path=executable(), args=arguments)
    customer = Customer(phone)
    customer.opens(office.invites("card-1"))
    customer.prepares()
    customer.is_checked()
    customer.queues()
    agent = office.agent()
    agent.takes_the_next()
    customer.comes_to_the_call()
    agent.meets_the_customer()
    agent.interviews()
    shots = agent.page.locator(".shots")
    for read in ("XXXXXX234D", "ASHA GUPTA", "RAVI KUMAR GUPTA", "1994-02-11", "Faces in the picture"):
        expect(shots).to_contain_text(read, timeout=READ_MS)
    expect(shots).to_contain_text("Distance of face and card", timeout=READ_MS)
    agent.approves("Good to go")
    auditor = office.auditor()
    auditor.opens_the_oldest()
    expect(auditor.page.locator(".stills").first).to_contain_text("RAVI KUMAR GUPTA")
    expect(auditor.page.locator(".stills").first).to_contain_text("Distance of face and card")
    phone.close()
