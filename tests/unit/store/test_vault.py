"""What the vault seals opens only there, only unchanged, and only with a key of this deployment."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dastak.store.vault import Vault, VaultLocked, derive

OLD, NEW, OTHER = (bytes([n]) * 32 for n in (1, 2, 3))
VAULT = Vault([OLD])
PLAIN = b"Asha Gupta, 9876543210"


@given(st.binary(max_size=300), st.text(st.characters(codec="utf-8")))
def test_what_is_sealed_opens_to_the_same_bytes(plain: bytes, belongs_to: str) -> None:
    assert VAULT.open(VAULT.seal(plain, belongs_to), belongs_to) == plain


def test_the_same_bytes_never_give_the_same_box() -> None:
    assert len({VAULT.seal(PLAIN, "a/1") for _ in range(20)}) == 20


@given(st.lists(st.tuples(st.binary(max_size=60), st.text(max_size=10)), max_size=6))
def test_what_is_sealed_together_opens_one_by_one(plains: list[tuple[bytes, str]]) -> None:
    boxes = VAULT.seal_all(plains)
    assert [VAULT.open(box, place) for box, (_, place) in zip(boxes, plains, strict=True)] == [
        plain for plain, _ in plains
    ]
    assert len({box[5:17] for box in boxes}) == len(plains), "each has a nonce of its own"


@given(st.binary(min_size=8, max_size=60))
def test_a_box_does_not_show_what_is_in_it(plain: bytes) -> None:
    assert plain not in VAULT.seal(plain, "a/1")


@given(st.data())
def test_a_box_with_any_bit_changed_does_not_open(data: st.DataObject) -> None:
    box = bytearray(VAULT.seal(PLAIN, "a/1"))
    box[data.draw(st.integers(0, len(box) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(VaultLocked):
        VAULT.open(bytes(box), "a/1")


def test_a_box_cut_short_or_made_longer_does_not_open() -> None:
    box = VAULT.seal(PLAIN, "a/1")
    for damaged in [*(box[:length] for length in range(len(box))), box + b"\x00"]:
        with pytest.raises(VaultLocked):
            VAULT.open(damaged, "a/1")


@given(st.text(st.characters(codec="utf-8"), max_size=20), st.text(st.characters(codec="utf-8"), max_size=20))
def test_a_box_moved_to_another_row_does_not_open(here: str, there: str) -> None:
    box = VAULT.seal(PLAIN, here)
    if here != there:
        with pytest.raises(VaultLocked):
            VAULT.open(box, there)


def test_another_deployment_s_key_does_not_open_a_box() -> None:
    with pytest.raises(VaultLocked, match="DASTAK_SECRET_KEY"):
        Vault([OTHER]).open(VAULT.seal(PLAIN, "a/1"), "a/1")


def test_after_a_rotation_old_boxes_open_and_new_ones_need_the_new_key() -> None:
    rotated = Vault([NEW, OLD])
    assert rotated.open(VAULT.seal(PLAIN, "a/1"), "a/1") == PLAIN
    fresh = rotated.seal(PLAIN, "a/1")
    assert Vault([NEW]).open(fresh, "a/1") == PLAIN
    with pytest.raises(VaultLocked):
        VAULT.open(fresh, "a/1")


def test_after_a_rotation_values_are_found_under_the_old_digest_too() -> None:
    rotated = Vault([NEW, OLD])
    assert VAULT.digest("code") in rotated.digests("code")
    assert rotated.digest("code") == rotated.digests("code")[0] == Vault([NEW]).digest("code")


@given(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8")))
def test_digests_are_the_same_exactly_for_the_same_value(one: str, other: str) -> None:
    assert (VAULT.digest(one) == VAULT.digest(other)) == (one == other)


def test_a_digest_needs_the_key() -> None:
    assert VAULT.digest("code") != Vault([OTHER]).digest("code")


@pytest.mark.parametrize("keys", [[], [b"short"], [OLD, b"x" * 33]])
def test_a_vault_wants_keys_of_32_bytes(keys: list[bytes]) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Vault(keys)


def test_keys_for_different_purposes_and_masters_differ() -> None:
    assert len({derive(OLD, "otp"), derive(OLD, "cookies"), derive(NEW, "otp"), OLD, NEW}) == 5
