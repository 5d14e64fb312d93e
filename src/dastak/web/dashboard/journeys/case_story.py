"""The story of a Video KYC, out of its own timeline. Pure.

In: a case, and the names of operators. Out: stretches of its stages, and lines.
"""

from collections.abc import Mapping
from datetime import datetime

from dastak.journeys.video_kyc.table import FINAL, STAGES
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.web.case_words import happened, who
from dastak.web.dashboard.journeys.story import Line, Sort
from dastak.web.dashboard.journeys.words import CHECK_LINES, STAGE, tone_of_line
from dastak.web.design.charts.timeline import Stretch


def case_states(case: VideoKyc, now: datetime) -> list[Stretch]:
    """Each stage from the line that led to it to the line that led out of it, the last one to now."""
    found: list[Stretch] = []
    entries = [entry for entry in case.timeline if entry.sub_status in STAGES]
    for at, entry in enumerate(entries):
        stage = STAGES[entry.sub_status]
        end = entries[at + 1].at if at + 1 < len(entries) else max(now, entry.at)
        if found and found[-1].name == STAGE[stage][0]:
            found[-1] = Stretch(found[-1].start, end, *STAGE[stage])
        elif end > entry.at or stage in FINAL:
            found.append(Stretch(entry.at, end, *STAGE[stage]))
    return found


def case_lines(case: VideoKyc, names: Mapping[str, str]) -> list[Line]:
    """Every line of the timeline."""
    return [
        Line(
            entry.at,
            Sort.CHECK if entry.what in CHECK_LINES else Sort.STATE,
            happened(entry.what, entry.sub_status),
            who(entry.by, names),
            tone_of_line(entry.what),
        )
        for entry in case.timeline
    ]
