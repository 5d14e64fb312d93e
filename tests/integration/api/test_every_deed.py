"""Every operation of the API that changes or shows anything stands in the audit log, or in a list that says why not.

The operations are those that the application mounts; one that is new fails here until it is in one of both lists.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import pytest
from starlette.routing import Route

from dastak.accounts.deed import Deed
from dastak.app.build import build, open_store
from dastak.app.settings import read_settings
from dastak.web.api.caller import Gate
from support.api import Answer, Api
from support.customer import Customer
from support.deeds import DeedLog, Noted
from support.receiver import HookReceiver
from support.server import RunningServer, dastak, environment

pytestmark = pytest.mark.slow

ENDPOINTS, OPERATORS, REPLAYS = "/api/v1/webhook-endpoints", "/api/v1/operators", "/api/v1/replays"
FORM, USER, VKYC, CASES = "/verification/form", "/verification/user", "/verification/vkyc", "/api/v1/video-kycs"
TEMPLATES, HISTORY, DELIVERIES = "/api/v1/templates", "/api/v1/events", "/api/v1/deliveries"
WEEK = [{"weekday": day, "from": "00:00", "to": "24:00"} for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")]

UNNOTED: Mapping[str, str] = {
    f"POST {ENDPOINTS}/{{endpoint_id}}/test": "changes nothing, and its event is made up",
    f"GET {ENDPOINTS}": "no customer's data",
    f"GET {ENDPOINTS}/{{endpoint_id}}": "no customer's data",
    f"GET {DELIVERIES}": "no customer's data: ids, states, times",
    f"GET {REPLAYS}": "no customer's data",
    f"GET {REPLAYS}/{{replay_id}}": "no customer's data",
    f"GET {TEMPLATES}": "no customer's data",
    f"GET {OPERATORS}": "no customer's data: the merchant's own people",
    f"GET {OPERATORS}/{{operator_id}}": "likewise",
    f"GET {CASES}/{{verification_id}}/slots": "no customer's data: when agents are free",
}
"""Operation → why it is in no log."""


@dataclass
class World:
    """A merchant's server, and what the walk has made so far."""

    server: RunningServer
    api: Api
    receiver: HookReceiver
    ids: dict[str, Any] = field(default_factory=dict)

    def keep(self, answer: Answer, **names: str) -> Answer:
        """Remember fields of the answer under these names."""
        self.ids |= {name: answer.json[wanted] for name, wanted in names.items()}
        return answer

    def journey(self, verification_id: str) -> str:
        """The id of a journey that was just made, which no answer says."""
        with closing(sqlite3.connect(f"file:{self.server.data_dir / 'dastak.db'}?mode=ro", uri=True)) as database:
            asked = "SELECT id FROM journeys WHERE verification_id = ?"
            return str(database.execute(asked, (verification_id,)).fetchone()[0])

    def endpoint(self, call: str = "") -> str:
        return f"{ENDPOINTS}/{self.ids['endpoint']}{call}"

    def operator(self, call: str = "") -> str:
        return f"{OPERATORS}/{self.ids['operator']}{call}"


@dataclass(frozen=True)
class Act:
    """One operation, and what the log says of it."""

    deed: Deed
    call: Callable[[World], Answer]
    subject: str = ""
    """The name in `World.ids` of what it is about; empty: a list."""
    details: Mapping[str, str] = field(default_factory=dict)


def _token(world: World) -> Answer:
    whom = {"identifier_type": "userId", "identifier_value": "walked"}
    metadata = {"vkyc_request_id": world.ids["case_number"]}
    asked = {"app_id": "a", "product": "VKYC", "metadata": metadata, "authenticated_user": whom}
    return world.api.post("/verification/oauth/token", asked)


def _schedule(world: World) -> Answer:
    at = world.api.get(f"{CASES}/walked/slots").json["data"][8]["at"]
    return world.api.put(f"{CASES}/walked/schedule", {"at": at})


def _link(world: World) -> Answer:
    asked = {"phone": "9999999999", "template_name": "Full_kyc", "verification_id": "made-link"}
    made = world.api.post(FORM, {**asked, "notification_types": ["sms"], "name": "Asha Secret"})
    world.ids["made-link"] = world.journey("made-link")
    return made


def _user(world: World) -> Answer:
    made = world.api.post(USER, {"phone": "9988776644", "user_id": "made-user", "name": "Asha Secret"})
    world.ids["made-user"] = str(made.json["user_reference_id"])
    return made


def _case(world: World) -> Answer:
    made = world.api.post(VKYC, {"verification_id": "made-case", "user_id": "made-user"})
    world.ids["made-case"] = world.journey("made-case")
    return made


NOTED: Mapping[str, Act] = {
    f"POST {FORM}": Act(Deed.JOURNEY_MADE, _link, "made-link", {"kind": "kyc_link"}),
    f"POST {USER}": Act(Deed.USER_MADE, _user, "made-user"),
    f"POST {VKYC}": Act(Deed.JOURNEY_MADE, _case, "made-case", {"kind": "video_kyc"}),
    f"GET {FORM}": Act(Deed.DATA_READ, lambda w: w.api.get(FORM, verificationID="walked-link"), "link"),
    f"GET {HISTORY}": Act(Deed.DATA_READ, lambda w: w.api.get(HISTORY)),
    f"GET {HISTORY}/{{event_id}}": Act(Deed.DATA_READ, lambda w: w.api.get(f"{HISTORY}/{w.ids['event']}"), "link"),
    f"GET {DELIVERIES}/{{delivery_id}}": Act(
        Deed.DATA_READ, lambda w: w.api.get(f"{DELIVERIES}/{w.ids['delivery']}"), "link"
    ),
    f"POST {DELIVERIES}/{{delivery_id}}/resend": Act(
        Deed.DELIVERY_RESENT, lambda w: w.api.post(f"{DELIVERIES}/{w.ids['delivery']}/resend"), "delivery"
    ),
    f"POST {REPLAYS}": Act(
        Deed.REPLAY_BEGUN,
        lambda w: w.keep(w.api.post(REPLAYS, {"endpoint_id": w.ids["first"], "states": ["given_up"]}), replay="id"),
        "replay",
        {"matched": "0"},
    ),
    f"POST {REPLAYS}/{{replay_id}}/cancel": Act(
        Deed.REPLAY_CANCELLED, lambda w: w.api.post(f"{REPLAYS}/{w.ids['replay']}/cancel"), "replay"
    ),
    f"POST {ENDPOINTS}": Act(
        Deed.WEBHOOK_ADDED,
        lambda w: w.keep(w.api.post(ENDPOINTS, {"url": w.receiver.url("/walked")}), endpoint="id"),
        "endpoint",
        {"host": "127.0.0.1"},
    ),
    f"PATCH {ENDPOINTS}/{{endpoint_id}}": Act(
        Deed.WEBHOOK_CHANGED,
        lambda w: w.api.patch(w.endpoint(), {"window": 7, "description": "secret-words"}),
        "endpoint",
        {"host": "127.0.0.1", "changed": "description window"},
    ),
    f"POST {ENDPOINTS}/{{endpoint_id}}/disable": Act(
        Deed.WEBHOOK_DISABLED, lambda w: w.api.post(w.endpoint("/disable")), "endpoint"
    ),
    f"POST {ENDPOINTS}/{{endpoint_id}}/enable": Act(
        Deed.WEBHOOK_ENABLED, lambda w: w.api.post(w.endpoint("/enable")), "endpoint"
    ),
    f"POST {ENDPOINTS}/{{endpoint_id}}/rotate-secret": Act(
        Deed.WEBHOOK_SECRET_ROTATED,
        lambda w: w.api.post(w.endpoint("/rotate-secret"), {"overlap_seconds": 60}),
        "endpoint",
        {"overlap_seconds": "60"},
    ),
    f"DELETE {ENDPOINTS}/{{endpoint_id}}": Act(Deed.WEBHOOK_DELETED, lambda w: w.api.delete(w.endpoint()), "endpoint"),
    f"PUT {TEMPLATES}/{{name}}": Act(
        Deed.TEMPLATE_CHANGED,
        lambda w: w.api.put(f"{TEMPLATES}/Walked", {"checks": ["PANDETAILS_VERIFICATION"]}),
        "template",
        {"checks": "PANDETAILS_VERIFICATION"},
    ),
    f"POST {FORM}/static-link": Act(
        Deed.STATIC_LINK_OPENED, lambda w: w.api.post(f"{FORM}/static-link", {"template_name": "Walked"}), "template"
    ),
    f"DELETE {FORM}/static-link": Act(
        Deed.STATIC_LINK_CLOSED, lambda w: w.api.delete(f"{FORM}/static-link", template_name="Walked"), "template"
    ),
    f"DELETE {TEMPLATES}/{{name}}": Act(
        Deed.TEMPLATE_REMOVED, lambda w: w.api.delete(f"{TEMPLATES}/Walked"), "template"
    ),
    f"POST {OPERATORS}": Act(
        Deed.OPERATOR_ADDED,
        lambda w: w.keep(
            w.api.post(OPERATORS, {"name": "Meera", "email": "walked@asha.example", "roles": ["agent"]}), operator="id"
        ),
        "operator",
        {"roles": "agent"},
    ),
    f"PATCH {OPERATORS}/{{operator_id}}": Act(
        Deed.OPERATOR_CHANGED,
        lambda w: w.api.patch(w.operator(), {"roles": ["agent", "auditor"]}),
        "operator",
        {"roles": "agent auditor"},
    ),
    f"PUT {OPERATORS}/{{operator_id}}/availability": Act(
        Deed.OPERATOR_CHANGED,
        lambda w: w.api.put(w.operator("/availability"), {"windows": WEEK}),
        "operator",
        {"what": "week"},
    ),
    f"POST {OPERATORS}/{{operator_id}}/deactivate": Act(
        Deed.OPERATOR_DEACTIVATED, lambda w: w.api.post(w.operator("/deactivate")), "operator"
    ),
    f"POST {OPERATORS}/{{operator_id}}/activate": Act(
        Deed.OPERATOR_ACTIVATED, lambda w: w.api.post(w.operator("/activate")), "operator"
    ),
    f"GET {USER}": Act(Deed.DATA_READ, lambda w: w.api.get(USER, user_id="walked"), "user"),
    f"PATCH {USER}": Act(
        Deed.USER_CHANGED,
        lambda w: w.api.patch(USER, {"user_id": "walked", "name": "Asha Secret-Rao"}),
        "user",
        {"changed": "name"},
    ),
    f"GET {VKYC}": Act(Deed.DATA_READ, lambda w: w.api.get(VKYC, verification_id="walked"), "case"),
    "POST /verification/oauth/token": Act(Deed.TOKEN_MADE, _token, "case"),
    f"GET {CASES}": Act(Deed.DATA_READ, lambda w: w.api.get(CASES)),
    f"GET {CASES}/{{verification_id}}": Act(Deed.DATA_READ, lambda w: w.api.get(f"{CASES}/walked"), "case"),
    f"PUT {CASES}/{{verification_id}}/schedule": Act(Deed.JOURNEY_BOOKED, _schedule, "case"),
    f"DELETE {CASES}/{{verification_id}}/schedule": Act(
        Deed.JOURNEY_UNBOOKED, lambda w: w.api.delete(f"{CASES}/walked/schedule"), "case"
    ),
    f"POST {CASES}/{{verification_id}}/resend-notification": Act(
        Deed.JOURNEY_RESENT,
        lambda w: w.api.post(f"{CASES}/walked/resend-notification", {"notification_types": ["sms"]}),
        "case",
        {"channels": "sms"},
    ),
    f"POST {CASES}/{{verification_id}}/cancel": Act(
        Deed.JOURNEY_CANCELLED, lambda w: w.api.post(f"{CASES}/walked/cancel"), "case"
    ),
    "POST /api/v1/sandbox/acts": Act(
        Deed.JOURNEY_REHEARSED,
        lambda w: w.api.post("/api/v1/sandbox/acts", {"verification_id": "walked-link", "act": "link_expires"}),
        "link",
        {"act": "link_expires"},
    ),
}
"""Operation → its deed, in an order in which each succeeds."""


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """One of its own, on a file that the test can read; the last test stops it."""
    with RunningServer(tmp_path_factory.mktemp("walked")) as running:
        yield running
        running.assert_no_failures()


@pytest.fixture(scope="module")
def world(walked: RunningServer, receiver: HookReceiver) -> Iterator[World]:
    """A KYC Link with an event that was delivered, and a Video KYC."""
    with walked.api() as api:
        world = World(walked, api, receiver, {"template": "Walked"})
        world.ids["first"] = api.add_endpoint(receiver.url("/first"))["id"]
        link = api.create_link("Full_kyc", verification_id="walked-link", name="Asha Secret")
        with Customer(link["form_link"]) as customer:
            customer.sign_in()
            customer.pan()
        walked.wait_for_log(event="attempt", endpoint_id=world.ids["first"], outcome="delivered")
        (delivery,) = api.deliveries()
        world.ids |= {"delivery": delivery["id"], "event": delivery["event_id"], "link": delivery["journey_id"]}
        user = api.post(USER, {"phone": "9988776655", "user_id": "walked", "name": "Asha Secret"}).json
        case = api.post(VKYC, {"verification_id": "walked", "user_id": "walked"}).json
        world.ids |= {"user": str(user["user_reference_id"]), "case_number": case["reference_id"]}
        world.ids["case"] = world.journey("walked")
        agent = {"name": "Ravi", "email": "agent@asha.example", "roles": ["agent"]}
        world.api.put(f"{OPERATORS}/{api.post(OPERATORS, agent).json['id']}/availability", {"windows": WEEK})
        yield world


def test_what_needs_no_deed_writes_none(walked: RunningServer, world: World) -> None:
    log = DeedLog(walked)
    for path in (ENDPOINTS, DELIVERIES, REPLAYS, TEMPLATES, OPERATORS):
        assert world.api.get(path).status == 200
    assert world.api.post(f"{ENDPOINTS}/{world.ids['first']}/test").status == 200
    preview = {"endpoint_id": world.ids["first"], "states": ["delivered"], "dry_run": True}
    assert world.api.post(REPLAYS, preview).status == 200
    assert world.api.get(HISTORY, after="latest").json["data"] == []  # nobody's data
    assert world.api.get(CASES, phone="9000000000").json["data"] == []
    assert log.new() == []


def test_what_was_refused_and_what_is_answered_from_memory_is_noted_no_more(
    walked: RunningServer, world: World
) -> None:
    log = DeedLog(walked)
    one = f"{ENDPOINTS}/{world.ids['first']}"
    assert world.api.patch(one, {"window": 0}).status == 400
    assert world.api.patch(f"{ENDPOINTS}/ep_none", {"window": 1}).status == 404
    assert world.api.post(ENDPOINTS, {"url": "http://127.0.0.1:1/"}).status == 422
    assert world.api.get(FORM, verificationID="nobody").status == 404
    assert world.api.delete(f"{TEMPLATES}/None").status == 404
    wrong = {"x-client-secret": "wrong"}
    assert world.api.raw("POST", f"{one}/disable", headers=wrong).status == 401
    assert log.new() == []
    for _ in range(3):
        assert world.api.raw("POST", f"{one}/disable", headers={"idempotency-key": "k1"}).status == 200
    assert [noted.deed for noted in log.new()] == [Deed.WEBHOOK_DISABLED]
    assert world.api.post(f"{one}/enable").status == 200


def test_every_operation_writes_its_deed_or_needs_none_for_a_reason(
    walked: RunningServer, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounted = _operations(walked, monkeypatch)
    assert mounted == NOTED.keys() | UNNOTED.keys()
    assert not NOTED.keys() & UNNOTED.keys()
    log, wrong = DeedLog(walked), {}
    for operation, act in NOTED.items():
        answer = act.call(world)
        assert answer.status < 300, (operation, answer)
        noted = log.new()
        wanted = Noted(walked.merchant.client_id, act.deed, world.ids[act.subject] if act.subject else "", {})
        if act.deed is Deed.DATA_READ:
            assert noted[0].details["operation"] == operation
        if [one._replace(details={}) for one in noted] != [wanted] or not act.details.items() <= dict(
            noted[0].details
        ).items():
            wrong[operation] = noted
    assert wrong == {}
    again = [act for act in NOTED.values() if act.deed is Deed.DATA_READ]
    for act in again:  # a key that reads the same again is noted each time
        assert act.call(world).status == 200
    assert [noted.deed for noted in log.new()] == [Deed.DATA_READ] * len(again)

    walked.stop()
    merchant = ("--merchant", walked.merchant.id)
    told = dastak("audit", "export", *merchant, env=walked.env).stdout
    for secret in (walked.merchant.client_secret, "Secret", "secret-words", "9988776655", "asha.example", "whsec_"):
        assert secret not in told
    assert dastak("audit", "verify", *merchant, env=walked.env).returncode == 0
    assert _made_by(walked) == (walked.merchant.client_id,) * 3  # beside the entry


def _made_by(walked: RunningServer) -> tuple[str, str, str]:
    """What the records of a link, a case and a user say of who made them; the server must be stopped."""

    async def read() -> tuple[str, str, str]:
        store = open_store(read_settings(walked.env))
        await store.open()
        try:
            merchant_id = walked.merchant.id
            link = await store.links.link_by_verification_id(merchant_id, "walked-link")
            case = await store.video_kycs.case_by_verification_id(merchant_id, "walked")
            user = await store.vkyc_users.user_by_id(merchant_id, "walked")
            assert link is not None
            assert case is not None
            assert user is not None
            return link.made_by, case.made_by, user.made_by
        finally:
            await store.close()

    return asyncio.run(read())


def _operations(walked: RunningServer, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """`METHOD path` of whatever the application opens to callers."""
    opened: set[str] = set()
    open_to = Gate.open_to

    def noting(gate: Gate, operation: str, *given: Any) -> Any:
        opened.add(operation)
        return open_to(gate, operation, *given)

    monkeypatch.setattr(Gate, "open_to", noting)
    web = build(read_settings(environment(data_dir=walked.data_dir / "unused"))).web
    paths = {route.path for route in web.routes if isinstance(route, Route)}
    assert {operation.partition(" ")[2] for operation in opened} <= paths
    return opened
