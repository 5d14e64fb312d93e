"""The UPI check: one field."""

from starlette.responses import Response

from dastak.web.form import Form
from dastak.web.hosted.check_page import perform
from dastak.web.hosted.door import Door
from dastak.web.hosted.session import Session
from dastak.web.hosted.view import Mistake
from dastak.web.hosted.visit import Visit
from dastak_sdk import CheckType


async def submit_upi(door: Door, visit: Visit, session: Session, form: Form) -> Response:
    """Run the check with the UPI ID as typed."""
    upi_id = "".join(form.get("upi_id", "").split())
    mistakes = [] if upi_id else [Mistake("upi_id", "Type your UPI ID.")]
    return await perform(
        door, visit, session, form, CheckType.UPI, lambda: door.desk.submit_upi(visit.code, upi_id), mistakes
    )
