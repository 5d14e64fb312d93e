"""The PAN check: one field."""

from starlette.responses import Response

from dastak.web.form import Form
from dastak.web.hosted.check_page import perform
from dastak.web.hosted.door import Door
from dastak.web.hosted.form import compact
from dastak.web.hosted.session import Session
from dastak.web.hosted.view import Mistake
from dastak.web.hosted.visit import Visit
from dastak_sdk import CheckType


async def submit_pan(door: Door, visit: Visit, session: Session, form: Form) -> Response:
    """Run the check with the PAN as typed, in capitals."""
    pan = compact(form.get("pan", "")).upper()
    mistakes = [] if pan else [Mistake("pan", "Type the PAN from your card.")]
    return await perform(
        door, visit, session, form, CheckType.PAN, lambda: door.desk.submit_pan(visit.code, pan), mistakes
    )
