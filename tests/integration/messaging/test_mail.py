"""Whatever a notice says, its e-mail is one correct message with our headers and no others."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from hypothesis import example, given, settings
from hypothesis import strategies as st

from dastak.messaging.mail import address, compose
from dastak.notices.notice import GatewayRefused
from integration.messaging.stage import a_notice

HEADERS = {
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "Content-Type",
    "Content-Transfer-Encoding",
    "MIME-Version",
}
SENDER = address("kyc@example.com", "Dastak KYC")
ANY_TEXT = st.text(st.characters(), max_size=300)


@settings(deadline=None)  # a shared machine may be slow; that is no failure
@given(subject=ANY_TEXT, text=ANY_TEXT)
@example(subject="a" * 1000, text="https://kyc.example.com/" + "x" * 2000)
@example(subject="\N{DEVANAGARI LETTER KA}" * 200, text="\ud800")
@example(subject="=?utf-8?q?=0d=0aBcc:_eve=40example=2ecom?=", text="From the start\n.\n")
@example(subject="=\r\n?utf-8?q?=0d=0aBcc:_eve?= =\u200b?utf-8?b?DQpCY2M6IGV2ZQ==?=", text="")
@example(subject="==?utf-8?q?=0d=0aBcc:_eve?==?utf-8?q?=0d=0aBcc:_eve?=", text="")
def test_any_subject_and_text_make_one_message_with_our_headers_only(subject: str, text: str) -> None:
    raw = compose(a_notice(subject=subject, text=text), SENDER).as_bytes()
    assert max(len(line) for line in raw.splitlines()) < 998
    message = message_from_bytes(raw, EmailMessage, policy=default)
    assert set(message.keys()) == HEADERS
    assert message["To"] == "asha@example.com"
    assert message.get_content().split() == text.encode("utf-8", "replace").decode("utf-8").split()


@settings(deadline=None)  # a shared machine may be slow; that is no failure
@given(recipient=ANY_TEXT)
@example(recipient="asha@example.com\nBcc: eve@example.com")
@example(recipient='"asha"@example.com')
@example(recipient="=?utf-8?q?=0d=0aBcc:_eve=40example=2ecom?=@example.com")
@example(recipient="asha@=?utf-8?q?=0d=0aBcc:_eve=40example=2ecom?=")
@example(recipient="\N{DEVANAGARI LETTER KA}@example.com")
def test_any_recipient_is_refused_or_stands_alone_in_to(recipient: str) -> None:
    try:
        raw = compose(a_notice(recipient=recipient), SENDER).as_bytes()
    except GatewayRefused:
        return
    message = message_from_bytes(raw, EmailMessage, policy=default)
    assert set(message.keys()) == HEADERS
    assert len(message["To"].addresses) == 1
