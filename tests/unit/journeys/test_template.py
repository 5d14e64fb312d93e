"""A template is an ordered choice of one to four different checks."""

import pytest
from hypothesis import given

from dastak.journeys.kyc_link.template import BUILT_IN, Template
from dastak_sdk import CheckType
from unit.journeys.people import templates


@pytest.mark.parametrize("checks", [(), (CheckType.PAN, CheckType.PAN)])
def test_a_template_without_checks_or_with_one_twice_cannot_be_made(checks: tuple[CheckType, ...]) -> None:
    with pytest.raises(ValueError, match="one to four different checks"):
        Template("mine", checks)


@given(templates)
def test_any_order_of_different_checks_is_kept(checks: tuple[CheckType, ...]) -> None:
    assert Template("mine", checks).checks == checks


def test_the_contract_s_default_template_is_built_in() -> None:
    assert BUILT_IN["Aadhaar_verification"].checks == (CheckType.AADHAAR,)
    assert all(name == template.name for name, template in BUILT_IN.items())
