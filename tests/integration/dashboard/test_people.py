"""People at the dashboard: invitations, roles, removal, one's own sessions, and the authenticator app."""

import re
import time
from collections.abc import Callable, Iterator

import pyotp
import pytest

from dastak.accounts.member import Role
from integration.dashboard.conftest import Members
from support.dashboard import SANDBOX_CODE, DashboardServer, Visitor

pytestmark = pytest.mark.slow

PEOPLE, PROFILE = "/dashboard/people", "/dashboard/profile"
AUTHENTICATOR = f"{PROFILE}/authenticator"
_numbers: Iterator[int] = iter(range(1, 10_000))


def an_address() -> str:
    return f"new.{next(_numbers)}@asha.example"


def invite(server: DashboardServer, owner: Visitor, email: str, role: Role = Role.DEVELOPER) -> str:
    """Have somebody invited; the path of the link in the mail."""
    owner.go(PEOPLE)
    seen = len(server.lines())
    owner.submit(PEOPLE, email=email, role=role.value)
    assert "The invitation is on its way" in owner.text
    server.wait_for_line(lambda line: "/dashboard/invitations/" in line and line not in server.lines()[:seen])
    links = re.findall(r"(/dashboard/invitations/\S+)", "\n".join(server.lines()[seen:]))
    return str(links[-1]).rstrip('"')


def joined(server: DashboardServer, owner: Visitor, visitor: Visitor, role: Role = Role.DEVELOPER) -> str:
    """A new member who is signed in at `visitor`; the address."""
    email = an_address()
    link = invite(server, owner, email, role)
    visitor.go(link)
    visitor.submit(link, name="Meera Nair")
    visitor.enter(email)
    assert visitor.at == "/dashboard"
    return email


def member_id(owner: Visitor, email: str) -> str:
    owner.go(PEOPLE)
    row = next(row for row in re.findall(r"<tr>(.*?)</tr>", owner.text, re.DOTALL) if email in row)
    found = re.search(r"/dashboard/people/(mem_\w+)", row)
    assert found
    return found[1]


def key_of(visitor: Visitor) -> str:
    found = re.search(r'Key: <span class="mono">([A-Z2-7-]+)</span>', visitor.text)
    assert found, visitor.text
    return found[1].replace("-", "")


def code_at(secret: str, steps: int = 0) -> str:
    """The app's code now, or so many steps away from now."""
    return str(pyotp.HOTP(secret).at(int(time.time()) // 30 + steps))


def test_who_is_invited_accepts_once_and_signs_in_in_that_role(
    server: DashboardServer, member: Members, visitors: Callable[[int], Visitor]
) -> None:
    owner, guest, other = member(), visitors(0), visitors(0)
    email = an_address()
    link = invite(server, owner, email, Role.COMPLIANCE)
    assert email in owner.text
    guest.go(link)
    guest.go(link)
    assert "as <strong>compliance</strong>" in guest.text, "opening it uses nothing up"
    assert email not in guest.text, "masked"
    guest.submit(link, name="Meera <b>Nair")
    assert guest.at == f"/dashboard/sign-in?merchant={server.merchant.id}"
    other.go(link)
    assert (other.status, "invitation is over" in other.text) == (404, True)
    guest.enter(email)
    assert guest.at == "/dashboard"
    assert "Meera &lt;b&gt;Nair" in guest.text
    guest.go("/dashboard/audit")
    assert (guest.status, "Accepted an invitation" in guest.text) == (200, True)
    assert email not in guest.text


def test_an_invitation_that_is_withdrawn_or_replaced_opens_nothing(
    server: DashboardServer, member: Members, visitor: Visitor
) -> None:
    owner, email = member(), an_address()
    first = invite(server, owner, email)
    second = invite(server, owner, email, Role.VIEWER)
    visitor.go(first)
    assert visitor.status == 404
    visitor.go(second)
    assert visitor.status == 200
    (form,) = (action for action in owner.page.forms if action.endswith("/withdraw")) if owner.page else ("",)
    owner.submit(form)
    assert "is withdrawn" in owner.text
    visitor.submit(second, name="Late")
    assert visitor.status == 404


@pytest.mark.parametrize("path", ["mer_none/x", "%00/x", "mer_1/" + "x" * 500, "a/b/c"])
def test_a_made_up_invitation_is_over(visitor: Visitor, path: str) -> None:
    assert visitor.tell("GET", f"/dashboard/invitations/{path}").status in {303, 404}


def test_the_link_of_one_company_opens_nothing_at_another(
    server: DashboardServer, member: Members, visitor: Visitor
) -> None:
    link = invite(server, member(), an_address())
    visitor.go(link.replace(server.merchants[0].id, server.merchants[1].id))
    assert visitor.status == 404


def test_accepting_needs_the_form_of_that_page_and_a_name(
    server: DashboardServer, member: Members, visitor: Visitor
) -> None:
    link = invite(server, member(), an_address())
    visitor.go(link)
    for name in ("", " ", "\x1b[0m", "x" * 101):
        visitor.submit(link, name=name)
        assert (visitor.status, "Type your name" in visitor.text) == (422, True)
    visitor.submit(link, name="Meera", token="0" * 64)
    assert visitor.status == 403
    visitor.go(link)
    assert visitor.status == 200, "nothing was used up"


@pytest.mark.parametrize(
    ("email", "role", "words"),
    [
        ("nobody", "viewer", "Type a plain e-mail address"),
        ("a@b.example", "boss", "Choose what they may do"),
        ("OWNER.0@asha.example", "viewer", "belongs to a member already"),
    ],
)
def test_what_cannot_be_invited_is_said_at_its_field(member: Members, email: str, role: str, words: str) -> None:
    owner = member()
    owner.go(PEOPLE)
    owner.submit(PEOPLE, email=email, role=role)
    assert (owner.status, words in owner.text) == (422, True)


def test_a_role_counts_from_the_next_click_and_a_removal_at_once(
    server: DashboardServer, member: Members, visitors: Callable[[int], Visitor]
) -> None:
    owner, guest = member(), visitors(0)
    email = joined(server, owner, guest, Role.VIEWER)
    id_ = member_id(owner, email)
    assert guest.tell("GET", PEOPLE).status == 403
    owner.go(f"{PEOPLE}/{id_}")
    owner.submit(f"{PEOPLE}/{id_}/role", role="compliance")
    assert "role is changed" in owner.text
    assert guest.tell("GET", PEOPLE).status == 200
    owner.submit(f"{PEOPLE}/{id_}/remove")
    assert (owner.status, "Tick the box" in owner.text) == (422, True)
    owner.submit(f"{PEOPLE}/{id_}/remove", sure="yes")
    assert "signed out everywhere" in owner.text
    guest.go("/dashboard")
    assert guest.at == "/dashboard/sign-in"
    assert owner.tell("GET", f"{PEOPLE}/{id_}").status == 404
    owner.go("/dashboard/audit")
    for words in ("Removed a member", "Changed a member", "Invited somebody"):
        assert words in owner.text


def test_who_was_removed_comes_back_by_an_invitation(
    server: DashboardServer, member: Members, visitors: Callable[[int], Visitor]
) -> None:
    owner, guest = member(), visitors(0)
    email = joined(server, owner, guest)
    id_ = member_id(owner, email)
    owner.go(f"{PEOPLE}/{id_}")
    owner.submit(f"{PEOPLE}/{id_}/remove", sure="yes")
    link = invite(server, owner, email, Role.OPERATIONS)
    guest.go(link)
    guest.submit(link, name="Meera Again")
    guest.enter(email)
    assert "Meera Again" in guest.text
    assert member_id(owner, email) == id_


def test_the_last_owner_is_neither_demoted_nor_removed(server: DashboardServer, member: Members) -> None:
    owner = member(merchant=1)
    id_ = server.member_ids[1, Role.OWNER]
    owner.go(f"{PEOPLE}/{id_}")
    owner.submit(f"{PEOPLE}/{id_}/role", role="viewer")
    assert (owner.status, "last owner" in owner.text) == (422, True)
    owner.submit(f"{PEOPLE}/{id_}/remove", sure="yes")
    assert (owner.status, "last owner" in owner.text) == (422, True)
    owner.go("/dashboard")
    assert owner.status == 200


def test_sessions_are_listed_and_ended_from_another_browser(
    server: DashboardServer, member: Members, visitors: Callable[[int], Visitor]
) -> None:
    here, there = visitors(0), visitors(0)
    email = joined(server, member(), here)
    there.enter(email)
    here.go(PROFILE)
    ids = re.findall(r'name="session" value="(ses_\w+)"', here.text)
    assert len(ids) == 2
    assert here.text.count("this one") == 1
    mine = re.search(r'this one.*?value="(ses_\w+)"', here.text, re.DOTALL)
    assert mine
    (other,) = set(ids) - {mine[1]}
    here.submit(f"{PROFILE}/sessions", session=other)
    assert "That session is ended" in here.text
    there.go("/dashboard")
    assert there.at == "/dashboard/sign-in"
    stranger = member(Role.VIEWER)
    stranger.go(PROFILE)
    stranger.submit(f"{PROFILE}/sessions", session=mine[1])
    here.go(PROFILE)
    assert here.at == PROFILE, "nobody else's session can be ended"
    here.submit(f"{PROFILE}/sessions", session=mine[1])
    assert here.at == f"/dashboard/sign-in?merchant={server.merchant.id}"


def test_an_authenticator_is_added_asked_for_and_used_once_and_a_recovery_code_stands_in(
    server: DashboardServer, member: Members, visitors: Callable[[int], Visitor]
) -> None:
    guest = visitors(0)
    email = joined(server, member(), guest)
    guest.go(PROFILE)
    guest.submit(AUTHENTICATOR)
    assert "<svg" in guest.text
    secret = key_of(guest)
    guest.submit(f"{AUTHENTICATOR}/confirm", code="000000")
    assert (guest.status, "no code of your app" in guest.text) == (422, True)
    assert key_of(guest) == secret
    used = code_at(secret)
    guest.submit(f"{AUTHENTICATOR}/confirm", code=used)
    codes = re.findall(r'<li class="mono">([0-9a-z-]+)</li>', guest.text)
    assert len(codes) == 8
    guest.go(AUTHENTICATOR)
    assert secret not in guest.text.replace("-", "")
    assert "<svg" not in guest.text, "shown until it is confirmed, and never again"

    other = visitors(0)
    other.enter(email)
    assert other.at == "/dashboard/sign-in/authenticator"
    for path in ("/dashboard", PROFILE, "/dashboard/nothing"):
        assert other.tell("GET", path).status == 303, "nobody is in yet"
    other.go("/dashboard/sign-in/authenticator")
    other.submit("/dashboard/sign-in/authenticator", code=used)
    assert other.status == 422, "this code was used, and its step is not over"
    later = code_at(secret, 1)
    other.submit("/dashboard/sign-in/authenticator", code=later)
    assert other.at == "/dashboard"

    third = visitors(0)
    third.enter(email)
    third.submit("/dashboard/sign-in/authenticator", code=later)
    assert third.status == 422, "the same code within its step"
    third.submit("/dashboard/sign-in/authenticator", code=codes[0].upper())
    assert third.at == "/dashboard"
    third.go(PROFILE)
    assert "7 recovery codes are left" in third.text
    third.go(AUTHENTICATOR)
    third.submit(f"{AUTHENTICATOR}/off", code=codes[0])
    assert third.status == 422, "a recovery code works once"
    third.submit(f"{AUTHENTICATOR}/off", code=codes[1])
    assert "authenticator app is off" in third.text
    fourth = visitors(0)
    fourth.enter(email)
    assert fourth.at == "/dashboard"


def test_guesses_at_the_authenticator_are_few_and_an_owner_can_take_it_off(
    server: DashboardServer, member: Members, visitors: Callable[[int], Visitor]
) -> None:
    owner, guest, other = member(), visitors(0), visitors(0)
    email = joined(server, owner, guest)
    guest.go(PROFILE)
    guest.submit(AUTHENTICATOR)
    secret = key_of(guest)
    guest.submit(f"{AUTHENTICATOR}/confirm", code=code_at(secret))
    other.enter(email)
    for _ in range(5):
        other.submit("/dashboard/sign-in/authenticator", code="000000")
        assert "no code of your app" in other.text
    other.submit("/dashboard/sign-in/authenticator", code=code_at(secret))
    assert (other.status, "Too many wrong codes" in other.text) == (422, True)
    id_ = member_id(owner, email)
    owner.go(f"{PEOPLE}/{id_}")
    owner.submit(f"{PEOPLE}/{id_}/authenticator/off")
    assert "The authenticator is off" in owner.text
    third = visitors(0)
    third.enter(email)
    assert third.at == "/dashboard"


def test_a_form_of_the_second_step_is_bound_to_its_session(
    server: DashboardServer, member: Members, visitors: Callable[[int], Visitor]
) -> None:
    guest, other = visitors(0), visitors(0)
    email = joined(server, member(), guest)
    guest.go(PROFILE)
    guest.submit(AUTHENTICATOR)
    secret = key_of(guest)
    guest.submit(f"{AUTHENTICATOR}/confirm", code=code_at(secret))
    other.enter(email)
    other.submit("/dashboard/sign-in/authenticator", code=code_at(secret), token="0" * 64)
    assert other.status == 403
    with Visitor(server) as stranger:
        stranger.go("/dashboard/sign-in/authenticator")
        assert stranger.at == "/dashboard/sign-in"
        assert stranger.tell("POST", "/dashboard/sign-in/authenticator", {"code": SANDBOX_CODE}).status == 303


def test_a_name_is_changed_and_shown_escaped(server: DashboardServer, member: Members, visitor: Visitor) -> None:
    joined(server, member(), visitor)
    visitor.go(PROFILE)
    visitor.submit(f"{PROFILE}/name", name='  "><script>alert(1)</script> ')
    assert "Your name is changed" in visitor.text
    assert "<script>alert" not in visitor.text
    visitor.submit(f"{PROFILE}/name", name="a\nb")
    assert visitor.status == 200, "one line of it"
    visitor.submit(f"{PROFILE}/name", name="\u202e")
    assert visitor.status == 422
