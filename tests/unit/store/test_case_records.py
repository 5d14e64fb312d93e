"""However a case has lived, it is kept as it is, and found by what it is."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import settings
from hypothesis.stateful import invariant

from dastak.journeys.video_kyc.table import Stage
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.store.case_records import FOUND_BY, CaseReader, columns
from dastak.store.vault import Vault, VaultLocked
from unit.journeys.video_kyc.cases import case_at
from unit.journeys.video_kyc.test_move_laws import AnyLife

VAULT = Vault([bytes(range(32))])


def row_of(case: VideoKyc) -> dict[str, Any]:
    """As a database gives it back."""
    found_by = dict(zip(FOUND_BY, columns(VAULT, case), strict=True))
    return {"merchant_id": case.merchant_id, "id": case.id, "version": case.version, **found_by}


class AnyLifeIsKept(AnyLife):
    """Whatever happens to a case, its row says it."""

    @invariant()
    def it_is_read_as_it_was(self) -> None:
        assert CaseReader(VAULT).case(row_of(self.case)) == self.case

    @invariant()
    def it_is_listed_where_it_belongs(self) -> None:
        row, case = row_of(self.case), self.case
        assert (row["queue_priority"] is not None) == (row["queue_since"] is not None) == (case.queue is not None)
        assert row["live_agent_id"] == (case.call.agent_id if case.call else None)
        assert (row["review_since"] is not None) == (case.status == "POST_VIDEO_CALL")
        assert (row["auditor_id"] is not None) == (row["reviewed_at"] is not None) == (case.auditor is not None)
        assert row["composing_call"] == case.call_to_compose
        if case.recording is None or case.recording.reference:
            assert row["composing_call"] is None
        assert (row["decided_at"] is not None) == (row["handling_us"] is not None) == (case.agent is not None)


TestAnyLifeIsKept = AnyLifeIsKept.TestCase
TestAnyLifeIsKept.settings = settings(max_examples=30, stateful_step_count=30, deadline=None)


def test_the_version_is_the_column_s() -> None:
    assert CaseReader(VAULT).case(row_of(case_at(Stage.WAITING)) | {"version": 7}).version == 7


@pytest.mark.parametrize("column", ["id", "merchant_id"])
def test_the_state_of_one_case_does_not_open_as_another_s(column: str) -> None:
    with pytest.raises(VaultLocked):
        CaseReader(VAULT).case(row_of(case_at(Stage.WAITING)) | {column: "another"})


def test_one_that_does_not_open_is_remembered_and_the_others_are_given() -> None:
    reader = CaseReader(VAULT)
    good, bad = row_of(case_at(Stage.WAITING)), row_of(replace(case_at(Stage.WAITING), id="jrn_2"))
    bad["sealed_state"] = bytes(80)
    assert list(reader.readable([bad, good])) == [case_at(Stage.WAITING)]
    assert reader.unreadable == ["jrn_2"]


def test_a_phone_is_found_by_a_digest_of_each_merchant_s_own() -> None:
    case = case_at(Stage.OPENED)
    assert row_of(case)["phone_digest"] == row_of(replace(case, id="jrn_2"))["phone_digest"]
    assert row_of(case)["phone_digest"] != row_of(replace(case, merchant_id="mer_2"))["phone_digest"]
