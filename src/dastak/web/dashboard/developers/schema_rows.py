"""A JSON Schema as rows that people read: name, kind, whether it must be there, what it means.

In: a schema and the document that its references point into. Out: rows, inner fields after the one that holds them,
their names joined by dots. Pure.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]

DEEPEST = 6
KINDS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "object": "object",
    "array": "list",
    "null": "null",
}
LIMITS = (
    ("minLength", "at least {} characters"),
    ("maxLength", "at most {} characters"),
    ("minimum", "at least {}"),
    ("maximum", "at most {}"),
    ("minItems", "at least {} items"),
    ("maxItems", "at most {} items"),
    ("pattern", "matches {}"),
    ("default", "if absent: {}"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One field."""

    name: str
    kind: str
    required: bool
    means: str
    limits: Sequence[str]
    choices: Sequence[str]
    """The values that it can have, where these are listed."""


def rows(schema: Schema, document: Schema) -> list[Row]:
    """The fields of an object's schema."""
    return list(_fields(schema, document, "", DEEPEST))


def resolved(schema: Schema, document: Schema) -> Schema:
    """The schema itself, or what it refers to; the parts of an `allOf` as one."""
    if "$ref" in schema:
        return resolved(_at(schema["$ref"], document), document)
    if "allOf" not in schema:
        return schema
    parts = [resolved(part, document) for part in schema["allOf"]]
    return {
        "type": "object",
        "properties": {name: value for part in parts for name, value in part.get("properties", {}).items()},
        "required": [name for part in parts for name in part.get("required", ())],
    }


def kind_of(schema: Schema, document: Schema) -> str:
    """Its kind in words."""
    whole = resolved(schema, document)
    for word in ("anyOf", "oneOf"):
        if word in whole and "type" not in whole:
            return " or ".join(dict.fromkeys(kind_of(part, document) for part in whole[word]))
    if "const" in whole:
        return _said(whole["const"])
    kinds = whole.get("type", "text" if "enum" in whole else "")
    names = [kinds] if isinstance(kinds, str) else kinds
    return " or ".join(_kind(name, whole, document) for name in names) or "any value"


def _fields(schema: Schema, document: Schema, before: str, depth: int) -> Iterator[Row]:
    whole = resolved(schema, document)
    for name, part in whole.get("properties", {}).items():
        field = resolved(part, document)
        yield Row(
            f"{before}{name}",
            kind_of(part, document),
            name in whole.get("required", ()),
            part.get("description") or field.get("description", ""),
            _limits(field),
            _choices(field, document),
        )
        if depth > 1:
            yield from _within(field, document, f"{before}{name}", depth - 1)


def _within(field: Schema, document: Schema, name: str, depth: int) -> Iterator[Row]:
    """What an object holds, or each item of a list."""
    for part in (field, *field.get("anyOf", ()), *field.get("oneOf", ())):
        whole = resolved(part, document)
        yield from _fields(
            {"properties": {}} if part is not field and "properties" not in whole else whole,
            document,
            f"{name}.",
            depth,
        )
        items = resolved(whole.get("items", {}), document)
        if "properties" in items:
            yield from _fields(items, document, f"{name}[].", depth)


def _kind(name: str, schema: Schema, document: Schema) -> str:
    if name == "array" and "items" in schema:
        return f"list of {_many(kind_of(schema['items'], document))}"
    if name == "string" and schema.get("format") == "date-time":
        return "time"
    if name == "string" and schema.get("format") == "date":
        return "date"
    return KINDS.get(name, name)


def _many(kind: str) -> str:
    return {"text": "texts", "whole number": "whole numbers", "object": "objects", "number": "numbers"}.get(kind, kind)


def _limits(schema: Schema) -> list[str]:
    return [words.format(_said(schema[key])) for key, words in LIMITS if key in schema]


def _choices(schema: Schema, document: Schema) -> list[str]:
    own = schema.get("enum") or resolved(schema.get("items", {}), document).get("enum") or ()
    return [_said(value) for value in own]


def _said(value: Any) -> str:
    return (
        {None: "null", True: "true", False: "false"}[value] if value is None or isinstance(value, bool) else str(value)
    )


def _at(reference: str, document: Schema) -> Schema:
    found: Any = document
    for step in reference.removeprefix("#/").split("/"):
        found = found[step.replace("~1", "/").replace("~0", "~")]
    place: Schema = found
    return place
