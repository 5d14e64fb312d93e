"""The funnels of a day: how far the journeys that began on it have come. Pure.

In: tallies of a merchant. Out: charts. KYC Links have a funnel for each template, since templates ask for different
checks; the way of a Video KYC is one.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta, tzinfo

from dastak.journeys.kyc_link import progress as link_progress
from dastak.journeys.kyc_link.template import Template
from dastak.journeys.tally import CREATED, Tally
from dastak.journeys.video_kyc import progress as case_progress
from dastak.web.dashboard.overview.day import Day
from dastak.web.design.charts.bars import Bar, bars
from dastak.web.design.charts.chart import Chart, Series, Tone
from dastak.web.design.charts.funnel import Step, funnel
from dastak_sdk import CheckType

CHECKS: Mapping[str, str] = {
    CheckType.AADHAAR.value: "Aadhaar confirmed",
    CheckType.PAN.value: "PAN confirmed",
    CheckType.BANK.value: "Bank account confirmed",
    CheckType.UPI.value: "UPI confirmed",
}
LINK_WORDS: Mapping[str, str] = {
    CREATED: "Created",
    link_progress.OPENED: "Opened",
    link_progress.BEGAN: "First check begun",
    **CHECKS,
    link_progress.DONE: "Done",
}
CASE_WORDS: Mapping[str, str] = {
    CREATED: "Created",
    case_progress.OPENED: "Opened",
    case_progress.CONSENTED: "Consent given",
    case_progress.AADHAAR: "Aadhaar confirmed",
    case_progress.CHECKED: "Device and place checked",
    case_progress.QUEUED: "Joined the queue",
    case_progress.TALKED: "Call begun",
    case_progress.DECIDED: "Agent decided",
    case_progress.REVIEWED: "Auditor reviewed",
}
LAST = frozenset({link_progress.DONE, case_progress.REVIEWED})
LINKS, CASES = Series("KYC Links"), Series("Video KYCs", Tone.SECOND)


def used_templates(tallies: Iterable[Tally]) -> list[str]:
    """The templates of which links were made, the most used first."""
    counts: Counter[str] = Counter()
    for one in tallies:
        if one.step == CREATED:
            counts[one.template] += one.number
    return [name for name, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))]


def link_funnel(day: Day, tallies: Iterable[Tally], name: str, template: Template | None) -> Chart:
    """The way of the links of one template; of one that is gone, the checks that were passed."""
    numbers = reached(one for one in tallies if one.template == name)
    asked = [check.value for check in template.checks] if template else []
    checks = [*asked, *(check for check in CHECKS if check in numbers and check not in asked)]
    way = (CREATED, link_progress.OPENED, link_progress.BEGAN, *checks, link_progress.DONE)
    return funnel("link-funnel", f"KYC Links made {day.words}", "Links", _steps(way, LINK_WORDS, numbers))


def case_funnel(day: Day, tallies: Iterable[Tally]) -> Chart:
    """The way of the Video KYCs."""
    steps = _steps(case_progress.WAY, CASE_WORDS, reached(tallies))
    return funnel("case-funnel", f"Video KYCs made {day.words}", "Cases", steps)


def reached(tallies: Iterable[Tally]) -> Counter[str]:
    """Step → how many."""
    counts: Counter[str] = Counter()
    for one in tallies:
        counts[one.step] += one.number
    return counts


def made_by_hour(day: Day, zone: tzinfo, links: Sequence[Tally], cases: Sequence[Tally]) -> Chart:
    """What was made in each hour of the day."""
    counts = [_by_hour(day, links), _by_hour(day, cases)]
    hours = max(1, -(-(day.end - day.start) // timedelta(hours=1)))  # 23 or 25 where clocks are changed
    shown = [
        Bar(f"{(day.start + hour * timedelta(hours=1)).astimezone(zone):%H:%M}", tuple(c[hour] for c in counts))
        for hour in range(hours)
    ]
    return bars("made", f"Made by hour, {day.words}", "Hour from", (LINKS, CASES), shown)


def _by_hour(day: Day, tallies: Sequence[Tally]) -> Counter[int]:
    counts: Counter[int] = Counter()
    for one in tallies:
        if one.step == CREATED:
            counts[(one.slot - day.start) // timedelta(hours=1)] += one.number
    return counts


def _steps(way: Sequence[str], words: Mapping[str, str], numbers: Mapping[str, int]) -> list[Step]:
    return [Step(words[step], numbers.get(step, 0), Tone.GOOD if step in LAST else Tone.PLAIN) for step in way]
