"""How a merchant's keys may change: exactly one signs, nobody is ever without a key that lasts."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from dastak.accounts.key_ring import (
    MOST_ENDED,
    MOST_KEYS,
    KeyEnded,
    KeyNotFound,
    KeyRefused,
    KeyRotated,
    LastKey,
    Pair,
    TooManyKeys,
    labelled,
    revoked,
    rotated,
    signing_with,
    with_key,
)
from dastak.accounts.merchant import ApiKey, Merchant

NOW = datetime(2026, 1, 10, tzinfo=UTC)
DAY = timedelta(days=1)
ASHA = Merchant("mer_1", "Asha Bank", (ApiKey("dk_1", "s1", NOW - DAY),), NOW - DAY)


def a_pair(number: int) -> Pair:
    return Pair(f"dk_{number}", f"s{number}")


def signs(merchant: Merchant, at: datetime = NOW) -> str:
    return merchant.signing_key(at).client_id


def test_a_second_key_opens_and_the_first_goes_on_signing() -> None:
    after = with_key(ASHA, a_pair(2), "Loan app", NOW)
    assert after.keys[1] == ApiKey("dk_2", "s2", NOW, label="Loan app")
    assert (signs(after), [key.is_active(NOW) for key in after.keys]) == ("dk_1", [True, True])


def test_a_rotated_key_opens_and_signs_until_its_end_and_then_its_successor_does() -> None:
    with_other = with_key(with_key(ASHA, a_pair(2), "", NOW), a_pair(3), "", NOW)
    after = rotated(signing_with(with_other, "dk_2", NOW), "dk_2", a_pair(4), DAY, NOW)
    old = after.keys[1]
    assert (old.is_active(NOW + DAY - timedelta(microseconds=1)), old.is_active(NOW + DAY)) == (True, False)
    assert signs(after, NOW + DAY - timedelta(microseconds=1)) == "dk_2"
    assert signs(after, NOW + DAY) == "dk_4"


def test_a_key_that_is_rotated_without_overlap_ends_at_once_and_its_successor_signs() -> None:
    after = rotated(with_key(ASHA, a_pair(2), "", NOW), "dk_1", a_pair(3), timedelta(0), NOW)
    assert (after.keys[0].is_active(NOW), signs(after)) == (False, "dk_3")


def test_a_successor_that_was_rotated_in_turn_is_followed_too() -> None:
    once = rotated(with_key(ASHA, a_pair(2), "", NOW), "dk_1", a_pair(3), DAY, NOW)
    twice = rotated(once, "dk_3", a_pair(4), timedelta(hours=1), NOW)
    assert [signs(twice, NOW + hours * timedelta(hours=1)) for hours in (0, 2, 25)] == ["dk_1", "dk_1", "dk_4"]


def test_a_successor_keeps_the_label() -> None:
    after = rotated(labelled(ASHA, "dk_1", "Loan app"), "dk_1", a_pair(2), DAY, NOW)
    assert after.keys[1].label == "Loan app"


def test_the_last_key_that_lasts_is_not_revoked_even_while_an_old_one_still_works() -> None:
    with pytest.raises(LastKey):
        revoked(ASHA, "dk_1", NOW)
    with pytest.raises(LastKey):
        revoked(rotated(ASHA, "dk_1", a_pair(2), DAY, NOW), "dk_2", NOW)


def test_revoking_the_key_that_signs_hands_the_signature_to_the_oldest_active_one() -> None:
    after = revoked(with_key(with_key(ASHA, a_pair(2), "", NOW), a_pair(3), "", NOW), "dk_1", NOW)
    assert (signs(after), after.keys[0].revoked_at) == ("dk_2", NOW)


def test_revoking_a_key_in_its_overlap_leaves_its_successor() -> None:
    after = revoked(rotated(ASHA, "dk_1", a_pair(2), DAY, NOW), "dk_1", NOW)
    assert signs(after) == "dk_2"


def test_the_key_that_signs_can_be_chosen() -> None:
    after = with_key(ASHA, a_pair(2), "", NOW)
    assert signs(signing_with(after, "dk_2", NOW)) == "dk_2"


def test_what_is_not_there_or_has_ended_cannot_be_changed() -> None:
    ended = replace(ASHA, keys=(*ASHA.keys, ApiKey("dk_2", "s2", NOW, ends_at=NOW)))
    changes: tuple[Callable[[Merchant, str], Merchant], ...] = (
        lambda merchant, key: rotated(merchant, key, a_pair(9), DAY, NOW),
        lambda merchant, key: revoked(merchant, key, NOW),
        lambda merchant, key: signing_with(merchant, key, NOW),
    )
    for change in changes:
        with pytest.raises(KeyNotFound):
            change(ended, "dk_none")
        with pytest.raises(KeyEnded):
            change(ended, "dk_2")
    with pytest.raises(KeyNotFound):
        labelled(ASHA, "dk_none", "")


def test_a_key_is_rotated_once() -> None:
    after = rotated(ASHA, "dk_1", a_pair(2), DAY, NOW)
    with pytest.raises(KeyRotated):
        rotated(after, "dk_1", a_pair(3), DAY, NOW)


def test_keys_in_use_are_bounded_and_the_oldest_of_those_that_ended_are_forgotten() -> None:
    merchant = ASHA
    for number in range(2, MOST_KEYS + 1):
        merchant = with_key(merchant, a_pair(number), "", NOW)
    with pytest.raises(TooManyKeys):
        with_key(merchant, a_pair(99), "", NOW)
    with pytest.raises(TooManyKeys):
        rotated(merchant, "dk_1", a_pair(99), DAY, NOW)
    for number in range(100, 160):
        merchant = rotated(merchant, merchant.keys[-1].client_id, a_pair(number), timedelta(0), NOW)
    assert len([key for key in merchant.keys if not key.is_active(NOW)]) == MOST_ENDED
    assert (merchant.keys[-1].client_id, signs(merchant)) == ("dk_159", "dk_1")


class Years(RuleBasedStateMachine):
    """Any changes in any order, with time going by."""

    @initialize()
    def begin(self) -> None:
        self.now = NOW
        self.made = 1
        self.merchant = ASHA

    @rule(hours=st.integers(0, 60))
    def time_goes_by(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(act=st.sampled_from(["make", "rotate", "revoke", "sign"]), of=st.integers(0, 30), hours=st.integers(0, 48))
    def change(self, act: str, of: int, hours: int) -> None:
        key = self.merchant.keys[of % len(self.merchant.keys)].client_id
        before, self.made = self.merchant, self.made + 1
        pair, overlap = a_pair(self.made), timedelta(hours=hours)
        try:
            match act:
                case "make":
                    self.merchant = with_key(before, pair, "", self.now)
                case "rotate":
                    self.merchant = rotated(before, key, pair, overlap, self.now)
                case "revoke":
                    self.merchant = revoked(before, key, self.now)
                case _:
                    self.merchant = signing_with(before, key, self.now)
        except KeyRefused:
            return
        signed = before.signing_key(self.now)
        if act == "make" or (act in {"rotate", "revoke"} and signed.client_id != key):
            assert signs(self.merchant, self.now) == signed.client_id

    @invariant()
    def a_key_lasts_and_an_active_one_signs(self) -> None:
        assert any(key.lasts for key in self.merchant.keys)
        assert self.merchant.signing_key(self.now).is_active(self.now)
        assert self.merchant.signing_key(self.now + 99 * DAY).is_active(self.now + 99 * DAY)
        assert len(self.merchant.keys) <= MOST_KEYS + MOST_ENDED + MOST_KEYS


TestYears = Years.TestCase
