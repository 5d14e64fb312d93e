"""Bodies without personal data: what a page shows until somebody opens them.

In: the bytes of an event, of an answer. Out: text. Of an event only the fields are shown that are known to hold nothing
about a person: a field that a later release adds is hidden until it is named here. Of an answer, whose form is the
receiver's own, that is hidden which the event had hidden, and what looks like an address, a number or a link. Pure.
"""

import json
import re
from collections.abc import Iterable

HIDDEN = "••••"
PLAIN_FIELDS = frozenset(
    {
        "signature",
        "event_type",
        "event_time",
        "version",
        "data",
        "verification_id",
        "reference_id",
        "user_reference_id",
        "link_expiry",
        "form_status",
        "verification_details",
        "type",
        "status",
        "sub_status",
        "endpoint_id",
        "failing_since",
        "failures",
        "last_failure_at",
        "disabled_at",
        "disabled_reason",
        "recovered_at",
    }
)
"""Of the contract's bodies. Links of customers are not among them: whoever has one can open the case."""
SHORTEST_ECHO = 3
LONGEST_SHOWN = 64 * 1024
SECRET_HEADERS = frozenset({"set-cookie", "cookie", "authorization", "proxy-authorization", "x-api-key"})

_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
_NUMBER = re.compile(r"(?<![\w.])\+?\d[\d -]{4,}\d(?![\w.])")
_LINK = re.compile(r"https?://[^\s\"'<>\\]+")


def masked_event(body: bytes) -> str:
    """The body of an event, indented, with personal data hidden; a body that is no JSON is hidden whole."""
    try:
        read = json.loads(body)
    except ValueError:
        return HIDDEN
    return indented(_masked(read))


def masked_answer(answer: str, event: bytes | None) -> str:
    """The body of an answer, with what it repeats of the event's personal data hidden, and what looks like some."""
    for value in sorted(_hidden_values(event), key=len, reverse=True):
        answer = answer.replace(value, HIDDEN)
    for pattern in (_LINK, _ADDRESS, _NUMBER):
        answer = pattern.sub(HIDDEN, answer)
    return answer


def masked_headers(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Headers, the values of those hidden that let somebody in; a query of a link is hidden, too."""
    return [(name, HIDDEN if name.lower() in SECRET_HEADERS else value) for name, value in headers]


def opened_event(body: bytes) -> str:
    """The body of an event, indented; its exact text when it is no JSON."""
    try:
        return indented(json.loads(body))
    except ValueError:
        return body.decode("utf-8", "replace")


def text_of(body: bytes) -> str | None:
    """An answer's body as text; None when it is none."""
    try:
        text = body.decode()
    except UnicodeDecodeError as broken:
        if broken.start < len(body) - 3:  # else it was cut in the middle of a letter
            return None
        text = body[: broken.start].decode()
    return None if "\0" in text else text


def indented(read: object) -> str:
    """JSON for people."""
    return json.dumps(read, indent=2, ensure_ascii=False)


def _masked(value: object) -> object:
    if isinstance(value, dict):
        return {name: _masked(inner) if name in PLAIN_FIELDS else _hidden(inner) for name, inner in value.items()}
    return [_masked(inner) for inner in value] if isinstance(value, list) else value


def _hidden(value: object) -> object:
    return value if value is None or isinstance(value, bool) else HIDDEN


def _hidden_values(event: bytes | None) -> set[str]:
    """The texts of an event that are hidden, long enough to be looked for."""
    try:
        read = json.loads(event) if event else None
    except ValueError:
        return set()
    return {text for text in _values(read, is_plain=True) if len(text) >= SHORTEST_ECHO}


def _values(value: object, *, is_plain: bool) -> Iterable[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _values(inner, is_plain=is_plain and name in PLAIN_FIELDS)
    elif isinstance(value, list):
        for inner in value:
            yield from _values(inner, is_plain=is_plain)
    elif not is_plain and value is not None and not isinstance(value, bool):
        yield str(value)
