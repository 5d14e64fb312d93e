"""POST and DELETE /verification/form/static-link (contract.md §3.3)."""

import base64
import struct
import zlib

import pytest

from integration.api.asserting import assert_refused
from support.api import Api
from support.customer import Customer
from support.receiver import HookReceiver

PATH = "/verification/form/static-link"


def png_size(text: str) -> tuple[int, int]:
    """Check the PNG chunk by chunk and return width and height."""
    data = base64.b64decode(text, validate=True)
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, kinds, pixels = 8, [], b""
    size = (0, 0)
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        kind, content = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        (checksum,) = struct.unpack(">I", data[at + 8 + length : at + 12 + length])
        assert zlib.crc32(kind + content) == checksum
        kinds.append(kind)
        pixels += content if kind == b"IDAT" else b""
        if kind == b"IHDR":
            size = struct.unpack(">II", content[:8])
        at += 12 + length
    assert (kinds[0], kinds[-1]) == (b"IHDR", b"IEND")
    assert zlib.decompress(pixels)
    return size


def test_a_static_link_comes_with_a_qr_code_and_is_the_same_when_asked_again(api: Api) -> None:
    first = api.post(PATH, {"template_name": "Pan_verification"})
    assert first.status == 200
    assert list(first.json) == ["static_link", "qr_code", "template_name", "status"]
    assert (first.json["template_name"], first.json["status"]) == ("Pan_verification", "ACTIVE")
    width, height = png_size(first.json["qr_code"])
    assert width == height > 200
    assert api.post(PATH, {"template_name": "Pan_verification"}).json == first.json


def test_a_static_link_ends_when_it_is_deactivated_and_a_new_one_is_another(api: Api) -> None:
    made = api.post(PATH, {"template_name": "Upi_verification"}).json
    with Customer(made["static_link"]) as visitor:
        assert visitor.open().status == 200
        ended = api.delete(PATH, template_name="Upi_verification")
        assert (ended.status, ended.json) == (
            200,
            {
                "message": "Successfully Deactivated",
                "static_link": made["static_link"],
                "template_name": "Upi_verification",
                "status": "INACTIVE",
            },
        )
        assert visitor.open().status == 404
    assert_refused(api.delete(PATH, template_name="Upi_verification"), 400, "static_link_not_linked")
    assert api.post(PATH, {"template_name": "Upi_verification"}).json["static_link"] != made["static_link"]


def test_each_visitor_of_a_static_link_gets_a_link_of_their_own(api: Api, receiver: HookReceiver) -> None:
    endpoint = api.add_endpoint(receiver.url("/static"))
    made = api.post(PATH, {"template_name": "Bank_verification"}).json
    for phone in ("9000000001", "9000000002"):
        with Customer(made["static_link"]) as visitor:
            visitor.start_from_static(phone, name="Asha")
            visitor.complete()
    hooks = receiver.wait_for(4, path="/static")
    data = [hook.verify(endpoint["secret"]).to_json()["data"] for hook in hooks]
    assert {one["phone"] for one in data} == {"9000000001", "9000000002"}
    assert len({one["verification_id"] for one in data}) == 2
    for one in data:
        assert api.link(one["verification_id"])["form_status"] == "SUCCESS"
    assert api.delete(f"/api/v1/webhook-endpoints/{endpoint['id']}").status == 204


@pytest.mark.parametrize(
    ("value", "status", "code"),
    [
        (None, 400, "template_name_missing"),
        ("", 400, "template_name_missing"),
        (7, 400, "template_name_value_invalid"),
        ("a b", 400, "template_name_value_invalid"),
        ("x" * 51, 400, "template_name_length_exceeded"),
        ("No_such", 404, "template_name_not_found"),
    ],
)
def test_a_static_link_is_refused_with(api: Api, value: object, status: int, code: str) -> None:
    assert_refused(api.post(PATH, {"template_name": value}), status, code)
    if value != 7:
        assert_refused(api.delete(PATH, template_name=value), status, code)


def test_another_merchants_static_link_is_not_deactivated(api: Api, other: Api) -> None:
    made = api.post(PATH, {"template_name": "Full_kyc"}).json
    assert_refused(other.delete(PATH, template_name="Full_kyc"), 400, "static_link_not_linked")
    assert api.post(PATH, {"template_name": "Full_kyc"}).json == made
    assert other.post(PATH, {"template_name": "Full_kyc"}).json["static_link"] != made["static_link"]


@pytest.mark.parametrize(
    ("phone", "name", "email"),
    [
        ("not a phone", "", ""),
        ("9" * 19, "", ""),
        ("9999999999", "<b>", ""),
        ("9999999999", "x" * 101, ""),
        ("9999999999", "", "nobody"),
    ],
)
def test_what_a_visitor_types_is_held_to_the_same_rules(api: Api, phone: str, name: str, email: str) -> None:
    made = api.post(PATH, {"template_name": "Full_kyc"}).json
    with Customer(made["static_link"]) as visitor:
        visitor.open()
        page = visitor.submit("", phone=phone, name=name, email=email)
    assert page.status == 422
    assert page.url == visitor.path
