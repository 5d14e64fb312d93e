"""What is, and what is not, a UPI ID."""

import pytest

from dastak.journeys.facts import SyntaxRefused
from dastak.verification.upi.syntax import check_upi_id, mask


@pytest.mark.parametrize("typed", ["Success@UPI", " success @ upi ", "success@upi"])
def test_case_and_spaces_do_not_matter(typed: str) -> None:
    assert check_upi_id(typed) == "success@upi"


@pytest.mark.parametrize("typed", ["9876543210@ybl", "a.b-c_d@okhdfcbank", "a@b1", f"{'a' * 251}@upi"])
def test_the_usual_shapes_pass(typed: str) -> None:
    assert check_upi_id(typed) == typed


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "Type your UPI ID"),
        ("success", "exactly one @"),
        ("a@b@upi", "exactly one @"),
        ("@upi", "Before the @"),
        (".a@upi", "Before the @"),
        ("a-@upi", "Before the @"),
        ("a+b@upi", "Before the @"),
        ("a@", "After the @"),
        ("a@u", "After the @"),
        ("a@example.com", "After the @"),
        ("a@1bank", "After the @"),
        (f"{'a' * 252}@upi", "at most 255"),
        ("success@\N{KELVIN SIGN}otak", "English letters"),
        ("su\u00e7ess@upi", "English letters"),
    ],
)
def test_what_cannot_be_a_upi_id_is_refused_with_what_to_mend(typed: str, says: str) -> None:
    with pytest.raises(SyntaxRefused, match=says) as refused:
        check_upi_id(typed)
    assert refused.value.field == "upi_id"


@pytest.mark.parametrize(
    ("upi_id", "shown"), [("9876543210@ybl", "98***@ybl"), ("ab@ybl", "a***@ybl"), ("a@ybl", "***@ybl")]
)
def test_a_stored_upi_id_hides_its_handle(upi_id: str, shown: str) -> None:
    assert mask(upi_id) == shown
