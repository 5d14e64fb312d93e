"""What messages say: a merchant's own words reach its customers, and only words that are of use are kept."""

import pytest

from dastak.accounts.deed import Deed, words_of
from dastak.accounts.member import Role
from integration.dashboard.conftest import Members
from support.api import Api
from support.dashboard import DashboardServer

pytestmark = pytest.mark.slow

MESSAGES = "/dashboard/setup/messages"
INVITATION = f"{MESSAGES}/kyc_link"


def invite(api: Api, verification_id: str) -> None:
    """Make a link whose invitation goes out by SMS."""
    body: dict[str, object] = {"verification_id": verification_id, "phone": "9999999999", "template_name": "Full_kyc"}
    body["notification_types"] = ["sms"]
    assert api.post("/verification/form", body).status == 200


def test_own_words_reach_the_customer_and_dastak_s_come_back(
    server: DashboardServer, member: Members, api: Api
) -> None:
    owner = member()
    owner.go(INVITATION)
    owner.submit(INVITATION, subject="From  {merchant}", text="Namaste! {link} \n is open until {until}, {merchant}.")
    assert "Saved." in owner.text
    assert "Namaste! https://kyc.example.com" in owner.text
    invite(api, "own-words")
    server.wait_for_line(lambda line: "Namaste!" in line)
    owner.submit(f"{INVITATION}/reset")
    assert "says again what Dastak says" in owner.text
    invite(api, "usual-words")
    server.wait_for_line(lambda line: "asks you to complete your KYC" in line)
    owner.go(f"/dashboard/audit?deed={Deed.MESSAGE_CHANGED}")
    assert owner.text.count(f"{words_of(Deed.MESSAGE_CHANGED)}</td>") == 2


def test_a_preview_keeps_nothing(member: Members) -> None:
    owner = member()
    owner.go(INVITATION)
    owner.submit(INVITATION, subject="S", text="<b>Hello</b> {link}", preview="yes")
    assert "&lt;b&gt;Hello&lt;/b&gt; https://kyc.example.com" in owner.text
    assert "not saved yet" in owner.text
    owner.go(INVITATION)
    assert "Hello" not in owner.text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("No link", "{link} must be in it"),
        ("{link} {code}", "known here"),
        ("{link} {", "known here"),
        ("{link}" + "x" * 400, "400 is the most"),
    ],
)
def test_words_that_are_of_no_use_are_refused(member: Members, text: str, said: str) -> None:
    owner = member()
    owner.go(INVITATION)
    owner.submit(INVITATION, subject="S", text=text)
    assert (owner.status, said in owner.text) == (422, True), owner.text


def test_a_viewer_reads_and_each_merchant_has_words_of_its_own(member: Members) -> None:
    owner, viewer, other = member(), member(Role.VIEWER), member(merchant=1)
    code = f"{MESSAGES}/code"
    owner.go(code)
    owner.submit(code, subject="Code", text="{code}: ours alone")
    viewer.go(code)
    assert "ours alone" in viewer.text
    assert viewer.tell("POST", code, {"token": viewer.token, "subject": "S", "text": "{code}"}).status == 403
    other.go(MESSAGES)
    assert "ours alone" not in other.text
    assert other.tell("GET", f"{MESSAGES}/none").status == 404
    owner.submit(f"{code}/reset")
