"""A hundred Video KYCs with faults of every kind, on a server that is killed again and again: none is stuck.

Every event arrives in its place, with the bytes that the journey wrote. Users, cases, bookings and cancellations go by
HTTP; customers, agents, auditors and the clock live in the server's own process (`support/crowded_server.py`), where they
act by chance. A failure notes its seed; `DASTAK_TEST_SEED` takes one.
"""

import itertools
import json
import os
import random
import secrets
import sys
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from acceptance.arrivals import other_bytes, out_of_order
from dastak.journeys.video_kyc.table import EVENTS, FINAL, STAGES
from dastak_sdk import EVENT_TYPES, Product, VideoKycData, encode_event, parse_event, sign
from support import crowded_server
from support.api import Api
from support.postgres import PrivatePostgres
from support.receiver import Hook, HookReceiver, Reply
from support.server import RunningServer

pytestmark = pytest.mark.slow

JOURNEYS = 100
KILLS = 3
ACTS_BY_HTTP = 40
PATIENCE = 180
CASES, OPERATORS, USER, VKYC = "/api/v1/video-kycs", "/api/v1/operators", "/verification/user", "/verification/vkyc"
ALL_WEEK = [
    {"weekday": day, "from": "00:00", "to": "24:00"} for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
]
OURS = [name for name, spec in EVENT_TYPES.items() if spec.product is Product.VIDEO_KYC]
AADHAAR = {
    "last_verified_at": "2025-05-06 15:04:05",
    "care_of": "",
    "dob": "02-02-1995",
    "gender": "F",
    "name": "Asha Gupta",
    "photo_link": "https://bank.example/photo.jpg",
}


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, postgres: PrivatePostgres) -> Iterator[dict[str, Any]]:
    if request.param == "sqlite":
        yield {}
        return
    url = postgres.database()
    yield {"database_url": url}
    postgres.drop(url)


@pytest.fixture
def seed() -> int:
    return int(os.environ.get("DASTAK_TEST_SEED") or secrets.randbits(32))


def test_of_a_hundred_journeys_with_faults_none_is_stuck_and_every_event_arrives(
    store: dict[str, Any], seed: int, tmp_path: Path
) -> None:
    try:
        live_and_judge(store, seed, tmp_path)
    except BaseException as error:
        error.add_note(f"the seed was {seed}")
        raise


def live_and_judge(store: dict[str, Any], seed: int, folder: Path) -> None:
    chance = random.Random(seed)
    server = RunningServer(
        folder,
        through=(sys.executable, crowded_server.__file__),
        webhook_first_byte_timeout_seconds=5,
        webhook_total_timeout_seconds=5,
        webhook_disable_after_hours=0,  # days pass in a moment
        **store,
    )
    server.env |= {"CROWD_FOLDER": str(folder), "CROWD_SEED": str(seed), "PYTHONPATH": str(Path(__file__).parents[1])}
    with HookReceiver() as receiver, server:
        receiver.play("/", moody(seed))
        prepare(server, receiver)
        (folder / crowded_server.READY).touch()
        live(server, folder, chance)
        with server.api() as api:
            cases, events = read_all(api), list(api.events())
            wanted = {event["id"] for event in events}
            hooks = receiver.wait_for(lambda came: wanted <= {hook.id for hook in came}, PATIENCE)
            wait_until_settled(api)
        server.assert_no_failures()
    judge_cases(cases, events)
    judge_arrivals(hooks, events, server.merchant.client_secret)


def moody(seed: int) -> Any:
    """A receiver that now and then has no time: its answers are by chance, too."""
    chance, lock = random.Random(seed + 1), threading.Lock()

    def answer(hook: Hook) -> Reply:
        with lock:
            is_well = hook.is_test or chance.random() > 0.05
        return Reply(200 if is_well else 500)

    return answer


def prepare(server: RunningServer, receiver: HookReceiver) -> None:
    with server.api() as api:
        api.add_endpoint(receiver.url("/"), lane_policy="strict", retry_policy={"intervals_seconds": [1] * 20})
        for number, roles in enumerate((["agent"], ["agent"], ["agent", "auditor"], ["auditor"])):
            made = api.post(OPERATORS, {"name": f"Op {number}", "email": f"op{number}@bank.example", "roles": roles})
            assert api.put(f"{OPERATORS}/{made.json['id']}/availability", {"windows": ALL_WEEK}).status == 200


def live(server: RunningServer, folder: Path, chance: random.Random) -> None:
    """Make the cases, disturb some, kill the server in between, and let the crowd come to an end."""
    acts = [*(f"v-{number}" for number in range(JOURNEYS)), *([None] * ACTS_BY_HTTP)]
    kills = sorted(chance.sample(range(10, len(acts)), KILLS))
    made: list[str] = []
    for begin, end in itertools.pairwise((0, *kills, len(acts))):
        with server.api() as api:
            for verification_id in acts[begin:end]:
                if verification_id is None:
                    disturb(api, chance.choice(made), chance)
                else:
                    make(api, verification_id, chance)
                    made.append(verification_id)
        if end < len(acts):
            server.kill()
            server.start()
    (folder / crowded_server.OVER).touch()
    server.wait_for_log(event="crowd_settled", timeout=PATIENCE)


def make(api: Api, verification_id: str, chance: random.Random) -> None:
    user = {"phone": "9988776655", "user_id": f"user-{verification_id}", "name": "Asha Gupta"}
    assert api.post(USER, user).status == 200
    asked: dict[str, Any] = {"verification_id": verification_id, "user_id": user["user_id"]}
    if chance.random() < 0.5:
        asked["aadhaar_details"] = AADHAAR
    assert api.post(VKYC, asked).status == 200


def disturb(api: Api, verification_id: str, chance: random.Random) -> None:
    """What a merchant may do at any moment; too late is an answer, too."""
    one = f"{CASES}/{verification_id}"
    act = chance.choice(("schedule", "schedule", "unschedule", "cancel", "resend"))
    if act == "schedule":
        slots = api.get(f"{one}/slots").json["data"]
        answer = api.put(f"{one}/schedule", {"at": chance.choice(slots[:6])["at"]}) if slots else api.get(one)
    elif act == "unschedule":
        answer = api.delete(f"{one}/schedule")
    elif act == "cancel":
        answer = api.post(f"{one}/cancel")
    else:
        answer = api.post(f"{one}/resend-notification", {"notification_types": ["sms"]})
    assert answer.status in {200, 409, 429}, answer


def read_all(api: Api) -> list[dict[str, Any]]:
    return [api.get(f"{CASES}/{row['verification_id']}").json for row in api._pages(CASES, {"limit": 40})]


def wait_until_settled(api: Api) -> None:
    for state in ("pending", "given_up", "cancelled"):
        while left := api.deliveries(state=state):
            assert state == "pending", left


def judge_cases(cases: list[dict[str, Any]], events: list[dict[str, Any]]) -> None:
    """Everybody has come to an end, told once, and the last word of the events is the case's."""
    assert len(cases) == JOURNEYS
    told: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for event in events:
        told[event["verification_id"]].append(event)
    for case in cases:
        story = told[case["verification_id"]]
        assert STAGES[case["sub_status"]] in FINAL, case
        assert [event["sequence"] for event in story] == [*range(1, len(story) + 1)]
        assert [event["type"] for event in story] == [EVENTS[event["body"]["data"]["sub_status"]] for event in story]
        kinds = Counter(event["type"] for event in story)
        assert story[0]["type"] == "VKYC_USER_LINK_GENERATED"
        assert kinds["VKYC_USER_LINK_EXPIRED"] + kinds["VKYC_AUDITOR_REVIEW_COMPLETED"] == 1
        assert kinds["VKYC_USER_CALL_COMPLETED"] <= 1
        assert kinds["VKYC_USER_CALL_STARTED"] == sum(call["started_at"] is not None for call in case["calls"])
        last = story[-1]["body"]["data"]
        assert (case["recording_link"] is None) == (last["recording_link"] is None)  # each answer has another one
        assert {**{name: case[name] for name in last}, "recording_link": last["recording_link"]} == last
        assert case["auditor"] is None or case["auditor"]["operator_id"] not in {c["agent_id"] for c in case["calls"]}
        assert all(call["ended_at"] for call in case["calls"])
    ended = Counter(case["sub_status"] for case in cases)
    assert ended["AUDITOR_APPROVED"], ended
    assert ended["VKYC_EXPIRED"], ended
    assert {event["type"] for event in events} == set(OURS)


def judge_arrivals(hooks: list[Hook], events: list[dict[str, Any]], secret: str) -> None:
    """Each event came, in its lane's order, as it was written, signed, and as the contract writes such an event."""
    assert {hook.id for hook in hooks} == {event["id"] for event in events}
    assert out_of_order(hooks) == []
    assert other_bytes(hooks) == []
    written = {event["id"]: event["raw_body"].encode() for event in events}
    for hook in hooks:
        assert hook.body == written[hook.id]
        assert hook.header("x-webhook-signature") == sign(secret, hook.header("x-webhook-timestamp"), hook.body)
        event = parse_event(hook.body)
        assert isinstance(event.data, VideoKycData)
        assert encode_event(event.type, event.time, event.data, client_secret=secret) == hook.body
        follows_the_field_table(json.loads(hook.body)["data"])


def follows_the_field_table(data: dict[str, Any]) -> None:
    """What is null when, by the contract's own table."""
    is_decided = data["status"] in {"POST_VIDEO_CALL", "AUDITOR_REVIEWED"}
    if data["status"] != "EXPIRED":
        assert (data["recording_link"] is not None) == is_decided
        assert (data["agent_remarks"] is not None) == is_decided
    assert (data["auditor_remarks"] is not None) == (data["status"] == "AUDITOR_REVIEWED")
    if data["sub_status"] == "USER_MEETING_SCHEDULED":
        assert data["meeting_schedule"] is not None
