"""The catalogue against the contract's thirteen samples."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from dastak_sdk import (
    EVENT_SUB_STATUSES,
    EVENT_TYPES,
    SUB_STATUSES,
    TEST_EVENT_TYPE,
    CheckStatus,
    CheckType,
    EventType,
    FormStatus,
    Product,
    VideoKycStatus,
)

SAMPLES = Path(__file__).parent / "samples"


def sample(name: str) -> dict[str, object]:
    value = json.loads((SAMPLES / f"{name}.json").read_text())
    assert isinstance(value, dict)
    return value


def test_the_catalogue_holds_exactly_the_thirteen_events_of_the_contract() -> None:
    assert len(EVENT_TYPES) == 13
    assert set(EVENT_TYPES) == {path.stem for path in SAMPLES.glob("*.json")}
    assert list(EVENT_TYPES) == [member.value for member in EventType]
    assert TEST_EVENT_TYPE not in EVENT_TYPES


def test_a_str_enum_prints_as_its_wire_value_on_every_python() -> None:
    for member in (EventType.KYC_LINK_SUCCESS, CheckType.PAN, CheckStatus.FAILED, FormStatus.EXPIRED, Product.KYC_LINK):
        assert str(member) == f"{member}" == member.value


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_an_event_signs_its_body_exactly_where_its_sample_does(name: str) -> None:
    assert EVENT_TYPES[name].signs_body == ("signature" in sample(name))


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_the_status_of_each_sample_is_in_the_catalogue(name: str) -> None:
    data = sample(name)["data"]
    assert isinstance(data, dict)
    spec = EVENT_TYPES[name]
    if spec.product is Product.KYC_LINK:
        assert spec.statuses == (data["form_status"],)
        assert spec.sub_statuses == ()
        for detail in data["verification_details"]:
            assert CheckType(detail["type"])
            assert CheckStatus(detail["status"])
    else:
        assert spec.statuses == (data["status"],)
        assert spec.sub_statuses[0].name == data["sub_status"]
        assert not spec.sub_statuses[0].inferred
        assert SUB_STATUSES[data["sub_status"]].status is VideoKycStatus(data["status"])


def test_every_sub_status_that_an_event_can_carry_is_a_row_of_the_table() -> None:
    for carried in EVENT_SUB_STATUSES.values():
        for each in carried:
            assert each.name in SUB_STATUSES


def test_names_that_were_concluded_and_not_read_are_marked_so() -> None:
    assert {row.name for row in SUB_STATUSES.values() if row.inferred} == {"AGENT_REJECTED", "AUDITOR_REJECTED"}


def test_the_catalogue_cannot_be_changed_by_accident() -> None:
    with pytest.raises(TypeError):
        EVENT_TYPES["X"] = EVENT_TYPES["KYC_LINK_SUCCESS"]  # type: ignore[index]


def test_the_package_needs_nothing_but_the_standard_library() -> None:
    source = Path(__file__).parents[1] / "src"
    code = f"import sys; sys.path.insert(0, {str(source)!r}); import dastak_sdk; print(*dastak_sdk.__all__)"
    result = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True
    )
    assert "Receiver" in result.stdout
