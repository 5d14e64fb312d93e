"""What a test came to, with what to do."""

from dataclasses import replace

import pytest

from dastak.web.dashboard.webhooks.answers import SHOWN_BYTES, phases, shown
from dastak.webhooks import registry
from dastak.webhooks.post import Timings
from unit.webhooks.props import an_answer, no_answer


def test_a_success_needs_no_advice() -> None:
    page = shown(registry.Tested(replace(an_answer(status=204), address="203.0.113.5"), passed=True))
    assert (page.passed, page.headline, page.advice, page.address) == (True, "Answered 204", "", "203.0.113.5")


@pytest.mark.parametrize("status", [*range(400, 430), 500, 502, 503, 504, 507, 599, 100])
def test_every_failure_says_what_to_do(status: int) -> None:
    page = shown(registry.Tested(an_answer(status=status), passed=False))
    assert page.headline == f"Answered {status}"
    assert page.advice.endswith((".", "?"))


def test_what_never_answered_says_why() -> None:
    page = shown(registry.Tested(no_answer(), passed=False))
    assert (page.headline, page.advice) == ("No answer", "It ended at connect.")


def test_a_redirect_says_where_it_leads() -> None:
    answer = an_answer("t", 301, ("location", "https://www.merchant.example/webhooks"))
    assert shown(registry.Tested(answer, passed=False)).advice.endswith(
        "Give the final URL: https://www.merchant.example/webhooks."
    )
    assert shown(registry.Tested(an_answer(status=302), passed=False)).advice.endswith("Give the final URL.")


def test_phases_add_up_to_the_whole_and_leave_out_what_did_not_happen() -> None:
    made = phases(Timings(1500, 4000, 0, 30_000, 30_500))
    assert [(one.name, one.milliseconds) for one in made] == [
        ("Look-up of the name", 1.5),
        ("Connection", 2.5),
        ("First byte of the answer", 26.0),
        ("Rest of the answer", 0.5),
    ]


def test_a_long_body_is_cut_and_bytes_that_are_no_text_do_no_harm() -> None:
    page = shown(registry.Tested(replace(an_answer(), body=b"\xff" * (SHOWN_BYTES + 1)), passed=True))
    assert (page.cut, len(page.body)) == (True, SHOWN_BYTES)
    assert not shown(registry.Tested(replace(an_answer(), body=b"ok"), passed=True)).cut
