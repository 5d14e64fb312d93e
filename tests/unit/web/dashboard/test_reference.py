"""The API reference and the catalogue are those of the contract, complete and in words."""

import json
from pathlib import Path
from typing import Any

import pytest

from dastak.web.dashboard.developers.catalogue import entries, entry
from dastak.web.dashboard.developers.contract import IN_WORKING_COPY, contract
from dastak.web.dashboard.developers.reference import METHODS, Reference, curl
from dastak.web.dashboard.developers.schema_rows import Row, kind_of, rows
from dastak_sdk import EVENT_TYPES, OPERATIONAL_EVENT_TYPES, parse_event

REFERENCE = Reference(contract())
OPERATIONS = [one for group in REFERENCE.by_tag().values() for one in group]


def fields(schema: dict[str, Any], document: dict[str, Any] | None = None) -> dict[str, Row]:
    return {row.name: row for row in rows(schema, document or {})}


def test_it_is_the_published_file() -> None:
    assert Path(__file__).parents[4] / "spec" / "openapi.json" == IN_WORKING_COPY
    assert contract() == json.loads(IN_WORKING_COPY.read_text("utf-8"))


def test_every_operation_of_the_contract_is_there_once() -> None:
    wanted = {item[m]["operationId"] for item in contract()["paths"].values() for m in METHODS if m in item}
    assert {one.id for one in OPERATIONS} == wanted
    assert len(OPERATIONS) == len(wanted)
    assert all(REFERENCE.operation(one.id) is one for one in OPERATIONS)
    assert REFERENCE.operation("noSuch") is None


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.id)
def test_an_operation_says_all_that_one_needs(operation: Any) -> None:
    assert operation.summary
    assert operation.replies[0].is_good
    assert all(row.kind for row in (*operation.parameters, *operation.body))
    names = [row.name for row in operation.parameters]
    assert all(f"{{{name}}}" in operation.path for name in names if f"{{{name}}}" in operation.path)
    for reply in operation.replies:
        assert reply.means
        assert reply.is_good or not operation.needs_secret or reply.faults
    command = curl(operation, "https://kyc.example")
    assert command.startswith(f'curl -X {operation.method} "https://kyc.example/')
    assert ("$CLIENT_SECRET" in command) == operation.needs_secret


def test_fields_say_their_kind_their_limits_and_what_they_hold() -> None:
    document = {"components": {"schemas": {"Wait": {"type": "integer", "minimum": 1, "maximum": 9}}}}
    schema = {
        "type": "object",
        "required": ["url"],
        "properties": {
            "url": {"type": "string", "maxLength": 9, "description": "Where."},
            "waits": {"type": "array", "items": {"$ref": "#/components/schemas/Wait"}, "maxItems": 3},
            "at": {"type": ["string", "null"], "format": "date-time"},
            "inner": {"type": "object", "properties": {"deep": {"enum": ["a", "b", None]}}},
            "many": {"type": "array", "items": {"type": "object", "properties": {"x": {"const": True}}}},
            "either": {"anyOf": [{"type": "integer"}, {"type": "string"}]},
        },
    }
    found = fields(schema, document)
    assert list(found) == ["url", "waits", "at", "inner", "inner.deep", "many", "many[].x", "either"]
    assert (found["url"].required, found["url"].limits, found["url"].means) == (
        True,
        ["at most 9 characters"],
        "Where.",
    )
    assert (found["waits"].kind, found["waits"].limits) == ("list of whole numbers", ["at most 3 items"])
    assert found["at"].kind == "time or null"
    assert found["inner.deep"].choices == ["a", "b", "null"]
    assert found["many[].x"].kind == "true"
    assert found["either"].kind == "whole number or text"


def test_what_refers_to_itself_comes_to_an_end() -> None:
    document: dict[str, Any] = {"components": {"schemas": {"Node": {"type": "object", "properties": {}}}}}
    document["components"]["schemas"]["Node"]["properties"]["next"] = {"$ref": "#/components/schemas/Node"}
    assert len(rows(document["components"]["schemas"]["Node"], document)) == 6
    assert kind_of({"$ref": "#/components/schemas/Node"}, document) == "object"


def test_every_event_is_in_the_catalogue_with_a_sample_that_the_receiver_reads() -> None:
    assert [one.type for one in entries()] == [*EVENT_TYPES, *OPERATIONAL_EVENT_TYPES]
    for one in entries():
        event = parse_event(one.sample.encode())
        assert event.type == one.type
        assert (event.signature is not None) == one.signs_body
        names = {row.name for row in REFERENCE.event_rows(one.type)}
        assert {"event_type", "data"} | {f"data.{name}" for name in json.loads(one.sample)["data"]} <= names
    assert entry("NO_SUCH_EVENT") is None
