"""The tables: what waits for review, what was approved, what was rejected; searched, and page by page.

In: which table, what narrows it, where the page begins. Out: the page. What waits comes oldest decision first, what was
reviewed newest case first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from starlette.responses import Response

from dastak.accounts.operator import Role
from dastak.journeys.paging import Cursor
from dastak.journeys.video_kyc.auditor_desk import APPROVED, REJECTED
from dastak.journeys.video_kyc.ports import CaseFilter
from dastak.journeys.video_kyc.table import STAGES, Stage
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.journeys.words import mask_phone
from dastak.web.case_words import who
from dastak.web.console.door import Door
from dastak.web.console.review.narrowing import Narrowing, cursor_of, cursor_text, narrowing
from dastak.web.console.review.room import PATH, AuditorConsole, names_of
from dastak.web.console.review.words import age, decided, exact
from dastak.web.console.signed_in import Visit, show

ROWS = 25

TABLES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "pending": ("Waiting", ("AGENT_APPROVED", "AGENT_REJECTED")),
    "approved": ("Approved", (APPROVED,)),
    "rejected": ("Rejected", (REJECTED,)),
}
"""Name in the address → words of the tab, and the sub_statuses of its cases."""


@dataclass(frozen=True, slots=True)
class Found:
    """What goes into a table."""

    cases: Sequence[VideoKyc]
    following: Cursor | None = None
    elsewhere: str = ""
    """The table that has what was searched for, if it is another one."""
    own_call: bool = False
    """What was searched for is a case in which the auditor took a call."""


async def show_list(table: str, room: AuditorConsole, door: Door, visit: Visit) -> Response:
    """One of `TABLES`."""
    wanted = narrowing(visit.request.query_params)
    after = cursor_of(visit.request.query_params.get("after", ""))
    found = await _found(room, visit, table, wanted, after)
    if found.cases:
        await door.sees(visit.operator, "", f"reviews: {table}")
    names = await names_of(door, visit)
    following = wanted.query(after=cursor_text(found.following)) if found.following else ""
    return show(
        door,
        visit,
        "audit_list",
        422 if wanted.mistakes else 200,
        table=table,
        tabs=[(words, f"{PATH}/{name}{wanted.query()}", name == table) for name, (words, _) in TABLES.items()],
        title=TABLES[table][0],
        rows=[_row(case, names, visit) for case in found.cases],
        wanted=wanted,
        following=f"{PATH}/{table}{following}" if following else "",
        beginning=f"{PATH}/{table}{wanted.query()}" if after else "",
        elsewhere=(TABLES[found.elsewhere][0], f"{PATH}/{found.elsewhere}{wanted.query()}") if found.elsewhere else (),
        own_call=found.own_call,
        takes_calls=Role.AGENT in visit.roles,
        mistakes=wanted.mistakes,
        wrong={field for field, _ in wanted.mistakes},
    )


async def _found(room: AuditorConsole, visit: Visit, table: str, wanted: Narrowing, after: Cursor | None) -> Found:
    """By verification_id first; then by phone, if it can be one; without a search, everything."""
    merchant_id, auditor_id = visit.operator.merchant_id, visit.operator.id
    if wanted.search:
        case = await room.cases.case_by_verification_id(merchant_id, wanted.search)
        if case is not None:
            return _the_one(case, auditor_id, table)
        if wanted.phone is None:
            return Found(())
    if table == "pending":
        narrowed = CaseFilter(phone=wanted.phone)
        return Found(*await room.desk.pending(merchant_id, auditor_id, narrowed, after, ROWS))
    narrowed = replace(wanted.reviewed(auditor_id), phone=wanted.phone, sub_statuses=TABLES[table][1])
    return Found(*await room.desk.reviewed(merchant_id, narrowed, after, ROWS))


def _the_one(case: VideoKyc, auditor_id: str, table: str) -> Found:
    if auditor_id in case.agent_ids and STAGES[case.sub_status] in {Stage.DECIDED, Stage.REVIEWED}:
        return Found((), own_call=True)
    place = next((name for name, (_, sub_statuses) in TABLES.items() if case.sub_status in sub_statuses), "")
    return Found((case,)) if place == table else Found((), elsewhere=place)


def _row(case: VideoKyc, names: Mapping[str, str], visit: Visit) -> dict[str, object]:
    row: dict[str, object] = {
        "href": f"{PATH}/{case.id}",
        "verification_id": case.verification_id,
        "name": case.name or case.user_id,
        "phone": mask_phone(case.phone),
        "is_own": visit.operator.id in case.agent_ids,
    }
    if case.agent is not None:
        row["agent"] = f"{decided(case.agent).capitalize()} by {who(case.agent.operator_id, names)}"
        row["agent_at"], row["age"] = exact(case.agent.at), age(visit.now - case.agent.at)
    if case.auditor is not None:
        row["auditor"] = who(case.auditor.operator_id, names)
        row["auditor_at"] = exact(case.auditor.at)
        row["remarks"] = case.auditor.remarks or case.auditor.reason or ""
    return row
