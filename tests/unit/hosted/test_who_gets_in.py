"""Sessions, forged forms, guessed links: who sees what."""

from dataclasses import replace

import pytest

from dastak_sdk import FormStatus
from unit.hosted.browser import Browser
from unit.hosted.fake_desk import AADHAAR, CODE, OTHER_CODE, OTP
from unit.hosted.standing import PAGE, Standing

PERSONAL = ("Asha", "9876543210", "asha@example.in", "order-1")
OTHER_PAGE = f"/verification/{OTHER_CODE}"


def started(standing: Standing) -> Browser:
    browser = standing.browser()
    browser.open(PAGE)
    return browser


def test_without_a_session_nothing_of_the_customer_is_shown() -> None:
    standing = Standing()
    browser = started(standing)
    pages = [browser.open(PAGE).text, browser.send(f"{PAGE}/otp").text]
    standing.desk.finish(FormStatus.SUCCESS)
    pages.append(standing.browser().open(PAGE).text)
    standing.desk.finish(FormStatus.EXPIRED)
    pages.append(standing.browser().open(PAGE).text)
    for text in pages:
        assert not [word for word in PERSONAL if word in text]
    assert "•••• ••• 210" in pages[0]


def test_a_session_opens_one_link_only() -> None:
    standing = Standing()
    browser = standing.inside()
    value = next(iter(browser.jar.values()))
    browser.jar[OTHER_PAGE, "dastak"] = value
    assert "Send code" in browser.open(OTHER_PAGE).text
    reply = browser.post(f"{OTHER_PAGE}/pan", {"pan": "ABCPV1234D"})
    assert reply.location == f"{OTHER_PAGE}?ended=1" or reply.status == 403
    assert standing.desk.calls["submit_pan"] == 0


def test_the_cookie_is_bound_to_the_links_own_path() -> None:
    browser = started(Standing())
    assert list(browser.jar) == [(PAGE, "dastak")]


@pytest.mark.parametrize("secure", [True, False])
def test_the_cookie_carries_its_protections(secure: bool) -> None:
    reply = Standing(secure_cookies=secure).browser().open(PAGE)
    (cookie,) = reply.cookies
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Max-Age=1800" in cookie
    assert ("Secure" in cookie.split("; ")) is secure
    assert cookie.startswith("__Secure-dastak=" if secure else "dastak=")


def test_a_changed_cookie_is_no_session() -> None:
    standing = Standing()
    browser = standing.inside()
    (place,) = browser.jar
    whole = browser.jar[place]
    for forged in (whole[:-1] + ("A" if whole[-1] != "A" else "B"), "x" + whole, whole.split(".")[0], "", "é.é"):
        browser.jar[place] = forged
        assert "Send code" in browser.get(PAGE).text


def test_confirming_the_phone_gives_a_session_that_nobody_knew_before() -> None:
    standing = Standing()
    browser = started(standing)
    browser.send(f"{PAGE}/otp")
    known = dict(browser.jar)
    browser.send(f"{PAGE}/otp/confirm", otp=OTP)
    fixed = standing.browser()
    fixed.jar = known
    assert "Your Aadhaar number" not in fixed.open(PAGE).text


def test_a_form_without_its_token_is_refused() -> None:
    standing = Standing()
    browser = standing.inside()
    assert browser.page
    fields = browser.page.hidden(f"{PAGE}/aadhaar") | {"aadhaar_number": AADHAAR, "consent": "yes"}
    for token in ("", "0" * 64, "é"):
        assert browser.post(f"{PAGE}/aadhaar", fields | {"token": token}).status == 403
    assert standing.desk.calls["start_aadhaar"] == 0


def test_a_token_of_another_session_is_refused() -> None:
    standing = Standing()
    stranger, browser = started(standing), standing.inside()
    assert stranger.page
    token = stranger.page.hidden(f"{PAGE}/otp")["token"]
    assert browser.post(f"{PAGE}/pan", {"token": token, "pan": "ABCPV1234D"}).status == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "", "origin": "https://evil.example"},
        {"sec-fetch-site": "same-origin", "origin": "https://evil.example"},
    ],
)
def test_a_form_from_another_site_is_refused(headers: dict[str, str]) -> None:
    standing = Standing()
    browser = started(standing)
    assert browser.page
    reply = browser.post(f"{PAGE}/otp", browser.page.hidden(f"{PAGE}/otp"), headers)
    assert reply.status == 403
    assert standing.desk.calls["send_otp"] == 0


def test_an_older_browser_without_fetch_metadata_may_send_forms() -> None:
    browser = started(Standing())
    assert browser.page
    fields = browser.page.hidden(f"{PAGE}/otp")
    for origin in ("", "null", "https://kyc.example"):
        assert browser.post(f"{PAGE}/otp", fields, {"sec-fetch-site": "", "origin": origin}).status == 303


def test_checks_are_closed_to_a_session_that_is_not_confirmed() -> None:
    standing = Standing()
    browser = started(standing)
    assert browser.page
    token = browser.page.hidden(f"{PAGE}/otp")["token"]
    for step in ("aadhaar", "aadhaar/otp", "aadhaar/cancel", "pan", "bank", "upi"):
        assert browser.post(f"{PAGE}/{step}", {"token": token}).location == f"{PAGE}?ended=1"
    assert not standing.desk.calls


def test_unknown_links_all_look_the_same() -> None:
    standing = Standing()
    del standing.desk.links[OTHER_CODE]
    replies = [
        standing.browser().get(path)
        for path in (OTHER_PAGE, "/verification/Never0000000", "/verification/global-link/Never0000000")
    ]
    assert {reply.status for reply in replies} == {404}
    assert len({reply.text for reply in replies}) == 1
    assert len({tuple(sorted(reply.headers)) for reply in replies}) == 1
    assert not any(reply.cookies for reply in replies)


def test_a_post_does_not_tell_whether_a_link_exists() -> None:
    browser = Standing().browser()
    replies = [browser.post(f"/verification/{code}/otp", {"token": "x"}) for code in (CODE, "Never0000000")]
    assert {reply.status for reply in replies} == {303}
    assert [reply.location for reply in replies] == [f"{PAGE}?ended=1", "/verification/Never0000000?ended=1"]


def test_who_guesses_links_is_refused_before_any_look_up() -> None:
    standing = Standing()
    standing.limiter.limits["link_miss"] = 3
    browser = standing.browser()
    seen = [browser.get(f"/verification/Guess{number:07}").status for number in range(5)]
    assert seen == [404, 404, 404, 429, 429]
    known = browser.get(PAGE)
    assert known.status == 429
    assert known.headers["retry-after"] == "42"
    assert known.text == browser.get("/verification/Guess9999999").text


def test_neighbours_of_a_guesser_who_are_inside_can_go_on() -> None:
    standing = Standing()
    inside = standing.inside()
    standing.limiter.limits["link_miss"] = 0
    standing.browser().get("/verification/Guess0000000")
    assert inside.get(PAGE).status == 200


@pytest.mark.parametrize(("bucket", "step"), [("page", ""), ("otp", "/otp")])
def test_too_many_tries_get_a_plain_page_and_a_time_to_wait(bucket: str, step: str) -> None:
    standing = Standing()
    browser = started(standing)
    assert browser.page
    standing.limiter.limits[bucket] = 0
    reply = browser.post(PAGE + step, browser.page.hidden(f"{PAGE}/otp")) if step else browser.get(PAGE)
    assert reply.status == 429
    assert reply.headers["retry-after"] == "42"
    assert "Sunrise" not in reply.text


def test_hostile_names_are_only_text() -> None:
    standing = Standing()
    standing.desk.merchant = '<script>alert("1")</script>&\'"{{7*7}}'
    standing.desk.links[CODE] = replace(standing.desk.links[CODE], name='"><img src=x onerror=alert(1)>')
    browser = standing.inside()
    standing.desk.finish(FormStatus.SUCCESS)
    for text in (standing.browser().open(PAGE).text, browser.open(PAGE).text):
        assert "<script>" not in text
        assert "<img src=x" not in text
        assert "{{7*7}}" in text


def test_hostile_typing_is_only_text() -> None:
    browser = Standing().inside()
    browser.open(f"{PAGE}?check=pan")
    reply = browser.submit(f"{PAGE}/pan", pan='"><script>alert(1)</script>')
    assert reply.status == 422
    assert "<script>alert" not in reply.text


def test_a_large_form_is_refused() -> None:
    browser = started(Standing())
    assert browser.post(f"{PAGE}/otp", {"token": "x" * 17_000}).status == 413


@pytest.mark.parametrize("media_type", ["multipart/form-data; boundary=x", "application/json", ""])
def test_only_plain_forms_are_read(media_type: str) -> None:
    browser = started(Standing())
    assert browser.post(f"{PAGE}/otp", {"token": "x"}, {"content-type": media_type}).status == 400


def test_a_broken_server_says_so_and_logs_nothing_personal(capsys: pytest.CaptureFixture[str]) -> None:
    standing = Standing()
    browser = standing.inside()
    standing.desk.broken = True
    reply = browser.submit(f"{PAGE}/aadhaar", aadhaar_number=AADHAAR, consent="yes")
    assert reply.status == 500
    assert "Something broke on our side" in reply.text
    said = "".join(capsys.readouterr())
    assert "RuntimeError" in said
    assert AADHAAR not in said
    assert "the disk is gone" not in said


def test_what_was_typed_is_one_press_away_while_the_store_is() -> None:
    standing = Standing()
    browser = standing.inside()
    browser.open(f"{PAGE}?check=pan")
    standing.desk.away = True
    reply = browser.submit(f"{PAGE}/pan", pan="ABCPV1234D")
    assert (reply.status, reply.headers["retry-after"]) == (503, "2")
    assert "Nothing is lost" in reply.text
    assert reply.hidden(f"{PAGE}/pan")["pan"] == "ABCPV1234D"
    assert browser.submit(f"{PAGE}/pan").status == 503
    standing.desk.away = False
    assert browser.submit(f"{PAGE}/pan").status == 303
    assert standing.desk.calls["submit_pan"] == 1


def test_what_must_not_be_shown_again_is_not_kept_while_the_store_is_away(capsys: pytest.CaptureFixture[str]) -> None:
    standing = Standing()
    browser = standing.inside()
    standing.desk.away = True
    reply = browser.submit(f"{PAGE}/aadhaar", aadhaar_number=AADHAAR, consent="yes")
    assert reply.status == 503
    assert AADHAAR not in reply.text
    assert f'href="{PAGE}"' in reply.text
    said = "".join(capsys.readouterr())
    assert "hosted_page_unavailable" in said
    assert AADHAAR not in said


@pytest.mark.parametrize("path", ["form", "form/static-link", "vkyc", "user", "oauth/token"])
def test_the_rest_apis_paths_are_left_alone(path: str) -> None:
    assert Standing().browser().get(f"/verification/{path}").text == "Not Found"


@pytest.mark.parametrize("path", ["form", "vkyc", "user", "oauth", "form/static-link"])
def test_the_rest_apis_paths_are_left_alone_in_a_browser_too(path: str) -> None:
    assert Standing().browser().get(f"/verification/{path}", {"accept": "text/html"}).text == "Not Found"


def test_a_link_that_was_cut_short_gets_the_page_of_unknown_links() -> None:
    browser = Standing().browser()
    short = browser.get("/verification/Y7tp", {"accept": "text/html,*/*"})
    assert (short.status, short.text) == (404, browser.get("/verification/Never0000000").text)
    assert browser.get("/verification/Y7tp").text == "Not Found"
