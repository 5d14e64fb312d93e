"""The overview of a real server: what happened today is in its funnels, of the own merchant alone."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from dastak.accounts.member import Role
from dastak_sdk import CheckType
from integration.dashboard.conftest import Members
from support.api import Api
from support.customer import Customer
from support.dashboard import DashboardServer
from support.receiver import HookReceiver

pytestmark = pytest.mark.slow


@pytest.fixture
def receiver() -> Iterator[HookReceiver]:
    with HookReceiver() as running:
        yield running


def row(text: str, name: str) -> list[str]:
    """The cells of the first table row that begins so."""
    begin = text.index(f'<th scope="row">{name}</th>')
    line = text[begin : text.index("</tr>", begin)]
    return [cell.split("</td>")[0] for cell in line.split("<td>")[1:]]


def test_a_merchant_without_anything_is_told_how_to_begin(member: Members) -> None:
    owner = member(Role.OWNER, merchant=1)
    assert "No KYC Link was made today." in owner.text
    assert "No Video KYC was made today." in owner.text
    assert "Nobody is told yet." in owner.text
    assert "make one" in owner.text
    assert "make one" not in member(Role.VIEWER, merchant=1).text


def test_what_customers_do_is_in_the_funnel_at_once(member: Members, api: Api) -> None:
    api.put("/api/v1/templates/Overview_pan", {"checks": [CheckType.PAN.value]})
    links = [api.create_link("Overview_pan") for _ in range(3)]
    with Customer(links[0]["form_link"]) as customer:
        customer.complete()
    with Customer(links[1]["form_link"]) as customer:
        customer.open()
        customer.sign_in()
    page = member(Role.VIEWER)
    page.go("/dashboard?template=Overview_pan")
    assert row(page.text, "Created") == ["3", "100%", "–"]  # noqa: RUF001
    assert row(page.text, "Opened") == ["2", "67%", "1 (33%)"]
    assert row(page.text, "First check begun")[0] == "1"
    assert row(page.text, "PAN confirmed")[0] == "1"
    assert row(page.text, "Done")[0] == "1"
    assert 'role="img"' in page.text


def test_a_template_can_be_chosen_when_several_were_used(member: Members, api: Api) -> None:
    api.create_link("Upi_verification")
    api.create_link("Bank_verification")
    page = member(Role.DEVELOPER)
    page.go("/dashboard?template=Bank_verification")
    assert "<option selected>Bank_verification</option>" in page.text
    assert "Bank account confirmed" in page.text
    page.go("/dashboard?template=%3Cscript%3E")
    assert page.status == 200
    assert "script>alert" not in page.text


def test_an_earlier_day_has_nothing_and_leads_back_to_today(member: Members) -> None:
    page = member(Role.OPERATIONS)
    before = datetime.now(UTC).date() - timedelta(days=40)
    page.go(f"/dashboard?day={before}")
    assert f"No KYC Link was made on {before.day} {before:%b %Y}." in page.text
    assert "Day after" in page.text


def test_the_queue_and_the_agents_are_counted(member: Members, api: Api) -> None:
    page = member(Role.COMPLIANCE)
    begun = page.text[page.text.index("cases-title") :]
    before = int(row(begun, "Created")[0]) if "Created</th>" in begun.partition("now-title")[0] else 0
    api.post("/verification/user", {"phone": "9876543210", "user_id": "overview-1"})
    made = api.post("/verification/vkyc", {"verification_id": "overview-case", "user_id": "overview-1"})
    assert made.status == 200
    page.go("/dashboard")
    assert "Queue and agents now" in page.text
    assert int(row(page.text[page.text.index("cases-title") :], "Created")[0]) == before + 1


def test_endpoints_are_there_with_how_they_did(member: Members, api: Api, receiver: HookReceiver) -> None:
    endpoint = api.add_endpoint(receiver.url())
    page = member(Role.VIEWER)
    assert receiver.url() in page.text
    assert "nothing sent" in page.text
    api.delete(f"/api/v1/webhook-endpoints/{endpoint['id']}")
    page.go("/dashboard")
    assert receiver.url() not in page.text


def test_the_page_is_small(member: Members) -> None:
    assert len(member(Role.OWNER).text.encode()) < 60_000


def test_other_merchants_see_nothing_of_it(member: Members, server: DashboardServer) -> None:
    page = member(Role.OWNER, merchant=1)
    assert "Pan_verification" not in page.text
    assert "No KYC Link was made today." in page.text
    del server
