"""The PAN, bank and UPI sandboxes, and all of them joined."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest

from dastak.journeys.facts import Fact, SourceUnavailable, SyntaxRefused
from dastak.verification.aadhaar.syntax import check_number
from dastak.verification.sandbox import known_values, sandbox_sources

SOURCES = sandbox_sources(key=b"0123456789abcdef", clock=lambda: datetime(2026, 1, 2, tzinfo=UTC))
PAN, BANK, UPI = SOURCES.pan.verify, SOURCES.bank.verify, SOURCES.upi.verify
Ask = Callable[..., Awaitable[Fact]]


@pytest.mark.parametrize(
    ("ask", "typed", "kept"),
    [
        (PAN, ("abcpv1234d",), {"pan": "XXXXXX234D", "registered_name": "JOHN DOE"}),
        (PAN, ("AZJPG7110R",), {"pan": "XXXXXX110R", "registered_name": "ASHA GUPTA"}),
        (
            BANK,
            ("026291800001191", "YESB0000262"),
            {
                "account_number": "XXXXXXXXXXX1191",
                "ifsc": "YESB0000262",
                "bank_name": "YES BANK",
                "name_at_bank": "JOHN DOE",
            },
        ),
        (
            BANK,
            ("1233943142", "ABCD0123456"),
            {
                "account_number": "XXXXXX3142",
                "ifsc": "ABCD0123456",
                "bank_name": "TEST BANK",
                "name_at_bank": "TOM WELLS",
            },
        ),
        (
            BANK,
            ("388108022658", "yesb0000262"),
            {
                "account_number": "XXXXXXXX2658",
                "ifsc": "YESB0000262",
                "bank_name": "YES BANK",
                "name_at_bank": "BOB HOPE",
            },
        ),
        (UPI, ("Success@upi",), {"upi_id": "su***@upi", "name_at_bank": "JOHN DOE"}),
    ],
)
async def test_the_public_test_data_confirm_and_only_masked_values_are_kept(
    ask: Ask, typed: tuple[str, ...], kept: dict[str, str]
) -> None:
    assert await ask(*typed) == Fact(confirmed=True, kept=kept)


@pytest.mark.parametrize(
    ("ask", "typed", "says"),
    [
        (PAN, ("FAILD0001X",), "not valid"),
        (PAN, ("DELTD0001X",), "deleted"),
        (PAN, ("DEACT0001X",), "deactivated"),
        (PAN, ("ABCPV1234E",), "not found"),
        (BANK, ("026291800001191", "HDFC0000001"), "No such account"),
        (BANK, ("1233943142", "FAIL0000001"), "not valid"),
        (BANK, ("1233943142", "SHUT0000001"), "closed"),
        (BANK, ("1233943143", "YESB0000262"), "No such account"),
        (UPI, ("failure@upi",), "not valid"),
        (UPI, ("blocked@upi",), "blocked"),
        (UPI, ("someone@upi",), "not found"),
    ],
)
async def test_everything_else_fails_with_a_reason_and_keeps_nothing(
    ask: Ask, typed: tuple[str, ...], says: str
) -> None:
    fact = await ask(*typed)
    assert not fact.confirmed
    assert says in fact.reason
    assert not fact.kept


@pytest.mark.parametrize(
    ("ask", "typed"),
    [(PAN, ("OFFLN0001X",)), (BANK, ("1233943142", "DOWN0000001")), (UPI, ("unavailable@upi",))],
)
async def test_a_source_can_be_made_unavailable(ask: Ask, typed: tuple[str, ...]) -> None:
    with pytest.raises(SourceUnavailable):
        await ask(*typed)


@pytest.mark.parametrize(
    ("ask", "typed"), [(PAN, ("nonsense",)), (BANK, ("1", "YESB0000262")), (BANK, ("1233943142", "x")), (UPI, ("x",))]
)
async def test_bad_syntax_is_refused_before_the_table_is_read(ask: Ask, typed: tuple[str, ...]) -> None:
    with pytest.raises(SyntaxRefused):
        await ask(*typed)


async def test_every_documented_aadhaar_number_passes_the_sandboxs_syntax() -> None:
    for value in known_values():
        if value.check == "aadhaar" and value.typed.isdecimal():
            assert check_number(value.typed, accept_anyway=("655675523712",)) == value.typed


def test_every_check_documents_its_values_and_says_what_happens_to_the_rest() -> None:
    for check in ("aadhaar", "pan", "bank", "upi"):
        rows = [value for value in known_values() if value.check == check]
        assert all(row.outcome for row in rows)
        assert rows[-1].typed.startswith("any other")
        assert any("unavailable" in row.outcome for row in rows)
