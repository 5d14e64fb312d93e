"""The bank account check: the account number twice, because a wrong digit costs a try, and the IFSC."""

from collections.abc import Iterator

from starlette.responses import Response

from dastak.web.form import Form
from dastak.web.hosted.check_page import perform
from dastak.web.hosted.door import Door
from dastak.web.hosted.form import compact
from dastak.web.hosted.session import Session
from dastak.web.hosted.view import Mistake
from dastak.web.hosted.visit import Visit
from dastak_sdk import CheckType


async def submit_bank(door: Door, visit: Visit, session: Session, form: Form) -> Response:
    """Run the check when both account numbers agree."""
    number = compact(form.get("account_number", ""))
    again = compact(form.get("account_number_again", ""))
    ifsc = compact(form.get("ifsc", "")).upper()
    return await perform(
        door,
        visit,
        session,
        form,
        CheckType.BANK,
        lambda: door.desk.submit_bank(visit.code, number, ifsc),
        tuple(_mistakes(number, again, ifsc)),
    )


def _mistakes(number: str, again: str, ifsc: str) -> Iterator[Mistake]:
    if not number:
        yield Mistake("account_number", "Type your account number.")
    elif number != again:
        yield Mistake("account_number_again", "The two account numbers are not the same.")
    if not ifsc:
        yield Mistake("ifsc", "Type the 11 letters and digits of the IFSC.")
