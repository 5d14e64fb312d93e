"""A customer's desk in memory: answers as the sandbox does, counts every call, can be told to fail."""

# ruff: noqa: ARG002 - a fake takes what the real one takes, and needs less of it

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from dastak.journeys.errors import ConsentMissing, OtpRefused, TooSoon
from dastak.journeys.facts import AadhaarSession, SourceUnavailable, SyntaxRefused
from dastak.journeys.kyc_link.errors import CheckClosed, LinkClosed, LinkNotFound
from dastak.journeys.kyc_link.link import Check, KycLink, StaticLink
from dastak_sdk import CheckStatus, CheckType, FormStatus

CODE = "Y7tpcan5ksm0"
OTHER_CODE = "Zq81mmxT04Ab"
STATIC_CODE = "PublicLink42"
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
OTP = "111000"
AADHAAR = "655675523712"
EVERY_CHECK = (CheckType.AADHAAR, CheckType.PAN, CheckType.BANK, CheckType.UPI)


def a_link(code: str = CODE, name: str | None = "Asha Rao", checks: tuple[CheckType, ...] = EVERY_CHECK) -> KycLink:
    return KycLink(
        merchant_id="mrc_1",
        id=f"jrn_{code}",
        code=code,
        verification_id="order-1",
        reference_id=7,
        name=name,
        phone="9876543210",
        email="asha@example.in",
        template_name="Full_kyc",
        checks=tuple(Check(type_) for type_ in checks),
        form_status=FormStatus.RECEIVED,
        link_expiry=date(2026, 3, 9),
        expires_at=NOW + timedelta(days=7),
        created_at=NOW,
        form_link=f"https://kyc.example/verification/{code}",
    )


@dataclass(frozen=True)
class Sent:
    masked_phone: str = "•••••••210"
    resend_after: timedelta = timedelta(seconds=30)
    sandbox_otp: str | None = OTP


@dataclass
class FakeDesk:
    """Implements `CustomerDesk`."""

    merchant: str = "Sunrise Finance"
    links: dict[str, KycLink] = field(default_factory=lambda: {CODE: a_link(), OTHER_CODE: a_link(OTHER_CODE)})
    calls: Counter[str] = field(default_factory=Counter)
    consents: list[str] = field(default_factory=list)
    source_down: bool = False
    broken: bool = False
    away: bool = False
    otp_refusal: OtpRefused | None = None
    too_soon: bool = False
    no_more_aadhaar: bool = False

    async def link(self, code: str) -> KycLink:
        if self.broken:
            raise RuntimeError("the disk is gone")
        if self.away:
            raise ConnectionError("the database is away")
        if code not in self.links:
            raise LinkNotFound("no such link")
        return self.links[code]

    async def merchant_name(self, merchant_id: str) -> str:
        return self.merchant

    async def send_otp(self, code: str) -> Sent:
        await self._open(code, "send_otp")
        if self.too_soon:
            raise TooSoon(timedelta(seconds=17))
        return Sent()

    async def confirm_otp(self, code: str, otp: str) -> KycLink:
        link = await self._open(code, "confirm_otp")
        if self.otp_refusal:
            raise self.otp_refusal
        if otp != OTP:
            raise OtpRefused("wrong", 4)
        return link

    async def start_aadhaar(
        self, code: str, number: str, *, consent: bool, consent_text: str, client_ip: str
    ) -> KycLink:
        check = await self._check(code, CheckType.AADHAAR, "start_aadhaar")
        if self.no_more_aadhaar:
            raise CheckClosed("too many")
        if not consent:
            raise ConsentMissing("consent is needed")
        if len(number) != len(AADHAAR):
            raise SyntaxRefused("aadhaar_number", "An Aadhaar number has 12 digits.")
        self.consents.append(consent_text)
        if number != AADHAAR:
            return self._failed(code, check, "This Aadhaar number is not known.")
        return self._put(code, replace(check, aadhaar=AadhaarSession("ref-1", number[-4:], NOW)))

    async def finish_aadhaar(self, code: str, otp: str) -> KycLink:
        check = await self._check(code, CheckType.AADHAAR, "finish_aadhaar")
        if otp != OTP:
            return self._failed(code, check, "The OTP was not right. Ask for a new one.")
        return self._passed(code, check, {"aadhaar_number": "XXXXXXXX3712", "name": "JOHN DOE"})

    async def cancel_aadhaar(self, code: str) -> KycLink:
        check = await self._check(code, CheckType.AADHAAR, "cancel_aadhaar")
        return self._put(code, replace(check, aadhaar=None))

    async def submit_pan(self, code: str, pan: str) -> KycLink:
        check = await self._check(code, CheckType.PAN, "submit_pan")
        if len(pan) != 10:
            raise SyntaxRefused("pan", "A PAN has 10 letters and digits.")
        if pan != "ABCPV1234D":
            return self._failed(code, check, "This PAN is not known. Check each letter.")
        return self._passed(code, check, {"pan": "XXXXXX234D", "registered_name": "JOHN DOE"})

    async def submit_bank(self, code: str, account_number: str, ifsc: str) -> KycLink:
        check = await self._check(code, CheckType.BANK, "submit_bank")
        if account_number != "026291800001191":
            return self._failed(code, check, "The bank does not know this account.")
        return self._passed(
            code, check, {"account_number": "XXXXXXXXXXX1191", "ifsc": ifsc, "name_at_bank": "JOHN DOE"}
        )

    async def submit_upi(self, code: str, upi_id: str) -> KycLink:
        check = await self._check(code, CheckType.UPI, "submit_upi")
        if upi_id != "success@upi":
            return self._failed(code, check, "This UPI ID is not known.")
        return self._passed(code, check, {"upi_id": "s•••••s@upi", "name_at_bank": "JOHN DOE"})

    async def static_link(self, code: str) -> StaticLink:
        if code != STATIC_CODE:
            raise LinkNotFound("no such link")
        return StaticLink(
            "mrc_1", code, "Full_kyc", f"https://kyc.example/verification/global-link/{code}", active=True
        )

    async def start_from_static(self, code: str, phone: str, name: str, email: str) -> KycLink:
        self.calls["start_from_static"] += 1
        if len(phone) != 10:
            raise SyntaxRefused("phone", "A mobile number has 10 digits.")
        link = a_link(f"Started{self.calls['start_from_static']:05d}", name or None)
        self.links[link.code] = link
        return link

    def set_check(self, type_: CheckType, code: str = CODE, **changes: object) -> None:
        """Put a check of a link into another state."""
        check = self.links[code].check(type_)
        assert check is not None
        self._put(code, replace(check, **changes))  # type: ignore[arg-type]  # a test names the fields it means

    def finish(self, status: FormStatus, code: str = CODE) -> None:
        """Close a link."""
        self.links[code] = replace(self.links[code], form_status=status)

    async def _open(self, code: str, call: str) -> KycLink:
        self.calls[call] += 1
        link = await self.link(code)
        if link.form_status is not FormStatus.RECEIVED:
            raise LinkClosed("closed")
        return link

    async def _check(self, code: str, type_: CheckType, call: str) -> Check:
        link = await self._open(code, call)
        check = link.check(type_)
        if check is None or check.status is CheckStatus.SUCCESS or not link.tries_left(check):
            raise CheckClosed("closed")
        if self.source_down:
            raise SourceUnavailable
        return check

    def _passed(self, code: str, check: Check, kept: dict[str, str]) -> KycLink:
        after = replace(check, status=CheckStatus.SUCCESS, tries=check.tries + 1, reason="", kept=kept, aadhaar=None)
        return self._put(code, after)

    def _failed(self, code: str, check: Check, reason: str) -> KycLink:
        after = replace(check, status=CheckStatus.FAILED, tries=check.tries + 1, reason=reason, aadhaar=None)
        return self._put(code, after)

    def _put(self, code: str, after: Check) -> KycLink:
        link = self.links[code]
        checks = tuple(after if check.type is after.type else check for check in link.checks)
        done = all(check.status is CheckStatus.SUCCESS for check in checks)
        status = FormStatus.SUCCESS if done else link.form_status
        self.links[code] = replace(link, checks=checks, form_status=status)
        return self.links[code]
