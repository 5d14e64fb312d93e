"""The merchant's side of Video KYC, as the contract has it: users, cases, access tokens. The REST API calls this.

In: values that the API has already checked for form. Out: users and cases, or an error from `errors`.
Sources: contract.md §2.3-2.6.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from dastak.journeys.calendar import default_expiry, end_of
from dastak.journeys.errors import Contended
from dastak.journeys.merchants import MerchantBook
from dastak.journeys.video_kyc import access_token
from dastak.journeys.video_kyc.chance import draw_questions
from dastak.journeys.video_kyc.checks import AadhaarStep
from dastak.journeys.video_kyc.errors import CaseClosed, CaseNotFound, UnknownVkycTemplate, UserNotFound
from dastak.journeys.video_kyc.interview import SecurityQuestion
from dastak.journeys.video_kyc.move import begin
from dastak.journeys.video_kyc.moving import SAVE_ATTEMPTS, Mover
from dastak.journeys.video_kyc.notifying import messages
from dastak.journeys.video_kyc.ports import Surroundings, UserStore, VideoKycStore
from dastak.journeys.video_kyc.table import FINAL, STAGES
from dastak.journeys.video_kyc.template import (
    AGENT_TEMPLATES,
    DEFAULT_AGENT_TEMPLATE,
    DEFAULT_USER_TEMPLATE,
    USER_TEMPLATES,
)
from dastak.journeys.video_kyc.user import VkycUser
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.journeys.video_kyc.words import link_words
from dastak.journeys.words import MessageKind, voice


@dataclass(frozen=True, slots=True)
class NewUser:
    """What a merchant says of a new user."""

    phone: str
    user_id: str | None = None
    """None: we make one."""
    email: str | None = None
    name: str | None = None
    address: str | None = None
    made_by: str = ""
    """As `VkycUser.made_by`."""


@dataclass(frozen=True, slots=True)
class UserPatch:
    """What changes; None: stays. The phone never does."""

    email: str | None = None
    name: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class NewCase:
    """What a merchant asks for."""

    verification_id: str
    user_id: str | None = None
    user_reference_id: int | None = None
    """One of the two; with both, they must mean the same user."""
    user_template: str | None = None
    agent_template: str | None = None
    notification_types: tuple[str, ...] = ()
    aadhaar_details: Mapping[str, Any] | None = None
    """Checked for form, kept as it was sent; it skips the Aadhaar step."""
    security_questions: tuple[SecurityQuestion, ...] = ()
    """Empty: the agent template's own."""
    made_by: str = ""
    """As `VideoKyc.made_by`."""


@dataclass(frozen=True, slots=True)
class AccessToken:
    """Opens one case without a phone OTP."""

    token: str
    expires_at: datetime
    case_id: str


class CaseIssuer:
    """Makes and finds users and cases for merchants."""

    def __init__(
        self, store: VideoKycStore, users: UserStore, merchants: MerchantBook, surroundings: Surroundings
    ) -> None:
        self._store = store
        self._users = users
        self._merchants = merchants
        self._here = surroundings
        self._mover = Mover(store, merchants, surroundings)

    async def create_user(self, merchant_id: str, new: NewUser) -> VkycUser:
        """Raises `DuplicateUserId`."""
        user = VkycUser(
            merchant_id=merchant_id,
            user_id=new.user_id or self._here.new_id("usr"),
            user_reference_id=await self._store.next_reference_id(),
            phone=new.phone,
            email=new.email,
            name=new.name,
            address=new.address,
            created_at=self._here.now(),
            made_by=new.made_by,
        )
        await self._users.add_user(user)
        return user

    async def find_user(self, merchant_id: str, user_id: str | None, user_reference_id: int | None) -> VkycUser:
        """The merchant's user by either id; with both, they must mean the same one. Raises `UserNotFound`."""
        user = None
        if user_id is not None:
            user = await self._users.user_by_id(merchant_id, user_id)
        elif user_reference_id is not None:
            user = await self._users.user_by_reference_id(merchant_id, user_reference_id)
        if user is None or (user_reference_id is not None and user.user_reference_id != user_reference_id):
            raise UserNotFound("no such user")
        return user

    async def change_user(
        self, merchant_id: str, user_id: str | None, user_reference_id: int | None, patch: UserPatch
    ) -> VkycUser:
        """Change what the patch names; cases already made keep what they were made with. Raises `UserNotFound`."""
        for _ in range(SAVE_ATTEMPTS):
            user = await self.find_user(merchant_id, user_id, user_reference_id)
            changed = replace(
                user,
                email=user.email if patch.email is None else patch.email,
                name=user.name if patch.name is None else patch.name,
                address=user.address if patch.address is None else patch.address,
            )
            if changed == user or await self._users.save_user(changed):
                return changed
        raise Contended("the user is being changed from many sides at once; try again")

    async def create_case(self, merchant_id: str, new: NewCase) -> VideoKyc:
        """Make a case, VKYC_USER_LINK_GENERATED and the invitations, in one transaction.

        Raises:
            UserNotFound: the merchant has no such user.
            UnknownVkycTemplate: a template of that name does not exist.
            DuplicateVerificationId: that verification_id was used before, also by a request at the same moment.
        """
        user = await self.find_user(merchant_id, new.user_id, new.user_reference_id)
        case = await self._new_case(user, new)
        moved = begin(case, case.created_at)
        under = self._here.tracer.under("")
        case = replace(moved.case, trace=under)
        events = await self._mover.seal(case, moved.happenings, under)
        speaker = await voice(self._merchants, merchant_id, MessageKind.VIDEO_KYC)
        invitations = messages(
            case, link_words(case, speaker), purpose="link", now=case.created_at, new_id=self._here.new_id
        )
        await self._store.add_case(case, events, invitations)
        self._here.observer.case_made()
        for happening in moved.happenings:
            self._here.observer.event_committed(happening.type.value)
        self._here.tracer.committed(events, under)
        return case

    async def find(self, merchant_id: str, verification_id: str | None, reference_id: int | None) -> VideoKyc:
        """The merchant's case by either id; with both, they must mean the same one. Raises `CaseNotFound`."""
        case = None
        if verification_id is not None:
            case = await self._store.case_by_verification_id(merchant_id, verification_id)
        elif reference_id is not None:
            case = await self._store.case_by_reference_id(merchant_id, reference_id)
        if case is None or (reference_id is not None and case.reference_id != reference_id):
            raise CaseNotFound("no such case")
        return case

    def recording_link(self, case: VideoKyc) -> str | None:
        """A link to the recording whose time begins now, unlike that of an event; None until the call is completed."""
        return None if case.recording is None else self._here.recording_link(case)

    async def access_token(self, merchant_id: str, reference_id: int, identifier: str) -> AccessToken:
        """A token for the case, if the identifier is its user's phone or user_id.

        Raises:
            CaseNotFound: the merchant has no such case, or it is another user's.
            CaseClosed: the case is over.
        """
        case = await self.find(merchant_id, None, reference_id)
        if identifier not in {case.user_id, case.phone, case.phone.removeprefix("+"), str(case.user_reference_id)}:
            raise CaseNotFound("no such case of that user")
        now = self._here.now()
        if STAGES[case.sub_status] in FINAL or now >= case.expires_at:
            raise CaseClosed("the case is over")
        expires_at = min(now + access_token.LIFE, case.expires_at)
        return AccessToken(access_token.make(self._here.otp_key, case.id, expires_at), expires_at, case.id)

    async def _new_case(self, user: VkycUser, new: NewCase) -> VideoKyc:
        user_template = USER_TEMPLATES.get(new.user_template or DEFAULT_USER_TEMPLATE)
        agent_template = AGENT_TEMPLATES.get(new.agent_template or DEFAULT_AGENT_TEMPLATE)
        if user_template is None or agent_template is None:
            raise UnknownVkycTemplate("no such template")
        now, code = self._here.now(), self._here.new_code()
        expiry = default_expiry(now)
        return VideoKyc(
            merchant_id=user.merchant_id,
            id=self._here.new_id("jrn"),
            code=code,
            verification_id=new.verification_id,
            reference_id=await self._store.next_reference_id(),
            user_id=user.user_id,
            user_reference_id=user.user_reference_id,
            name=user.name,
            phone=user.phone,
            email=user.email,
            address=user.address,
            made_by=new.made_by,
            user_template=user_template.name,
            agent_template=agent_template.name,
            vkyc_link=f"{self._here.public_url}/verification/{code}",
            link_expiry=expiry,
            expires_at=end_of(expiry),
            created_at=now,
            notification_types=new.notification_types,
            aadhaar_details=new.aadhaar_details,
            max_tries=self._here.max_tries,
            aadhaar=AadhaarStep(is_given=new.aadhaar_details is not None),
            questions=new.security_questions or draw_questions(self._here.new_seed(), agent_template),
        )
