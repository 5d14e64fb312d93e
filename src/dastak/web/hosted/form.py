"""The customers' forms: how large they may be, and what of them is kept.

In: the fields of a posted form. Out: what a page may show again; text without the gaps that people type.
"""

from dastak.web.form import Form, FormLimits
from dastak.web.hosted.refusal import BAD_FORM, TOO_LARGE

OF_CUSTOMERS = FormLimits(16 * 1024, 20, TOO_LARGE, BAD_FORM)

NEVER_SHOWN_AGAIN = frozenset({"aadhaar_number", "otp", "consent"})


def kept_values(form: Form) -> dict[str, str]:
    """What a page may show again of what was typed."""
    return {name: value for name, value in form.items() if name not in NEVER_SHOWN_AGAIN}


def compact(text: str) -> str:
    """Without the spaces and dashes that people type between groups."""
    return "".join(text.replace("-", "").split())
