"""In and out of the dashboard, over real HTTP, without script."""

import re
from collections.abc import Callable

import pytest

from dastak.accounts.member import Role
from integration.dashboard.conftest import Members
from support.api import Api
from support.dashboard import SANDBOX_CODE, SPARE, DashboardServer, Visitor, email_of

pytestmark = pytest.mark.slow

SESSION, WAITING = "dastak-dashboard", "dastak-dashboard-sign-in"


def test_a_code_by_mail_lets_a_member_in_and_out_again(server: DashboardServer, visitor: Visitor) -> None:
    visitor.ask(email_of(Role.OWNER).upper())
    assert visitor.at == "/dashboard/sign-in/code"
    assert "O…@ASHA.EXAMPLE" in visitor.text
    assert SANDBOX_CODE in visitor.text, "the sandbox shows it"
    assert "Asha Bank" in visitor.text
    server.wait_for_line(lambda line: "your code for the dashboard of Asha Bank" in line)
    visitor.submit("/dashboard/sign-in/code", code=" 111-000 ")
    assert (visitor.status, visitor.at) == (200, "/dashboard")
    assert "Ravi Owner" in visitor.text
    visitor.submit("/dashboard/sign-out")
    assert visitor.at == f"/dashboard/sign-in?merchant={server.merchant.id}"
    visitor.go("/dashboard")
    assert visitor.at == "/dashboard/sign-in"


def test_nobody_can_tell_a_stranger_s_address_from_a_member_s(visitors: Callable[[int], Visitor]) -> None:
    pages = []
    for email in (email_of(Role.VIEWER), "vagabond@asha.example"):
        visitor = visitors(0)
        visitor.ask(email)
        asked = visitor.at, visitor.status, _without_chance(visitor.text)
        visitor.submit("/dashboard/sign-in/code", code="999999")
        pages.append((asked, visitor.at, visitor.status, _without_chance(visitor.text)))
    assert pages[0] == pages[1]
    assert "4 tries are left" in pages[0][3]


def test_five_wrong_codes_lock_it(visitor: Visitor) -> None:
    visitor.ask(SPARE)
    for _ in range(5):
        visitor.submit("/dashboard/sign-in/code", code="999999")
    assert "Too many wrong codes" in visitor.text
    visitor.submit("/dashboard/sign-in/code", code=SANDBOX_CODE)
    assert (visitor.status, visitor.at) == (422, "/dashboard/sign-in/code")


def test_a_member_of_one_company_is_a_stranger_at_another(visitors: Callable[[int], Visitor]) -> None:
    visitor = visitors(1)
    visitor.enter(email_of(Role.OWNER, 0))
    assert "Other Bank" in visitor.text
    assert visitor.at == "/dashboard/sign-in/code"


def test_an_operator_is_no_member_and_a_member_no_operator(api: Api, visitor: Visitor, member: Members) -> None:
    answer = api.post("/api/v1/operators", {"name": "Op", "email": "op@asha.example", "roles": ["agent"]})
    assert answer.status == 201
    visitor.enter("op@asha.example")
    assert visitor.at == "/dashboard/sign-in/code"
    owner = member()
    (session,) = (value for name, value in owner.jar.values() if name == SESSION)
    owner.jar = {"/ dastak-console": ("dastak-console", session)}
    owner.go("/console")
    assert owner.at.startswith("/console/sign-in")


@pytest.mark.parametrize("query", ["", "?merchant=mer_none", "?merchant=%00", "?merchant=" + "a" * 99])
def test_a_link_that_names_no_company_is_answered_in_words(visitor: Visitor, query: str) -> None:
    visitor.go("/dashboard/sign-in" + query)
    assert (visitor.status, "Open your company" in visitor.text) == (404, True)


def test_what_is_not_there_is_a_page_of_the_dashboard_for_whoever_is_signed_in(
    visitor: Visitor, member: Members
) -> None:
    visitor.go("/dashboard/nothing/here")
    assert visitor.at == "/dashboard/sign-in"
    owner = member()
    owner.go("/dashboard/nothing/here")
    assert (owner.status, "There is nothing here" in owner.text) == (404, True)
    assert "Sign out" in owner.text, "in the frame, to go on from there"
    assert owner.tell("POST", "/dashboard/nothing/here", {}).status == 404


@pytest.mark.parametrize("headers", ["cross-site", "same-site"])
def test_a_form_from_elsewhere_changes_nothing(member: Members, headers: str) -> None:
    owner = member()
    form = owner.form("/dashboard/sign-out")
    owner._connection.request(
        "POST",
        form.action,
        f"token={form.fields['token']}",
        {
            "content-type": "application/x-www-form-urlencoded",
            "cookie": owner._cookies_for("/dashboard"),
            "sec-fetch-site": headers,
        },
    )
    answer = owner._connection.getresponse()
    answer.read()
    assert answer.status == 403
    owner.go("/dashboard")
    assert owner.at == "/dashboard", "still signed in"


@pytest.mark.parametrize("token", ["", "0" * 64, "ä"])
def test_a_form_without_its_own_token_changes_nothing(member: Members, token: str) -> None:
    owner = member()
    owner.submit("/dashboard/sign-out", token=token)
    assert owner.status == 403
    owner.go("/dashboard")
    assert owner.at == "/dashboard"


def test_the_token_of_one_session_is_worth_nothing_in_another(member: Members) -> None:
    developer, owner = member(Role.DEVELOPER), member()
    owner.submit("/dashboard/sign-out", token=developer.token)
    assert owner.status == 403


def test_forged_cookies_are_nobody_s(server: DashboardServer, visitor: Visitor) -> None:
    for value in ("x", ".", "mer_1.", f"{server.merchant.id}.{'a' * 43}", "ä.ö", "e30.e30"):
        for name in (SESSION, WAITING):
            visitor.jar = {f"/ {name}": (name, value.encode().decode("latin-1"))}
            for path in ("/dashboard", "/dashboard/sign-in/code"):
                visitor.go(path)
                assert visitor.at.startswith("/dashboard/sign-in")


def test_cookies_are_for_this_host_s_own_pages_alone_and_headers_are_strict(member: Members) -> None:
    owner = member()
    owner._connection.request("GET", "/dashboard", headers={"cookie": owner._cookies_for("/dashboard")})
    answer = owner._connection.getresponse()
    answer.read()
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-frame-options"] == "DENY"
    owner._connection.request("GET", f"/dashboard/sign-in?merchant={owner.merchant_id}")
    answer = owner._connection.getresponse()
    answer.read()
    for cookie in answer.headers.get_all("set-cookie", []):
        assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(cookie.split("; "))


def test_times_are_in_the_merchant_s_zone_with_the_exact_instant_behind_them(member: Members) -> None:
    text = member().text
    assert re.search(
        r'<time datetime="20\d\d-[\d-]+T[\d:.]+Z" title="20\d\d-[\d-]+ [\d:.]+ UTC">\d+ \w+ 20\d\d</time>', text
    )
    assert "Times are in Asia/Kolkata" in text


def test_the_seed_s_path_is_there_developers_secure_id_webhooks(member: Members) -> None:
    developer = member(Role.DEVELOPER)
    assert re.search(r'<a href="/dashboard/developers"[^>]*>Developers</a>', developer.text)
    developer.go("/dashboard/developers")
    assert developer.status == 200
    card = developer.text.partition("Secure ID</h2>")[2].partition("</li>\n</ul>")[0]
    assert re.search(r'<a href="/dashboard/developers/webhooks">\s*Webhooks\s*</a>', card)


def _without_chance(text: str) -> str:
    shown = re.sub(r'value="[0-9a-f]{64}"|data-wait="\d+"|\d+ seconds', "", text)
    return shown.replace("v…@asha.example", "")
