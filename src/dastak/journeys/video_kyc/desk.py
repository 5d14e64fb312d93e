"""The customer's side of a Video KYC: what the hosted pages call.

In: the code from the link and what the customer did. Out: the case as it stands, or an error from `errors`.
Sources are asked while no transaction is open; what they say comes in as a signal.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from dastak.journeys import phone_otp
from dastak.journeys.errors import ConsentMissing, IllegalSignal, OtpRefused, TooSoon
from dastak.journeys.facts import AadhaarSession, AadhaarSource, Fact, SourceUnavailable
from dastak.journeys.happening import Consent
from dastak.journeys.merchants import MerchantBook
from dastak.journeys.video_kyc import access_token
from dastak.journeys.video_kyc.agenda import OpenSlot
from dastak.journeys.video_kyc.booking import Booking
from dastak.journeys.video_kyc.call import Party
from dastak.journeys.video_kyc.details import checked_details
from dastak.journeys.video_kyc.errors import CaseClosed, CaseNotFound, StepClosed, TokenRefused
from dastak.journeys.video_kyc.estimate import SAMPLE, QueueStanding, queue_standing
from dastak.journeys.video_kyc.moving import Change, Find, Mover
from dastak.journeys.video_kyc.notifying import messages
from dastak.journeys.video_kyc.ports import AgentRoster, IpSource, Surroundings, VideoKycStore
from dastak.journeys.video_kyc.precheck import (
    DeviceReport,
    IpFinding,
    judge_device,
    judge_ip,
    judge_location,
    location_refused,
)
from dastak.journeys.video_kyc.signal import (
    AadhaarAbandoned,
    AadhaarFailed,
    AadhaarPassed,
    AadhaarStarted,
    Away,
    Consented,
    Detailed,
    Joined,
    LeftCall,
    LeftQueue,
    Queued,
    Signal,
    TimeUp,
)
from dastak.journeys.video_kyc.table import FINAL, STAGES, Stage
from dastak.journeys.video_kyc.template import USER_TEMPLATES
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.journeys.words import MessageKind, mask_phone, otp_words, voice

AADHAAR_STARTS = 10
"""Aadhaar OTP sessions per case: each sends an SMS to somebody's phone."""
_CATCH_UP = 8
"""More than any case can be behind the clock."""


@dataclass(frozen=True, slots=True)
class OtpSent:
    """A code is on its way to the customer's phone."""

    masked_phone: str
    resend_after: timedelta
    sandbox_otp: str | None


class CustomerDesk:
    """Everything a customer can do with a case."""

    def __init__(
        self,
        store: VideoKycStore,
        booking: Booking,
        roster: AgentRoster,
        merchants: MerchantBook,
        aadhaar: AadhaarSource,
        addresses: IpSource,
        surroundings: Surroundings,
    ) -> None:
        self._store = store
        self._booking = booking
        self._roster = roster
        self._merchants = merchants
        self._aadhaar = aadhaar
        self._addresses = addresses
        self._here = surroundings
        self._mover = Mover(store, merchants, surroundings)

    async def case(self, code: str) -> VideoKyc:
        """The case, with the clock applied: what was due is committed with its event before anybody sees it."""
        case = await self._found(code)
        for _ in range(_CATCH_UP):
            if case.due_at is None or self._here.now() < case.due_at:
                break
            try:
                case = await self._mover.signal(lambda: self._found(code), TimeUp())
            except (IllegalSignal, CaseClosed):  # the sweeper was first
                case = await self._found(code)
        return case

    async def merchant_name(self, merchant_id: str) -> str:
        """The name that customers see."""
        return await self._merchants.merchant_name(merchant_id)

    async def send_otp(self, code: str) -> OtpSent:
        """Queue a code for the customer's phone, in the case's own transaction. Raises `TooSoon`, `OtpRefused`."""
        otp = self._here.shown_otp or self._here.new_otp()
        speaker = await voice(self._merchants, (await self._open(code)).merchant_id, MessageKind.CODE)

        def decide(case: VideoKyc) -> Change:
            now = self._here.now()
            record = phone_otp.send(case.otp, phone_otp.digest(self._here.otp_key, case.id, otp), now)
            told = messages(
                case,
                otp_words(otp, speaker),
                purpose="otp",
                now=now,
                new_id=self._here.new_id,
                channels=("sms",),
                expires_at=record.expires_at,
            )
            return Change(replace(case, otp=record), messages=told)

        try:
            case = await self._mover.change(self._opener(code), decide)
        except (TooSoon, OtpRefused) as refused:
            self._here.observer.otp_refused("too_soon" if isinstance(refused, TooSoon) else refused.reason)
            raise
        return OtpSent(mask_phone(case.phone), phone_otp.RESEND_AFTER, self._here.shown_otp)

    async def confirm_otp(self, code: str, otp: str) -> VideoKyc:
        """Accept the code, or count the wrong guess and raise `OtpRefused`."""
        refused: list[OtpRefused | None] = [None]

        def decide(case: VideoKyc) -> Change:
            typed = phone_otp.digest(self._here.otp_key, case.id, otp)
            record, refused[0] = phone_otp.guess(case.otp, typed, self._here.now())
            return Change(replace(case, otp=record))

        try:
            case = await self._mover.change(self._opener(code), decide)
            if refused[0] is not None:
                raise refused[0]
        except OtpRefused as error:
            self._here.observer.otp_refused(error.reason)
            raise
        return case

    async def enter_with_token(self, code: str, token: str) -> VideoKyc:
        """Let in whom the merchant's app knows, without an OTP. Raises `TokenRefused`."""
        case = await self._open(code)
        if not access_token.is_good(self._here.otp_key, case.id, token, self._here.now()):
            raise TokenRefused("the token is not this case's, or has ended")
        return case

    async def consent(self, code: str, *, text: str, client_ip: str) -> VideoKyc:
        """The customer agreed to the Video KYC in these words."""

        def decide(case: VideoKyc) -> Change:
            change = self._mover.moved(case, Consented())
            return replace(change, consent=self._consent(case, "video_kyc", text, client_ip))

        return await self._mover.change(self._opener(code), decide)

    async def give_details(self, code: str, details: Mapping[str, str]) -> VideoKyc:
        """What the customer says of themselves. Raises `SyntaxRefused` for the first field at fault."""
        case = await self._open(code)
        checked = checked_details(USER_TEMPLATES[case.user_template].fields, details)
        return await self._signal(code, Detailed(checked))

    async def start_aadhaar(
        self, code: str, number: str, *, consent: bool, consent_text: str, client_ip: str
    ) -> VideoKyc:
        """Ask the source to send an OTP to the phone linked with this Aadhaar. The number is not kept.

        Raises:
            ConsentMissing, StepClosed: not agreed to; done already, or too often begun.
            SyntaxRefused, SourceUnavailable: from the source; no try is lost.
        """
        case = await self._open_aadhaar(code)
        if not consent:
            raise ConsentMissing("consent is needed before Aadhaar can be used")
        if case.aadhaar.starts >= AADHAAR_STARTS:
            raise StepClosed("too many Aadhaar codes were asked for in this case")
        answer = await self._aadhaar.send_otp(number)
        if isinstance(answer, Fact):
            return await self._record(code, answer, only_if=case)
        signal = AadhaarStarted(AadhaarSession(answer.source_ref, answer.last4, self._here.now()))

        def decide(fresh: VideoKyc) -> Change:
            change = self._mover.moved(fresh, signal)
            return replace(change, consent=self._consent(fresh, "aadhaar", consent_text, client_ip))

        return await self._mover.change(self._opener(code), decide)

    async def finish_aadhaar(self, code: str, otp: str) -> VideoKyc:
        """Confirm the Aadhaar with the OTP that its holder received."""
        case = await self._open_aadhaar(code)
        if case.aadhaar.session is None:
            raise StepClosed("no Aadhaar code is waiting")
        fact = await self._aadhaar.verify_otp(case.aadhaar.session.source_ref, otp)
        return await self._record(code, fact, only_if=case)

    async def cancel_aadhaar(self, code: str) -> VideoKyc:
        """Forget the Aadhaar session so that another number can be used."""
        return await self._signal(code, AadhaarAbandoned())

    async def check_ip(self, code: str, address: str) -> VideoKyc:
        """Look the customer's address up; a failure is in the case's sub_status."""
        await self._open(code)
        finding: IpFinding | None
        try:
            finding = await self._addresses.look_up(address)
        except SourceUnavailable:
            finding = None
        return await self._signal(code, judge_ip(address, finding, self._here.now()))

    async def report_location(self, code: str, latitude: float, longitude: float, accuracy_metres: float) -> VideoKyc:
        """Where the browser says the customer is; a failure is in the case's sub_status."""
        return await self._signal(code, judge_location(latitude, longitude, accuracy_metres, self._here.now()))

    async def refuse_location(self, code: str) -> VideoKyc:
        """The browser was not allowed to say it."""
        return await self._signal(code, location_refused())

    async def report_device(self, code: str, report: DeviceReport) -> VideoKyc:
        """What the page tried out; a failure is in the case's sub_status."""
        return await self._signal(code, judge_device(report, self._here.now()))

    async def join_queue(self, code: str) -> VideoKyc:
        """Wait for an agent; a customer who waits already keeps the place. Raises `NotReady`."""
        return await self._signal(code, Queued())

    async def leave_queue(self, code: str) -> VideoKyc:
        """Wait no longer, by wish or because the page is gone. Nothing to do for one who does not wait."""
        case = await self.case(code)
        if STAGES[case.sub_status] is not Stage.WAITING:
            return case
        try:
            return await self._signal(code, LeftQueue())
        except StepClosed:  # an agent was first
            return await self._found(code)

    async def standing(self, code: str) -> QueueStanding | None:
        """Place in the queue and honest estimate; None for one who does not wait."""
        case = await self.case(code)
        if case.queue is None:
            return None
        ahead = await self._store.waiting_ahead(case)
        times = await self._store.handling_times(case.merchant_id, SAMPLE)
        return queue_standing(ahead, await self._roster.online(case.merchant_id), times)

    async def slots(self, code: str, start: datetime | None = None) -> Sequence[OpenSlot]:
        """What can be booked."""
        return await self._booking.slots(await self._open(code), start)

    async def book(self, code: str, at: datetime) -> VideoKyc:
        """Book a slot, in place of the one before. Raises `SlotUnavailable`."""
        return await self._booking.book(self._opener(code), at, Party.CUSTOMER.value)

    async def give_back(self, code: str) -> VideoKyc:
        """Give the booking back."""
        return await self._booking.give_back(self._opener(code), Party.CUSTOMER.value)

    async def join_call(self, code: str, call_id: str) -> VideoKyc:
        """The customer's connection stands, or stands again. Raises `StepClosed` when that call is over."""
        return await self._signal(code, Joined(Party.CUSTOMER, call_id))

    async def lose_call(self, code: str, call_id: str) -> VideoKyc:
        """The customer's connection is lost; a drop-off only if it does not come back within the grace."""
        return await self._signal(code, Away(Party.CUSTOMER, call_id))

    async def leave_call(self, code: str, call_id: str) -> VideoKyc:
        """The customer leaves for good; rejoining is joining the queue again."""
        return await self._signal(code, LeftCall(call_id))

    async def _record(self, code: str, fact: Fact, *, only_if: VideoKyc) -> VideoKyc:
        """Commit what a source said; a second answer to the same submission (double click) is refused."""

        def decide(case: VideoKyc) -> Change:
            if (case.aadhaar.tries, case.aadhaar.starts) != (only_if.aadhaar.tries, only_if.aadhaar.starts):
                raise StepClosed("this was submitted twice")
            return self._mover.moved(case, AadhaarPassed(fact.kept) if fact.confirmed else AadhaarFailed(fact.reason))

        return await self._mover.change(self._opener(code), decide)

    def _consent(self, case: VideoKyc, purpose: str, text: str, client_ip: str) -> Consent:
        digest = hashlib.sha256(text.encode()).hexdigest()
        return Consent(case.merchant_id, case.id, purpose, digest, self._here.now(), client_ip)

    async def _signal(self, code: str, signal: Signal) -> VideoKyc:
        return await self._mover.signal(self._opener(code), signal)

    async def _found(self, code: str) -> VideoKyc:
        case = await self._store.case_by_code(code)
        if case is None:
            raise CaseNotFound("no such case")
        return case

    async def _open(self, code: str) -> VideoKyc:
        case = await self.case(code)
        if STAGES[case.sub_status] in FINAL:
            raise CaseClosed(f"the case is {case.status.value}")
        return case

    async def _open_aadhaar(self, code: str) -> VideoKyc:
        case = await self._open(code)
        if case.aadhaar.is_done:
            raise StepClosed("Aadhaar is done")
        if case.aadhaar.tries >= case.max_tries:
            raise StepClosed("no Aadhaar try is left")
        return case

    def _opener(self, code: str) -> Find:
        return lambda: self._open(code)
