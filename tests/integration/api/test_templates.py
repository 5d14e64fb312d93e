"""/api/v1/templates, and what they do to links made later."""

from typing import Any

import pytest

from integration.api.asserting import assert_refused
from support.api import Api
from support.customer import Customer

PATH = "/api/v1/templates"
AADHAAR, PAN, BANK, UPI = (
    "OFFLINE_AADHAAR_VERIFICATION",
    "PANDETAILS_VERIFICATION",
    "BANKDETAILS_VALIDATION",
    "UPIDETAILS_VALIDATION",
)
BUILT_IN = {
    "Aadhaar_verification": [AADHAAR],
    "Full_kyc": [AADHAAR, PAN, BANK, UPI],
    "Pan_verification": [PAN],
    "Bank_verification": [BANK],
    "Upi_verification": [UPI],
}


def listed(api: Api) -> dict[str, list[str]]:
    return {template["name"]: template["checks"] for template in api.get(PATH).json["data"]}


def checks_of(api: Api, template: str) -> list[str]:
    link = api.create_link(template)
    return [check["type"] for check in api.link(link["verification_id"])["verification_details"]]


def test_every_merchant_has_the_built_in_ones(other: Api) -> None:
    assert listed(other) == BUILT_IN
    assert list(listed(other)) == sorted(BUILT_IN)


def test_an_own_template_decides_the_checks_and_their_order(api: Api, other: Api) -> None:
    answer = api.put(f"{PATH}/Two.checks-1_a", {"checks": [UPI, PAN, UPI]})
    assert (answer.status, answer.json) == (200, {"name": "Two.checks-1_a", "checks": [UPI, PAN]})
    assert listed(api) == BUILT_IN | {"Two.checks-1_a": [UPI, PAN]}
    assert checks_of(api, "Two.checks-1_a") == [UPI, PAN]
    code = "Bad request, please check API documentation"
    wanted = {"phone": "9999999999", "template_name": "Two.checks-1_a", "verification_id": "theirs"}
    assert_refused(other.post("/verification/form", wanted), 400, code)
    assert listed(other) == BUILT_IN
    assert api.delete(f"{PATH}/Two.checks-1_a").status == 204
    assert listed(api) == BUILT_IN
    assert_refused(api.post("/verification/form", wanted), 400, code)


def test_links_that_are_there_keep_their_checks(api: Api) -> None:
    api.put(f"{PATH}/Changing", {"checks": [PAN]})
    old = api.create_link("Changing")
    api.put(f"{PATH}/Changing", {"checks": [BANK, UPI]})
    assert checks_of(api, "Changing") == [BANK, UPI]
    api.delete(f"{PATH}/Changing")
    with Customer(old["form_link"]) as customer:
        customer.complete()
    done = api.link(old["verification_id"])
    assert [check["type"] for check in done["verification_details"]] == [PAN]
    assert done["form_status"] == "SUCCESS"


def test_an_own_template_of_a_built_in_name_wins_until_it_is_deleted(api: Api) -> None:
    api.put(f"{PATH}/Full_kyc", {"checks": [PAN]})
    assert checks_of(api, "Full_kyc") == [PAN]
    assert listed(api)["Full_kyc"] == [PAN]
    assert api.delete(f"{PATH}/Full_kyc").status == 204
    assert checks_of(api, "Full_kyc") == BUILT_IN["Full_kyc"]
    assert_refused(api.delete(f"{PATH}/Full_kyc"), 404, "template_name_not_found")


def test_a_static_link_whose_template_was_deleted_does_not_break(api: Api) -> None:
    api.put(f"{PATH}/Short_lived", {"checks": [PAN]})
    static = api.post("/verification/form/static-link", {"template_name": "Short_lived"}).json["static_link"]
    api.delete(f"{PATH}/Short_lived")
    with Customer(static) as visitor:
        page = visitor.open()
        if page.status == 200:
            page = visitor.start_from_static("9999999999")
        assert page.status < 500
    assert api.delete("/verification/form/static-link", template_name="Short_lived").status == 200


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "checks_value_invalid"),
        ({"checks": None}, "checks_value_invalid"),
        ({"checks": []}, "checks_value_invalid"),
        ({"checks": PAN}, "checks_value_invalid"),
        ({"checks": ["FACE"]}, "checks_value_invalid"),
        ({"checks": [PAN, 7]}, "checks_value_invalid"),
        ([], "invalid_request"),
    ],
)
def test_a_template_is_refused_with(api: Api, body: Any, code: str) -> None:
    assert_refused(api.put(f"{PATH}/Mine", body), 400, code)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("a%20b", "name_value_invalid"),
        ("x" * 51, "name_length_exceeded"),
        ("%00", "name_value_invalid"),
        ("%FF", "name_value_invalid"),
    ],
)
def test_a_templates_name_is_refused_with(api: Api, name: str, code: str) -> None:
    assert_refused(api.put(f"{PATH}/{name}", {"checks": [PAN]}), 400, code)
    assert_refused(api.delete(f"{PATH}/{name}"), 400, code)


def test_deleting_what_is_not_there_is_not_found(api: Api) -> None:
    assert_refused(api.delete(f"{PATH}/Never_was"), 404, "template_name_not_found")
