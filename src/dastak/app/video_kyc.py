"""Video KYC, wired: its desks over one store, with the merchant's agents, the address book and the clock.

In: what `build` has made already. Out: the desks that the edges call, and what runs beside them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from dastak.accounts.credentials import Accounts
from dastak.app import identifiers
from dastak.app.keys import purpose_key
from dastak.app.roster import Roster
from dastak.app.settings import Settings
from dastak.app.video_kyc_templates import read_templates
from dastak.journeys.facts import Sources
from dastak.journeys.tracing import JourneyTracer
from dastak.journeys.video_kyc.agent_desk import AgentDesk
from dastak.journeys.video_kyc.auditor_desk import AuditorDesk
from dastak.journeys.video_kyc.bell import LiveBell
from dastak.journeys.video_kyc.booking import Booking
from dastak.journeys.video_kyc.call_desk import CallDesk
from dastak.journeys.video_kyc.case_desk import CaseDesk
from dastak.journeys.video_kyc.desk import CustomerDesk
from dastak.journeys.video_kyc.evidence import Evidence
from dastak.journeys.video_kyc.issuing import CaseIssuer
from dastak.journeys.video_kyc.observing import CaseObserver
from dastak.journeys.video_kyc.ports import IpSource, Surroundings
from dastak.journeys.video_kyc.recording_token import recording_link
from dastak.journeys.video_kyc.sweeper import CaseSweeper
from dastak.journeys.video_kyc.template import AGENT_TEMPLATES, USER_TEMPLATES
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.store.postgres.store import PostgresStore
from dastak.store.sqlite.store import SqliteStore
from dastak.verification.address.database import AddressDatabases, NoAddresses
from dastak.verification.address.sandbox import SandboxAddresses


@dataclass(frozen=True, slots=True)
class VideoKycParts:
    """Everything that takes part in a Video KYC, but for its edges."""

    bell: LiveBell
    roster: Roster
    issuer: CaseIssuer
    merchant: CaseDesk
    customer: CustomerDesk
    agents: AgentDesk
    auditors: AuditorDesk
    calls: CallDesk
    evidence: Evidence
    sweeper: CaseSweeper


def video_kyc_parts(
    settings: Settings,
    store: SqliteStore | PostgresStore,
    accounts: Accounts,
    sources: Sources,
    *,
    now: Callable[[], datetime],
    shown_otp: str | None,
    observer: CaseObserver,
    tracer: JourneyTracer,
) -> VideoKycParts:
    """Wire them. Nothing is started."""
    if settings.video_kyc_templates is not None:
        users, agents = read_templates(settings.video_kyc_templates)
        USER_TEMPLATES.add(users)
        AGENT_TEMPLATES.add(agents)
    bell = LiveBell()
    here = Surroundings(
        now=now,
        new_id=identifiers.new_id,
        new_code=identifiers.new_code,
        new_otp=identifiers.new_otp,
        new_seed=identifiers.new_token,
        public_url=settings.public_url,
        otp_key=purpose_key(settings, "otp"),
        recording_link=_recording_links(settings, now),
        max_tries=settings.max_tries,
        shown_otp=shown_otp,
        observer=observer,
        tracer=tracer,
        bell=bell,
    )
    cases, roster = store.video_kycs, Roster(store.operators, store.operators, now=now)
    booking = Booking(cases, roster, accounts, here)
    return VideoKycParts(
        bell=bell,
        roster=roster,
        issuer=CaseIssuer(cases, store.vkyc_users, accounts, here),
        merchant=CaseDesk(cases, booking, accounts, here),
        customer=CustomerDesk(cases, booking, roster, accounts, sources.aadhaar, address_book(settings), here),
        agents=AgentDesk(cases, roster, accounts, here),
        auditors=AuditorDesk(cases, accounts, here),
        calls=CallDesk(cases, accounts, here),
        evidence=Evidence(cases, accounts, here),
        sweeper=CaseSweeper(cases, accounts, here),
    )


def address_book(settings: Settings) -> IpSource:
    """The databases of the settings, or the sandbox's; in production nobody passes without a database."""
    if settings.ip_database is None:
        return SandboxAddresses() if settings.sandbox else NoAddresses()
    return AddressDatabases(settings.ip_database, settings.ip_anonymous_database)


def recording_key(settings: Settings) -> bytes:
    """Signs the links to recordings."""
    return purpose_key(settings, "recording-links")


def _recording_links(settings: Settings, now: Callable[[], datetime]) -> Callable[[VideoKyc], str]:
    key, life = recording_key(settings), timedelta(days=settings.recording_link_days)
    return lambda case: recording_link(settings.public_url, key, case, now() + life)
