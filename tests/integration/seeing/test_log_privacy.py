"""What a whole server logs at the most talkative level while everything goes wrong: nothing of a person, no secret."""

import re
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink

from support.api import Api, new_verification_id
from support.collector import Collector
from support.customer import AADHAAR, AADHAAR_OTP, ACCOUNT, IFSC, PAN, UPI, Customer
from support.receiver import Hook, HookReceiver, Reply
from support.server import RunningServer, free_port

pytestmark = pytest.mark.slow

NAME, PHONE, EMAIL = "Chandrakanta Marker", "9123456781", "chandrakanta.marker@example.com"
WRONG_OTP, BAD_PAN, WRONG_AADHAAR_OTP = "918273", "FAILD0001X", "918274"
URL_SECRET, MAIL_PASSWORD, GATEWAY_KEY, COLLECTOR_KEY = "hook-token-81", "mail-pass-82", "sms-key-83", "otlp-key-84"
TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?")
"""Whose microseconds may be anybody's code by chance."""
HOOKS = (f"/hook?token={URL_SECRET}", "/broken")


def tries(hook: Hook) -> int:
    return int(dict(hook.headers).get("x-webhook-attempt", "0"))


def echo(hook: Hook) -> Reply:
    """The worst receiver: it sends everything back, in its headers too."""
    if hook.is_test:
        return Reply()
    return Reply(500, {"location": f"https://x.example.com/?phone={PHONE}", "x-body": hook.body.hex()}, hook.body)


def abuse(api: Api, code: str) -> None:
    """Calls that fail, each with something in it that is nobody else's business."""
    json_headers = {"content-type": "application/json"}
    bodies = (f'{{"phone":"{PHONE}","name":"{NAME}"', f'"{EMAIL}"', f'{{"phone":"{PHONE}x","template_name":"{EMAIL}"}}')
    for body in bodies:
        assert api.raw("POST", "/verification/form", body.encode(), json_headers).status == 400
    assert api.raw("GET", f"/verification/form?verificationID={PHONE}").status == 404
    assert api.raw("GET", f"/verification/form/{code}").status == 404
    assert api.raw("GET", f"/api/v1/events/{EMAIL}").status == 404
    assert api.raw("GET", "/api/v1/events", headers={"x-client-secret": "wrong-secret-85"}).status == 401
    assert api.raw("GET", "/api/v1/events", headers={"traceparent": f"00-{PHONE}"}).status == 200
    answer = api.post("/api/v1/webhook-endpoints", {"url": f"http://user:{URL_SECRET}@127.0.0.1/{PHONE}"})
    assert answer.status == 400


def live_through_everything(server: RunningServer, receiver: HookReceiver) -> dict[str, str]:
    """A journey with every check, wrong values before right ones; what must not be in the log, by name."""
    receiver.play(HOOKS[0], echo)
    receiver.play(HOOKS[1], lambda hook: Reply() if hook.is_test else Reply(raw=b"HTTP/1.1 200 OK\r\n" + hook.body))
    receiver.play("/sms", Reply(500, {}, f"no credit for {PHONE}".encode()))
    with server.api() as api:
        settings = {"retry_policy": {"intervals_seconds": [1]}}
        secrets = [api.add_endpoint(receiver.url(path), description=NAME, **settings)["secret"] for path in HOOKS]
        link = api.create_link(
            verification_id=new_verification_id(),
            phone=PHONE,
            name=NAME,
            email=EMAIL,
            notification_types=["sms", "email", "whatsapp"],
        )
        with Customer(link["form_link"]) as customer:
            customer.open()
            customer.submit("/otp")
            customer.submit("/otp/confirm", otp=WRONG_OTP)
            receiver.play("/sms", Reply(202))
            customer.submit("/otp/confirm", otp="111000")
            customer.start_aadhaar(AADHAAR[:-1] + "3")
            customer.aadhaar(otp=WRONG_AADHAAR_OTP)
            customer.pan(BAD_PAN)
            customer.bank("1" * 40)
            customer.complete()
        with Customer(link["form_link"] + "x") as lost:
            assert lost.open().status == 404
        code = customer.path.rpartition("/")[2]
        abuse(api, code)
        assert api.link(link["verification_id"])["form_status"] == "SUCCESS"
        receiver.wait_for(lambda hooks: {(path, 2) for path in HOOKS} <= {(one.path, tries(one)) for one in hooks})
        receiver.wait_for(2, path="/sms")
        receiver.wait_for(1, path="/whatsapp")
    return {
        "name": NAME,
        "first name": NAME.partition(" ")[0],
        "phone": PHONE,
        "e-mail": EMAIL,
        "Aadhaar": AADHAAR,
        "mistyped Aadhaar": AADHAAR[:-1] + "3",
        "PAN": PAN,
        "bad PAN": BAD_PAN,
        "account": ACCOUNT,
        "IFSC": IFSC,
        "UPI": UPI,
        "OTP": AADHAAR_OTP,
        "wrong OTP": WRONG_OTP,
        "wrong Aadhaar OTP": WRONG_AADHAAR_OTP,
        "client secret": server.merchant.client_secret,
        "wrong client secret": "wrong-secret-85",
        "endpoint secret": secrets[0],
        "other endpoint secret": secrets[1].removeprefix("whsec_"),
        "token in the URL": URL_SECRET,
        "code of the link": code,
        "password of the mail server": MAIL_PASSWORD,
        "key of the gateway": GATEWAY_KEY,
        "key of the collector": COLLECTOR_KEY,
        "verification_id": link["verification_id"],
    }


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_nothing_about_a_person_and_no_secret_is_logged(tmp_path: Path, log_format: str) -> None:
    port = free_port()
    mail = Controller(Sink(), hostname="127.0.0.1", port=port)
    mail.start()
    try:
        with HookReceiver() as receiver, Collector() as collector:
            with RunningServer(
                tmp_path,
                log_level="debug",
                sms_gateway_url=receiver.url("/sms"),
                sms_gateway_authorization=GATEWAY_KEY,
                whatsapp_gateway_url=receiver.url("/whatsapp"),
                smtp_host="127.0.0.1",
                smtp_port=port,
                smtp_tls="none",
                smtp_sender="KYC <kyc@example.com>",
                otlp_endpoint=collector.url,
                otlp_headers=f"authorization={COLLECTOR_KEY}",
                trace_sample=1,
            ) as server:
                secret = live_through_everything(server, receiver)
                server.stop()
            log = "\n".join(server.lines())
            spans = repr(collector.spans)
    finally:
        mail.stop()
    assert "attempt" in log, "the log is there"
    assert "attempt" in spans
    for what, value in secret.items():
        pattern = rf"(?<![0-9A-Za-z]){re.escape(value)}(?![0-9A-Za-z])"
        assert not re.search(pattern, log, re.IGNORECASE), f"{what} is in the log"
        assert not re.search(pattern, spans, re.IGNORECASE), f"{what} is in a span"
