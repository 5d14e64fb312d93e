"""Journeys at the dashboard, over real HTTP and without script: made, found, told, sent again, booked, ended, exported."""

import csv
import io
import re
import uuid

import pytest

from dastak.accounts.member import Role
from integration.dashboard.conftest import Members
from support.api import Api
from support.customer import Customer
from support.dashboard import DashboardServer, Visitor

pytestmark = pytest.mark.slow

LINKS, CASES = "/dashboard/journeys/kyc-links", "/dashboard/journeys/video-kycs"
ALL_WEEK = [
    {"weekday": day, "from": "00:00", "to": "24:00"} for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
]
HOSTILE = '<img src=x onerror="alert(1)">'
NAME, PHONE, EMAIL = "Asha Gupta", "+919123456780", "asha@example.com"


def unique(begin: str) -> str:
    return f"{begin}-{uuid.uuid4().hex[:12]}"


def open_first(visitor: Visitor, list_path: str, verification_id: str) -> str:
    """Search the list for it, and go to its page; its path."""
    visitor.go(f"{list_path}?q={verification_id}")
    found = re.search(rf'href="({list_path}/jrn_\w+)">{re.escape(verification_id)}<', visitor.text)
    assert found, visitor.text
    visitor.go(found.group(1))
    assert visitor.status == 200
    return found.group(1)


def a_case(api: Api, **fields: object) -> str:
    """A Video KYC of a new user; its verification_id."""
    user, name = unique("user"), unique("case")
    api.post("/verification/user", {"phone": "9876543210", "user_id": user, "name": NAME, "email": EMAIL})
    made = api.post("/verification/vkyc", {"verification_id": name, "user_id": user, **fields})
    assert made.status == 200, made
    return name


# finding


def test_links_are_found_by_each_of_their_numbers_and_by_phone_in_any_form(member: Members, api: Api) -> None:
    name = unique("find")
    link = api.create_link(verification_id=name, phone=PHONE)
    page = member(Role.VIEWER)
    for asked in (name, str(link["reference_id"]), "91234%2056780", "%2B919123456780", "919123456780"):
        page.go(f"{LINKS}?q={asked}")
        assert f">{name}<" in page.text, asked
    page.go(f"{LINKS}?q={name[:-1]}")
    assert "Nothing has this number." in page.text
    page.go(f"{LINKS}?status=SUCCESS&q=")
    assert f">{name}<" not in page.text


def test_cases_are_found_by_each_of_their_numbers_and_by_status(member: Members, api: Api) -> None:
    name = a_case(api)
    reference = api.get("/verification/vkyc", verification_id=name).json["reference_id"]
    page = member(Role.VIEWER)
    for asked in (name, str(reference), "9876543210"):
        page.go(f"{CASES}?q={asked}")
        assert f">{name}<" in page.text, asked
    page.go(f"{CASES}?status=RECEIVED")
    assert f">{name}<" in page.text
    page.go(f"{CASES}?status=EXPIRED")
    assert f">{name}<" not in page.text


def test_pages_of_a_list_join_and_lead_back(member: Members, api: Api) -> None:
    phone = "8" + str(uuid.uuid4().int)[:9]
    names = [api.create_link(phone=phone)["verification_id"] for _ in range(27)]
    page = member(Role.VIEWER)
    page.go(f"{LINKS}?q={phone}")
    first = re.findall(r">(case-[\w-]+)</a>", page.text)
    following = re.search(r'href="([^"]+)" rel="next"', page.text)
    assert following
    page.go(following.group(1).replace("&amp;", "&"))
    second = re.findall(r">(case-[\w-]+)</a>", page.text)
    assert [*first, *second] == names[::-1]
    assert "First page" in page.text
    assert 'rel="next"' not in page.text


def test_what_cannot_be_read_is_named_and_narrows_nothing(member: Members) -> None:
    page = member(Role.VIEWER)
    page.go(f"{LINKS}?from=tomorrow")
    assert page.status == 422
    assert "Give a date" in page.text
    page.go(f"{LINKS}?after=nonsense&status=nonsense")
    assert page.status == 200


# one link


def test_a_link_made_by_hand_is_one_of_the_api_s(member: Members, api: Api) -> None:
    page, name = member(Role.OPERATIONS), unique("hand")
    page.go(f"{LINKS}/new")
    page.submit(
        f"{LINKS}/new",
        template="Pan_verification",
        phone=PHONE,
        name=NAME,
        email="",
        verification_id=name,
        expiry="",
        by_sms="yes",
    )
    assert page.at.startswith(f"{LINKS}/jrn_")
    assert "It is made." in page.text
    link = api.link(name)
    assert (link["name"], link["phone"], link["form_status"]) == (NAME, PHONE, "RECEIVED")
    assert link["form_link"] in page.text
    page.go(f"{LINKS}/new")
    page.submit(f"{LINKS}/new", template="Pan_verification", phone=PHONE, verification_id=name)
    assert page.status == 422
    assert "This verification ID was used before." in page.text


def test_what_is_wrong_with_a_link_is_said_at_its_field_and_nothing_is_made(member: Members) -> None:
    page = member(Role.OWNER)
    page.go(f"{LINKS}/new")
    page.submit(
        f"{LINKS}/new",
        template="Full_kyc",
        phone="12",
        name=HOSTILE,
        email="no",
        verification_id="a b",
        expiry="2020-01-01",
        by_email="yes",
    )
    assert page.status == 422
    for field in ("phone", "name", "email", "verification_id", "expiry"):
        assert f'href="#{field}"' in page.text, field
    assert HOSTILE not in page.text
    page.go(f"{LINKS}/new")
    page.submit(f"{LINKS}/new", template="Nothing", phone=PHONE, verification_id=unique("x"))
    assert "That template is gone." in page.text


def test_the_story_of_a_link_tells_states_checks_and_events(member: Members, api: Api) -> None:
    link = api.create_link("Pan_verification", name=NAME, phone=PHONE, email=EMAIL)
    with Customer(link["form_link"]) as customer:
        customer.complete()
    page = member(Role.VIEWER)
    open_first(page, LINKS, link["verification_id"])
    for words in ("The link was made", "PAN: confirmed", "The link is done", "KYC_LINK_SUCCESS"):
        assert words in page.text, words
    assert 'id="story-drawing-title"' in page.text
    assert link["form_link"] not in page.text, "a viewer does not get the customer's link"


def test_customers_are_masked_until_they_are_asked_for_and_that_is_noted(member: Members, api: Api) -> None:
    link = api.create_link(name=NAME, phone=PHONE, email=EMAIL)
    for role in (Role.VIEWER, Role.DEVELOPER):
        path = open_first(member(role), LINKS, link["verification_id"])
        assert f"{path}/reveal" not in member(role).text
    page = member(Role.OPERATIONS)
    path = open_first(page, LINKS, link["verification_id"])
    for secret in (NAME, PHONE, EMAIL):
        assert secret not in page.text
    page.submit(f"{path}/reveal")
    assert page.status == 200
    for secret in (NAME, PHONE, EMAIL):
        assert secret in page.text
    owner = member(Role.OWNER)
    owner.go("/dashboard/audit?deed=customer_data.viewed")
    assert path.rpartition("/")[2] in owner.text
    viewer = member(Role.VIEWER)
    assert viewer.tell("POST", f"{path}/reveal", {"token": viewer.token}).status == 403


def test_an_invitation_goes_out_again_once_a_minute_and_only_on_a_channel(
    member: Members, api: Api, server: DashboardServer
) -> None:
    link = api.create_link(phone=PHONE)
    page = member(Role.OPERATIONS)
    path = open_first(page, LINKS, link["verification_id"])
    page.submit(f"{path}/resend")
    assert "Choose how to tell the customer." in page.text
    page.submit(f"{path}/resend", by_sms="yes")
    assert "The invitation goes out again." in page.text
    server.wait_for_line(lambda line: link["form_link"] in line)
    page.submit(f"{path}/resend", by_sms="yes")
    assert page.status == 422
    assert "within the last minute" in page.text


def test_a_cancelled_link_is_over_for_the_customer_and_cannot_be_touched_again(member: Members, api: Api) -> None:
    link = api.create_link()
    page = member(Role.OPERATIONS)
    path = open_first(page, LINKS, link["verification_id"])
    page.submit(f"{path}/cancel")
    assert "It is cancelled" in page.text
    assert f"{path}/resend" not in page.text
    assert api.link(link["verification_id"])["form_status"] == "EXPIRED"
    told = page.tell("POST", f"{path}/resend", {"token": page.token, "by_sms": "yes"})
    assert told.status == 422
    assert "has ended" in told.text
    with Customer(link["form_link"]) as customer:
        customer.open()
        assert customer.page is not None
        assert "/otp" not in customer.page.forms


# one case


def test_a_case_made_by_hand_has_a_user_of_its_own_or_one_who_is_known(member: Members, api: Api) -> None:
    page, name, user = member(Role.OPERATIONS), unique("hand"), unique("user")
    page.go(f"{CASES}/new")
    page.submit(
        f"{CASES}/new",
        user_id=user,
        phone=PHONE,
        name=NAME,
        email=EMAIL,
        verification_id=name,
        by_sms="yes",
        by_email="yes",
    )
    assert "It is made." in page.text, page.text
    made = api.get("/verification/user", user_id=user).json
    assert (made["phone"], made["email"]) == (PHONE, EMAIL)
    again = unique("hand")
    page.go(f"{CASES}/new")
    page.submit(f"{CASES}/new", user_id=user, verification_id=again)
    assert "It is made." in page.text, page.text
    assert api.get("/verification/vkyc", verification_id=again).json["user_id"] == user
    page.go(f"{CASES}/new")
    page.submit(f"{CASES}/new", user_id=user, verification_id=again)
    assert "This verification ID was used before." in page.text
    page.go(f"{CASES}/new")
    page.submit(f"{CASES}/new", user_id="<b>", phone="1", verification_id="")
    assert page.status == 422


def test_a_slot_is_booked_changed_and_given_back(member: Members, api: Api) -> None:
    agent = {"name": "Meera", "email": f"{unique('m')}@bank.example", "roles": ["agent"]}
    operator = api.post("/api/v1/operators", agent).json
    api.put(f"/api/v1/operators/{operator['id']}/availability", {"windows": ALL_WEEK})
    name = a_case(api)
    page = member(Role.OPERATIONS)
    path = open_first(page, CASES, name)
    for number in (3, 5):
        page.go(f"{path}/schedule")
        tomorrow = re.findall(r'href="(\?day=[^"]+)"', page.text)[1]
        page.go(f"{path}/schedule{tomorrow}")
        slots = re.findall(r'<option value="([^"]+)">', page.text)
        page.submit(f"{path}/schedule", at=slots[number])
        assert "The slot is booked" in page.text
        assert "Booked for" in page.text
        assert api.get(f"/api/v1/video-kycs/{name}").json["sub_status"] == "USER_MEETING_SCHEDULED"
    page.submit(f"{path}/unschedule")
    assert "given back" in page.text
    for at in ("", "soon", "2026-01-01T10:00:00", "2001-01-01T10:00:00+00:00"):
        told = page.tell("POST", f"{path}/schedule", {"token": page.token, "at": at})
        assert told.status == 422, at
        assert "Choose another slot." in told.text
    api.patch(f"/api/v1/operators/{operator['id']}", {"active": False})


def test_a_case_is_sent_again_and_cancelled_and_tells_its_story(member: Members, api: Api) -> None:
    name = a_case(api, notification_types=["sms"])
    page = member(Role.OWNER)
    path = open_first(page, CASES, name)
    page.submit(f"{path}/resend", by_email="yes")
    assert "The invitation goes out again." in page.text
    assert "The invitation was sent again" in page.text
    page.submit(f"{path}/cancel")
    assert "It is cancelled" in page.text
    assert "The case was cancelled" in page.text
    assert "VKYC_USER_LINK_EXPIRED" in page.text
    assert NAME not in page.text
    page.submit(f"{path}/reveal")
    assert NAME in page.text


# leaving with data


def rows_of(text: str) -> list[dict[str, str]]:
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text[1:], newline="")))


def test_an_export_has_every_link_that_fits_masked_and_no_formula(member: Members, api: Api) -> None:
    names = {
        api.create_link("Upi_verification", name=NAME, phone=PHONE, email=EMAIL)["verification_id"] for _ in range(3)
    }
    page = member(Role.DEVELOPER)
    page.go(LINKS)
    told = page.tell("POST", f"{LINKS}/export", {"token": page.token, "status": "RECEIVED"})
    assert told.status == 200
    rows = rows_of(told.text)
    assert names <= {row["verification_id"] for row in rows}
    assert {row["form_status"] for row in rows} == {"RECEIVED"}
    assert NAME not in told.text
    assert PHONE not in told.text
    whole = page.tell("POST", f"{LINKS}/export", {"token": page.token, "whole": "yes"})
    assert whole.status == 403


def test_whole_customers_leave_only_with_those_who_may_and_it_is_noted(member: Members, api: Api) -> None:
    name = api.create_link("Upi_verification", name=NAME, phone=PHONE, email=EMAIL)["verification_id"]
    page = member(Role.COMPLIANCE)
    page.go(LINKS)
    told = page.tell("POST", f"{LINKS}/export", {"token": page.token, "whole": "yes"})
    row = next(row for row in rows_of(told.text) if row["verification_id"] == name)
    assert (row["name"], row["phone"]) == (NAME, f"'{PHONE}")
    page.go("/dashboard/audit?deed=journeys.exported")
    assert "whole" in page.text


def test_cases_are_exported_too(member: Members, api: Api) -> None:
    name = a_case(api)
    page = member(Role.VIEWER)
    page.go(CASES)
    told = page.tell("POST", f"{CASES}/export", {"token": page.token})
    assert name in {row["verification_id"] for row in rows_of(told.text)}
    assert NAME not in told.text


# who may not


def test_another_merchant_s_journeys_are_like_none(member: Members, api: Api) -> None:
    link, case = api.create_link()["verification_id"], a_case(api)
    own = member(Role.OWNER)
    paths = [open_first(own, LINKS, link), open_first(own, CASES, case)]
    other = member(Role.OWNER, merchant=1)
    for path in paths:
        unknown = path.rpartition("/")[0] + "/jrn_unknown"
        assert other.tell("GET", path).status == other.tell("GET", unknown).status == 404
        for act in ("resend", "cancel", "reveal"):
            told = other.tell("POST", f"{path}/{act}", {"token": other.token, "by_sms": "yes"})
            assert told.status == 404, act
    for path in (LINKS, CASES):
        for asked in (link, case, "9876543210"):
            other.go(f"{path}?q={asked}")
            assert "Nothing has this number." in other.text
        assert link not in other.tell("POST", f"{path}/export", {"token": other.token}).text


@pytest.mark.parametrize("act", ["resend", "cancel"])
def test_a_viewer_changes_nothing(member: Members, api: Api, act: str) -> None:
    link = api.create_link()
    viewer = member(Role.VIEWER)
    path = open_first(viewer, LINKS, link["verification_id"])
    assert f"{path}/{act}" not in viewer.text
    assert viewer.tell("POST", f"{path}/{act}", {"token": viewer.token, "by_sms": "yes"}).status == 403
    assert viewer.tell("GET", f"{LINKS}/new").status == 403
    assert api.link(link["verification_id"])["form_status"] == "RECEIVED"


def test_a_form_without_its_token_changes_nothing(member: Members, api: Api) -> None:
    link = api.create_link()
    page = member(Role.OWNER)
    path = open_first(page, LINKS, link["verification_id"])
    for token in ("", "0" * 64):
        assert page.tell("POST", f"{path}/cancel", {"token": token}).status == 403
    assert api.link(link["verification_id"])["form_status"] == "RECEIVED"


def test_hostile_text_of_api_callers_and_customers_is_only_text(member: Members, api: Api) -> None:
    user, name = unique("user"), unique("case")
    api.post("/verification/user", {"phone": "9876543210", "user_id": user, "name": HOSTILE})
    api.post("/verification/vkyc", {"verification_id": name, "user_id": user})
    page = member(Role.OWNER)
    path = open_first(page, CASES, name)
    page.submit(f"{path}/reveal")
    assert "&lt;img src=x" in page.text
    assert "<img src=x" not in page.text
    page.go(f"{CASES}?q=%3Cimg%20src=x%3E&status=%22%3E&from=%3Cb%3E")
    assert "<img src=x" not in page.text


def test_pages_are_small(member: Members) -> None:
    page = member(Role.OWNER)
    for path in (LINKS, CASES, f"{LINKS}/new", f"{CASES}/new"):
        page.go(path)
        assert len(page.text.encode()) < 60_000
