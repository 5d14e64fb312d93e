"""API keys at the dashboard: shown once, rotated with overlap, and one of them signs."""

import re
from collections.abc import Iterator

import pytest

from dastak.accounts.member import Role
from dastak_sdk import sign
from integration.dashboard.conftest import Members
from support.api import Api
from support.dashboard import DashboardServer, Visitor
from support.receiver import Hook, HookReceiver

pytestmark = pytest.mark.slow

KEYS = "/dashboard/setup/keys"


def status_with(server: DashboardServer, client_id: str, secret: str) -> int:
    with Api(server.url, client_id, secret) as api:
        return api.get("/api/v1/templates").status


def shown_pair(visitor: Visitor) -> tuple[str, str]:
    found = re.search(r'id="client-id">(dk_\w+)<.*id="client-secret">(dks_[\w-]+)<', visitor.text, re.DOTALL)
    assert found, visitor.text
    return found[1], found[2]


def made(visitor: Visitor, label: str) -> tuple[str, str]:
    visitor.go(KEYS)
    visitor.submit(KEYS, label=label)
    return shown_pair(visitor)


@pytest.fixture
def receiver() -> Iterator[HookReceiver]:
    with HookReceiver() as one:
        yield one


def test_a_key_is_made_shown_once_and_opens_the_api(server: DashboardServer, member: Members) -> None:
    owner = member()
    client_id, secret = made(owner, "Loan <b>app</b>")
    assert status_with(server, client_id, secret) == 200
    owner.go(KEYS)
    assert client_id in owner.text
    assert secret not in owner.text
    assert "Loan &lt;b&gt;app&lt;/b&gt;" in owner.text
    owner.go(f"{KEYS}/{client_id}")
    assert secret not in owner.text
    assert "not yet" not in owner.text, "its use was noted"


def test_the_same_form_sent_twice_makes_one_key(member: Members) -> None:
    owner = member()
    owner.go(KEYS)
    fields = owner.form(KEYS).fields | {"label": "Once"}
    first, second = (owner.tell("POST", KEYS, fields) for _ in range(2))
    assert (first.status, second.status) == (200, 422)
    assert "dks_" not in second.text
    assert second.text.count("Once") == 1


def test_a_rotated_key_opens_until_it_is_revoked_and_its_successor_keeps_the_name(
    server: DashboardServer, member: Members
) -> None:
    owner = member()
    old = made(owner, "Rotated")
    owner.go(f"{KEYS}/{old[0]}")
    owner.submit(f"{KEYS}/{old[0]}/rotate", overlap="24")
    new = shown_pair(owner)
    assert [status_with(server, *pair) for pair in (old, new)] == [200, 200]
    owner.go(f"{KEYS}/{new[0]}")
    assert "Rotated" in owner.text
    owner.go(f"{KEYS}/{old[0]}")
    assert new[0] in owner.text
    owner.submit(f"{KEYS}/{old[0]}/revoke")
    assert "Tick the box" in owner.text
    owner.submit(f"{KEYS}/{old[0]}/revoke", sure="yes")
    assert "It opens nothing any more" in owner.text
    assert [status_with(server, *pair) for pair in (old, new)] == [401, 200]


def test_one_key_signs_and_another_can_be_chosen(
    server: DashboardServer, member: Members, receiver: HookReceiver, api: Api
) -> None:
    owner = member()
    client_id, secret = made(owner, "Signs")
    endpoint = api.post("/api/v1/webhook-endpoints", {"url": receiver.url()}).json["id"]
    owner.go(f"{KEYS}/{client_id}")
    owner.submit(f"{KEYS}/{client_id}/sign")
    assert "From now on that key signs" in owner.text
    api.post(f"/api/v1/webhook-endpoints/{endpoint}/test")
    before, after = receiver.all()
    assert [signed_by(hook, server.merchant.client_secret) for hook in (before, after)] == [True, False]
    assert [signed_by(hook, secret) for hook in (before, after)] == [False, True]
    owner.go(KEYS)
    assert owner.text.count("Signs webhooks") == 1
    assert owner.text.index("Signs webhooks") > owner.text.index(client_id)
    first = f"{KEYS}/{server.merchant.client_id}"
    owner.go(first)
    owner.submit(f"{first}/sign")
    api.delete(f"/api/v1/webhook-endpoints/{endpoint}")


def signed_by(hook: Hook, secret: str) -> bool:
    return hook.header("x-webhook-signature") == sign(secret, hook.header("x-webhook-timestamp"), hook.body)


def test_a_label_that_cannot_be_one_is_refused(member: Members) -> None:
    owner = member()
    owner.go(KEYS)
    owner.submit(KEYS, label="x" * 61)
    assert owner.status == 422
    assert "at most 60 characters" in owner.text


@pytest.mark.parametrize("role", [Role.OPERATIONS, Role.COMPLIANCE, Role.VIEWER])
def test_keys_are_for_owners_and_developers(member: Members, role: Role) -> None:
    one = member(role)
    assert one.tell("GET", KEYS).status == 403
    one.go("/dashboard/setup")
    assert "API keys" not in one.text


def test_another_merchant_s_key_is_like_none(server: DashboardServer, member: Members) -> None:
    theirs = server.merchants[1].client_id
    owner = member()
    strange, unknown = (owner.tell("GET", f"{KEYS}/{key}") for key in (theirs, "dk_none"))
    assert strange.status == unknown.status == 404
    owner.go(f"{KEYS}/{server.merchant.client_id}")
    fields = owner.form(f"{KEYS}/{server.merchant.client_id}/revoke").fields | {"sure": "yes"}
    for act in ("revoke", "sign", "rotate", "label"):
        assert owner.tell("POST", f"{KEYS}/{theirs}/{act}", fields).status == 404
    assert status_with(server, theirs, server.merchants[1].client_secret) == 200
