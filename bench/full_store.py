"""Fills a store with one merchant as years of use leave it: people, journeys, and the deliveries of these journeys.

In: a process on an empty store; how many deliveries there shall be. Out: the rows, and one id of everything that a page
can be about. A journey has ten deliveries, a second apart; the newest end now. Half are KYC Links, half Video KYCs. The
oldest hundredth has expired, so that a list of those that did has its rows at the far end; the newest is under way.
Whatever has a limit is there as often as the limit allows.
"""

import asyncio
from collections.abc import Awaitable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from dastak.accounts.audit import Entry
from dastak.accounts.availability import Availability, Window
from dastak.accounts.deed import Deed
from dastak.accounts.key_ring import MOST_KEYS
from dastak.accounts.member import MOST_MEMBERS
from dastak.accounts.member import Role as MemberRole
from dastak.accounts.operator import MOST_OPERATORS, Role
from dastak.accounts.operator_registry import OperatorChange
from dastak.app.build import Dastak, keys_in, members_in, operators_in
from dastak.app.identifiers import new_id
from dastak.journeys.kyc_link.link import Check, KycLink
from dastak.journeys.kyc_link.template import Template
from dastak.journeys.video_kyc.agenda import first_slot_after
from dastak.journeys.video_kyc.call import CallEnd, CallSession
from dastak.journeys.video_kyc.clock import SLOT
from dastak.journeys.video_kyc.interview import Decision
from dastak.journeys.video_kyc.video_kyc import Priority, QueueEntry, Schedule, VideoKyc
from dastak.webhooks.delivery import DeliveryState
from dastak.webhooks.endpoint import MOST_ENDPOINTS
from dastak.webhooks.hours import BANDS, HOUR, EndpointHour, first_hour
from dastak.webhooks.replay import MOST_OPEN, Selection
from dastak.webhooks.replay_desk import ReplayDesk
from dastak_sdk import CheckStatus, CheckType, FormStatus, VideoKycStatus
from long_log import PER_JOURNEY, lengthen
from sample_endpoint import sample_endpoint

TEMPLATES = 1_000
AUDIT_ENTRIES = 5_000
DAYS_COUNTED = 31
TOGETHER = 200
"""Rows added at one moment."""
SECOND, DAY, YEAR = timedelta(seconds=1), timedelta(days=1), timedelta(days=365)
WEEK = Availability(tuple(Window(weekday, 9 * 60, 18 * 60) for weekday in range(6)))
OWNER = "owner@bench.example"
DEEDS = (Deed.DATA_VIEWED, Deed.DELIVERY_RESENT, Deed.JOURNEY_MADE, Deed.TEMPLATE_CHANGED)


@dataclass(frozen=True)
class Filled:
    """A merchant, and one of everything that it has."""

    merchant_id: str
    deliveries: int
    until: datetime
    """When the newest delivery was made."""
    endpoint_id: str
    client_id: str
    member_id: str
    operator_id: str
    replay_id: str

    @property
    def journeys(self) -> int:
        """How many."""
        return self.deliveries // PER_JOURNEY

    def made_at(self, journey: int) -> datetime:
        """When the journey of that number was."""
        return self.until - (self.deliveries - journey * PER_JOURNEY) * SECOND


async def fill(dastak: Dastak, deliveries: int) -> Filled:
    """Make everything; the store is open."""
    merchant = await dastak.accounts.create("Bench")
    member_id = await _people(dastak, merchant.id)
    operator_id = await _operators(dastak, merchant.id)
    endpoint_ids = await _endpoints(dastak, merchant.id)
    empty = Filled(merchant.id, deliveries, datetime.now(UTC), endpoint_ids[1], "", member_id, operator_id, "")
    await _journeys(dastak, empty)
    await lengthen(dastak.store, merchant.id, endpoint_ids, deliveries, empty.until)
    return replace(
        empty,
        client_id=await _setup(dastak, merchant.id),
        replay_id=await _replays(dastak, merchant.id, endpoint_ids),
    )


async def _people(dastak: Dastak, merchant_id: str) -> str:
    """Members, and what they did; one's id."""
    members = members_in(dastak.store)
    await members.create(merchant_id, "Owner", OWNER, MemberRole.OWNER)
    for number in range(1, MOST_MEMBERS):
        await members.create(merchant_id, f"Ravi {number}", f"ravi.{number}@bench.example", MemberRole.VIEWER)
    ids = [one.id for one in await members.list(merchant_id)]
    now = datetime.now(UTC)
    await _together(
        dastak.store.audit.note(
            Entry(
                merchant_id,
                now - (AUDIT_ENTRIES - number) * timedelta(minutes=10),
                ids[number % len(ids)],
                DEEDS[number % len(DEEDS)],
                f"jrn_{number:09d}",
                {"shown": "name, phone, e-mail"},
            )
        )
        for number in range(AUDIT_ENTRIES)
    )
    return ids[-1]


async def _operators(dastak: Dastak, merchant_id: str) -> str:
    """Agents with a week, of whom every tenth reviews instead; one's id."""
    operators = operators_in(dastak.store)
    for number in range(MOST_OPERATORS):
        role = Role.AUDITOR if number % 10 == 0 else Role.AGENT
        made = await operators.create(merchant_id, f"Meera {number}", f"meera.{number}@bench.example", [role])
        await operators.change(merchant_id, made.id, OperatorChange(availability=WEEK))
    return (await operators.list(merchant_id))[-1].id


async def _endpoints(dastak: Dastak, merchant_id: str) -> list[str]:
    """Endpoints with a month of hours, as the counter leaves them."""
    store, like = dastak.store, sample_endpoint(merchant_id, "http://127.0.0.1:9/hooks", 16)
    ids = sorted(new_id("ep") for _ in range(MOST_ENDPOINTS))
    for id_ in ids:
        await store.endpoints.add_endpoint(replace(like, id=id_))
    first = first_hour(datetime.now(UTC), DAYS_COUNTED * 24)
    for number in range(DAYS_COUNTED * 24):
        at = first + number * HOUR
        await store.hours.add_hours([EndpointHour(merchant_id, id_, at, 900, 9, 1, (43,) * BANDS) for id_ in ids])
    return ids


async def _setup(dastak: Dastak, merchant_id: str) -> str:
    """Keys and templates, each with a static link; a client id."""
    keys = keys_in(dastak.store)
    for number in range(1, MOST_KEYS):
        await keys.create(merchant_id, f"Loan app {number}")
    for number in range(TEMPLATES):
        await dastak.issuer.put_template(merchant_id, Template(a_template(number), (CheckType.AADHAAR, CheckType.PAN)))
        await dastak.issuer.open_static_link(merchant_id, a_template(number))
    return (await keys.keys(merchant_id)).keys[-1].client_id


async def _replays(dastak: Dastak, merchant_id: str, endpoint_ids: Sequence[str]) -> str:
    """As many open jobs as there may be; nobody works on them. One's id."""
    desk = ReplayDesk(dastak.store.replays, dastak.store.endpoints, now=lambda: datetime.now(UTC), new_id=new_id)
    for endpoint_id in endpoint_ids[:MOST_OPEN]:
        await desk.begin(merchant_id, Selection((DeliveryState.GIVEN_UP,), endpoint_id=endpoint_id), 1, rows=1000)
    return (await desk.list(merchant_id, None, 1))[0].id


async def _journeys(dastak: Dastak, filled: Filled) -> None:
    store, numbers = dastak.store, range(filled.journeys)
    await _together(store.links.add_link(a_link(filled, number), ()) for number in numbers[::2])
    await _together(store.video_kycs.add_case(a_case(filled, number), (), ()) for number in numbers[1::2])


async def _together(works: Iterable[Awaitable[object]]) -> None:
    """All of them, some at a time and in their order."""
    some: list[Awaitable[object]] = []
    for work in works:
        some.append(work)
        if len(some) == TOGETHER:
            await asyncio.gather(*some)
            some.clear()
    await asyncio.gather(*some)


def a_template(number: int) -> str:
    """Its name."""
    return f"Loan-{number}"


def a_phone(number: int) -> str:
    """Of that journey's customer, and nobody else's."""
    return f"9{number:09d}"


def a_link(filled: Filled, number: int) -> KycLink:
    """A KYC Link: expired among the oldest, just made among the newest, else done."""
    hundredth = number * 100 // filled.journeys
    status = {0: FormStatus.EXPIRED, 99: FormStatus.RECEIVED}.get(hundredth, FormStatus.SUCCESS)
    passed = CheckStatus.SUCCESS if status is FormStatus.SUCCESS else CheckStatus.RECEIVED
    checks = tuple(
        Check(one, passed, tries=int(status is FormStatus.SUCCESS)) for one in (CheckType.AADHAAR, CheckType.PAN)
    )
    at = filled.made_at(number)
    return KycLink(
        merchant_id=filled.merchant_id,
        id=f"jrn_{number:09d}",
        code=f"code-{number}",
        verification_id=f"v-{number:09d}",
        reference_id=number + 1,
        name="Asha Gupta",
        phone=a_phone(number),
        email="asha@example.com",
        template_name=a_template(number % 20),
        checks=checks,
        form_status=status,
        link_expiry=_expiry(at),
        expires_at=at + YEAR,
        created_at=at,
        form_link=f"https://kyc.example.com/verification/code-{number}",
    )


def a_case(filled: Filled, number: int) -> VideoKyc:
    """A Video KYC: expired among the oldest; booked, waiting or decided among the newest; else reviewed."""
    at = filled.made_at(number)
    agent = Decision(filled.operator_id, True, None, None, at + timedelta(minutes=9))
    call = CallSession(
        f"call_{number:09d}",
        filled.operator_id,
        at,
        at,
        at,
        at,
        ended_at=at + timedelta(minutes=8),
        end=CallEnd.DECIDED,
    )
    new = VideoKyc(
        merchant_id=filled.merchant_id,
        id=f"jrn_{number:09d}",
        code=f"code-{number}",
        verification_id=f"v-{number:09d}",
        reference_id=number + 1,
        user_id=f"user-{number}",
        user_reference_id=number,
        name="Asha Gupta",
        phone=a_phone(number),
        email="asha@example.com",
        address=None,
        user_template="vkyc_user_template_v1",
        agent_template="vkyc_agent_template_v1",
        vkyc_link=f"https://kyc.example.com/verification/code-{number}",
        link_expiry=_expiry(at),
        expires_at=at + YEAR,
        created_at=at,
    )
    hundredth = number * 100 // filled.journeys
    if hundredth == 0:
        return replace(new, status=VideoKycStatus.EXPIRED, sub_status="VKYC_EXPIRED")
    if hundredth == 97:
        slot = Schedule(first_slot_after(filled.until) + number % 96 * SLOT)
        return replace(new, status=VideoKycStatus.PRE_VIDEO_CALL, sub_status="USER_MEETING_SCHEDULED", schedule=slot)
    if hundredth == 98:
        place = QueueEntry(Priority.ORDINARY, at)
        return replace(new, status=VideoKycStatus.PRE_VIDEO_CALL, sub_status="USER_QUEUED", queue=place)
    called = replace(new, calls=(call,), agent=agent)
    if hundredth == 99:
        return replace(called, status=VideoKycStatus.POST_VIDEO_CALL, sub_status="AGENT_APPROVED")
    auditor = replace(agent, at=at + timedelta(hours=1))
    return replace(called, status=VideoKycStatus.AUDITOR_REVIEWED, sub_status="AUDITOR_APPROVED", auditor=auditor)


def _expiry(at: datetime) -> date:
    return (at + YEAR).date()
