"""GET /verification/form (contract.md §3.2)."""

import pytest

from integration.api.asserting import assert_refused
from support.api import Api, with_query

PATH = "/verification/form"


def test_a_link_is_found_by_either_id_and_by_both(api: Api) -> None:
    link = api.create_link("Full_kyc", name="Asha", email="asha@example.com")
    by_name, by_number = link["verification_id"], link["reference_id"]
    answers = [
        api.get(PATH, verificationID=by_name),
        api.get(PATH, referenceID=by_number),
        api.get(PATH, verificationID=by_name, referenceID=by_number),
        api.get(PATH, verification_id=by_name),
        api.get(PATH, reference_id=by_number),
        api.get(PATH, verificationID=by_name, referenceID=""),
    ]
    assert [answer.status for answer in answers] == [200] * 6
    assert all(answer.json == answers[0].json for answer in answers)
    assert list(answers[0].json) == [
        "name",
        "phone",
        "email",
        "verification_id",
        "reference_id",
        "link_expiry",
        "form_link",
        "form_status",
        "verification_details",
    ]
    assert {name: answers[0].json[name] for name in link} == link
    assert answers[0].json["verification_details"] == [
        {"reference_id": 0, "type": type_, "status": "RECEIVED"}
        for type_ in (
            "OFFLINE_AADHAAR_VERIFICATION",
            "PANDETAILS_VERIFICATION",
            "BANKDETAILS_VALIDATION",
            "UPIDETAILS_VALIDATION",
        )
    ]


@pytest.mark.parametrize("query", ["", "?", "?verificationID=", "?referenceID=&verificationID=", "?verificationid=a"])
def test_without_an_id_the_request_is_invalid(api: Api, query: str) -> None:
    assert_refused(api.raw("GET", PATH + query), 400, "invalid_request")


@pytest.mark.parametrize("value", ["abc", "-1", "0", "1.5", "1e3", "9" * 40, "%D9%A1", "1%00", "+1", "1_0"])
def test_a_reference_id_is_a_whole_number(api: Api, value: str) -> None:
    assert_refused(api.raw("GET", f"{PATH}?referenceID={value}"), 400, "referenceID_value_invalid")


@pytest.mark.parametrize(
    "query",
    [
        "verificationID=nobody",
        "referenceID=9007199254740991",
        "verificationID=%00",
        "verificationID=%FF%FE",
        "verificationID=" + "x" * 5000,
        "verificationID=%27%20OR%201%3D1",
    ],
)
def test_what_never_was_is_not_found(api: Api, query: str) -> None:
    assert_refused(api.raw("GET", f"{PATH}?{query}"), 404, "Resource not found")


def test_ids_of_two_different_links_find_nothing(api: Api) -> None:
    one, two = api.create_link(), api.create_link()
    answer = api.get(PATH, verificationID=one["verification_id"], referenceID=two["reference_id"])
    assert_refused(answer, 404, "Resource not found")


def test_another_merchants_link_looks_like_one_that_never_was(api: Api, other: Api) -> None:
    link = api.create_link()
    unknown = other.get(PATH, verificationID="never-was")
    assert_refused(unknown, 404, "Resource not found")
    for query in ({"verificationID": link["verification_id"]}, {"referenceID": link["reference_id"]}):
        theirs = other.raw("GET", with_query(PATH, query))
        assert theirs.status == unknown.status
        assert theirs.json == unknown.json
        assert {name for name, _ in theirs.headers.items()} == {name for name, _ in unknown.headers.items()}
