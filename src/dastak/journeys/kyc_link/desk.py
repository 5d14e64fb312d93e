"""The customer's side of a KYC Link: what the hosted pages call.

In: the code from the link and what the customer typed. Out: the link as it stands, or an error from `errors`.
Sources are asked while no transaction is open; what they say comes in as a signal.
"""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from dastak.journeys import phone_otp
from dastak.journeys.customer import check_customer
from dastak.journeys.errors import ConsentMissing, OtpRefused, TooSoon
from dastak.journeys.facts import AadhaarOtpSent, AadhaarSession, Fact, Sources
from dastak.journeys.happening import Consent, Message
from dastak.journeys.kyc_link.errors import CheckClosed, LinkClosed, LinkNotFound, UnknownTemplate
from dastak.journeys.kyc_link.issuing import LinkIssuer, NewLink
from dastak.journeys.kyc_link.link import Check, KycLink, StaticLink
from dastak.journeys.kyc_link.move import move
from dastak.journeys.kyc_link.moving import Change, Mover
from dastak.journeys.kyc_link.ports import LinkStore, StaticLinkStore, Surroundings
from dastak.journeys.kyc_link.signal import (
    AadhaarAbandoned,
    AadhaarStarted,
    CheckFailed,
    CheckPassed,
    LinkExpired,
)
from dastak.journeys.merchants import MerchantBook
from dastak.journeys.words import MessageKind, mask_phone, otp_words, voice
from dastak_sdk import CheckStatus, CheckType, FormStatus

AADHAAR_STARTS = 10
"""Aadhaar OTP sessions per link: each sends an SMS to somebody's phone."""


@dataclass(frozen=True, slots=True)
class OtpSent:
    """A code is on its way to the customer's phone."""

    masked_phone: str
    resend_after: timedelta
    sandbox_otp: str | None


class LinkDesk:
    """Everything a customer can do with a link."""

    def __init__(
        self,
        store: LinkStore,
        static_links: StaticLinkStore,
        merchants: MerchantBook,
        sources: Sources,
        issuer: LinkIssuer,
        surroundings: Surroundings,
    ) -> None:
        self._store = store
        self._static_links = static_links
        self._merchants = merchants
        self._sources = sources
        self._issuer = issuer
        self._here = surroundings
        self._mover = Mover(store, merchants, surroundings)

    async def link(self, code: str) -> KycLink:
        """The link, with the clock applied: one past its time comes back EXPIRED, its event committed."""
        link = await self._found(code)
        if link.form_status is FormStatus.RECEIVED and self._here.now() >= link.expires_at:
            try:
                return await self._mover.signal(self._finder(code), LinkExpired())
            except LinkClosed:  # the sweeper was first
                return await self._found(code)
        return link

    async def merchant_name(self, merchant_id: str) -> str:
        """The name that customers see."""
        return await self._merchants.merchant_name(merchant_id)

    async def send_otp(self, code: str) -> OtpSent:
        """Queue a code for the customer's phone, in the link's own transaction."""
        otp = self._here.shown_otp or self._here.new_otp()
        speaker = await voice(self._merchants, (await self._open(code)).merchant_id, MessageKind.CODE)

        def decide(link: KycLink) -> Change:
            now = self._here.now()
            record = phone_otp.send(link.otp, phone_otp.digest(self._here.otp_key, link.id, otp), now)
            words = otp_words(otp, speaker)
            message = Message(
                id=self._here.new_id("ntc"),
                merchant_id=link.merchant_id,
                journey_id=link.id,
                channel="sms",
                purpose="otp",
                recipient=link.phone,
                subject=words.subject,
                text=words.text,
                created_at=now,
                expires_at=record.expires_at,
            )
            return Change(replace(link, otp=record), messages=(message,))

        try:
            link = await self._mover.change(lambda: self._open(code), decide)
        except (TooSoon, OtpRefused) as refused:
            self._here.observer.otp_refused("too_soon" if isinstance(refused, TooSoon) else refused.reason)
            raise
        return OtpSent(mask_phone(link.phone), phone_otp.RESEND_AFTER, self._here.shown_otp)

    async def confirm_otp(self, code: str, otp: str) -> KycLink:
        """Accept the code, or count the wrong guess and raise `OtpRefused`."""
        refused: list[OtpRefused | None] = [None]

        def decide(link: KycLink) -> Change:
            typed = phone_otp.digest(self._here.otp_key, link.id, otp)
            record, refused[0] = phone_otp.guess(link.otp, typed, self._here.now())
            return Change(replace(link, otp=record))

        try:
            link = await self._mover.change(lambda: self._open(code), decide)
            if refused[0] is not None:
                raise refused[0]
        except OtpRefused as error:
            self._here.observer.otp_refused(error.reason)
            raise
        return link

    async def start_aadhaar(
        self, code: str, number: str, *, consent: bool, consent_text: str, client_ip: str
    ) -> KycLink:
        """Ask the source to send an OTP to the phone linked with this Aadhaar. The number is not kept."""
        link = await self._open(code)
        check = self._open_check(link, CheckType.AADHAAR)
        if not consent:
            raise ConsentMissing("consent is needed before Aadhaar can be used")
        if check.starts >= AADHAAR_STARTS:
            raise CheckClosed("too many Aadhaar codes were asked for on this link")
        answer = await self._sources.aadhaar.send_otp(number)
        if isinstance(answer, Fact):
            return await self._record(code, CheckType.AADHAAR, answer, only_if=check)
        return await self._begin_aadhaar(code, answer, consent_text, client_ip)

    async def finish_aadhaar(self, code: str, otp: str) -> KycLink:
        """Confirm the Aadhaar with the OTP that its holder received."""
        link = await self._open(code)
        check = self._open_check(link, CheckType.AADHAAR)
        if check.aadhaar is None:
            raise CheckClosed("no Aadhaar code is waiting")
        fact = await self._sources.aadhaar.verify_otp(check.aadhaar.source_ref, otp)
        return await self._record(code, CheckType.AADHAAR, fact, only_if=check)

    async def cancel_aadhaar(self, code: str) -> KycLink:
        """Forget the Aadhaar session so that another number can be used."""
        link = await self._open(code)
        if self._open_check(link, CheckType.AADHAAR).aadhaar is None:
            return link
        return await self._mover.signal(lambda: self._open(code), AadhaarAbandoned())

    async def submit_pan(self, code: str, pan: str) -> KycLink:
        return await self._perform(code, CheckType.PAN, lambda: self._sources.pan.verify(pan))

    async def submit_bank(self, code: str, account_number: str, ifsc: str) -> KycLink:
        return await self._perform(code, CheckType.BANK, lambda: self._sources.bank.verify(account_number, ifsc))

    async def submit_upi(self, code: str, upi_id: str) -> KycLink:
        return await self._perform(code, CheckType.UPI, lambda: self._sources.upi.verify(upi_id))

    async def static_link(self, code: str) -> StaticLink:
        """The active static link of that code."""
        link = await self._static_links.static_link_by_code(code)
        if link is None:
            raise LinkNotFound("no such link")
        return link

    async def start_from_static(self, code: str, phone: str, name: str, email: str) -> KycLink:
        """A link of the visitor's own, with a verification_id that we make (contract.md §7 ruling 35).

        Raises:
            SyntaxRefused: phone, name or e-mail cannot be right.
            LinkNotFound: the static link is not active, or its template is gone.
        """
        static = await self.static_link(code)
        check_customer(phone, name, email)
        new = NewLink(
            verification_id=self._here.new_id("static"),
            template_name=static.template_name,
            phone=phone,
            name=name or None,
            email=email or None,
            link_expiry=None,
            notification_types=(),
        )
        try:
            return await self._issuer.create(static.merchant_id, new)
        except UnknownTemplate:
            raise LinkNotFound("the template of this static link is gone") from None

    async def _perform(self, code: str, type_: CheckType, ask: Callable[[], Awaitable[Fact]]) -> KycLink:
        check = self._open_check(await self._open(code), type_)
        return await self._record(code, type_, await ask(), only_if=check)

    async def _record(self, code: str, type_: CheckType, fact: Fact, only_if: Check | None = None) -> KycLink:
        """Commit what a source said; a second answer to the same submission (double click) is refused."""
        reference_id = await self._store.next_reference_id()
        signal = (
            CheckPassed(type_, reference_id, fact.kept)
            if fact.confirmed
            else CheckFailed(type_, reference_id, fact.reason)
        )

        def decide(link: KycLink) -> Change:
            current = link.check(type_)
            if only_if is not None and current is not None and current.tries != only_if.tries:
                raise CheckClosed("this was submitted twice")
            moved = move(link, signal, self._here.now())
            return Change(moved.link, moved.happenings)

        return await self._mover.change(lambda: self._open(code), decide)

    async def _begin_aadhaar(self, code: str, sent: AadhaarOtpSent, consent_text: str, client_ip: str) -> KycLink:
        now = self._here.now()
        signal = AadhaarStarted(AadhaarSession(sent.source_ref, sent.last4, now))

        def decide(link: KycLink) -> Change:
            consent = Consent(
                merchant_id=link.merchant_id,
                journey_id=link.id,
                purpose="aadhaar",
                text_sha256=hashlib.sha256(consent_text.encode()).hexdigest(),
                given_at=now,
                client_ip=client_ip,
            )
            return Change(move(link, signal, now).link, consent=consent)

        return await self._mover.change(lambda: self._open(code), decide)

    def _open_check(self, link: KycLink, type_: CheckType) -> Check:
        check = link.check(type_)
        if check is None or check.status not in {CheckStatus.RECEIVED, CheckStatus.FAILED}:
            raise CheckClosed("this check is done or not asked for")
        if link.tries_left(check) == 0:
            raise CheckClosed("no try is left")
        return check

    async def _found(self, code: str) -> KycLink:
        link = await self._store.link_by_code(code)
        if link is None:
            raise LinkNotFound("no such link")
        return link

    async def _open(self, code: str) -> KycLink:
        link = await self.link(code)
        if link.form_status is not FormStatus.RECEIVED:
            raise LinkClosed(f"the link is {link.form_status.value}")
        return link

    def _finder(self, code: str) -> Callable[[], Awaitable[KycLink]]:
        return lambda: self._found(code)
