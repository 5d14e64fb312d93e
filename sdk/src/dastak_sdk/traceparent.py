"""The W3C `traceparent`: which trace a request belongs to, as one line of text.

In: the value of a header, as anybody may have sent it. Out: the same in the form of version 00, or an empty text. What
is malformed is as good as absent: a trace is a courtesy and never a reason to refuse anything. The server uses it for
what callers send and for what it sends itself; the receiver for what arrives. Source: W3C Trace Context, 3.2.
"""

from __future__ import annotations

import hashlib
import re

TRACEPARENT = "traceparent"

_FORM = re.compile(r"(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-[!-~]*)?")
_LONGEST = 512
_SAMPLED = 1


def read_traceparent(value: object) -> str:
    """`00-<trace>-<parent>-<00 or 01>`, or an empty text when it is not one.

    A later version is read as far as version 00 goes; of the flags only `sampled` is kept.
    """
    found = _FORM.fullmatch(value) if isinstance(value, str) and len(value) <= _LONGEST else None
    if found is None or (found[1] == "00" and found[5] is not None):
        return ""
    return write_traceparent(found[2], found[3], sampled=bool(int(found[4], 16) & _SAMPLED))


def write_traceparent(trace: str, span: str, *, sampled: bool) -> str:
    """The header of those ids: 32 and 16 lower-case hexadecimal digits."""
    return f"00-{trace}-{span}-{'01' if sampled else '00'}"


def child(traceparent: str, *names: str) -> str:
    """The same trace, with the span of those names as the parent; names that never repeat give ids that never do.

    The id is made of the names, so that whoever knows them knows it too, in every process and after a restart.
    """
    span = hashlib.blake2b("/".join(names).encode(), digest_size=8).hexdigest()
    return f"{traceparent[:36]}{span}{traceparent[52:]}"


def trace_id(traceparent: str) -> str:
    """The 32 digits that all of one trace share; empty for an empty one."""
    return traceparent[3:35]


def span_id(traceparent: str) -> str:
    """The 16 digits of the parent."""
    return traceparent[36:52]


def is_sampled(traceparent: str) -> bool:
    """Whether whoever began the trace records it."""
    return traceparent.endswith("1")
