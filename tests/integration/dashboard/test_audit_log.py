"""The audit log over real HTTP: who did what, narrowed, exported, and whether the record holds."""

import asyncio
import hashlib
import html
import json
import re
import sqlite3
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dastak.accounts.audit import CLI, Entry
from dastak.accounts.deed import Deed
from dastak.accounts.member import Role
from dastak.app.build import open_store
from dastak.app.settings import read_settings
from dastak.web.dashboard.audit.verification import AT_ONCE
from integration.dashboard.conftest import Members
from support.api import Api
from support.dashboard import SANDBOX_CODE, DashboardServer, Visitor, email_of
from support.server import dastak

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[3]


def test_signing_in_and_out_is_in_the_log(
    server: DashboardServer, visitors: Callable[[int], Visitor], member: Members
) -> None:
    one = visitors(0)
    one.enter(email_of(Role.OPERATIONS))
    one.submit("/dashboard/sign-out")
    owner = member()
    owner.go(f"/dashboard/audit?actor={server.member_ids[0, Role.OPERATIONS]}")
    assert owner.status == 200
    rows = re.findall(r"<tr>(.*?)</tr>", owner.text, re.DOTALL)[1:]
    assert "Signed out" in rows[0]
    assert "Signed in" in rows[1]
    assert all("Ravi Operations" in row for row in rows)
    assert "hold" in owner.text.partition("notice good")[2][:200]


def test_it_is_narrowed_by_deed_and_day_and_says_so_when_nothing_fits(member: Members) -> None:
    owner = member()
    owner.go("/dashboard/audit?deed=member.signed_in&first=2000-01-01&last=2999-12-31")
    assert "Signed in</td>" in owner.text
    assert "Signed out</td>" not in owner.text
    for query in ("first=2999-01-01", "last=2000-01-01", "actor=mem_none", "deed=none", "before=1"):
        owner.go(f"/dashboard/audit?{query}")
        assert (owner.status, "No entry fits" in owner.text) == (200, True), query
    for query in ("first=x", "last=9999-99-99", "before=-1", "before=" + "9" * 40, "actor=%00", "deed=<script>"):
        owner.go(f"/dashboard/audit?{query}")
        assert owner.status == 200, query
        assert "<script>alert" not in owner.text


def test_keys_and_operators_stand_in_it_by_name_and_it_is_narrowed_by_them(
    server: DashboardServer, api: Api, member: Members, visitors: Callable[[int], Visitor]
) -> None:
    made = api.post("/api/v1/operators", {"name": "Meera <Op>", "email": "log@op.example", "roles": ["agent"]}).json
    operator = visitors(0)
    operator.go(f"/console/sign-in?merchant={server.merchant.id}")
    operator.submit("/console/sign-in", email="log@op.example")
    operator.submit("/console/sign-in/code", code=SANDBOX_CODE)
    assert operator.at == "/console"
    owner = member()
    owner.go(f"/dashboard/audit?actor={server.merchant.client_id}&deed=operator.added")
    (row,) = re.findall(r"<tr>(.*?)</tr>", owner.text, re.DOTALL)[1:2]
    assert f"<td>Key {server.merchant.client_id}</td>" in row
    assert "Meera &lt;Op&gt;" in row, "and what it made"
    owner.go(f"/dashboard/audit?actor={made['id']}")
    (row,) = re.findall(r"<tr>(.*?)</tr>", owner.text, re.DOTALL)[1:]
    assert "<td>Meera &lt;Op&gt;</td><td>Signed in at the console</td>" in row
    for group in ("Members", "API keys", "Operators", "Others"):
        assert f'<optgroup label="{group}">' in owner.text
    assert f'<option value="{made["id"]}" selected>Meera &lt;Op&gt;</option>' in owner.text
    link = api.create_link("Full_kyc", verification_id="by-a-key")
    owner.go(f"/dashboard/journeys/kyc-links?q={link['verification_id']}")
    (page,) = set(re.findall(r'href="(/dashboard/journeys/kyc-links/jrn_\w+)"', owner.text))
    owner.go(page)
    assert f"by {server.merchant.client_id}" in owner.text


def test_pages_follow_each_other_without_a_gap(visitors: Callable[[int], Visitor], member: Members) -> None:
    one = visitors(0)
    for _ in range(28):
        one.enter(email_of(Role.COMPLIANCE))
        one.submit("/dashboard/sign-out")
    owner = member()
    owner.go("/dashboard/audit?reading=yes")
    first = [int(number) for number in re.findall(r'<td class="number"[^>]*>(\d+)</td>', owner.text)]
    assert len(first) == 50
    older = re.search(r'href="(/dashboard/audit\?[^"]+)" rel="next"', owner.text)
    assert older
    owner.go(older[1].replace("&amp;", "&"))
    second = [int(number) for number in re.findall(r'<td class="number"[^>]*>(\d+)</td>', owner.text)]
    assert second[0] == first[-1] - 1


def test_what_keys_read_is_listed_when_it_is_asked_for(server: DashboardServer, api: Api, member: Members) -> None:
    made = api.create_link("Full_kyc")
    for _ in range(2):
        api.link(made["verification_id"])
    owner = member()
    owner.go("/dashboard/audit")
    assert "read customers&#39; data by the API</td>" not in owner.text.casefold()
    assert "Made a journey</td>" in owner.text
    for query in ("reading=yes", f"actor={server.merchant.client_id}", "deed=customer_data.read"):
        owner.go(f"/dashboard/audit?{query}")
        assert owner.text.count("Read customers&#39; data by the API</td>") >= 2, query


def test_whoever_has_the_export_can_check_the_chain_without_us(server: DashboardServer, member: Members) -> None:
    compliance = member(Role.COMPLIANCE)
    compliance.go("/dashboard/audit")
    told = compliance.tell("POST", "/dashboard/audit/export", compliance.form("/dashboard/audit/export").fields)
    assert told.status == 200
    lines = [json.loads(line) for line in told.text.splitlines()]
    previous = bytes(32)
    for number, line in enumerate(lines, 1):
        assert line["sequence"] == number
        assert bytes.fromhex(line.pop("previous")) == previous
        kept = bytes.fromhex(line.pop("hash"))
        spoken = json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        previous = hashlib.sha256(previous + spoken).digest()
        assert previous == kept
    (recipe,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "dashboard.md").read_text(), re.DOTALL)
    told_how: dict[str, Any] = {}
    exec(recipe, told_how)  # noqa: S102 - the page's own words, on the export
    assert told_how["holds"](told.text.splitlines())
    assert not told_how["holds"](told.text.replace("mem_", "nem_", 1).splitlines())
    assert lines[-1]["deed"] == "audit.exported"
    assert lines[-1]["actor"] == server.member_ids[0, Role.COMPLIANCE]
    assert "asha.example" not in told.text
    compliance.go("/dashboard/audit/verification")
    assert f"Entries read: {len(lines)}." in compliance.text
    assert previous.hex() in compliance.text


@pytest.mark.parametrize("role", [Role.DEVELOPER, Role.OPERATIONS, Role.VIEWER])
def test_who_may_not_see_it_gets_a_page_that_says_so(member: Members, role: Role) -> None:
    one = member(role)
    assert "/dashboard/audit" not in one.text
    for told in (
        one.tell("GET", "/dashboard/audit"),
        one.tell("POST", "/dashboard/audit/export", {"token": one.token}),
    ):
        assert told.status == 403
        assert "not part of your role" in told.text


def test_a_broken_record_is_said_on_the_page_and_by_the_command(tmp_path: Path) -> None:
    with DashboardServer(tmp_path, merchants=("Asha Bank",)) as server:
        merchant = ("--merchant", server.merchant.id)
        for _ in range(3):
            with Visitor(server) as one:
                one.enter(email_of(Role.OWNER))
        server.stop()
        holds = dastak("audit", "verify", *merchant, env=server.env)
        assert (holds.returncode, "holds: 4 entries" in holds.stdout) == (0, True)
        written = tmp_path / "audit.jsonl"
        assert dastak("audit", "export", *merchant, "--output", str(written), env=server.env).returncode == 0
        first = json.loads(written.read_text().splitlines()[0])
        assert (first["deed"], first["actor"]) == ("merchant.made", "cli")
        assert (first["subject"], first["details"]) == (server.merchant.id, {"key": server.merchant.client_id})
        assert written.read_text() == dastak("audit", "export", *merchant, env=server.env).stdout
        assert len(written.read_text().splitlines()) == 4
        again = dastak("audit", "export", *merchant, "--output", str(written), env=server.env)
        assert (again.returncode, "Name another file" in again.stderr) == (1, True)
        with sqlite3.connect(server.data_dir / "dastak.db") as database:
            database.execute("DROP TRIGGER audit_entries_stay")
            database.execute("UPDATE audit_entries SET actor = 'mem_9' WHERE sequence = 2")
        database.close()
        broken = dastak("audit", "verify", *merchant, env=server.env)
        assert broken.returncode == 1
        assert "entry 2: it was changed after it was written" in " ".join(broken.stderr.split())
        server.start()
        with Visitor(server) as one:
            one.enter(email_of(Role.OWNER))
            for path in ("/dashboard/audit", "/dashboard/audit/verification"):
                one.go(path)
                assert "The record does not hold" in one.text
                assert "Entry 2: it was changed after it was written" in one.text


def test_a_long_record_is_checked_by_pieces_and_only_our_own_word_says_how_far(tmp_path: Path) -> None:
    with DashboardServer(tmp_path, merchants=("Asha Bank",)) as server:
        server.stop()
        entry = Entry(server.merchant.id, datetime(2026, 1, 26, tzinfo=UTC), CLI, Deed.SIGNED_IN)
        asyncio.run(_note(server, [entry] * (2 * AT_ONCE - 1)))  # and one that made the merchant
        server.start()
        with Visitor(server) as one:
            one.enter(email_of(Role.OWNER))
            one.go("/dashboard/audit/verification")
            assert f"{AT_ONCE:,} of {2 * AT_ONCE + 1:,} entries hold so far" in one.text
            further = re.findall(r"/dashboard/audit/verification\?[^\"]+", one.text)
            assert len(further) == 2, "goes on by itself, and for whoever forbids that by a link"
            assert further[0] == further[1]
            path = html.unescape(further[0])
            one.go(path)
            assert f"{2 * AT_ONCE:,} of {2 * AT_ONCE + 1:,} entries hold so far" in one.text
            one.go(html.unescape(re.findall(r"/dashboard/audit/verification\?[^\"]+", one.text)[0]))
            assert f"Entries read: {2 * AT_ONCE + 1}." in one.text
            for forged in (path.replace("seal=", "seal=0"), path.replace(f"after={AT_ONCE}", f"after={2 * AT_ONCE}")):
                one.go(forged)
                assert f"{AT_ONCE:,} of {2 * AT_ONCE + 1:,} entries hold so far" in one.text
        with Visitor(server) as other:
            other.enter(email_of(Role.COMPLIANCE))
            other.go(path)
            assert f"{AT_ONCE:,} of " in other.text, "another session's word is none"


async def _note(server: DashboardServer, entries: Sequence[Entry]) -> None:
    store = open_store(read_settings(server.env))
    await store.open()
    await asyncio.gather(*(store.audit.note(entry) for entry in entries))
    await store.close()


def test_what_the_command_line_does_to_members_is_in_the_log(tmp_path: Path) -> None:
    server = DashboardServer(tmp_path, merchants=("Asha Bank",))
    with server:
        server.stop()
        merchant = ("--merchant", server.merchant.id)
        who = ("--email", "new@asha.example", "--role", "viewer", "--json")
        made = json.loads(dastak("member", "add", *merchant, *who, env=server.env).stdout)["member_id"]
        assert dastak("member", "disable", *merchant, made, env=server.env).returncode == 0
        lines = dastak("audit", "export", *merchant, env=server.env).stdout.splitlines()
        told = [(line["actor"], line["deed"], line["subject"]) for line in map(json.loads, lines)]
        assert told == [
            ("cli", "merchant.made", server.merchant.id),
            ("cli", "member.added", made),
            ("cli", "member.disabled", made),
        ]
        stranger = dastak("audit", "verify", "--merchant", "mer_none", env=server.env)
        assert (stranger.returncode, "no such merchant" in stranger.stderr) == (1, True)
