"""Every page of a Video KYC, and how a customer comes to it."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import timedelta
from typing import Any

from dastak.journeys.video_kyc.precheck import DeviceReport
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from unit.hosted.browser import Reply
from unit.hosted.video.hall import Hall, path_of
from unit.journeys.video_kyc.cases import AGENT
from unit.journeys.video_kyc.house import DETAILS, GOOD_AADHAAR, MERCHANT, House

Way = Callable[[House], Coroutine[Any, Any, VideoKyc]]
BOOKED_AT = "2026-01-11T06:30:00+00:00"


def shown(way: Way, step: str = "") -> Callable[[], Reply]:
    """The page of a case that came that way, for a customer inside."""

    def open_() -> Reply:
        hall = Hall()
        case = asyncio.run(way(hall.house))
        return hall.inside(case).open(f"{path_of(case)}?step={step}")

    return open_


async def new(house: House) -> VideoKyc:
    return await house.new_case()


async def agreed(house: House) -> VideoKyc:
    case = await house.new_case()
    return await house.customer.consent(case.code, text="I agree.", client_ip="203.0.113.9")


async def detailed(house: House) -> VideoKyc:
    return await house.customer.give_details((await agreed(house)).code, DETAILS)


async def aadhaar_sent(house: House) -> VideoKyc:
    case = await detailed(house)
    return await house.customer.start_aadhaar(
        case.code, GOOD_AADHAAR, consent=True, consent_text="Yes.", client_ip="203.0.113.9"
    )


async def out_of_tries(house: House) -> VideoKyc:
    case = await detailed(house)
    house.cases.rows[case.id] = after = replace(
        await house.stored(case), aadhaar=replace(case.aadhaar, tries=case.max_tries)
    )
    return after


async def before_checks(house: House) -> VideoKyc:
    case = await house.new_case(given=True)
    await house.customer.consent(case.code, text="I agree.", client_ip="203.0.113.9")
    return await house.customer.give_details(case.code, DETAILS)


async def without_camera(house: House) -> VideoKyc:
    case = await before_checks(house)
    return await house.customer.report_device(case.code, DeviceReport(camera=False, microphone=False))


async def ready(house: House) -> VideoKyc:
    return await house.ready()


async def booked(house: House) -> VideoKyc:
    case = await house.ready()
    slots = await house.customer.slots(case.code)
    return await house.customer.book(case.code, slots[20].at)


async def in_time(house: House) -> VideoKyc:
    case = await before_checks(house)
    slots = await house.customer.slots(case.code)
    case = await house.customer.book(case.code, slots[0].at)
    house.clock.now = slots[0].at
    return case


async def waiting(house: House) -> VideoKyc:
    return await house.waiting()


async def nobody_came(house: House) -> VideoKyc:
    case = await house.waiting()
    house.clock.advance(timedelta(minutes=30))
    return case


async def in_call(house: House) -> VideoKyc:
    return await house.in_call()


async def dropped(house: House) -> VideoKyc:
    case = await house.in_call()
    return await house.customer.leave_call(case.code, case.calls[-1].id)


def closed(way: Way) -> Callable[[], Reply]:
    """The page of a case that is over, for anybody."""

    def open_() -> Reply:
        hall = Hall()
        case = asyncio.run(way(hall.house))
        return hall.browser().open(path_of(case))

    return open_


def done_for_the_customer() -> Reply:
    hall = Hall()
    case = asyncio.run(hall.house.interviewed(asyncio.run(hall.house.in_call())))
    browser = hall.inside(case)
    asyncio.run(hall.house.agents.approve(MERCHANT, AGENT, case.id, "Good to go"))
    return browser.open(path_of(case))


async def cancelled(house: House) -> VideoKyc:
    case = await house.new_case()
    return await house.merchant.cancel(MERCHANT, case.verification_id)


async def expired(house: House) -> VideoKyc:
    case = await house.new_case()
    house.clock.now = case.expires_at
    return case


CASE_PAGES: dict[str, tuple[int, Callable[[], Reply]]] = {
    "case_consent": (200, shown(new)),
    "case_details": (200, shown(agreed)),
    "case_aadhaar": (200, shown(detailed)),
    "case_aadhaar_otp": (200, shown(aadhaar_sent)),
    "case_aadhaar_stuck": (200, shown(out_of_tries)),
    "case_ready": (200, shown(before_checks)),
    "case_slots": (200, shown(ready, "schedule")),
    "case_slots_again": (200, shown(booked, "schedule")),
    "case_booked": (200, shown(booked)),
    "case_in_time": (200, shown(in_time)),
    "case_checks": (200, shown(before_checks, "checks")),
    "case_check_failed": (200, shown(without_camera)),
    "case_join": (200, shown(ready)),
    "case_queue": (200, shown(waiting)),
    "case_no_agent": (200, shown(nobody_came)),
    "case_call": (200, shown(in_call)),
    "case_rejoin": (200, shown(dropped)),
    "case_done": (200, done_for_the_customer),
    "case_cancelled": (410, closed(cancelled)),
    "case_expired": (410, closed(expired)),
}
SEEING = {"case_checks", "case_call"}
"""Pages that may use camera, microphone and location."""
LISTENING = {"case_queue"}
"""Pages that only listen to the server."""
