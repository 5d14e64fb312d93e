"""Forms with a file, as browsers send them, and as nobody should."""

import os

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dastak.web.body import BodyTooLarge, BodyUnreadable
from dastak.web.multipart import MOST_PARTS, Parts, parts_of


def sent(fields: dict[str, str], files: dict[str, bytes]) -> tuple[bytes, str]:
    """What a client sends, and its boundary."""
    request = httpx.Request(
        "POST", "http://x", data=fields, files={name: ("a b.png", content) for name, content in files.items()}
    )
    return request.read(), request.headers["content-type"].partition("boundary=")[2]


@given(st.dictionaries(st.sampled_from(["a", "b", "ü"]), st.text(st.characters(codec="utf-8"))), st.binary(min_size=1))
def test_fields_and_files_come_as_they_were_sent(fields: dict[str, str], content: bytes) -> None:
    body, boundary = sent(fields, {"logo": content})
    wanted = {name: text.replace("\x00", "").strip() for name, text in fields.items()}
    assert parts_of(body, boundary) == Parts(wanted, {"logo": content})


def test_line_ends_inside_a_file_are_its_own() -> None:
    content = b"\r\n--\r\n\r\n\n\r" + os.urandom(99) + b"\r\n"
    body, boundary = sent({}, {"logo": content})
    assert parts_of(body, boundary).files == {"logo": content}


def test_no_file_chosen_is_no_file() -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="logo"; filename=""\r\n\r\n\r\n--x--\r\n'
    assert parts_of(body, "x") == Parts({}, {})


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--x",
        b"--x\r\n\r\n",
        b"--x\r\nno end of the head--x--",
        b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\ncut',
        b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\xff\r\n--x--',
        b"--x\r\n" + b"h" * 2000 + b"\r\n\r\n\r\n--x--",
    ],
)
def test_what_is_no_such_form_is_refused(body: bytes) -> None:
    with pytest.raises(BodyUnreadable):
        parts_of(body, "x")


def test_too_many_parts_are_refused() -> None:
    one = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
    with pytest.raises(BodyTooLarge):
        parts_of(one * MOST_PARTS + b"--x--", "x")
