"""The signatures of an attempt are explained as they were made."""

from dataclasses import replace

from dastak.accounts.merchant import ApiKey
from dastak.web.dashboard.deliveries.signature import Scheme, explained, masked
from unit.web.deliveries.rows import AT, BODY, CLIENT_SECRET, EVENT_ID, SECRETS, an_attempt

KEYS = (ApiKey("dk_other", "dks_another-secret-of-the-merchant", AT), ApiKey("dk_signs", CLIENT_SECRET, AT))


def both(body: bytes | None = BODY) -> tuple[Scheme, Scheme]:
    contract, standard = explained(an_attempt().request_headers, body, KEYS, SECRETS)
    return contract, standard


def test_the_key_that_signed_is_found_among_all_and_shown_first() -> None:
    contract, standard = both()
    assert [(one.name, one.fits) for one in contract.tried] == [
        ("client secret of dk_signs", True),
        ("client secret of dk_other", False),
    ]
    assert contract.tried[0].result == contract.sent[0]
    assert contract.is_proved
    assert [one.fits for one in standard.tried] == [True, True]
    assert {one.result for one in standard.tried} == set(standard.sent)


def test_what_was_signed_is_said_in_its_parts() -> None:
    contract, standard = both()
    headers = dict(an_attempt().request_headers)
    assert [part.text for part in contract.parts] == [headers["x-webhook-timestamp"], ""]
    assert [part.text for part in standard.parts] == [f"{EVENT_ID}.", f"{headers['webhook-timestamp']}.", ""]
    assert contract.header == "x-webhook-signature"


def test_a_changed_body_or_a_key_that_is_gone_proves_nothing() -> None:
    assert not any(scheme.is_proved for scheme in both(BODY + b" "))
    gone = explained(an_attempt().request_headers, BODY, KEYS[:1], ())
    assert [scheme.is_proved for scheme in gone] == [False, False]
    assert gone[0].tried
    assert not gone[1].tried


def test_without_the_body_nothing_is_computed() -> None:
    assert [scheme.tried for scheme in both(None)] == [(), ()]


def test_an_attempt_whose_headers_are_gone_has_nothing_to_explain() -> None:
    assert not explained(replace(an_attempt(), request_headers=()).request_headers, BODY, KEYS, SECRETS)


def test_no_secret_is_in_what_is_shown() -> None:
    said = repr(both())
    assert not [secret for secret in (CLIENT_SECRET, KEYS[0].client_secret, *SECRETS) if secret in said]
    assert masked(CLIENT_SECRET) == "••••1234"
