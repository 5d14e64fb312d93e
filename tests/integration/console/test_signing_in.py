"""In and out of the console, over real HTTP, without script."""

import re
from collections.abc import Callable
from http.client import HTTPConnection

import pytest

from integration.console.conftest import SANDBOX_CODE, Person, an_operator
from support.api import Api
from support.server import RunningServer

pytestmark = pytest.mark.slow


def test_a_code_by_mail_lets_an_operator_in_and_out_again(server: RunningServer, api: Api, person: Person) -> None:
    operator = an_operator(api, "agent", "auditor", name="Meera <b>Nair")
    person.ask(operator["email"].upper())
    assert person.at == "/console/sign-in/code"
    assert "M…@ASHA.EXAMPLE" in person.text
    assert SANDBOX_CODE in person.text, "the sandbox shows it"
    assert "Asha Bank" in person.text
    server.wait_for_line(lambda line: "Hello Meera <b>Nair" in line)
    person.submit("/sign-in/code", code=" 111-000 ")
    assert (person.status, person.at) == (200, "/console")
    assert "Hello Meera &lt;b&gt;Nair" in person.text
    assert "an agent and an auditor" in person.text
    person.submit("/sign-out")
    assert person.at == f"/console/sign-in?merchant={server.merchant.id}"
    person.go("/console")
    assert person.at == "/console/sign-in"


def test_nobody_can_tell_a_stranger_s_address_from_an_operator_s(api: Api, people: Callable[[], Person]) -> None:
    known, gone = an_operator(api), an_operator(api)
    api.post(f"/api/v1/operators/{gone['id']}/deactivate")
    pages = []
    for email in (known["email"], f"meera.{'0' * 32}@asha.example", gone["email"]):
        person = people()
        person.ask(email)
        asked = person.at, person.status, _without_token(person.text)
        person.submit("/sign-in/code", code="999999")
        pages.append((asked, person.at, person.status, _without_token(person.text)))
    assert pages[0] == pages[1] == pages[2]
    assert "4 tries are left" in pages[0][3]


def test_the_shown_code_of_the_sandbox_lets_no_stranger_in(person: Person) -> None:
    person.enter("nobody@asha.example")
    assert (person.status, person.at) == (422, "/console/sign-in/code")


def test_five_wrong_codes_lock_it(api: Api, person: Person) -> None:
    operator = an_operator(api)
    person.ask(operator["email"])
    for _ in range(5):
        person.submit("/sign-in/code", code="999999")
    assert "Too many wrong codes" in person.text
    person.submit("/sign-in/code", code=SANDBOX_CODE)
    assert (person.status, person.at) == (422, "/console/sign-in/code")


def test_another_code_too_soon_leads_to_the_same_page_and_the_first_still_works(api: Api, person: Person) -> None:
    operator = an_operator(api)
    person.ask(operator["email"])
    person.ask(operator["email"])
    assert person.at == "/console/sign-in/code"
    person.submit("/sign-in/code", code=SANDBOX_CODE)
    assert person.at == "/console"


@pytest.mark.parametrize("email", ["", "meera", "a@b", "a b@c.example", "x" * 300 + "@a.example", "<script>"])
def test_what_is_no_address_is_asked_for_again(person: Person, email: str) -> None:
    person.go(f"/console/sign-in?merchant={person.merchant_id}")
    person.submit("/sign-in", email=email)
    assert (person.status, person.at) == (422, "/console/sign-in")
    assert "Type your e-mail address" in person.text
    assert "<script>" not in person.text


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "\u0661\u0661\u0661\u0660\u0660\u0660"])
def test_what_is_no_code_costs_no_try(api: Api, person: Person, code: str) -> None:
    person.ask(an_operator(api)["email"])
    person.submit("/sign-in/code", code=code)
    assert "6 digits" in person.text
    person.submit("/sign-in/code", code="999999")
    assert "4 tries are left" in person.text


def test_a_deactivated_operator_is_out_at_the_next_click(api: Api, person: Person) -> None:
    operator = an_operator(api)
    person.enter(operator["email"])
    api.post(f"/api/v1/operators/{operator['id']}/deactivate")
    person.go("/console")
    assert person.at == "/console/sign-in"
    assert "Asha Bank" in person.text, "this browser's company is remembered"


def test_a_page_of_another_role_is_refused_in_words_and_opens_once_the_role_is_given(api: Api, person: Person) -> None:
    operator = an_operator(api, "auditor")
    person.enter(operator["email"])
    assert "/console/availability" not in person.text
    person.go("/console/availability")
    assert person.status == 403
    assert "not part of your role" in person.text
    api.patch(f"/api/v1/operators/{operator['id']}", {"roles": ["agent", "auditor"]})
    person.go("/console/availability")
    assert person.status == 200


def test_an_operator_of_one_company_is_a_stranger_at_another(
    server: RunningServer, api: Api, people: Callable[[], Person]
) -> None:
    operator = an_operator(api)
    person = people()
    person.merchant_id = server.merchants[1].id
    person.enter(operator["email"])
    assert "Other Bank" in person.text
    assert person.at == "/console/sign-in/code"


@pytest.mark.parametrize(
    "query", ["", "?merchant=mer_none", "?merchant=%00", "?merchant=" + "a" * 99, "?merchant=a%20b"]
)
def test_a_link_that_names_no_company_is_answered_in_words(person: Person, query: str) -> None:
    person.go("/console/sign-in" + query)
    assert (person.status, "Open your company" in person.text) == (404, True)


def test_what_is_not_there_is_a_page_of_the_console(person: Person) -> None:
    person.go("/console/nothing/here")
    assert (person.status, "There is nothing here" in person.text) == (404, True)


def test_cookies_are_for_this_host_s_own_pages_alone_and_headers_are_strict(server: RunningServer, api: Api) -> None:
    answers = _way_in(server, an_operator(api)["email"])
    cookies = [cookie for answer in answers for cookie in answer["set-cookie"]]
    assert {cookie.partition("=")[0] for cookie in cookies} == {"dastak-console", "dastak-console-sign-in"}
    for cookie in cookies:
        assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(cookie.split("; "))
    for answer in answers:
        (policy,) = answer["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer["cache-control"] == ["no-store"]
        assert answer["x-frame-options"] == ["DENY"]


@pytest.mark.parametrize(
    "headers",
    [{"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"origin": "https://evil.example"}],
)
def test_a_form_from_elsewhere_changes_nothing(api: Api, person: Person, headers: dict[str, str]) -> None:
    operator = an_operator(api)
    person.enter(operator["email"])
    form = person.page and person.page.forms["/console/sign-out"]
    assert form
    status = _post(person, "/console/sign-out", form.fields, headers)
    assert status == 403
    person.go("/console")
    assert person.at == "/console", "still signed in"


@pytest.mark.parametrize("token", ["", "0" * 64, "ä"])
def test_a_form_without_its_own_token_changes_nothing(api: Api, person: Person, token: str) -> None:
    person.enter(an_operator(api)["email"])
    person.submit("/sign-out", token=token)
    assert person.status == 403
    person.go("/console")
    assert person.at == "/console"


def test_forged_cookies_are_nobody_s(server: RunningServer, person: Person) -> None:
    for value in ("x", ".", "mer_1.", f"{server.merchant.id}.{'a' * 43}", "ä.ö", "e30.e30"):
        for name in ("dastak-console", "dastak-console-sign-in"):
            person._cookies = {f"/ {name}": (name, value.encode("utf-8").decode("latin-1"))}
            for path in ("/console", "/console/sign-in/code"):
                person.go(path)
                assert person.at.startswith("/console/sign-in")


def test_a_browser_that_waited_for_too_long_begins_again(person: Person, api: Api) -> None:
    person.ask(an_operator(api)["email"])
    person._cookies.clear()
    person.submit("/sign-in/code", code=SANDBOX_CODE)
    assert person.at == "/console/sign-in"


def _without_token(text: str) -> str:
    return re.sub(r'value="[0-9a-f]{64}"', "", re.sub(r'data-wait="\d+"|\d+ seconds', "", text))


def _post(person: Person, path: str, fields: dict[str, str], headers: dict[str, str]) -> int:
    """With the person's cookies, from a page of somebody else."""
    connection = HTTPConnection(person._connection.host, person._connection.port, timeout=30)
    body = "&".join(f"{name}={value}" for name, value in fields.items())
    sent = {"cookie": person._cookies_for(path), "content-type": "application/x-www-form-urlencoded", **headers}
    connection.request("POST", path, body, sent)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def _way_in(server: RunningServer, email: str) -> list[dict[str, list[str]]]:
    """The headers of every answer on the way in."""
    seen: list[dict[str, list[str]]] = []

    class Watched(Person):
        def _send(self, method: str, url: str, fields: dict[str, str] | None) -> tuple[int, str, str]:
            heard = HTTPConnection.getresponse

            def getresponse(connection: HTTPConnection) -> object:
                answer = heard(connection)
                found: dict[str, list[str]] = {}
                for name, value in answer.getheaders():
                    found.setdefault(name.lower(), []).append(value)
                found.setdefault("set-cookie", [])
                seen.append(found)
                return answer

            self._connection.getresponse = getresponse.__get__(self._connection)  # type: ignore[method-assign]
            return super()._send(method, url, fields)

    with Watched(server) as person:
        person.enter(email)
    return seen
