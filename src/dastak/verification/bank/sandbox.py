"""The bank sandbox: a literal table of test accounts, and IFSCs that force an outcome for any account.

In: account number and IFSC from the KYC Link journey. Out: the fact a real source would give. Built by
`verification/sandbox.py`. An account outside the tables fails, as in the provider's test environment (contract §5.6).
"""

from dataclasses import dataclass

from dastak.journeys.facts import Fact
from dastak.verification.bank import syntax
from dastak.verification.script import KnownValue, Scripted, confirmed, failed, play, unavailable


@dataclass(frozen=True, slots=True)
class _Account:
    holder: str
    ifsc: str = ""
    """The one IFSC that it goes with; empty where none was published, then any will do."""


_ACCOUNTS: dict[str, _Account] = {
    "026291800001191": _Account("JOHN DOE", "YESB0000262"),
    "1233943142": _Account("TOM WELLS"),
    "388108022658": _Account("BOB HOPE"),
}

_IFSCS: dict[str, Scripted] = {
    "FAIL0000001": failed("fails: invalid account", "This account is not valid. Check its number and the IFSC."),
    "SHUT0000001": failed("fails: closed account", "This account is closed. Use another account."),
    "DOWN0000001": unavailable(),
}
_OTHER = failed("fails: not found", "No such account was found. Check its number and the IFSC.")

_BANK_NAMES = {"YESB": "YES BANK"}
_ANY_BANK_NAME = "TEST BANK"


class SandboxBank:
    """Fulfils `BankSource` from the tables above; keeps no state."""

    async def verify(self, account_number: str, ifsc: str) -> Fact:
        """Raises `SyntaxRefused`, `SourceUnavailable`."""
        number, branch = syntax.check_account_number(account_number), syntax.check_ifsc(ifsc)
        return play(_IFSCS.get(branch) or _answer(number, branch))


def _answer(number: str, branch: str) -> Scripted:
    account = _ACCOUNTS.get(number)
    if account is None or account.ifsc not in ("", branch):
        return _OTHER
    return confirmed(
        f"confirmed: {account.holder}",
        account_number=syntax.mask(number),
        ifsc=branch,
        bank_name=_BANK_NAMES.get(branch[:4], _ANY_BANK_NAME),
        name_at_bank=account.holder,
    )


def known_values() -> tuple[KnownValue, ...]:
    """The test accounts and IFSCs, for the docs."""
    accounts = tuple(
        KnownValue("bank", f"{number} / {account.ifsc or 'any IFSC'}", f"confirmed: {account.holder}")
        for number, account in _ACCOUNTS.items()
    )
    forced = tuple(KnownValue("bank", f"any account / {i}", s.outcome) for i, s in _IFSCS.items())
    return (*accounts, *forced, KnownValue("bank", "any other account", _OTHER.outcome))
