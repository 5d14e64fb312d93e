"""All desks of Video KYC over ports in memory, with a clock that only the test moves."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from dastak.journeys.video_kyc.agent_desk import AgentDesk
from dastak.journeys.video_kyc.auditor_desk import AuditorDesk
from dastak.journeys.video_kyc.booking import Booking
from dastak.journeys.video_kyc.case_desk import CaseDesk
from dastak.journeys.video_kyc.desk import CustomerDesk
from dastak.journeys.video_kyc.evidence import Evidence
from dastak.journeys.video_kyc.interview import SecurityQuestion, StillKind
from dastak.journeys.video_kyc.issuing import CaseIssuer, NewCase, NewUser
from dastak.journeys.video_kyc.ports import QueueBell, Surroundings, Unwatched
from dastak.journeys.video_kyc.precheck import DeviceReport
from dastak.journeys.video_kyc.sweeper import CaseSweeper
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.verification.sandbox import sandbox_sources
from dastak_sdk import VideoKycData, parse_event
from unit.journeys.video_kyc.cases import AGENT, a_still
from unit.journeys.video_kyc.memory import Addresses, MemoryCases, MemoryUsers, Merchants, Roster

MORNING = datetime(2026, 1, 10, 7, 0, tzinfo=UTC)
MERCHANT = "mer_1"
PHONE_OTP = "443322"
GOOD_AADHAAR, AADHAAR_OTP = "655675523712", "111000"
DETAILS = {
    "employment_type": "Salaried",
    "monthly_income": "Below ₹25,000",
    "gender": "Female",
    "guardian_name": "Ravi Gupta",
}
QUESTION = SecurityQuestion(1, "Where were you born?", "Pune")
PUNE = (18.52, 73.86, 20.0)
WORKING = DeviceReport(camera=True, microphone=True, round_trip_ms=80, kbit_per_second=2000)


class Clock:
    """Stands still until `advance`."""

    def __init__(self) -> None:
        self.now = MORNING

    def __call__(self) -> datetime:
        return self.now

    def advance(self, span: timedelta) -> None:
        self.now += span


@dataclass
class House:
    """Everything that a merchant, a customer, an agent and an auditor can touch."""

    shown_otp: str | None = None
    clock: Clock = field(default_factory=Clock)
    cases: MemoryCases = field(default_factory=MemoryCases)
    users: MemoryUsers = field(default_factory=MemoryUsers)
    roster: Roster = field(default_factory=lambda: Roster({AGENT}))
    addresses: Addresses = field(default_factory=Addresses)
    bell: QueueBell = field(default_factory=Unwatched)

    def __post_init__(self) -> None:
        numbers = iter(range(1, 1_000_000))
        self.here = Surroundings(
            now=self.clock,
            new_id=lambda prefix: f"{prefix}_{next(numbers):06d}",
            new_code=lambda: f"code{next(numbers):08d}",
            new_otp=lambda: PHONE_OTP,
            new_seed=lambda: f"seed{next(numbers)}",
            public_url="https://kyc.example.com",
            otp_key=b"k" * 32,
            recording_link=lambda case: f"https://kyc.example.com/recordings/{case.code}",
            max_tries=3,
            shown_otp=self.shown_otp,
            bell=self.bell,
        )
        merchants = Merchants()
        self.issuer = CaseIssuer(self.cases, self.users, merchants, self.here)
        self.booking = Booking(self.cases, self.roster, merchants, self.here)
        aadhaar = sandbox_sources(key=b"0123456789abcdef", clock=self.clock).aadhaar
        self.customer = CustomerDesk(
            self.cases, self.booking, self.roster, merchants, aadhaar, self.addresses, self.here
        )
        self.agents = AgentDesk(self.cases, self.roster, merchants, self.here)
        self.auditors = AuditorDesk(self.cases, merchants, self.here)
        self.merchant = CaseDesk(self.cases, self.booking, merchants, self.here)
        self.evidence = Evidence(self.cases, merchants, self.here)
        self.sweeper = CaseSweeper(self.cases, merchants, self.here)

    async def new_case(self, verification_id: str = "v-1", *channels: str, given: bool = False) -> VideoKyc:
        user_id = f"user-{verification_id}"
        await self.issuer.create_user(MERCHANT, NewUser("9876543210", user_id, "asha@example.com", "Asha Gupta"))
        new = NewCase(
            verification_id,
            user_id,
            notification_types=channels,
            aadhaar_details={"name": "Asha"} if given else None,
            security_questions=(QUESTION,),
        )
        return await self.issuer.create_case(MERCHANT, new)

    async def ready(self, verification_id: str = "v-1") -> VideoKyc:
        """A case whose customer has done everything before the queue."""
        case = await self.new_case(verification_id, given=True)
        await self.customer.consent(case.code, text="I agree.", client_ip="203.0.113.9")
        await self.customer.give_details(case.code, DETAILS)
        await self.customer.check_ip(case.code, "203.0.113.9")
        await self.customer.report_location(case.code, *PUNE)
        return await self.customer.report_device(case.code, WORKING)

    async def waiting(self, verification_id: str = "v-1") -> VideoKyc:
        return await self.customer.join_queue((await self.ready(verification_id)).code)

    async def in_call(self, verification_id: str = "v-1", agent: str = AGENT) -> VideoKyc:
        case = await self.waiting(verification_id)
        case = await self.agents.accept(MERCHANT, agent, case.id)
        await self.agents.join_call(MERCHANT, agent, case.id)
        return await self.customer.join_call(case.code, case.calls[-1].id)

    async def interviewed(self, case: VideoKyc, agent: str = AGENT) -> VideoKyc:
        """The agent has done everything that an approval needs."""
        await self.agents.judge_question(MERCHANT, agent, case.id, 1, passed=True)
        case = await self.agents.make_liveness(MERCHANT, agent, case.id)
        assert case.liveness is not None
        for name in ("code", *case.liveness.challenges):
            await self.agents.judge_liveness(MERCHANT, agent, case.id, name, passed=True)
        for kind in StillKind:
            still = a_still(kind, f"stl_{kind.value}", call=case.calls[-1].id)
            case = await self.agents.note_still(MERCHANT, agent, case.id, still)
        return case

    async def decided(self, verification_id: str = "v-1", agent: str = AGENT) -> VideoKyc:
        case = await self.interviewed(await self.in_call(verification_id, agent), agent)
        return await self.agents.approve(MERCHANT, agent, case.id, "Good to go")

    async def stored(self, case: VideoKyc) -> VideoKyc:
        found = await self.cases.case_by_id(MERCHANT, case.id)
        assert found is not None
        return found

    def heard(self, verification_id: str = "v-1") -> list[tuple[str, str]]:
        """Event (without its prefix) and sub_status of everything sent of that case, in order."""
        found = []
        for event in self.cases.events:
            if event.verification_id == verification_id:
                parsed = parse_event(event.body)
                assert isinstance(parsed.data, VideoKycData)
                assert parsed.data.verification_id == verification_id
                found.append((event.type.removeprefix("VKYC_").removeprefix("USER_"), parsed.data.sub_status))
        return found
