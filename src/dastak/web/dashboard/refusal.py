"""Plain pages of the dashboard alone: what they say and with which status.

In: handlers raise them as `Refused`. Out: `door` renders them.
"""

from dastak.web.refusal import PlainPage

NO_MERCHANT = PlainPage(
    404,
    "Open your company's sign-in page",
    "Several companies use this server, and this address does not say which one is yours. Your company has a sign-in "
    "link for you: it stands in your invitation, and an owner of the account can tell you, too.",
)
NOT_FOUND = PlainPage(
    404,
    "There is nothing here",
    "The address may be incomplete, or what was here is gone.",
    "To the overview",
)
FORBIDDEN = PlainPage(
    403,
    "This is not part of your role",
    "Your account may not do this. If it should, ask an owner of your company's account to change your role: it counts "
    "from your next click.",
    "To the overview",
)
