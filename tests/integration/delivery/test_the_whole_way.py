"""From the customer's form to the merchant's receiver: what arrives, in which order, with which bytes and headers."""

import json
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook

from dastak_sdk import SignatureError, verify_body_signature
from support.api import Api
from support.customer import Customer
from support.receiver import Hook, HookReceiver
from support.server import RunningServer

SAMPLES = Path(__file__).parents[3] / "sdk" / "tests" / "samples"
ACTION, SUCCESS = "KYC_LINK_ACTION_PERFORMED", "KYC_LINK_SUCCESS"
TYPES = [
    "OFFLINE_AADHAAR_VERIFICATION",
    "PANDETAILS_VERIFICATION",
    "BANKDETAILS_VALIDATION",
    "UPIDETAILS_VALIDATION",
]


def complete(api: Api, template: str = "Full_kyc", **fields: object) -> dict[str, Any]:
    link = api.create_link(template, **fields)
    with Customer(link["form_link"]) as customer:
        page = customer.complete()
        assert page.status == 200
    return link


def keys_of(value: Any) -> Any:
    """The shape of a JSON value: keys in order, and the types of what is in them."""
    if isinstance(value, dict):
        return [(name, keys_of(inner)) for name, inner in value.items()]
    if isinstance(value, list):
        return [keys_of(value[0])]
    return type(value)


@pytest.fixture(scope="module")
def done(server: RunningServer) -> tuple[dict[str, Any], str, list[Hook]]:
    """A link with four checks, done; the endpoint's secret, and what the receiver got."""
    with HookReceiver() as receiver, server.api() as api:
        endpoint = api.add_endpoint(receiver.url("/whole"))
        link = complete(api, name="Asha Rao", email="asha@example.com")
        hooks = receiver.wait_for(5)
        server.wait_for_log(5, event="attempt", endpoint_id=endpoint["id"])
        assert len(receiver.hooks()) == 5
        api.delete(f"/api/v1/webhook-endpoints/{endpoint['id']}")
    return link, endpoint["secret"], hooks


def test_every_step_arrives_once_and_in_order(done: tuple[dict[str, Any], str, list[Hook]]) -> None:
    _, _, hooks = done
    assert [hook.type for hook in hooks] == [ACTION, ACTION, ACTION, ACTION, SUCCESS]
    assert [hook.header("x-dastak-sequence") for hook in hooks] == ["1", "2", "3", "4", "5"]
    assert [hook.attempt for hook in hooks] == [1] * 5
    assert len({hook.id for hook in hooks}) == 5
    assert len({hook.header("x-dastak-journey") for hook in hooks}) == 1


def test_each_event_tells_the_link_as_it_stood(done: tuple[dict[str, Any], str, list[Hook]]) -> None:
    link, _, hooks = done
    for passed, hook in enumerate(hooks[:4], start=1):
        data = hook.json["data"]
        assert {name: data[name] for name in link if name != "form_status"} == {
            name: value for name, value in link.items() if name != "form_status"
        }
        assert [check["type"] for check in data["verification_details"]] == TYPES
        assert [check["status"] for check in data["verification_details"]] == ["SUCCESS"] * passed + ["RECEIVED"] * (
            4 - passed
        )
        assert [check["reference_id"] > 0 for check in data["verification_details"]] == [True] * passed + [False] * (
            4 - passed
        )
        assert data["form_status"] == "RECEIVED"
    assert hooks[4].json["data"]["form_status"] == "SUCCESS"
    assert hooks[4].json["data"]["verification_details"] == hooks[3].json["data"]["verification_details"]


def test_the_payload_has_the_samples_keys_in_the_samples_order(
    done: tuple[dict[str, Any], str, list[Hook]],
) -> None:
    _, _, hooks = done
    for hook in (hooks[0], hooks[4]):
        sample = json.loads((SAMPLES / f"{hook.type}.json").read_text("utf-8"))
        assert keys_of(hook.json) == keys_of(sample)
        assert hook.body == json.dumps(hook.json, separators=(",", ":"), ensure_ascii=False).encode()


def test_what_the_merchant_left_out_is_null_and_not_absent(api: Api, receiver: HookReceiver, place: str) -> None:
    api.add_endpoint(receiver.url(place))
    complete(api, "Pan_verification")
    for hook in receiver.wait_for(2, path=place):
        assert list(hook.json["data"])[:3] == ["name", "phone", "email"]
        assert (hook.json["data"]["name"], hook.json["data"]["email"]) == (None, None)


def test_both_signatures_verify_with_their_own_secret_alone(
    server: RunningServer, done: tuple[dict[str, Any], str, list[Hook]]
) -> None:
    _, secret, hooks = done
    client_secret = server.merchant.client_secret
    for hook in hooks:
        assert hook.verify(client_secret).id_signed is False
        assert hook.verify(secret).id_signed is True
        Webhook(secret).verify(hook.body.decode(), dict(hook.headers))
        with pytest.raises(SignatureError):
            hook.verify(client_secret + "x")
        with pytest.raises(SignatureError):
            hook.verify("whsec_" + "A" * 43 + "=")
    verify_body_signature(client_secret, hooks[0].body)
    assert "signature" not in hooks[4].json


def test_the_headers_are_those_of_the_contract(done: tuple[dict[str, Any], str, list[Hook]]) -> None:
    _, _, hooks = done
    for hook in hooks:
        assert hook.method == "POST"
        assert hook.header("content-type") == "application/json"
        assert hook.header("content-length") == str(len(hook.body))
        stamp = hook.header("x-webhook-timestamp")
        assert len(stamp) == 13
        assert abs(int(stamp) / 1000 - time.time()) < 120
        assert hook.header("webhook-timestamp") == stamp[:10]
        assert not {"transfer-encoding", "expect", "x-webhook-version"} & {name for name, _ in hook.headers}


def test_a_failed_check_is_told_too_and_can_be_tried_again(
    api: Api, server: RunningServer, receiver: HookReceiver, place: str
) -> None:
    api.add_endpoint(receiver.url(place))
    link = api.create_link("Pan_verification")
    with Customer(link["form_link"]) as customer:
        customer.sign_in()
        customer.pan("FAILD0001X")
        (failed,) = receiver.wait_for(1, path=place)
        details = failed.json["data"]["verification_details"]
        assert [check["status"] for check in details] == ["FAILED"]
        assert details[0]["reference_id"] > 0
        assert failed.json["data"]["form_status"] == "RECEIVED"
        assert api.link(link["verification_id"])["verification_details"] == details
        customer.pan()
    hooks = receiver.wait_for(3, path=place)
    assert [hook.type for hook in hooks] == [ACTION, ACTION, SUCCESS]
    second = hooks[1].json["data"]["verification_details"][0]
    assert second["status"] == "SUCCESS"
    assert second["reference_id"] > details[0]["reference_id"]


def test_every_endpoint_gets_every_event_with_its_own_signature(api: Api, receiver: HookReceiver, place: str) -> None:
    first, second = (api.add_endpoint(receiver.url(f"{place}-{name}")) for name in ("one", "two"))
    complete(api)
    one, two = (receiver.wait_for(5, path=f"{place}-{name}") for name in ("one", "two"))
    assert [(hook.id, hook.body) for hook in one] == [(hook.id, hook.body) for hook in two]
    for hook, other in zip(one, two, strict=True):
        assert hook.verify(first["secret"]) == other.verify(second["secret"])
        with pytest.raises(SignatureError):
            hook.verify(second["secret"])


def test_events_of_many_customers_at_once_stay_in_order_within_each_link(
    api: Api, server: RunningServer, receiver: HookReceiver, place: str
) -> None:
    endpoint = api.add_endpoint(receiver.url(place), window=64)
    links = [api.create_link("Full_kyc") for _ in range(6)]
    customers = [Customer(link["form_link"]) for link in links]
    for customer in customers:
        customer.sign_in()
    going = customers
    while going:
        going = [customer for customer in going if customer.next_step()]
    server.wait_for_log(30, event="attempt", endpoint_id=endpoint["id"], outcome="delivered")
    hooks = receiver.wait_for(30, path=place)
    for link in links:
        mine = [hook for hook in hooks if hook.verification_id == link["verification_id"]]
        assert [int(hook.header("x-dastak-sequence")) for hook in mine] == [1, 2, 3, 4, 5]
        for earlier, later in pairwise(mine):
            assert earlier.answered_at is not None
            assert earlier.answered_at <= later.at
