"""The API reference: every operation of the published contract, as a page shows it.

In: the OpenAPI document. Out: operations by their names and by what they are about. Pure.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dastak.web.dashboard.developers.schema_rows import Row, kind_of, resolved, rows

METHODS = ("get", "post", "put", "patch", "delete")
JSON = "application/json"
GOOD = "2"


@dataclass(frozen=True, slots=True)
class Fault:
    """A code that an answer can carry."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer."""

    status: str
    means: str
    rows: Sequence[Row]
    example: str
    faults: Sequence[Fault]

    @property
    def is_good(self) -> bool:
        return self.status.startswith(GOOD)


@dataclass(frozen=True, slots=True)
class Operation:
    """One call."""

    id: str
    tag: str
    method: str
    path: str
    summary: str
    description: str
    parameters: Sequence[Row]
    """Those of path, query and headers."""
    body: Sequence[Row]
    body_example: str
    replies: Sequence[Reply]
    needs_secret: bool


class Reference:
    """All operations of one document."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._by_id = {one.id: one for one in _operations(document)}

    def operation(self, name: str) -> Operation | None:
        """The one of that name."""
        return self._by_id.get(name)

    def by_tag(self) -> dict[str, list[Operation]]:
        """What belongs together, in the document's order."""
        groups: dict[str, list[Operation]] = {}
        for one in self._by_id.values():
            groups.setdefault(one.tag, []).append(one)
        return groups

    def event_rows(self, event_type: str) -> list[Row]:
        """The fields of an event's body."""
        schema = self._document["components"]["schemas"].get(event_type, {})
        return rows(schema, self._document)


def curl(operation: Operation, base: str) -> str:
    """The call as a command, with names of the environment in place of secrets."""
    lines = [f'curl -X {operation.method} "{base}{operation.path}"']
    if operation.needs_secret:
        lines += ['-H "x-client-id: $CLIENT_ID"', '-H "x-client-secret: $CLIENT_SECRET"']
    if operation.body_example:
        body = operation.body_example.replace("'", "'\\''")
        lines += ['-H "content-type: application/json"', f"-d '{body}'"]
    return " \\\n  ".join(lines)


def as_text(value: Any) -> str:
    """JSON as people read it."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def _operations(document: Mapping[str, Any]) -> Iterator[Operation]:
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield _operation(document, path, method, item)


def _operation(document: Mapping[str, Any], path: str, method: str, item: Mapping[str, Any]) -> Operation:
    told = item[method]
    content = told.get("requestBody", {}).get("content", {}).get(JSON, {})
    parameters = [resolved(one, document) for one in (*item.get("parameters", ()), *told.get("parameters", ()))]
    return Operation(
        id=told["operationId"],
        tag=told["tags"][0],
        method=method.upper(),
        path=path,
        summary=told["summary"],
        description=told.get("description", ""),
        parameters=[_parameter(one, document) for one in parameters],
        body=rows(content.get("schema", {}), document),
        body_example=as_text(content["example"]) if "example" in content else "",
        replies=[_reply(status, resolved(reply, document), document) for status, reply in told["responses"].items()],
        needs_secret=told.get("security") != [],
    )


def _parameter(one: Mapping[str, Any], document: Mapping[str, Any]) -> Row:
    schema = one.get("schema", {})
    (field,) = rows({"properties": {one["name"]: schema}}, document)[:1]
    where = {"path": "in the path", "query": "in the query", "header": "header"}[one["in"]]
    return Row(
        one["name"],
        f"{kind_of(schema, document)}, {where}",
        bool(one.get("required")),
        one.get("description") or field.means,
        field.limits,
        field.choices,
    )


def _reply(status: str, told: Mapping[str, Any], document: Mapping[str, Any]) -> Reply:
    content: Mapping[str, Any] = next(iter(told.get("content", {}).values()), {})
    is_good = status.startswith(GOOD)
    examples = content.get("examples", {})
    return Reply(
        status,
        told.get("description", ""),
        rows(content.get("schema", {}), document) if is_good else (),
        _example(content) if is_good else "",
        [] if is_good else [_fault(name, one.get("value", {})) for name, one in examples.items()],
    )


def _example(content: Mapping[str, Any]) -> str:
    value = content.get("example")
    return "" if value is None else value if isinstance(value, str) else as_text(value)


def _fault(name: str, value: Mapping[str, Any]) -> Fault:
    return Fault(str(value.get("code", name)), str(value.get("message", "")))
