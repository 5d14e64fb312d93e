"""Rehearsals of the sandbox, wired: acts upon the desks, operators who do them, pictures that say what they are.

In: what `build` has made already. Out: what `/api/v1/sandbox` calls; None in production, where nothing is rehearsed.
"""

import io
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from PIL import Image, ImageDraw

from dastak.accounts.availability import DAY_MINUTES, WEEKDAYS, Availability, Window
from dastak.accounts.operator import EmailTaken, Role
from dastak.accounts.operator_registry import OperatorChange, OperatorRegistry
from dastak.app import identifiers
from dastak.app.settings import Settings
from dastak.app.video_kyc import VideoKycParts
from dastak.journeys.kyc_link.desk import LinkDesk
from dastak.journeys.kyc_link.merchant_desk import MerchantDesk
from dastak.journeys.kyc_link.rehearsal import LinkRehearsal
from dastak.journeys.video_kyc.interview import Still, StillKind
from dastak.journeys.video_kyc.rehearsal import CaseRehearsal
from dastak.journeys.video_kyc.rooms import Library
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.web.api.rehearsal import Rehearsals
from dastak_sdk import CheckType

AADHAAR, OTP, UNKNOWN_AADHAAR = "655675523712", "111000", "200000000107"
PROXY = "198.51.100.9"
RIGHT = {
    CheckType.AADHAAR: (AADHAAR, OTP),
    CheckType.PAN: ("ABCPV1234D",),
    CheckType.BANK: ("026291800001191", "YESB0000262"),
    CheckType.UPI: ("success@upi",),
}
WRONG = {
    CheckType.AADHAAR: (UNKNOWN_AADHAAR,),
    CheckType.PAN: ("FAILD0001X",),
    CheckType.BANK: ("000123456789", "FAIL0000001"),
    CheckType.UPI: ("failure@upi",),
}
"""Values of the sandbox (docs/sandbox.md)."""
ALWAYS = Availability(tuple(Window(day, 0, DAY_MINUTES) for day in range(len(WEEKDAYS))))
SIZE, GROUND, INK = (640, 480), (36, 46, 66), (236, 239, 244)


@dataclass(frozen=True, slots=True)
class RehearsalStaff:
    """Operators of the merchant's own, by their addresses."""

    operators: OperatorRegistry

    async def agent(self, merchant_id: str, place: int) -> str:
        """The id of the agent of that number, from 0."""
        return await self._operator(merchant_id, f"Rehearsal agent {place + 1}", f"agent-{place + 1}", Role.AGENT)

    async def auditor(self, merchant_id: str) -> str:
        """The id of the auditor."""
        return await self._operator(merchant_id, "Rehearsal auditor", "auditor", Role.AUDITOR)

    async def _operator(self, merchant_id: str, name: str, who: str, role: Role) -> str:
        email = f"{who}@rehearsal.example"
        for _ in range(2):
            for one in await self.operators.list(merchant_id):
                if one.email == email:
                    return one.id
            with suppress(EmailTaken):  # another rehearsal made it at the same moment: it is in the list now
                made = await self.operators.create(merchant_id, name, email, [role])
                if role is Role.AGENT:  # so that there is something to book
                    await self.operators.change(merchant_id, made.id, OperatorChange(availability=ALWAYS))
                return made.id
        raise EmailTaken(email)


@dataclass(frozen=True, slots=True)
class RehearsalPictures:
    """Pictures of words."""

    library: Library

    async def keep(self, case: VideoKyc, kind: StillKind, now: datetime) -> Still:
        """A picture in the storage that says what it is."""
        still_id = identifiers.new_id("stl")
        kept = await self.library.keep(f"{case.merchant_id}/{case.id}/{still_id}.jpg", _drawn(kind))
        return Still(still_id, kind, case.calls[-1].id, now, kept.reference, kept.sha256)


def rehearsals(
    settings: Settings,
    links: LinkDesk,
    merchant: MerchantDesk,
    video_kyc: VideoKycParts,
    library: Library,
    operators: OperatorRegistry,
    *,
    now: Callable[[], datetime],
) -> Rehearsals | None:
    """None where this server is no sandbox."""
    if not settings.sandbox:
        return None
    cases = CaseRehearsal(
        customer=video_kyc.customer,
        agents=video_kyc.agents,
        auditors=video_kyc.auditors,
        merchant=video_kyc.merchant,
        staff=RehearsalStaff(operators),
        pictures=RehearsalPictures(library),
        now=now,
        right=(AADHAAR, OTP),
        wrong=UNKNOWN_AADHAAR,
        proxy=PROXY,
    )
    return Rehearsals(LinkRehearsal(links, merchant, RIGHT, WRONG), merchant, cases, video_kyc.merchant)


def _drawn(kind: StillKind) -> bytes:
    image = Image.new("RGB", SIZE, GROUND)
    ImageDraw.Draw(image).text((SIZE[0] // 2, SIZE[1] // 2), f"Rehearsal: {kind.value}", INK, anchor="mm", font_size=40)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80)
    return out.getvalue()
