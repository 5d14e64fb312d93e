"""Every form of the dashboard writes its deed, in the name of who sent it, or stands in a list that says why it need not.

The forms are those that the application mounts; one that is new fails here until it is in one of both lists.
"""

import io
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image
from starlette.routing import Route

from dastak.accounts.deed import Deed
from dastak.accounts.member import Role
from dastak.app.build import build
from dastak.app.settings import read_settings
from integration.dashboard.test_people import AUTHENTICATOR, code_at, invite, key_of
from support.dashboard import SANDBOX_CODE, DashboardServer, Visitor, email_of
from support.dashboard_samples import MARK, Samples
from support.deeds import DeedLog
from support.receiver import HookReceiver
from support.server import environment

pytestmark = pytest.mark.slow

JOURNEYS, SETUP, WEBHOOKS = "/dashboard/journeys", "/dashboard/setup", "/dashboard/developers/webhooks"
LINKS, CASES, KEYS, TEMPLATES = f"{JOURNEYS}/kyc-links", f"{JOURNEYS}/video-kycs", f"{SETUP}/keys", f"{SETUP}/templates"
OPERATORS, STATIC, COMPANY = f"{SETUP}/operators", f"{SETUP}/static-links", f"{SETUP}/company"
MESSAGES, DELIVERIES, REPLAYS = f"{SETUP}/messages", "/dashboard/deliveries", "/dashboard/deliveries/replays"
PEOPLE, PROFILE, SIGN_IN = "/dashboard/people", "/dashboard/profile", "/dashboard/sign-in"
ENDPOINT, KEY, OPERATOR = f"{WEBHOOKS}/{{endpoint_id}}", f"{KEYS}/{{client_id}}", f"{OPERATORS}/{{operator_id}}"
TEMPLATE, LINK, CASE = f"{TEMPLATES}/{{name}}", f"{LINKS}/{{journey_id}}", f"{CASES}/{{journey_id}}"
WEEK = {
    f"{day}-0-{edge}": "00:00" for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun") for edge in ("from", "to")
}
PAN = "PANDETAILS_VERIFICATION"

UNNOTED: Mapping[str, str] = {
    f"{TEMPLATE}/preview": "changes nothing, and shows a made-up customer",
    f"{COMPANY}/preview": "likewise",
    "/dashboard/developers/events/{event_type}": "sends a made-up event; nothing is kept of it",
    f"{ENDPOINT}/test": "likewise",
    AUTHENTICATOR: "one's own app counts for nothing until it is confirmed, which is noted",
    SIGN_IN: "has a code sent; whoever gets in with it is noted",
    "/dashboard/{rest:path}": "nothing is there",
}
"""Path of a form → why it is in no log."""


@dataclass
class World:
    """A dashboard in use."""

    server: DashboardServer
    samples: Samples
    owner: Visitor
    secret: str = ""
    """Of the owner's authenticator."""

    def version(self, path: str) -> dict[str, str]:
        """What a form of keys has hidden in it, against being sent twice."""
        self.owner.go(path)
        found = re.search(r'name="version" value="(\d+)"', self.owner.text)
        assert found, self.owner.text
        return {"version": found[1]}

    def slot(self) -> dict[str, str]:
        """A slot that can be booked."""
        self.samples.value(f"{CASES}/", "journey_id")
        return {"at": self.samples.api.get(f"/api/v1/video-kycs/video-{MARK}/slots").json["data"][8]["at"]}

    def other_session(self) -> dict[str, str]:
        """A session of the owner's in another browser."""
        with Visitor(self.server) as elsewhere:
            elsewhere.enter(email_of(Role.OWNER))
        self.owner.go(PROFILE)
        newest = re.findall(r'name="session" value="(ses_\w+)"', self.owner.text)
        return {"session": newest[0]}

    def code(self) -> dict[str, str]:
        """A code of the owner's app, which waits to be confirmed."""
        self.owner.go(PROFILE)
        self.owner.submit(AUTHENTICATOR)
        self.secret = key_of(self.owner)
        return {"code": code_at(self.secret)}

    def guarded(self) -> dict[str, str]:
        """The first viewer with an app."""
        with Visitor(self.server) as viewer:
            viewer.enter(email_of(Role.VIEWER))
            viewer.go(PROFILE)
            viewer.submit(AUTHENTICATOR)
            viewer.submit(f"{AUTHENTICATOR}/confirm", code=code_at(key_of(viewer)))
        return {}


@dataclass(frozen=True)
class Form:
    """One form, sent so that it succeeds."""

    deed: Deed
    fields: Callable[[World], Mapping[str, str]] = lambda _: {}
    also: tuple[Deed, ...] = ()
    """What is noted before it, of the same act."""


def _is(**fields: str) -> Callable[[World], Mapping[str, str]]:
    return lambda _: fields


SURE = _is(sure="yes")
CUSTOMER = {"phone": "9999999999", "name": f"Asha {MARK}", "by_sms": "yes"}
NOTED: Mapping[str, Form] = {
    f"{OPERATORS}": Form(Deed.OPERATOR_ADDED, _is(name="Meera", email="walk@asha.example", role_agent="yes")),
    OPERATOR: Form(Deed.OPERATOR_CHANGED, _is(name="Meera", role_agent="yes", role_auditor="yes")),
    f"{OPERATOR}/week": Form(Deed.OPERATOR_CHANGED, lambda _: WEEK),
    f"{OPERATOR}/deactivate": Form(Deed.OPERATOR_DEACTIVATED, SURE),
    f"{OPERATOR}/activate": Form(Deed.OPERATOR_ACTIVATED),
    f"{LINKS}/export": Form(Deed.JOURNEYS_EXPORTED),
    f"{LINKS}/new": Form(Deed.JOURNEY_MADE, _is(template="Full_kyc", verification_id="walk-link", **CUSTOMER)),
    f"{LINK}/resend": Form(Deed.JOURNEY_RESENT, _is(by_sms="yes")),
    f"{LINK}/reveal": Form(Deed.DATA_VIEWED),
    f"{DELIVERIES}/{{delivery_id}}/open": Form(Deed.DATA_VIEWED),
    f"{DELIVERIES}/{{delivery_id}}/resend": Form(Deed.DELIVERY_RESENT),
    REPLAYS: Form(Deed.REPLAY_BEGUN, lambda w: {"endpoint": w.samples.value("", "endpoint_id"), "which": "given_up"}),
    f"{REPLAYS}/{{replay_id}}/cancel": Form(Deed.REPLAY_CANCELLED),
    f"{LINK}/cancel": Form(Deed.JOURNEY_CANCELLED),
    f"{CASES}/export": Form(Deed.JOURNEYS_EXPORTED),
    f"{CASES}/new": Form(
        Deed.JOURNEY_MADE, _is(user_id="walk-user", verification_id="walk-case", **CUSTOMER), (Deed.USER_MADE,)
    ),
    f"{CASE}/schedule": Form(Deed.JOURNEY_BOOKED, World.slot),
    f"{CASE}/unschedule": Form(Deed.JOURNEY_UNBOOKED),
    f"{CASE}/resend": Form(Deed.JOURNEY_RESENT, _is(by_sms="yes")),
    f"{CASE}/reveal": Form(Deed.DATA_VIEWED),
    f"{CASE}/cancel": Form(Deed.JOURNEY_CANCELLED),
    TEMPLATES: Form(Deed.TEMPLATE_MADE, _is(name="Walk")),
    TEMPLATE: Form(Deed.TEMPLATE_CHANGED, _is(check_1=PAN, heading="Hello")),
    f"{TEMPLATE}/logo": Form(Deed.TEMPLATE_CHANGED),
    f"{TEMPLATE}/remove-logo": Form(Deed.TEMPLATE_CHANGED),
    STATIC: Form(Deed.STATIC_LINK_OPENED, _is(template="Full_kyc")),
    f"{STATIC}/{{name}}/close": Form(Deed.STATIC_LINK_CLOSED),
    f"{TEMPLATE}/remove": Form(Deed.TEMPLATE_REMOVED, SURE),
    f"{MESSAGES}/{{kind}}": Form(Deed.MESSAGE_CHANGED, _is(subject="Hello", text="Your code is {code}.")),
    f"{MESSAGES}/{{kind}}/reset": Form(Deed.MESSAGE_CHANGED),
    COMPANY: Form(Deed.COMPANY_CHANGED, _is(name="Asha & Co")),
    f"{COMPANY}/logo": Form(Deed.COMPANY_CHANGED),
    f"{COMPANY}/remove-logo": Form(Deed.COMPANY_CHANGED),
    f"{COMPANY}/zone": Form(Deed.COMPANY_CHANGED, _is(zone="Europe/Berlin")),
    f"{WEBHOOKS}/new": Form(
        Deed.WEBHOOK_ADDED, lambda w: {"url": w.samples.receiver.url("/walk"), "which": "all", "retry": "standard"}
    ),
    f"{ENDPOINT}/disable": Form(Deed.WEBHOOK_DISABLED),
    f"{ENDPOINT}/enable": Form(Deed.WEBHOOK_ENABLED),
    f"{ENDPOINT}/settings": Form(
        Deed.WEBHOOK_CHANGED, _is(which="all", retry="compat", lane="strict", window="3", description="Walk")
    ),
    f"{ENDPOINT}/secret": Form(Deed.WEBHOOK_SECRET_ROTATED, _is(overlap="3600")),
    f"{ENDPOINT}/delete": Form(Deed.WEBHOOK_DELETED, _is(sure="1")),
    PEOPLE: Form(Deed.MEMBER_INVITED, _is(email="walk@asha.example", role="viewer")),
    f"{PEOPLE}/invitations/{{invitation_id}}/withdraw": Form(Deed.INVITATION_WITHDRAWN),
    f"{PEOPLE}/{{member_id}}/authenticator/off": Form(Deed.AUTHENTICATOR_REMOVED, World.guarded),
    f"{PEOPLE}/{{member_id}}/role": Form(Deed.ROLE_CHANGED, _is(role="developer")),
    f"{PEOPLE}/{{member_id}}/remove": Form(Deed.MEMBER_DISABLED, SURE),
    f"{PROFILE}/name": Form(Deed.MEMBER_RENAMED, _is(name="Ravi Rao")),
    f"{PROFILE}/sessions": Form(Deed.SESSION_ENDED, World.other_session),
    f"{AUTHENTICATOR}/confirm": Form(Deed.AUTHENTICATOR_ADDED, World.code),
    f"{AUTHENTICATOR}/off": Form(Deed.AUTHENTICATOR_REMOVED, lambda w: {"code": code_at(w.secret, 1)}),
    "/dashboard/audit/export": Form(Deed.AUDIT_EXPORTED),
    KEYS: Form(Deed.KEY_MADE, lambda w: {"label": "Walk"} | w.version(KEYS)),
    f"{KEY}/label": Form(Deed.KEY_NAMED, _is(label="Walked")),
    f"{KEY}/sign": Form(Deed.KEY_SIGNS),
    f"{KEY}/rotate": Form(
        Deed.KEY_ROTATED, lambda w: {"overlap": "1"} | w.version(f"{KEYS}/{w.samples.value('', 'client_id')}")
    ),
    f"{KEY}/revoke": Form(Deed.KEY_REVOKED, SURE),
    "/dashboard/sign-out": Form(Deed.SIGNED_OUT),
}
"""Path of a form → its deed, in an order in which each succeeds."""

ON_THE_WAY_IN: Mapping[str, Deed] = {
    f"{SIGN_IN}/code": Deed.SIGNED_IN,
    f"{SIGN_IN}/authenticator": Deed.SIGNED_IN,
    "/dashboard/invitations/{merchant_id}/{token}": Deed.INVITATION_ACCEPTED,
}
"""Forms of people who are not in yet; the last test sends them."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """On a server of its own: at the end not much of its merchant is left."""
    home: Path = tmp_path_factory.mktemp("deeds")
    with DashboardServer(home) as server, HookReceiver() as receiver, server.api() as api, Visitor(server) as owner:
        owner.enter(email_of(Role.OWNER))
        yield World(server, Samples(server, api, owner, receiver), owner)
        server.assert_no_failures()


def test_every_form_is_in_one_of_the_lists(world: World) -> None:
    web = build(read_settings(environment(data_dir=world.server.data_dir / "unused"))).web
    mounted = {
        route.path
        for route in web.routes
        if isinstance(route, Route)
        and route.path.startswith("/dashboard")
        and route.methods
        and "POST" in route.methods
    }
    lists = (NOTED.keys(), UNNOTED.keys(), ON_THE_WAY_IN.keys())
    assert mounted <= {path for paths in lists for path in paths}
    assert sum(map(len, lists)) == len({path for paths in lists for path in paths})
    assert mounted | {"/dashboard/{rest:path}"} == {path for paths in lists for path in paths}


def test_who_comes_in_is_noted_as_who_they_are(world: World) -> None:
    log, server = DeedLog(world.server), world.server
    with Visitor(server) as guest:
        link = invite(server, world.owner, "guest@asha.example", Role.VIEWER)
        guest.go(link)
        log.new()
        guest.submit(link, name="Meera")
        (accepted,) = log.new()
        assert (accepted.deed, accepted.details["role"]) == (Deed.INVITATION_ACCEPTED, "viewer")
        assert accepted.actor.startswith("mem_")
        assert accepted.details["invited_by"] == server.member_ids[0, Role.OWNER]
        guest.enter("guest@asha.example")
        assert [(one.actor, one.deed) for one in log.new()] == [(accepted.actor, Deed.SIGNED_IN)]
        guest.go(PROFILE)
        guest.submit(AUTHENTICATOR)
        secret = key_of(guest)
        guest.submit(f"{AUTHENTICATOR}/confirm", code=code_at(secret, -1))
    with Visitor(server) as again:
        log.new()
        again.enter("guest@asha.example", SANDBOX_CODE)
        assert log.new() == [], "not in yet"
        again.submit(f"{SIGN_IN}/authenticator", code=code_at(secret))
        assert [(one.actor, one.deed) for one in log.new()] == [(accepted.actor, Deed.SIGNED_IN)]


def test_what_needs_no_deed_writes_none(world: World) -> None:
    world.owner.go("/dashboard")
    token, log = world.owner.token, DeedLog(world.server)
    fields = {"token": token, "check_1": PAN, "name": "Asha", "endpoint": world.samples.value("", "endpoint_id")}
    for path in UNNOTED.keys() - {SIGN_IN, "/dashboard/{rest:path}"}:
        filled = world.samples.filled(path)
        log.new()  # what the sample's making has written
        assert world.owner.tell("POST", filled, fields).status < 400, path
        assert log.new() == [], path


def test_every_form_writes_its_deed(world: World) -> None:
    log, wrong, owner_id = DeedLog(world.server), {}, world.server.member_ids[0, Role.OWNER]
    for path, form in NOTED.items():
        filled, fields = world.samples.filled(path), form.fields(world)
        world.owner.go("/dashboard")
        token = world.owner.token
        log.new()  # what the sample's making has written
        status = _sent(world, filled, {"token": token, **fields}, is_file=path.endswith("/logo"))
        noted = log.new()
        wanted = [(owner_id, deed) for deed in (*form.also, form.deed)]
        if status >= 400 or [(one.actor, one.deed) for one in noted] != wanted:
            wrong[path] = (status, noted)
    assert wrong == {}


def _sent(world: World, path: str, fields: Mapping[str, Any], *, is_file: bool) -> int:
    """The status of the answer."""
    if not is_file:
        return world.owner.tell("POST", path, fields).status
    out = io.BytesIO()
    Image.new("RGB", (60, 60), (0, 0, 200)).save(out, "JPEG")
    return httpx.post(
        f"{world.server.url}{path}",
        data=dict(fields),
        files={"logo": out.getvalue()},
        cookies=dict(world.owner.jar.values()),
        headers={"origin": world.server.url},
    ).status_code
