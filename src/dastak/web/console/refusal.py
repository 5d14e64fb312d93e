"""Plain pages of the console alone: what they say and with which status.

In: handlers raise them as `Refused`. Out: `door` renders them.
"""

from dastak.web.refusal import PlainPage

NO_MERCHANT = PlainPage(
    404,
    "Open your company's sign-in page",
    "Several companies use this server, and this address does not say which one is yours. Your company has a sign-in "
    "link for you: ask whoever made your account.",
)
NOT_FOUND = PlainPage(404, "There is nothing here", "The address may be incomplete, or old.", "To the console")
FORBIDDEN = PlainPage(
    403,
    "This is not part of your role",
    "Your account may not open this page. If it should, ask whoever manages operators in your company to change "
    "your roles: it counts from your next click.",
    "Back to the console",
)
