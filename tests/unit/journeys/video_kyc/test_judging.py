"""Where India is, what chance draws, how long a wait is said to be."""

import math
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dastak.journeys.video_kyc.chance import draw_liveness, draw_questions
from dastak.journeys.video_kyc.estimate import queue_standing
from dastak.journeys.video_kyc.india import is_in_india
from dastak.journeys.video_kyc.precheck import judge_location
from dastak.journeys.video_kyc.signal import PrecheckFailed, PrecheckPassed
from dastak.journeys.video_kyc.table import PRECHECK_FAILURES
from dastak.journeys.video_kyc.template import AGENT_TEMPLATES, DEFAULT_AGENT_TEMPLATE
from unit.journeys.video_kyc.cases import NOW, minutes

AGENT_TEMPLATE = AGENT_TEMPLATES[DEFAULT_AGENT_TEMPLATE]

INSIDE = {
    "Delhi": (28.61, 77.21),
    "Mumbai": (19.08, 72.88),
    "Bengaluru": (12.97, 77.59),
    "Chennai": (13.08, 80.27),
    "Kolkata": (22.57, 88.36),
    "Kanyakumari": (8.08, 77.54),
    "Srinagar": (34.08, 74.80),
    "Leh": (34.15, 77.58),
    "Amritsar": (31.63, 74.87),
    "Jaisalmer": (26.91, 70.91),
    "Bhuj": (23.24, 69.67),
    "Dwarka": (22.24, 68.97),
    "Guwahati": (26.14, 91.74),
    "Agartala": (23.83, 91.29),
    "Aizawl": (23.73, 92.72),
    "Imphal": (24.82, 93.94),
    "Kohima": (25.67, 94.11),
    "Dibrugarh": (27.47, 94.91),
    "Itanagar": (27.08, 93.61),
    "Gangtok": (27.33, 88.61),
    "Siliguri": (26.73, 88.40),
    "Gorakhpur": (26.76, 83.37),
    "Patna": (25.59, 85.14),
    "Dehradun": (30.32, 78.03),
    "Shillong": (25.58, 91.89),
    "Silchar": (24.83, 92.80),
    "Kochi": (9.93, 76.27),
    "Thiruvananthapuram": (8.52, 76.94),
    "Puri": (19.81, 85.83),
    "Visakhapatnam": (17.69, 83.22),
    "Panaji": (15.49, 73.83),
    "Rameswaram": (9.29, 79.31),
    "Port Blair": (11.62, 92.73),
    "Kavaratti": (10.57, 72.64),
}
OUTSIDE = {
    "Colombo": (6.93, 79.86),
    "Jaffna": (9.66, 80.01),
    "Kathmandu": (27.72, 85.32),
    "Dhaka": (23.81, 90.41),
    "Lahore": (31.52, 74.36),
    "Karachi": (24.86, 67.00),
    "Islamabad": (33.68, 73.05),
    "Thimphu": (27.47, 89.64),
    "Yangon": (16.84, 96.17),
    "Lhasa": (29.65, 91.14),
    "Dubai": (25.20, 55.27),
    "Singapore": (1.35, 103.82),
    "London": (51.51, -0.13),
    "New York": (40.71, -74.01),
    "Null Island": (0.0, 0.0),
    "Chittagong": (22.36, 91.78),
    "Mandalay": (21.96, 96.09),
    "Kabul": (34.53, 69.17),
}


@pytest.mark.parametrize("town", INSIDE)
def test_a_town_of_india_is_in_india(town: str) -> None:
    assert is_in_india(*INSIDE[town])


@pytest.mark.parametrize("town", OUTSIDE)
def test_a_town_elsewhere_is_not(town: str) -> None:
    assert not is_in_india(*OUTSIDE[town])


@given(st.floats(), st.floats(), st.floats())
def test_whatever_a_browser_says_is_a_place_in_india_or_a_failure(lat: float, lon: float, accuracy: float) -> None:
    judged = judge_location(lat, lon, accuracy, NOW)
    if isinstance(judged, PrecheckFailed):
        assert judged.check in PRECHECK_FAILURES[judged.sub_status]
    else:
        assert isinstance(judged, PrecheckPassed)
        assert all(math.isfinite(number) for number in (lat, lon, accuracy))
        assert is_in_india(lat, lon)


@pytest.mark.parametrize("accuracy", [-1.0, 5001.0, math.nan, math.inf])
def test_a_place_that_is_too_vague_does_not_pass(accuracy: float) -> None:
    judged = judge_location(*INSIDE["Delhi"], accuracy, NOW)
    assert isinstance(judged, PrecheckFailed)
    assert judged.sub_status == "TECHNICAL_FAILURE"


@given(st.text(max_size=40))
def test_what_a_seed_draws_can_be_drawn_again(seed: str) -> None:
    live = draw_liveness(seed, AGENT_TEMPLATE, NOW)
    assert live == draw_liveness(seed, AGENT_TEMPLATE, NOW)
    assert len(live.code) == 4
    assert live.code.isdigit()
    assert len(set(live.challenges)) == AGENT_TEMPLATE.challenges_asked
    assert not live.is_passed
    questions = draw_questions(seed, AGENT_TEMPLATE)
    assert [one.order for one in questions] == list(range(1, AGENT_TEMPLATE.questions_asked + 1))
    assert len({one.question for one in questions}) == len(questions)


def test_every_order_of_challenges_comes_up() -> None:
    drawn = {draw_liveness(f"seed{number}", AGENT_TEMPLATE, NOW).challenges for number in range(500)}
    many = len(AGENT_TEMPLATE.challenges)
    assert len(drawn) == many * (many - 1)


def test_nobody_has_to_blink() -> None:
    for template in AGENT_TEMPLATES.values():
        assert not any("blink" in name for name in template.challenges)


@given(ahead=st.integers(0, 500), agents=st.integers(1, 50), times=st.lists(st.integers(1, 3600), max_size=30))
def test_a_wait_has_two_ends_and_grows_with_the_queue(ahead: int, agents: int, times: list[int]) -> None:
    spans = [timedelta(seconds=one) for one in times]
    standing, behind = queue_standing(ahead, agents, spans), queue_standing(ahead + 1, agents, spans)
    assert standing.position == ahead + 1
    assert standing.at_least is not None
    assert standing.at_most is not None
    assert timedelta(0) <= standing.at_least < standing.at_most
    assert behind.at_least is not None
    assert behind.at_least >= standing.at_least


def test_the_typical_call_is_the_middle_one_of_the_latest() -> None:
    spans = [minutes(4), minutes(2), minutes(90)]
    standing = queue_standing(2, 2, spans)
    assert (standing.at_least, standing.at_most) == (minutes(4), minutes(6))
