"""A stage for the desk: a real store, the sandbox's sources, and a clock that only the test moves."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from conformance.house import PUBLIC_URL, Ids, Ports, SqliteHouse
from dastak.accounts.credentials import Accounts
from dastak.accounts.merchant import Merchant
from dastak.journeys.facts import Fact, Sources
from dastak.journeys.kyc_link.desk import LinkDesk
from dastak.journeys.kyc_link.issuing import LinkIssuer, NewLink
from dastak.journeys.kyc_link.link import Check, KycLink
from dastak.journeys.kyc_link.moving import Mover
from dastak.journeys.kyc_link.observing import LinkObserver, Unobserved
from dastak.journeys.kyc_link.ports import Surroundings
from dastak.journeys.kyc_link.sweeper import ExpirySweeper
from dastak.verification.sandbox import sandbox_sources
from dastak.webhooks.log import EventFilter
from dastak_sdk import CheckType, Event, KycLinkData, parse_event

MORNING = datetime(2026, 1, 10, 9, 30, tzinfo=UTC)
GOOD_AADHAAR, AADHAAR_OTP = "655675523712", "111000"
GOOD_PAN, BAD_PAN = "ABCPV1234D", "FAILD0001X"
GOOD_BANK = ("026291800001191", "YESB0000262")
GOOD_UPI = "success@upi"
PHONE_OTP = "443322"
CLIENT_SECRET = "dks_very_secret_client_secret"
CONSENT = "I agree."


class Clock:
    """Stands still until `advance`."""

    def __init__(self) -> None:
        self.now = MORNING

    def __call__(self) -> datetime:
        return self.now

    def advance(self, span: timedelta) -> None:
        self.now += span


class GatedPan:
    """A PAN source that answers only once the test opens its gate: customers wait meanwhile."""

    def __init__(self, fact: Fact) -> None:
        self.fact = fact
        self.asked: asyncio.Queue[str] = asyncio.Queue()
        self.gate = asyncio.Event()

    async def verify(self, pan: str) -> Fact:
        self.asked.put_nowait(pan)
        await self.gate.wait()
        return self.fact


@dataclass
class Stage:
    """Everything that a customer and a merchant can touch."""

    house: SqliteHouse
    clock: Clock
    here: Surroundings
    accounts: Accounts
    issuer: LinkIssuer
    desk: LinkDesk
    sweeper: ExpirySweeper
    sources: Sources
    merchant: Merchant

    @property
    def ports(self) -> Ports:
        return self.house.ports

    async def new_link(self, verification_id: str = "v-1", template: str = "Full_kyc", *channels: str) -> KycLink:
        new = NewLink(verification_id, template, "9876543210", "Asha Gupta", "asha@example.com", None, channels)
        return await self.issuer.create(self.merchant.id, new)

    async def start_aadhaar(self, code: str, number: str = GOOD_AADHAAR) -> KycLink:
        return await self.desk.start_aadhaar(code, number, consent=True, consent_text=CONSENT, client_ip="203.0.113.9")

    async def heard(self) -> list[tuple[str, str, list[tuple[str, int]]]]:
        """Type, form status and checks (status and reference id) of every event so far, in order."""
        return [(event.type, data.form_status, _checks(data)) for event, data in await self.events()]

    async def events(self) -> list[tuple[Event, KycLinkData]]:
        rows = await self.ports.history.events(self.merchant.id, EventFilter(), 0, 1000)
        found = []
        for row in rows:
            assert row.body is not None
            event = parse_event(row.body)
            assert isinstance(event.data, KycLinkData)
            assert event.type == row.type
            found.append((event, event.data))
        return found

    async def types(self) -> list[str]:
        return [event.type.removeprefix("KYC_LINK_") for event, _ in await self.events()]

    def desk_with(self, sources: Sources) -> LinkDesk:
        ports = self.ports
        return LinkDesk(ports.links, ports.static_links, self.accounts, sources, self.issuer, self.here)


def the_check(link: KycLink, type_: CheckType) -> Check:
    """The check of that type; it must be there."""
    check = link.check(type_)
    assert check is not None
    return check


async def make_stage(
    folder: Path, *, max_tries: int = 5, shown_otp: str | None = None, observer: LinkObserver | None = None
) -> Stage:
    ids = Ids()
    house = await SqliteHouse.opened(folder, new_id=ids)
    clock = Clock()
    here = Surroundings(
        now=clock,
        new_id=ids,
        new_code=lambda: ids("code"),
        new_otp=lambda: PHONE_OTP,
        public_url=PUBLIC_URL,
        otp_key=b"k" * 32,
        max_tries=max_tries,
        event_time_form="iso",
        shown_otp=shown_otp,
        observer=observer or Unobserved(),
    )
    ports = house.ports
    accounts = Accounts(
        ports.merchants,
        now=clock,
        new_id=ids,
        new_client_id=lambda: ids("dk"),
        new_client_secret=lambda: CLIENT_SECRET,
    )
    issuer = LinkIssuer(ports.links, ports.templates, ports.static_links, accounts, here)
    sources = sandbox_sources(key=b"0123456789abcdef", clock=clock)
    return Stage(
        house=house,
        clock=clock,
        here=here,
        accounts=accounts,
        issuer=issuer,
        desk=LinkDesk(ports.links, ports.static_links, accounts, sources, issuer, here),
        sweeper=ExpirySweeper(ports.links, Mover(ports.links, accounts, here), here),
        sources=sources,
        merchant=await accounts.create("Asha Bank"),
    )


def _checks(data: KycLinkData) -> list[tuple[str, int]]:
    return [(detail.status, detail.reference_id) for detail in data.verification_details]
