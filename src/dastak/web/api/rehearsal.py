"""`/api/v1/sandbox/acts`: what people would do in a journey, done by a call. In the sandbox alone.

In: a journey's verification_id and the name of an act. Out: where the journey stands then; its webhooks are under way.
"""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dastak.accounts.merchant import Merchant
from dastak.accounts.noting import say
from dastak.journeys.errors import Contended, JourneyError
from dastak.journeys.facts import SourceUnavailable
from dastak.journeys.kyc_link.link import KycLink
from dastak.journeys.kyc_link.merchant_desk import MerchantDesk
from dastak.journeys.kyc_link.rehearsal import LinkRehearsal
from dastak.journeys.video_kyc.case_desk import CaseDesk
from dastak.journeys.video_kyc.errors import CaseNotFound
from dastak.journeys.video_kyc.rehearsal import CaseRehearsal
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.web.api.fields import identifier, known_fields
from dastak.web.api.problem import VALIDATION, Problem, invalid, not_found


@dataclass(frozen=True, slots=True)
class Rehearsals:
    """Both kinds of journeys, and where they are found."""

    links: LinkRehearsal
    link_desk: MerchantDesk
    cases: CaseRehearsal
    case_desk: CaseDesk


@dataclass(frozen=True, slots=True)
class RehearsalApi:
    """Handlers; `routes` mounts them."""

    rehearsals: Rehearsals | None

    async def act(self, request: Request, merchant: Merchant) -> Response:
        """POST: do one act, and say where the journey stands."""
        if self.rehearsals is None:
            raise not_found("This server is no sandbox: people act in its journeys.")
        body = await known_fields(request, ("verification_id", "act"))
        verification_id, act = identifier(body, "verification_id"), identifier(body, "act")
        link = await self.rehearsals.link_desk.named(merchant.id, verification_id)
        if link is not None:
            say(link.id, act=act)
            return JSONResponse(link_json(await self._link_act(self.rehearsals, link, act)))
        try:
            case = await self.rehearsals.case_desk.read(merchant.id, verification_id)
        except CaseNotFound:
            raise not_found() from None
        say(case.id, act=act)
        return JSONResponse(case_json(await self._case_act(self.rehearsals, case, act)))

    async def _link_act(self, rehearsals: Rehearsals, link: KycLink, act: str) -> KycLink:
        acts = rehearsals.links.acts()
        if act not in acts:
            raise invalid("act", f"a KYC Link has {', '.join(acts)}.")
        try:
            return await acts[act](link)
        except Contended:
            raise
        except (JourneyError, SourceUnavailable) as problem:
            raise _not_possible(act, problem, f"form_status {link.form_status.value}") from None

    async def _case_act(self, rehearsals: Rehearsals, case: VideoKyc, act: str) -> VideoKyc:
        acts = rehearsals.cases.acts()
        if act not in acts:
            raise invalid("act", f"a Video KYC has {', '.join(acts)}.")
        try:
            return await acts[act](case)
        except Contended:
            raise
        except (JourneyError, SourceUnavailable) as problem:
            raise _not_possible(act, problem, f"sub_status {case.sub_status}") from None


def link_json(link: KycLink) -> dict[str, object]:
    """Where a KYC Link stands."""
    return {
        "verification_id": link.verification_id,
        "journey_id": link.id,
        "kind": "kyc_link",
        "status": link.form_status.value,
        "sub_status": None,
    }


def case_json(case: VideoKyc) -> dict[str, object]:
    """Where a Video KYC stands."""
    return {
        "verification_id": case.verification_id,
        "journey_id": case.id,
        "kind": "video_kyc",
        "status": case.status.value,
        "sub_status": case.sub_status,
    }


def _not_possible(act: str, problem: Exception, standing: str) -> Problem:
    why = str(problem) or type(problem).__name__
    return Problem(409, VALIDATION, "act_not_possible", f"{act} is not possible at {standing}: {why}.")
