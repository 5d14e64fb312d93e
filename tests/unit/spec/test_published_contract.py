"""What is published under spec/: fresh, valid, and true to the contract's samples."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from dastak.web.api.caller import Gate
from dastak.web.api.history import HistoryApi
from dastak.web.api.kyc_link import FormApi
from dastak.web.api.operators import OperatorApi
from dastak.web.api.rehearsal import RehearsalApi
from dastak.web.api.replays import ReplayApi
from dastak.web.api.routes import api_routes
from dastak.web.api.templates import TemplateApi
from dastak.web.api.video_kyc_routes import video_kyc_routes
from dastak.web.api.video_kycs import CaseApi
from dastak.web.api.vkyc import VideoKycApi
from dastak.web.api.vkyc_user import UserApi
from dastak.web.api.webhook_endpoints import EndpointApi
from dastak_sdk import (
    EVENT_TYPES,
    OPERATIONAL_EVENT_TYPES,
    EndpointData,
    VideoKycData,
    encode_event,
    encode_test_event,
    parse_event,
)

ROOT = Path(__file__).parents[3]
METHODS = ("get", "post", "put", "patch", "delete")
SAMPLES = ROOT / "sdk" / "tests" / "samples"


def load(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def document(event: str) -> Any:
    return load(ROOT / "spec" / "events" / f"{event}.json")


def schema(event: str) -> Draft202012Validator:
    return Draft202012Validator(document(event))


@pytest.fixture(scope="module")
def openapi() -> Any:
    return load(ROOT / "spec" / "openapi.json")


def test_the_files_are_what_the_generator_writes() -> None:
    command = [sys.executable, str(ROOT / "tools" / "make_spec.py"), "--check"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("event", EVENT_TYPES)
def test_each_schema_is_sound_and_accepts_the_sample_of_the_contract(event: str) -> None:
    validator = schema(event)
    Draft202012Validator.check_schema(document(event))
    validator.validate(load(SAMPLES / f"{event}.json"))
    validator.validate(document(event)["examples"][0])


@pytest.mark.parametrize("event", EVENT_TYPES)
@pytest.mark.parametrize("time_form", ["iso", "space"])
def test_each_schema_accepts_what_the_sdk_writes(event: str, time_form: Any) -> None:
    sample = parse_event((SAMPLES / f"{event}.json").read_bytes())
    for secret in ("secret", None):
        body = encode_event(event, sample.time, sample.data, client_secret=secret, time_form=time_form)
        schema(event).validate(json.loads(body))


@pytest.mark.parametrize("event", EVENT_TYPES)
def test_no_schema_accepts_another_event_or_a_missing_field(event: str) -> None:
    validator, sample = schema(event), load(SAMPLES / f"{event}.json")
    assert not validator.is_valid(sample | {"event_type": "OTHER"})
    assert not validator.is_valid(json.loads(encode_test_event(parse_event(json.dumps(sample).encode()).time)))
    for field in sample["data"]:
        without = {name: value for name, value in sample["data"].items() if name != field}
        assert not validator.is_valid(sample | {"data": without}), field


@pytest.mark.parametrize("event", EVENT_TYPES)
def test_the_keys_stand_in_the_samples_order(event: str) -> None:
    properties, sample = document(event)["properties"], load(SAMPLES / f"{event}.json")
    assert list(properties) == list(sample)
    assert list(properties["data"]["properties"]) == list(sample["data"])


@pytest.mark.parametrize("event", OPERATIONAL_EVENT_TYPES)
def test_the_schema_of_an_event_about_webhooks_accepts_what_the_sdk_writes_and_nothing_less(event: str) -> None:
    published = load(ROOT / "spec" / "operations" / f"{event}.json")
    Draft202012Validator.check_schema(published)
    validator, (example,) = Draft202012Validator(published), published["examples"]
    parsed = parse_event(json.dumps(example).encode())
    assert isinstance(parsed.data, EndpointData)
    written = json.loads(encode_event(event, parsed.time, parsed.data, client_secret=None))
    assert written == example
    validator.validate(written)
    assert list(published["properties"]["data"]["properties"]) == list(example["data"])
    for field in example["data"]:
        without = {name: value for name, value in example["data"].items() if name != field}
        assert not validator.is_valid(example | {"data": without}), field


def test_an_unknown_field_or_sub_status_does_not_make_a_body_invalid() -> None:
    sample = parse_event((SAMPLES / "VKYC_USER_CALL_QUEUED.json").read_bytes())
    assert isinstance(sample.data, VideoKycData)
    value = sample.to_json()
    value["data"] |= {"sub_status": "SOMETHING_NEW", "extra": 1}
    schema("VKYC_USER_CALL_QUEUED").validate(value)


def test_the_openapi_document_is_valid(openapi: Any) -> None:
    assert [error.message for error in OpenAPIV31SpecValidator(openapi).iter_errors()] == []


def test_the_openapi_document_has_every_webhook_and_the_contract_s_paths(openapi: Any) -> None:
    assert list(openapi["webhooks"]) == [*EVENT_TYPES, *OPERATIONAL_EVENT_TYPES]
    assert set(openapi["paths"]["/verification/form"]) >= {"post", "get"}
    assert set(openapi["paths"]["/verification/form/static-link"]) >= {"post", "delete"}
    assert set(openapi["paths"]["/verification/user"]) >= {"post", "get", "patch"}
    assert set(openapi["paths"]["/verification/vkyc"]) >= {"post", "get"}


@pytest.mark.parametrize("event", [*EVENT_TYPES, *OPERATIONAL_EVENT_TYPES])
def test_the_webhooks_example_fits_its_schema(openapi: Any, event: str) -> None:
    content = openapi["webhooks"][event]["post"]["requestBody"]["content"]["application/json"]
    assert content["schema"] == {"$ref": f"#/components/schemas/{event}"}
    Draft202012Validator(openapi["components"]["schemas"][event]).validate(content["example"])


def test_every_example_of_the_paths_fits_its_schema(openapi: Any) -> None:
    checked = 0
    for path in openapi["paths"].values():
        for operation in (path[method] for method in METHODS if method in path):
            bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
            for media in (media for body in bodies for media in body.get("content", {}).values()):
                validator = Draft202012Validator({**media["schema"], "components": openapi["components"]})
                examples = (
                    [media["example"]] if "example" in media else [e["value"] for e in media["examples"].values()]
                )
                for example in examples:
                    validator.validate(example)
                    checked += 1
    assert checked > 150


def test_every_operation_has_an_id_of_its_own(openapi: Any) -> None:
    ids = [path[method]["operationId"] for path in openapi["paths"].values() for method in METHODS if method in path]
    assert len(set(ids)) == len(ids)


def test_every_route_of_the_api_is_in_the_document_and_every_path_is_a_route(openapi: Any) -> None:
    nothing: Any = None
    gate = Gate(nothing, nothing)
    routes = api_routes(
        gate,
        FormApi(nothing),
        EndpointApi(nothing, nothing, nothing, nothing, nothing),
        HistoryApi(nothing, nothing, nothing, nothing),
        TemplateApi(nothing),
        ReplayApi(nothing, nothing),
        OperatorApi(nothing, nothing, nothing, ""),
        RehearsalApi(None),
    )
    routes += video_kyc_routes(gate, UserApi(nothing), VideoKycApi(nothing), CaseApi(nothing))
    served = {(method, route.path) for route in routes for method in route.methods or () if method != "HEAD"}
    published = {
        (method.upper(), path) for path, item in openapi["paths"].items() for method in METHODS if method in item
    }
    assert published == served | {("GET", "/healthz"), ("GET", "/readyz"), ("GET", "/metrics")}


def test_the_documents_name_no_other_product() -> None:
    for path in (ROOT / "spec").rglob("*.json"):
        assert "cashfree" not in path.read_text("utf-8").lower()
