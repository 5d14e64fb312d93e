"""Plain pages that end a customer's visit: what they say and with which status.

In: handlers raise them as `Refused`. Out: `door` renders them. None of them says anything of a customer or a link.
"""

from dastak.web.refusal import PlainPage

BACK = "Back to my link"

NOT_FOUND = PlainPage(
    404,
    "We cannot find this link",
    "It may be incomplete, or it is no longer in use.",
    advice="Open the link from your message again. If that does not help, ask the company that sent it for a new one.",
)
TOO_MANY = PlainPage(
    429,
    "Please wait a little",
    "There were too many tries from your connection.",
    advice="Nothing is lost. Wait, then open the link from your message again.",
)
NO_MORE_CODES = PlainPage(
    429,
    "This link sends no more codes",
    "Too many codes were asked for and not used.",
    advice="Ask the company that sent you the link for a new one.",
)
NOT_OUR_FORM = PlainPage(
    403,
    "We could not accept that",
    "The form did not come from the page we gave you, or that page was too old.",
    advice="Nothing was checked. Go back to your link and try once more. Cookies must be allowed for this site.",
    way_on=BACK,
)
TOO_LARGE = PlainPage(
    413,
    "That was too much",
    "The form was larger than we accept.",
    advice="Nothing was checked. Please try again.",
    way_on=BACK,
)
BAD_FORM = PlainPage(
    400,
    "We could not read that",
    "The form arrived broken.",
    advice="Nothing was checked. Please try again.",
    way_on=BACK,
)
SERVER_ERROR = PlainPage(
    500,
    "Something broke on our side",
    "It is not your fault, and what you finished before is kept.",
    advice="Wait a minute, then open your link again.",
    way_on=BACK,
)
AWAY = PlainPage(
    503,
    "We cannot save right now",
    "Our records cannot be reached for a moment. Nothing is lost.",
    advice="Wait a little, then try again.",
    way_on="Try again",
)
