"""What the agent does in the call: judges answers and liveness, writes notes.

In: forms of the case's page. Out: the case as it stands then.
"""

from starlette.responses import Response

from dastak.accounts.deed import Deed
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.web.console.agent.acting import NotAChoice, acted
from dastak.web.console.agent.console import AgentConsole, who
from dastak.web.console.door import Door
from dastak.web.console.signed_in import Visit
from dastak.web.form import Form

NOTES_LIMIT = 3000
"""Characters; as many fit into a form in any script."""
REMARKS_LIMIT = 500
MOST_DIGITS = 4
VERDICTS = {"pass": True, "fail": False}


async def judge_question(console: AgentConsole, door: Door, visit: Visit, form: Form) -> Response:
    """`question`: its order; `verdict`: `pass` or `fail`."""

    async def act() -> VideoKyc:
        order = form.get("question", "")
        if not (order.isascii() and order.isdecimal() and len(order) <= MOST_DIGITS):
            raise NotAChoice
        passed = _verdict(form)
        with door.noting(visit.operator, Deed.QUESTION_JUDGED, question=order, verdict=form["verdict"]):
            return await console.desk.judge_question(*who(visit), int(order), passed=passed)

    return await acted(console, door, visit, act)


async def draw_liveness(console: AgentConsole, door: Door, visit: Visit, form: Form) -> Response:
    """Another code and other challenges."""
    del form

    async def act() -> VideoKyc:
        with door.noting(visit.operator, Deed.LIVENESS_DRAWN):
            return await console.desk.make_liveness(*who(visit))

    return await acted(console, door, visit, act)


async def judge_liveness(console: AgentConsole, door: Door, visit: Visit, form: Form) -> Response:
    """`task`: `code` or a challenge; `verdict`: `pass` or `fail`."""

    async def act() -> VideoKyc:
        task, passed = form.get("task", ""), _verdict(form)
        with door.noting(visit.operator, Deed.LIVENESS_JUDGED, task=task, verdict=form["verdict"]):
            return await console.desk.judge_liveness(*who(visit), task, passed=passed)

    return await acted(console, door, visit, act)


async def write_notes(console: AgentConsole, door: Door, visit: Visit, form: Form) -> Response:
    """`notes`: the whole text."""

    async def act() -> VideoKyc:
        notes = form.get("notes", "").replace("\r\n", "\n")  # forms send both; a limit counts what was typed
        if len(notes) > NOTES_LIMIT:
            raise NotAChoice("too_long")
        with door.noting(visit.operator, Deed.NOTES_WRITTEN):
            return await console.desk.write_notes(*who(visit), notes)

    return await acted(console, door, visit, act)


def _verdict(form: Form) -> bool:
    verdict = VERDICTS.get(form.get("verdict", ""))
    if verdict is None:
        raise NotAChoice
    return verdict
