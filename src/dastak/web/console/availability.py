"""An agent's own week: when they take scheduled calls, and days off.

In: a visit; the form of a week. Out: the page, or a redirect to it.
"""

from collections.abc import Sequence

from starlette.responses import Response

from dastak.accounts.availability import INDIA, Availability
from dastak.accounts.deed import Deed
from dastak.accounts.operator_registry import OperatorChange
from dastak.web.console.door import Door
from dastak.web.console.signed_in import Visit, show
from dastak.web.form import Form
from dastak.web.week_form import read_week, shown_week

PATH = "/console/availability"


async def show_availability(door: Door, visit: Visit) -> Response:
    """The week as it is kept."""
    notice = "Your availability is saved." if "saved" in visit.request.query_params else ""
    return _shown(door, visit, visit.operator.availability, notice=notice)


async def save_availability(door: Door, visit: Visit, form: Form) -> Response:
    """Replace it; what cannot be is shown again as it was typed, with what is wrong."""
    typed = read_week(form)
    if typed.mistakes:
        return _shown(door, visit, typed.week, typed=form, mistakes=typed.mistakes)
    change = OperatorChange(availability=typed.week)
    with door.noting(visit.operator, Deed.OPERATOR_CHANGED, what="week"):
        await door.registry.change(visit.operator.merchant_id, visit.operator.id, change)
    return door.go(f"{PATH}?saved=1")


def _shown(
    door: Door,
    visit: Visit,
    week: Availability,
    *,
    typed: Form | None = None,
    mistakes: Sequence[tuple[str, str]] = (),
    notice: str = "",
) -> Response:
    today = visit.now.astimezone(INDIA).date()
    return show(
        door,
        visit,
        "availability",
        422 if mistakes else 200,
        mistakes=mistakes,
        notice=notice,
        **shown_week(week, today, typed, mistakes),
    )
