"""The audit log as a file: every entry on a line of JSON, oldest first, with its hashes.

In: a form of whoever may export. Out: the file, sent piece by piece. That it was exported is its last entry.
"""

from collections.abc import AsyncGenerator

from starlette.responses import Response

from dastak.accounts.audit import AuditTrail, exported, walked
from dastak.accounts.deed import Deed
from dastak.web.dashboard.door import Door
from dastak.web.dashboard.signed_in import Visit
from dastak.web.form import Form
from dastak.web.page_headers import PAGE_HEADERS
from dastak.web.streamed import Streamed


async def export(door: Door, visit: Visit, form: Form) -> Response:
    """The file."""
    del form
    await door.note(visit.member, Deed.AUDIT_EXPORTED)
    head = await door.trail.head(visit.merchant_id)
    headers = {
        **PAGE_HEADERS,
        "content-type": "application/jsonl; charset=utf-8",
        "content-disposition": f'attachment; filename="audit-{visit.merchant_id}-{head.sequence}.jsonl"',
    }
    return Streamed(lines(door.trail, visit.merchant_id, head.sequence), 200, headers)


async def lines(trail: AuditTrail, merchant_id: str, upto: int) -> AsyncGenerator[bytes, None]:
    """The file's lines, some at a time."""
    async for links in walked(trail, merchant_id, 0, upto):
        yield b"".join(exported(link) + b"\n" for link in links)
