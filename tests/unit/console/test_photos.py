"""The photo that the customer's page sends beside a picture of the stream."""

from datetime import timedelta

import pytest

from dastak.journeys.video_kyc.errors import StepClosed
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.web.console.photos import WANTED_FOR, Photos, photo_of
from unit.console.standing import Standing, a_picture
from unit.console.test_case_page import Desk

LARGE = a_picture("large")


@pytest.fixture
def desk() -> Desk:
    standing = Standing()
    return Desk(standing, standing.do(standing.house.in_call()))


@pytest.fixture
def photos(desk: Desk) -> Photos:
    house = desk.standing.house
    return Photos(desk.standing.library, house.evidence, house.clock)


def keep(desk: Desk, photos: Photos, wanted: str) -> VideoKyc:
    desk.standing.do(photos.keep(desk.case, wanted, LARGE))
    return desk.case


def test_a_photo_is_wanted_after_a_picture_and_shown_beside_it_once_it_is_there(desk: Desk, photos: Photos) -> None:
    assert photos.wanted(desk.case) == ""
    desk.send("stills", kind="pan")
    wanted = photos.wanted(desk.case)
    assert wanted == desk.case.stills[0].id
    still = keep(desk, photos, wanted).stills[0]
    photo = photo_of(still)
    assert photo is not None
    assert desk.standing.library.files[photo[0]] == LARGE
    assert photos.wanted(desk.case) == "", "once"
    text = desk.browser.open(desk.path).text
    path = f"{desk.path}/stills/{still.id}/photo"
    assert f'href="{path}"' in text
    assert "Automatic reading is not installed." in text
    assert photo[1] not in text, "it is no finding"
    assert desk.browser.get(path).body == LARGE
    assert desk.standing.views.seen[-1].reference == photo[0]


def test_a_photo_that_nobody_wants_is_thrown_away(desk: Desk, photos: Photos) -> None:
    desk.send("stills", kind="pan")
    wanted = photos.wanted(desk.case)
    for other in ("", "stl_other"):
        keep(desk, photos, other)
    desk.standing.house.clock.advance(WANTED_FOR)
    keep(desk, photos, wanted)
    assert len(desk.standing.library.files) == 1
    assert desk.browser.get(f"{desk.path}/stills/{wanted}/photo").status == 404


def test_only_the_latest_picture_of_the_present_call_wants_one(desk: Desk, photos: Photos) -> None:
    desk.send("stills", kind="pan")
    desk.standing.house.clock.advance(timedelta(seconds=1))
    desk.send("stills", kind="face")
    assert photos.wanted(desk.case) == desk.case.stills[-1].id
    desk.send("release")
    assert photos.wanted(desk.case) == ""


def test_a_photo_that_no_case_knows_of_is_not_kept(desk: Desk, photos: Photos, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refused(*_: object) -> VideoKyc:
        raise StepClosed("just now")

    desk.send("stills", kind="pan")
    monkeypatch.setattr(desk.standing.house.evidence, "examined", refused)
    with pytest.raises(StepClosed):
        keep(desk, photos, photos.wanted(desk.case))
    assert len(desk.standing.library.files) == 1
