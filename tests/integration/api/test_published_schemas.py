"""What a live server answers fits the published OpenAPI document, operation by operation."""

import json
import re
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from support.api import Answer, Api
from support.customer import Customer
from support.receiver import HookReceiver, Reply
from support.server import RunningServer

OPENAPI = json.loads((Path(__file__).parents[3] / "spec" / "openapi.json").read_text("utf-8"))
METHODS = ("get", "post", "put", "patch", "delete")
ENDPOINTS, TEMPLATES, FORM = "/api/v1/webhook-endpoints", "/api/v1/templates", "/verification/form"
REPLAYS, OPERATORS, ACTS = "/api/v1/replays", "/api/v1/operators", "/api/v1/sandbox/acts"
USER, VKYC, TOKEN, CASES = "/verification/user", "/verification/vkyc", "/verification/oauth/token", "/api/v1/video-kycs"
TEMPLATE_CODE = "Bad request, please check API documentation"


class CheckedApi(Api):
    """Checks every answer against the document, and remembers which were seen."""

    def __init__(self, server: RunningServer) -> None:
        super().__init__(server.url, server.merchant.client_id, server.merchant.client_secret)
        self.seen: set[tuple[str, str, int]] = set()

    def raw(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str | None] | None = None
    ) -> Answer:
        answer = super().raw(method, path, body, headers)
        template = published_path(path.partition("?")[0])
        response = OPENAPI["paths"][template][method.lower()]["responses"][str(answer.status)]
        if answer.json is None:
            assert "content" not in response
        else:
            check(response["content"]["application/json"], answer)
        self.seen.add((method, template, answer.status))
        return answer


def published_path(path: str) -> str:
    templates: list[str] = list(OPENAPI["paths"])
    return next(template for template in templates if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path))


def check(media: dict[str, Any], answer: Answer) -> None:
    Draft202012Validator({**media["schema"], "components": OPENAPI["components"]}).validate(answer.json)
    if answer.status >= 400:
        published = {example["value"]["code"]: example["value"]["type"] for example in media["examples"].values()}
        assert published[answer.json["code"]] == answer.json["type"]


@pytest.fixture
def checked(server: RunningServer) -> CheckedApi:
    return CheckedApi(server)


def test_every_operation_answers_as_published(
    checked: CheckedApi, server: RunningServer, receiver: HookReceiver
) -> None:
    with checked:
        link, endpoint = use_links_and_deliver(checked, server, receiver)
        use_replays(checked, endpoint)
        use_endpoint(checked, endpoint)
        use_templates(checked)
        use_operators(checked)
        use_video_kycs(checked)
        use_rehearsals(checked)
        checked.get("/healthz")
        checked.get("/readyz")
        assert link["form_status"] == "RECEIVED"
    with urllib.request.urlopen(f"{server.url}/metrics") as page:
        (media,) = OPENAPI["paths"]["/metrics"]["get"]["responses"]["200"]["content"]
        assert page.headers.get_content_type() == media
        checked.seen.add(("GET", "/metrics", page.status))
    operations = {
        (method.upper(), path) for path, item in OPENAPI["paths"].items() for method in METHODS if method in item
    }
    assert {(method, path) for method, path, status in checked.seen if status < 300} == operations


def use_links_and_deliver(
    api: Api, server: RunningServer, receiver: HookReceiver
) -> tuple[dict[str, Any], dict[str, Any]]:
    endpoint = api.add_endpoint(receiver.url("/published"), description="all of it")
    receiver.answer_events("/published", Reply(500))
    link = api.create_link("Pan_verification", name="Asha", email="asha@example.com")
    api.link(link["verification_id"])
    with Customer(link["form_link"]) as customer:
        customer.complete()
    server.wait_for_log(event="attempt", endpoint_id=endpoint["id"], outcome="retry")
    server.wait_for_log(event="attempt", endpoint_id=endpoint["id"], outcome="delivered")
    api.link(link["verification_id"])
    event = api.events(verification_id=link["verification_id"])[0]
    api.get(f"/api/v1/events/{event['id']}")
    for delivery in api.deliveries(endpoint_id=endpoint["id"]):
        api.delivery(delivery["id"])
    api.post(f"/api/v1/deliveries/{delivery['id']}/resend")
    api.post("/verification/form/static-link", {"template_name": "Full_kyc"})
    api.delete("/verification/form/static-link", template_name="Full_kyc")
    return link, endpoint


def use_replays(api: Api, endpoint: dict[str, Any]) -> None:
    assert api.post(REPLAYS, {"endpoint_id": endpoint["id"], "states": ["delivered"], "dry_run": True}).json["matched"]
    made = api.post(REPLAYS, {"endpoint_id": endpoint["id"], "until": "2026-01-01T00:00:00Z"}).json
    api.get(REPLAYS)
    api.get(f"{REPLAYS}/{made['id']}")
    api.post(f"{REPLAYS}/{made['id']}/cancel")


def use_endpoint(api: Api, endpoint: dict[str, Any]) -> None:
    one = f"{ENDPOINTS}/{endpoint['id']}"
    for call in ("disable", "enable", "test", "rotate-secret"):
        api.post(f"{one}/{call}")
    api.patch(one, {"lane_policy": "strict", "retry_policy": {"intervals_seconds": [1, 2]}})
    api.get(ENDPOINTS)
    api.get(one)
    api.delete(one)


def use_templates(api: Api) -> None:
    api.put(f"{TEMPLATES}/Published", {"checks": ["PANDETAILS_VERIFICATION"]})
    api.get(TEMPLATES)
    api.delete(f"{TEMPLATES}/Published")


def use_operators(api: Api) -> None:
    made = api.post(OPERATORS, {"name": "Meera", "email": "published@asha.example", "roles": ["agent"]}).json
    one = f"{OPERATORS}/{made['id']}"
    api.put(f"{one}/availability", {"windows": [{"weekday": "mon", "from": "09:30", "to": "24:00"}]})
    api.patch(one, {"roles": ["auditor"]})
    for call in ("deactivate", "activate"):
        api.post(f"{one}/{call}")
    api.get(OPERATORS)
    api.get(one)


def use_rehearsals(api: Api) -> None:
    link = api.create_link("Pan_verification")["verification_id"]
    for act in ("customer_passes_check", "customer_passes_check", "dance"):
        api.post(ACTS, {"verification_id": link, "act": act})
    api.post(ACTS, {"verification_id": "nobody", "act": "link_expires"})
    api.post(ACTS, {"verification_id": link, "act": "link_expires", "why": "x"})
    api.post(ACTS, {"verification_id": link})
    api.post(ACTS, {"act": "link_expires"})


def use_video_kycs(api: Api) -> None:
    agent = api.post(OPERATORS, {"name": "Ravi", "email": "vkyc@asha.example", "roles": ["agent"]}).json
    week = [
        {"weekday": day, "from": "00:00", "to": "24:00"} for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    ]
    api.put(f"{OPERATORS}/{agent['id']}/availability", {"windows": week})
    user = api.post(USER, {"phone": "9988776655", "user_id": "published"}).json
    api.get(USER, user_id="published")
    api.patch(USER, {"user_id": "published", "name": "Asha"})
    case = api.post(VKYC, {"verification_id": "published", "user_reference_id": user["user_reference_id"]}).json
    api.get(VKYC, verification_id="published")
    whom = {"identifier_type": "userId", "identifier_value": "published"}
    metadata = {"vkyc_request_id": case["reference_id"]}
    api.post(TOKEN, {"app_id": "a", "product": "VKYC", "metadata": metadata, "authenticated_user": whom})
    one = f"{CASES}/published"
    api.put(f"{one}/schedule", {"at": api.get(f"{one}/slots").json["data"][8]["at"]})
    api.post(f"{one}/resend-notification", {"notification_types": ["sms"]})
    api.get(one)
    api.get(CASES)
    api.delete(f"{one}/schedule")
    api.post(f"{one}/cancel")


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("POST", FORM, {}, "phone_missing"),
        ("POST", USER, {"phone": "1"}, "phone_value_invalid"),
        ("GET", f"{USER}?user_id=nobody", None, "Resource not found"),
        ("PATCH", USER, {"user_id": "nobody", "name": "\n"}, "name_value_invalid"),
        ("POST", VKYC, {"verification_id": "a", "user_template": "no"}, "user_template_value_invalid"),
        ("POST", VKYC, {"verification_id": "a"}, "invalid_request"),
        ("POST", VKYC, {"verification_id": "a", "user_id": "nobody"}, "Resource not found"),
        (
            "POST",
            VKYC,
            {"verification_id": "a", "user_id": "b", "aadhaar_details": {}},
            "aadhaar_details.last_verified_at_missing",
        ),
        ("GET", VKYC, None, "invalid_request"),
        ("GET", f"{VKYC}?reference_id=x", None, "reference_id_value_invalid"),
        ("POST", TOKEN, {"app_id": "a", "product": "VKYC"}, "metadata.vkyc_request_id_missing"),
        ("GET", f"{CASES}?status=no", None, "status_value_invalid"),
        ("GET", f"{CASES}?after=x", None, "after_value_invalid"),
        ("GET", f"{CASES}/nobody", None, "Resource not found"),
        ("GET", f"{CASES}/nobody/slots?from=x", None, "from_value_invalid"),
        ("PUT", f"{CASES}/nobody/schedule", {"on": 1}, "unknown_field"),
        ("PUT", f"{CASES}/nobody/schedule", {"at": "x"}, "at_value_invalid"),
        ("POST", f"{CASES}/nobody/cancel", None, "Resource not found"),
        ("POST", f"{CASES}/nobody/resend-notification", {"notification_types": 1}, "notification_types_value_invalid"),
        ("POST", FORM, {"phone": "9999999999", "template_name": "No", "verification_id": "a"}, TEMPLATE_CODE),
        ("GET", FORM, None, "invalid_request"),
        ("GET", f"{FORM}?verificationID=nobody", None, "Resource not found"),
        ("POST", f"{FORM}/static-link", {"template_name": "No"}, "template_name_not_found"),
        ("DELETE", f"{FORM}/static-link?template_name=Full_kyc", None, "static_link_not_linked"),
        ("POST", ENDPOINTS, {}, "url_missing"),
        ("POST", OPERATORS, {}, "name_missing"),
        ("PUT", f"{OPERATORS}/opr_1/availability", {"windows": 1}, "windows_value_invalid"),
        ("POST", ENDPOINTS, {"url": "http://10.0.0.1/"}, "url_value_invalid"),
        ("POST", ENDPOINTS, {"url": "http://127.0.0.1:1/"}, "webhook_test_failed"),
        ("POST", ENDPOINTS, [], "invalid_request"),
        ("POST", ENDPOINTS, {"url": "x" * 70_000}, "request_too_large"),
        ("GET", f"{ENDPOINTS}/ep_unknown", None, "Resource not found"),
        ("PATCH", f"{ENDPOINTS}/ep_unknown", {"window": 0}, "window_value_invalid"),
        ("POST", f"{ENDPOINTS}/ep_unknown/rotate-secret", {"overlap_seconds": -1}, "overlap_seconds_value_invalid"),
        ("GET", "/api/v1/events?since=today", None, "since_value_invalid"),
        ("GET", "/api/v1/events/evt_unknown", None, "Resource not found"),
        ("GET", "/api/v1/deliveries?state=lost", None, "state_value_invalid"),
        ("POST", "/api/v1/deliveries/dlv_unknown/resend", None, "Resource not found"),
        ("POST", REPLAYS, {}, "replay_not_narrowed"),
        ("POST", REPLAYS, {"endpont_id": "ep_1"}, "unknown_field"),
        ("POST", REPLAYS, {"since": "today"}, "since_value_invalid"),
        ("POST", REPLAYS, {"endpoint_id": "ep_unknown"}, "Resource not found"),
        ("GET", f"{REPLAYS}?limit=0", None, "limit_value_invalid"),
        ("GET", f"{REPLAYS}/rpl_unknown", None, "Resource not found"),
        ("POST", f"{REPLAYS}/rpl_unknown/cancel", None, "Resource not found"),
        ("PUT", f"{TEMPLATES}/a", {}, "checks_value_invalid"),
        ("DELETE", f"{TEMPLATES}/Never_was", None, "template_name_not_found"),
    ],
)
def test_errors_are_among_those_published(checked: CheckedApi, method: str, path: str, body: Any, code: str) -> None:
    with checked:
        raw = None if body is None else json.dumps(body).encode()
        assert checked.raw(method, path, raw).json["code"] == code


def test_writes_that_come_again_are_answered_as_published(checked: CheckedApi) -> None:
    path, body = f"{TEMPLATES}/Again", b'{"checks": ["PANDETAILS_VERIFICATION"]}'
    with checked:
        sent = [(body, "published"), (body, "published"), (body + b" ", "published"), (body, "\xf6")]
        answers = [checked.raw("PUT", path, raw, {"idempotency-key": key}) for raw, key in sent]
        checked.delete(path)
    codes = [answer.json.get("code") for answer in answers]
    assert codes == [None, None, "idempotency_key_reused", "idempotency-key_value_invalid"]
