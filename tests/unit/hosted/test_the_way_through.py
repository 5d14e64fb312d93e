"""A customer's whole way, by plain forms, without any script."""

from datetime import timedelta

import pytest

from dastak.journeys.errors import OtpReason, OtpRefused
from dastak.web.hosted.consent import CONSENT_VERSION, consent_text
from dastak_sdk import CheckStatus, CheckType, FormStatus
from unit.hosted.fake_desk import AADHAAR, CODE, OTP, STATIC_CODE
from unit.hosted.standing import PAGE, Standing

ACCOUNT = "026291800001191"


def test_a_customer_finishes_all_four_checks() -> None:
    standing = Standing()
    browser = standing.browser()
    assert "Send code" in browser.open(PAGE).text
    assert "Enter the code from your phone" in browser.send(f"{PAGE}/otp").text
    assert "Your Aadhaar number" in browser.send(f"{PAGE}/otp/confirm", otp=OTP).text
    assert (
        "Enter the Aadhaar OTP" in browser.send(f"{PAGE}/aadhaar", aadhaar_number="6556 7552 3712", consent="yes").text
    )
    assert "Aadhaar confirmed." in browser.send(f"{PAGE}/aadhaar/otp", otp=OTP).text
    assert "PAN confirmed." in browser.send(f"{PAGE}/pan", pan="abcpv1234d").text
    bank = {"account_number": ACCOUNT, "account_number_again": ACCOUNT, "ifsc": "yesb0000262"}
    assert "Bank account confirmed." in browser.send(f"{PAGE}/bank", **bank).text
    done = browser.send(f"{PAGE}/upi", upi_id="success@upi")
    assert "Your KYC is done" in done.text
    assert "XXXXXXXX3712" in done.text
    assert standing.desk.links[CODE].form_status is FormStatus.SUCCESS


def test_the_consent_on_the_page_is_the_consent_that_is_kept() -> None:
    standing = Standing()
    browser = standing.inside()
    assert browser.page
    assert consent_text("Sunrise Finance") in browser.page.text
    browser.send(f"{PAGE}/aadhaar", aadhaar_number=AADHAAR, consent="yes")
    assert standing.desk.consents == [f"{CONSENT_VERSION}: {consent_text('Sunrise Finance')}"]


def test_without_consent_the_number_goes_nowhere() -> None:
    standing = Standing()
    browser = standing.inside()
    reply = browser.submit(f"{PAGE}/aadhaar", aadhaar_number=AADHAAR)
    assert reply.status == 422
    assert "Tick the box if you agree." in reply.text
    assert standing.desk.calls["start_aadhaar"] == 0
    assert AADHAAR not in reply.text.replace(f'<b class="mono">{AADHAAR}</b>', "")


def test_every_form_is_answered_with_a_redirect() -> None:
    browser = Standing().browser()
    browser.open(PAGE)
    for action, typed in [
        ("/otp", {}),
        ("/otp/confirm", {"otp": OTP}),
        ("/aadhaar", {"aadhaar_number": "1" * 12, "consent": "yes"}),
    ]:
        reply = browser.submit(PAGE + action, **typed)
        assert reply.status == 303
        browser.open(reply.location)


def test_a_form_sent_twice_runs_its_check_once() -> None:
    standing = Standing()
    browser = standing.inside()
    browser.open(f"{PAGE}?check=pan")
    first = browser.submit(f"{PAGE}/pan", pan="ZZZZZ0000Z")
    again = browser.submit(f"{PAGE}/pan", pan="ZZZZZ0000Z")
    assert (first.status, again.status) == (303, 303)
    assert standing.desk.calls["submit_pan"] == 1


def test_a_right_code_sent_twice_lets_the_customer_in_both_times() -> None:
    standing = Standing()
    browser = standing.browser()
    browser.open(PAGE)
    browser.send(f"{PAGE}/otp")
    before = dict(browser.jar)
    browser.submit(f"{PAGE}/otp/confirm", otp=OTP)
    browser.jar = before  # the first answer never arrived
    second = browser.submit(f"{PAGE}/otp/confirm", otp=OTP)
    assert "Your Aadhaar number" in browser.open(second.location).text
    assert standing.desk.calls["confirm_otp"] == 1


@pytest.mark.parametrize(
    "step", ["otp", "otp/confirm", "aadhaar", "aadhaar/otp", "aadhaar/cancel", "pan", "bank", "upi"]
)
def test_the_address_of_a_form_leads_back_to_the_link(step: str) -> None:
    standing = Standing()
    reply = standing.browser().get(f"{PAGE}/{step}")
    assert (reply.status, reply.location) == (303, PAGE)
    assert not standing.desk.calls


REASONS: list[tuple[OtpReason, str]] = [
    ("wrong", "That is not the code we sent. This is the last try."),
    ("expired", "This code is too old."),
    ("locked", "Too many wrong codes"),
    ("none", "No code is waiting."),
]


@pytest.mark.parametrize(("reason", "words"), REASONS)
def test_a_refused_code_is_explained(reason: OtpReason, words: str) -> None:
    standing = Standing()
    browser = standing.browser()
    browser.open(PAGE)
    browser.send(f"{PAGE}/otp")
    standing.desk.otp_refusal = OtpRefused(reason, 1)
    reply = browser.submit(f"{PAGE}/otp/confirm", otp="222222")
    assert reply.status == 422
    assert words in reply.text
    assert "222222" not in reply.text
    assert 'aria-invalid="true" autofocus' in reply.text
    assert 'aria-describedby="otp-mistake ' in reply.text


def test_what_is_no_code_costs_no_try() -> None:
    standing = Standing()
    browser = standing.browser()
    browser.open(PAGE)
    browser.send(f"{PAGE}/otp")
    assert "Type the 6 digits" in browser.submit(f"{PAGE}/otp/confirm", otp="12 34").text
    assert standing.desk.calls["confirm_otp"] == 0


def test_asking_again_too_soon_shows_how_long_to_wait() -> None:
    standing = Standing()
    browser = standing.browser()
    browser.open(PAGE)
    standing.desk.too_soon = True
    assert 'data-wait="17"' in browser.send(f"{PAGE}/otp").text


def test_a_mistake_keeps_what_was_typed_and_runs_nothing() -> None:
    standing = Standing()
    browser = standing.inside()
    browser.open(f"{PAGE}?check=bank")
    reply = browser.submit(f"{PAGE}/bank", account_number=ACCOUNT, account_number_again="999999", ifsc="YESB0000262")
    assert reply.status == 422
    assert 'value="999999"' in reply.text
    assert 'href="#account_number_again"' in reply.text
    assert "<title>Mistake: " in reply.text
    assert standing.desk.calls["submit_bank"] == 0


def test_a_refused_pan_is_kept_in_its_field() -> None:
    browser = Standing().inside()
    browser.open(f"{PAGE}?check=pan")
    reply = browser.submit(f"{PAGE}/pan", pan="ABC")
    assert reply.status == 422
    assert 'value="ABC"' in reply.text
    assert "A PAN has 10 letters and digits." in reply.text


def test_a_failed_check_says_why_and_how_many_tries_are_left() -> None:
    browser = Standing().inside()
    browser.open(f"{PAGE}?check=pan")
    reply = browser.send(f"{PAGE}/pan", pan="ZZZZZ0000Z")
    assert "This PAN is not known. Check each letter. 4 tries left." in reply.text
    assert "Your PAN" in reply.text


def test_a_check_without_tries_leaves_the_others_open() -> None:
    standing = Standing()
    standing.desk.set_check(CheckType.PAN, status=CheckStatus.FAILED, tries=4)
    browser = standing.inside()
    browser.open(f"{PAGE}?check=pan")
    reply = browser.send(f"{PAGE}/pan", pan="ZZZZZ0000Z")
    assert "PAN could not be confirmed, and no tries are left. Sunrise Finance can help you with it." in reply.text
    assert "Your Aadhaar number" in reply.text


def test_when_nothing_can_be_tried_the_merchant_is_named() -> None:
    standing = Standing()
    for type_ in CheckType:
        standing.desk.set_check(type_, status=CheckStatus.FAILED, tries=5)
    browser = standing.inside()
    assert browser.page
    assert "Please contact Sunrise Finance" in browser.page.text


def test_a_source_that_is_away_costs_nothing_and_keeps_the_form() -> None:
    standing = Standing()
    browser = standing.inside()
    browser.open(f"{PAGE}?check=pan")
    standing.desk.source_down = True
    reply = browser.submit(f"{PAGE}/pan", pan="ABCPV1234D")
    assert reply.status == 503
    assert "Nothing was counted as a try." in reply.text
    assert 'value="ABCPV1234D"' in reply.text
    standing.desk.source_down = False
    assert "PAN confirmed." in browser.send(f"{PAGE}/pan", pan="ABCPV1234D").text


def test_another_aadhaar_number_can_be_used() -> None:
    browser = Standing().inside()
    browser.send(f"{PAGE}/aadhaar", aadhaar_number=AADHAAR, consent="yes")
    assert "Your Aadhaar number" in browser.send(f"{PAGE}/aadhaar/cancel").text


def test_too_many_aadhaar_codes_are_explained() -> None:
    standing = Standing()
    browser = standing.inside()
    standing.desk.no_more_aadhaar = True
    reply = browser.submit(f"{PAGE}/aadhaar", aadhaar_number=AADHAAR, consent="yes")
    assert reply.status == 422
    assert "No more codes can be sent" in reply.text


def test_a_link_that_closes_meanwhile_says_so() -> None:
    standing = Standing()
    browser = standing.inside()
    standing.desk.finish(FormStatus.EXPIRED)
    reply = browser.send(f"{PAGE}/aadhaar", aadhaar_number=AADHAAR, consent="yes")
    assert reply.status == 410
    assert "This link has expired" in reply.text


def test_a_session_ends_after_thirty_minutes() -> None:
    standing = Standing()
    browser = standing.inside()
    standing.now += timedelta(minutes=30)
    reply = browser.send(f"{PAGE}/aadhaar", aadhaar_number=AADHAAR, consent="yes")
    assert "Your session has ended" in reply.text
    assert standing.desk.calls["start_aadhaar"] == 0


def test_a_step_renews_the_session() -> None:
    standing = Standing()
    browser = standing.inside()
    standing.now += timedelta(minutes=29)
    browser.send(f"{PAGE}/aadhaar", aadhaar_number=AADHAAR, consent="yes")
    standing.now += timedelta(minutes=29)
    assert "Aadhaar confirmed." in browser.send(f"{PAGE}/aadhaar/otp", otp=OTP).text


def test_a_public_link_starts_a_link_of_the_visitors_own() -> None:
    standing = Standing()
    browser = standing.browser()
    place = f"/verification/global-link/{STATIC_CODE}"
    browser.open(place)
    assert browser.submit(place, phone="123").status == 422
    reply = browser.submit(place, phone="98765 43210", name="Asha", email="")
    assert reply.location == "/verification/Started00002"
    assert "Send code" in browser.open(reply.location).text


def test_a_public_form_sent_twice_starts_one_link() -> None:
    standing = Standing()
    browser = standing.browser()
    place = f"/verification/global-link/{STATIC_CODE}"
    browser.open(place)
    replies = [browser.submit(place, phone="9876543210") for _ in range(2)]
    assert {reply.location for reply in replies} == {"/verification/Started00001"}


def test_an_older_shape_of_link_leads_to_its_page() -> None:
    browser = Standing().browser()
    assert browser.get(f"/?shortCode={CODE}").location == PAGE
    assert browser.get("/?shortCode=//evil.example").status == 404
    assert browser.get("/").status == 404
