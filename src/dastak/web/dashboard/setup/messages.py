"""What messages to customers say: read, changed, previewed with examples, brought back to what Dastak says.

In: a visit, what was typed. Out: pages.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.responses import Response

from dastak.accounts.brand import BrandChange
from dastak.accounts.deed import Deed
from dastak.accounts.merchant import Merchant, OwnWords
from dastak.journeys.words import MESSAGES, SUBJECT_LIMIT, TEXT_LIMIT, MessageKind, Voice, Words, faults, say
from dastak.web.dashboard.door import Door
from dastak.web.dashboard.refusal import NOT_FOUND
from dastak.web.dashboard.setup.room import SetupRoom
from dastak.web.dashboard.setup.tabs import MESSAGES as PATH
from dastak.web.dashboard.setup.tabs import show_tab
from dastak.web.dashboard.signed_in import Visit
from dastak.web.form import Form
from dastak.web.refusal import Refused

DONE = {
    "saved": "Saved. Messages that are made from now on say it so.",
    "reset": "The message says again what Dastak says.",
}


@dataclass(frozen=True, slots=True)
class MessagePages:
    """Handlers; `routes` mounts them."""

    room: SetupRoom

    async def show_all(self, door: Door, visit: Visit) -> Response:
        """Every message, as it would be said."""
        merchant = await self.room.brand.merchant(visit.merchant_id)
        rows = [
            (kind.value, speech, example(merchant, kind, words_of(merchant, kind)), kind in merchant.words)
            for kind, speech in MESSAGES.items()
        ]
        return show_tab(door, visit, "messages", rows=rows)

    async def show_one(self, door: Door, visit: Visit) -> Response:
        """A message, to be changed."""
        merchant = await self.room.brand.merchant(visit.merchant_id)
        kind = _kind(visit)
        return self._one(door, visit, merchant, kind, words_of(merchant, kind))

    async def save(self, door: Door, visit: Visit, form: Form) -> Response:
        """Keep what was typed, or show what it would say."""
        kind = _kind(visit)
        words = Words(" ".join(form.get("subject", "").split()), " ".join(form.get("text", "").split()))
        mistakes = faults(kind, words)
        if mistakes or "preview" in form:
            merchant = await self.room.brand.merchant(visit.merchant_id)
            return self._one(door, visit, merchant, kind, words, mistakes, is_typed=True)
        own = None if words == MESSAGES[kind].words else OwnWords(words.subject, words.text)
        return await self._keep(door, visit, kind, own, "saved")

    async def reset(self, door: Door, visit: Visit, _form: Form) -> Response:
        """Back to what Dastak says."""
        return await self._keep(door, visit, _kind(visit), None, "reset")

    async def _keep(self, door: Door, visit: Visit, kind: MessageKind, own: OwnWords | None, done: str) -> Response:
        words = "reset" if own is None else "own"
        with door.noting(visit.member, Deed.MESSAGE_CHANGED, kind.value, words=words):
            await self.room.brand.change(visit.merchant_id, BrandChange(words={kind.value: own}))
        return door.go(f"{PATH}/{kind.value}?done={done}")

    def _one(
        self,
        door: Door,
        visit: Visit,
        merchant: Merchant,
        kind: MessageKind,
        words: Words,
        mistakes: Sequence[tuple[str, str]] = (),
        *,
        is_typed: bool = False,
    ) -> Response:
        return show_tab(
            door,
            visit,
            "message",
            422 if mistakes else 200,
            kind=kind.value,
            speech=MESSAGES[kind],
            words=words,
            example=None if mistakes else example(merchant, kind, words),
            is_own=kind in merchant.words,
            is_typed=is_typed,
            limits=(SUBJECT_LIMIT, TEXT_LIMIT),
            mistakes=mistakes,
            notice=DONE.get(visit.request.query_params.get("done", ""), ""),
        )


def words_of(merchant: Merchant, kind: MessageKind) -> Words:
    """The merchant's words of a message, or what Dastak says."""
    own = merchant.words.get(kind)
    return MESSAGES[kind].words if own is None else Words(own.subject, own.text)


def example(merchant: Merchant, kind: MessageKind, words: Words) -> Words:
    """The message with made-up values in its places."""
    values = {place: value for place, value in MESSAGES[kind].places.items() if place != "merchant"}
    return say(Voice(merchant.name, words), **values)


def _kind(visit: Visit) -> MessageKind:
    try:
        return MessageKind(visit.request.path_params["kind"])
    except ValueError:
        raise Refused(NOT_FOUND) from None
