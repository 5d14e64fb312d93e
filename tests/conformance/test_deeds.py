"""What every store promises of a change that owes a note: both are kept, or neither, wherever it breaks between them."""

import asyncio
import shutil
import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from conformance.cases import a_case_of, a_user
from conformance.house import House, Ports, PostgresHouse, SqliteHouse
from conformance.replaying import add_lanes, end_all, make, rows
from conformance.test_invitation_store import a_mail, an_authenticator, an_invitation
from conformance.test_member_store import a_member, a_session, signed_in
from conformance.test_operator_store import an_operator
from conformance.test_template_stores import a_static_link
from conformance.values import NOW, SECOND, a_link, a_merchant, an_endpoint
from dastak.accounts.audit import Entry, Link, verified
from dastak.accounts.deed import Deed
from dastak.accounts.key_ring import Pair, with_key
from dastak.accounts.member import Role
from dastak.accounts.noting import Note, noting, say
from dastak.accounts.operator import Presence
from dastak.journeys.kyc_link.template import Template
from dastak.journeys.video_kyc.rooms import View
from dastak.webhooks.endpoint import Endpoint, EndpointState
from dastak.webhooks.replay import Selection
from dastak.webhooks.verdict import Outcome
from dastak_sdk import CheckType

MERCHANT = "mer_1"
TEMPLATE = Template("Mine", (CheckType.PAN,))


class Crash(Exception):  # noqa: N818 - what happens
    """Where the process is lost."""


class Change(NamedTuple):
    """One way to change something."""

    make: Callable[[Ports], Awaitable[Any]]
    subject: str
    standing: Callable[[Ports], Awaitable[Any]]
    """What it looks like, before and after."""
    prepare: Callable[[Ports], Awaitable[Any]] | None = None


async def _nothing(_ports: Ports) -> None:
    """Nothing has to be there."""


async def merchant(ports: Ports) -> Any:
    return await ports.merchants.merchant_now(MERCHANT)


async def member(ports: Ports) -> Any:
    return [(one.id, one.role, one.active) for one in await ports.members.members(MERCHANT)]


async def two_members(ports: Ports) -> None:
    for number in (1, 2):
        await ports.members.add_member(a_member(number))


async def invited(ports: Ports) -> None:
    await ports.members.add_member(a_member())
    await ports.invitations.add_invitation(an_invitation(), a_mail())


async def invitations(ports: Ports) -> Any:
    return await member(ports), await ports.invitations.invitations(MERCHANT)


async def guarded(ports: Ports) -> None:
    await ports.members.add_member(a_member())
    await ports.authenticators.save_authenticator(replace(an_authenticator(), confirmed=True))


async def guards(ports: Ports) -> Any:
    return await ports.authenticators.guarded_members(MERCHANT)


async def in_session(ports: Ports) -> None:
    await ports.members.add_member(a_member())
    await signed_in(ports, a_session())


async def sessions(ports: Ports) -> Any:
    return [one.id for one in await ports.member_sign_ins.sessions(MERCHANT, "mem_1")]


async def operators(ports: Ports) -> Any:
    return [(one.id, one.active) for one in await ports.operators.operators(MERCHANT)]


def a_presence() -> Presence:
    return Presence(MERCHANT, "opr_1", NOW, NOW, NOW, NOW)


async def online(ports: Ports) -> None:
    await ports.operators.add_operator(an_operator())
    await ports.presence.put_presence(a_presence())


async def presences(ports: Ports) -> Any:
    return await ports.presence.presences(MERCHANT)


async def endpoints(ports: Ports) -> Any:
    return [(one.id, one.state) for one in await ports.endpoints.endpoints(MERCHANT)]


def disabled(endpoint: Endpoint) -> Endpoint:
    return replace(endpoint, state=EndpointState.DISABLED)


async def templates(ports: Ports) -> Any:
    return await ports.templates.templates(MERCHANT), await ports.static_links.static_links(MERCHANT)


async def links(ports: Ports) -> Any:
    return [await ports.links.link_by_id(MERCHANT, a_link(number).id) for number in (1, 2)]


async def given_up(ports: Ports) -> None:
    await ports.endpoints.add_endpoint(an_endpoint())
    await add_lanes(ports, 1)
    await end_all(ports, Outcome.GIVEN_UP)


async def resend(ports: Ports) -> Any:
    (row,) = await rows(ports)
    return await ports.history.resend(MERCHANT, row.id, NOW + SECOND)


async def states(ports: Ports) -> Any:
    return [row.state for row in await rows(ports)]


async def replays(ports: Ports) -> Any:
    return [(one.id, one.state) for one in await ports.replays.replays(MERCHANT, None, 10)]


async def cases(ports: Ports) -> Any:
    return await ports.video_kycs.case_by_id(MERCHANT, a_case_of().id)


async def users(ports: Ports) -> Any:
    return [await ports.vkyc_users.user_by_id(MERCHANT, f"user-{number}") for number in (1, 2)]


async def views(ports: Ports) -> Any:
    return await ports.evidence_views.views(MERCHANT, "jrn_1")


def keyed() -> Any:
    return with_key(a_merchant(MERCHANT), Pair("dk_new", "secret"), "", NOW)


CHANGES: Mapping[str, Change] = {
    "keys": Change(lambda ports: ports.merchants.save_keys(keyed()), MERCHANT, merchant),
    "brand": Change(lambda ports: ports.merchants.save_brand(replace(keyed(), name="Other")), MERCHANT, merchant),
    "contacts": Change(lambda ports: ports.merchants.set_contacts(MERCHANT, ("a@x.example",)), MERCHANT, merchant),
    "time zone": Change(lambda ports: ports.merchants.set_time_zone(MERCHANT, "Europe/Berlin"), MERCHANT, merchant),
    "member added": Change(lambda ports: ports.members.add_member(a_member()), "mem_1", member),
    "role": Change(
        lambda ports: ports.members.save_member(replace(a_member(2), role=Role.VIEWER)), "mem_2", member, two_members
    ),
    "invitation": Change(
        lambda ports: ports.invitations.add_invitation(an_invitation(2), a_mail(2)), "inv_2", invitations, invited
    ),
    "withdrawn": Change(lambda ports: ports.invitations.withdraw(MERCHANT, "inv_1"), "inv_1", invitations, invited),
    "accepted": Change(
        lambda ports: ports.invitations.accept(an_invitation(), replace(a_member(7), email=an_invitation().email)),
        "inv_1",
        invitations,
        invited,
    ),
    "authenticator": Change(
        lambda ports: ports.authenticators.save_authenticator(replace(an_authenticator(), confirmed=True)),
        "mem_1",
        guards,
        two_members,
    ),
    "authenticator off": Change(
        lambda ports: ports.authenticators.drop_authenticator(MERCHANT, "mem_1"), "mem_1", guards, guarded
    ),
    "session": Change(
        lambda ports: ports.member_sign_ins.end_session(MERCHANT, "mem_1", "ses_1"), "ses_1", sessions, in_session
    ),
    "operator added": Change(lambda ports: ports.operators.add_operator(an_operator()), "opr_1", operators),
    "operator": Change(
        lambda ports: ports.operators.save_operator(replace(an_operator(), active=False)),
        "opr_1",
        operators,
        lambda ports: ports.operators.add_operator(an_operator()),
    ),
    "online": Change(
        lambda ports: ports.presence.put_presence(a_presence()),
        "opr_1",
        presences,
        lambda ports: ports.operators.add_operator(an_operator()),
    ),
    "offline": Change(lambda ports: ports.presence.end_presence(MERCHANT, "opr_1"), "opr_1", presences, online),
    "endpoint added": Change(lambda ports: ports.endpoints.add_endpoint(an_endpoint()), "ep_mer_1_1", endpoints),
    "endpoint": Change(
        lambda ports: ports.endpoints.change_endpoint(MERCHANT, "ep_mer_1_1", disabled, NOW),
        "ep_mer_1_1",
        endpoints,
        lambda ports: ports.endpoints.add_endpoint(an_endpoint()),
    ),
    "template": Change(lambda ports: ports.templates.put_template(MERCHANT, TEMPLATE), "Mine", templates),
    "template removed": Change(
        lambda ports: ports.templates.delete_template(MERCHANT, "Mine"),
        "Mine",
        templates,
        lambda ports: ports.templates.put_template(MERCHANT, TEMPLATE),
    ),
    "static link": Change(lambda ports: ports.static_links.put_static_link(a_static_link("code-1")), "Mine", templates),
    "static link closed": Change(
        lambda ports: ports.static_links.deactivate_static_link(MERCHANT, "Mine"),
        "Mine",
        templates,
        lambda ports: ports.static_links.put_static_link(a_static_link("code-1")),
    ),
    "link": Change(lambda ports: ports.links.add_link(a_link(), ()), a_link().id, links),
    "link moved": Change(
        lambda ports: ports.links.save_link(replace(a_link(), name="Other"), (), ()),
        a_link().id,
        links,
        lambda ports: ports.links.add_link(a_link(), ()),
    ),
    "case": Change(lambda ports: ports.video_kycs.add_case(a_case_of(), (), ()), a_case_of().id, cases),
    "case moved": Change(
        lambda ports: ports.video_kycs.save_case(replace(a_case_of(), name="Other"), (), ()),
        a_case_of().id,
        cases,
        lambda ports: ports.video_kycs.add_case(a_case_of(), (), ()),
    ),
    "user": Change(lambda ports: ports.vkyc_users.add_user(a_user()), "1", users),
    "user changed": Change(
        lambda ports: ports.vkyc_users.save_user(replace(a_user(), name="Other")),
        "1",
        users,
        lambda ports: ports.vkyc_users.add_user(a_user()),
    ),
    "resent": Change(resend, "", states, given_up),
    "replay": Change(lambda ports: make(ports, Selection(), number=1), "rpl_001", replays, given_up),
    "replay cancelled": Change(
        lambda ports: ports.replays.cancel_replay(MERCHANT, "rpl_001", NOW),
        "rpl_001",
        replays,
        lambda ports: make(ports, Selection(), number=1),
    ),
    "view": Change(
        lambda ports: ports.evidence_views.note_view(View(MERCHANT, "jrn_1", "file", "opr_1", "", NOW)), "jrn_1", views
    ),
}


@pytest.fixture(autouse=True)
async def merchants(ports: Ports) -> None:
    for merchant_id in (MERCHANT, "mer_2"):
        await ports.merchants.add_merchant(a_merchant(merchant_id))


@pytest.fixture(params=CHANGES)
async def change(request: pytest.FixtureRequest, ports: Ports) -> Change:
    found = CHANGES[request.param]
    await (found.prepare or _nothing)(ports)
    return found


def a_note(merchant_id: str = MERCHANT) -> Note:
    return Note(merchant_id, NOW, "dk_1", Deed.WEBHOOK_CHANGED, way="test")


async def log(ports: Ports) -> list[Entry]:
    reached, fault = await verified(ports.audit, MERCHANT)
    assert fault is None
    links: list[Link] = list(await ports.audit.links_after(MERCHANT, 0, 100))
    assert len(links) == reached.sequence
    return [link.entry for link in links]


async def test_a_change_and_its_note_are_both_kept_or_neither_wherever_it_breaks(
    house: House, ports: Ports, change: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await change.standing(ports)
    for is_noted in (False, True):
        with monkeypatch.context() as broken:
            broken.setattr(ports.audit, "append", _breaking(ports.audit, is_noted=is_noted))
            with noting(a_note()), pytest.raises(Crash):
                await change.make(ports)
        assert await change.standing(ports) == before
        assert await log(ports) == []

    with monkeypatch.context() as broken, noting(a_note()) as note:
        if isinstance(house, PostgresHouse):  # done again by itself when the connection breaks behind the note
            broken.setattr(house.store.audit, "append", _cut_once(house))
        await change.make(ports)
    assert note.is_taken
    assert await change.standing(ports) != before
    (entry,) = await log(ports)
    assert (entry.actor, entry.deed, entry.details["way"]) == ("dk_1", Deed.WEBHOOK_CHANGED, "test")
    assert entry.subject == (change.subject or (await rows(ports))[0].id)


async def test_what_nobody_owes_a_note_for_is_changed_without_one(ports: Ports) -> None:
    with noting(a_note("mer_2")) as other:
        await ports.merchants.set_time_zone(MERCHANT, "Europe/Berlin")
        await ports.links.add_link(a_link(), ())
    assert not other.is_taken
    assert await log(ports) == []


async def test_who_is_killed_with_both_written_and_not_committed_leaves_neither(
    house: House, ports: Ports, change: Change, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await change.standing(ports)
    with noting(a_note()):
        left = await _killed(house, change, tmp_path / "left", monkeypatch)
    assert await change.standing(left.ports) == before
    assert await log(left.ports) == []
    if left is not house:
        await left.close()


async def test_what_changed_nothing_leaves_the_note_lying(ports: Ports) -> None:
    await ports.operators.add_operator(an_operator())
    await ports.members.add_member(a_member())
    with noting(a_note()) as note:
        assert not await ports.operators.save_operator(replace(an_operator(), version=7))
        assert not await ports.merchants.set_contacts("mer_none", ())
        assert await ports.endpoints.change_endpoint(MERCHANT, "ep_none", disabled, NOW) is None
        assert not await ports.templates.delete_template(MERCHANT, "None")
        assert await ports.static_links.deactivate_static_link(MERCHANT, "None") is None
        assert await ports.invitations.withdraw(MERCHANT, "inv_none") is None
        assert not await ports.member_sign_ins.end_session(MERCHANT, "mem_1", "ses_none")
        await ports.presence.end_presence(MERCHANT, "opr_1")
        assert await ports.replays.cancel_replay(MERCHANT, "rpl_none", NOW) is None
        await ports.authenticators.save_authenticator(an_authenticator())  # begun, and not confirmed
    assert not note.is_taken
    assert await log(ports) == []


async def test_a_note_is_taken_by_one_change_and_by_none_that_comes_behind_its_act(ports: Ports) -> None:
    began, over = asyncio.Event(), asyncio.Event()

    async def later() -> None:
        began.set()
        await over.wait()
        await ports.templates.put_template(MERCHANT, TEMPLATE)

    with noting(a_note()):
        await ports.merchants.set_time_zone(MERCHANT, "Europe/Berlin")
        await ports.merchants.set_time_zone(MERCHANT, "Europe/Paris")
    with noting(a_note()):
        behind = asyncio.create_task(later())
        await began.wait()
    over.set()
    await behind
    assert [entry.subject for entry in await log(ports)] == [MERCHANT]


async def test_a_note_says_what_is_known_by_the_time_of_the_change(ports: Ports) -> None:
    with noting(Note(MERCHANT, NOW, "dk_1", Deed.KEY_ROTATED, "dk_old", why="leaked")):
        say(new="dk_new")
        await ports.merchants.save_keys(keyed())
    (entry,) = await log(ports)
    assert (entry.subject, dict(entry.details)) == ("dk_old", {"why": "leaked", "new": "dk_new"})


async def test_changes_that_come_together_are_noted_each_with_its_own(ports: Ports) -> None:
    """Links that are made at the same moment share a transaction; each takes its own note, or none."""

    async def made(number: int) -> None:
        if number % 3 == 0:
            await ports.links.add_link(a_link(number), ())
            return
        with noting(Note(MERCHANT if number % 3 == 1 else "mer_2", NOW, f"mem_{number}", Deed.JOURNEY_MADE)):
            await ports.links.add_link(a_link(number, MERCHANT if number % 3 == 1 else "mer_2"), ())

    await asyncio.gather(*(made(number) for number in range(60)))
    for merchant_id, rest in ((MERCHANT, 1), ("mer_2", 2)):
        links = await ports.audit.links_after(merchant_id, 0, 100)
        wanted = {(f"mem_{number}", a_link(number, merchant_id).id) for number in range(60) if number % 3 == rest}
        assert {(link.entry.actor, link.entry.subject) for link in links} == wanted
        assert (await verified(ports.audit, merchant_id))[1] is None


async def test_changes_of_every_kind_at_once_wait_for_no_lock_in_a_ring(
    house: House, ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each transaction locks what it changes, and the chain's head last: no two can wait for each other."""
    await ports.endpoints.add_endpoint(an_endpoint())
    failed: list[int] = []
    if isinstance(house, SqliteHouse | PostgresHouse):
        monkeypatch.setattr(house.store._engine._observer, "commit_failed", failed.append, raising=False)

    async def one(number: int) -> None:
        with noting(a_note()):
            match number % 4:
                case 0:
                    await ports.endpoints.add_endpoint(replace(an_endpoint(), id=f"ep_{number}"), 100)
                case 1:
                    await ports.endpoints.change_endpoint(MERCHANT, "ep_mer_1_1", disabled, NOW)
                case 2:
                    await ports.merchants.set_time_zone(MERCHANT, "Europe/Berlin")
                case _:
                    await ports.links.add_link(a_link(number), ())

    await asyncio.gather(*(one(number) for number in range(60)))
    assert len(await log(ports)) == 60
    assert failed == []


def _breaking(audit: Any, *, is_noted: bool) -> Any:
    """`append`, which breaks before it has done anything, or behind it."""
    append = audit.append

    async def later(connection: Any, entries: Any) -> None:
        if is_noted:
            await append(connection, entries)
        if entries:
            raise Crash

    def at_once(connection: sqlite3.Connection, entry: Entry) -> None:
        if is_noted:
            append(connection, entry)
        raise Crash

    return later if asyncio.iscoroutinefunction(append) else at_once


def _cut_once(house: PostgresHouse) -> Any:
    """`append`, behind which the connection breaks the first time."""
    append = house.store.audit.append
    cut: list[bool] = []

    async def once(connection: Any, entries: Any) -> None:
        await append(connection, entries)
        if not cut:
            cut.append(True)
            connection.terminate()
            raise ConnectionResetError

    return once


async def _killed(house: House, change: Change, folder: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    """Make the change, and lose the process when change and note are written, before the commit; what is left then."""
    if isinstance(house, SqliteHouse):
        return await _copied(house, change, folder, monkeypatch)
    assert isinstance(house, PostgresHouse)
    store, append = house.store, house.store.audit.append

    async def cut(connection: Any, entries: Any) -> None:
        await append(connection, entries)
        store._engine._closed = True
        connection.terminate()

    monkeypatch.setattr(store.audit, "append", cut)
    with pytest.raises(ConnectionError):
        await change.make(house.ports)
    await house.crash()
    return house


async def _copied(house: SqliteHouse, change: Change, folder: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    """The file and its log as they are at that moment, opened elsewhere."""
    append, left = house.store.audit.append, SqliteHouse(folder)

    def copied(connection: sqlite3.Connection, entry: Entry) -> None:
        append(connection, entry)
        left.path.parent.mkdir(parents=True)
        for name in ("dastak.db", "dastak.db-wal"):
            shutil.copy(house.path.parent / name, left.path.parent / name)

    monkeypatch.setattr(house.store.audit, "append", copied)
    await change.make(house.ports)
    await left.store.open()
    return left
