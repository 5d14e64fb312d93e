"""API keys: listed, made, rotated, named, chosen to sign, revoked.

In: a visit, what was typed. Out: pages. A secret is on the page that answers its making, and on no other; a form that
is sent again, by a reload or a double click, makes nothing a second time.
"""

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from starlette.responses import Response

from dastak.accounts.deed import Deed
from dastak.accounts.key_desk import KeyDesk
from dastak.accounts.key_ring import (
    LABEL_LIMIT,
    MOST_KEYS,
    KeyEnded,
    KeyNotFound,
    KeyRefused,
    KeyRotated,
    KeysChanged,
    LastKey,
    TooManyKeys,
)
from dastak.accounts.merchant import ApiKey, Merchant
from dastak.web.dashboard.door import Door
from dastak.web.dashboard.refusal import NOT_FOUND
from dastak.web.dashboard.setup.tabs import KEYS, show_tab
from dastak.web.dashboard.signed_in import Visit
from dastak.web.form import Form
from dastak.web.refusal import Refused

Mistakes = Sequence[tuple[str, str]]
"""Field of the page, and what to do."""

OVERLAPS: Mapping[str, tuple[str, timedelta]] = {
    "0": ("Ends at once: it has leaked", timedelta(0)),
    "1": ("Works for 1 more hour", timedelta(hours=1)),
    "24": ("Works for 1 more day", timedelta(days=1)),
    "168": ("Works for 7 more days", timedelta(days=7)),
    "720": ("Works for 30 more days", timedelta(days=30)),
}
USUAL_OVERLAP = "168"

REFUSALS: Mapping[type[KeyRefused], tuple[str, str]] = {
    KeyEnded: ("main", "That key has ended. Nothing was changed."),
    KeyRotated: ("main", "That key was rotated already: rotate the key that took its place, or revoke this one."),
    LastKey: ("sure", "No other key would be left that lasts. Make another one first, or rotate this one."),
    TooManyKeys: ("main", f"You can have {MOST_KEYS} keys in use. Revoke one first."),
    KeysChanged: ("main", "The keys were changed meanwhile, perhaps by this very form. Look at them again."),
}

DONE: Mapping[str, str] = {
    "key_revoked": "The key is revoked. It opens nothing any more.",
    "key_signs": "From now on that key signs your webhooks.",
    "key_named": "The name of the key is changed.",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A key as the page shows it."""

    key: ApiKey
    signs: bool
    active: bool
    successor: ApiKey | None


@dataclass(frozen=True, slots=True)
class KeyPages:
    """Handlers; `routes` mounts them."""

    desk: KeyDesk

    async def show_all(self, door: Door, visit: Visit) -> Response:
        """Every key, and the form that makes one."""
        return await self._list(door, visit, notice=DONE.get(visit.request.query_params.get("done", ""), ""))

    async def create(self, door: Door, visit: Visit, form: Form) -> Response:
        """Make a key; the answer shows its secret."""
        label = _label(form)
        if label is None:
            return await self._list(door, visit, [("label", LABEL_RULE)], typed=form.get("label", ""))
        return await self._show_made(
            door, visit, "", self.desk.create(visit.merchant_id, label, version=_version(form))
        )

    async def show_one(self, door: Door, visit: Visit) -> Response:
        """A key and what can be done with it."""
        notice = DONE.get(visit.request.query_params.get("done", ""), "")
        return await self._one(door, visit, notice=notice)

    async def rotate(self, door: Door, visit: Visit, form: Form) -> Response:
        """Make a key in the place of another; the answer shows its secret."""
        client_id = _client_id(visit)
        _, overlap = OVERLAPS.get(form.get("overlap", ""), OVERLAPS[USUAL_OVERLAP])
        making = self.desk.rotate(visit.merchant_id, client_id, overlap, version=_version(form))
        return await self._show_made(door, visit, client_id, making)

    async def sign(self, door: Door, visit: Visit, _form: Form) -> Response:
        """Choose the key that signs."""
        return await self._done(door, visit, Deed.KEY_SIGNS, self.desk.sign_with(visit.merchant_id, _client_id(visit)))

    async def label(self, door: Door, visit: Visit, form: Form) -> Response:
        """Call a key something."""
        label = _label(form)
        if label is None:
            return await self._one(door, visit, [("label", LABEL_RULE)])
        return await self._done(
            door, visit, Deed.KEY_NAMED, self.desk.label(visit.merchant_id, _client_id(visit), label)
        )

    async def revoke(self, door: Door, visit: Visit, form: Form) -> Response:
        """Take a key out of use."""
        if form.get("sure") != "yes":
            return await self._one(door, visit, [("sure", "Tick the box if nothing uses this key any more.")])
        return await self._done(door, visit, Deed.KEY_REVOKED, self.desk.revoke(visit.merchant_id, _client_id(visit)))

    async def _done(self, door: Door, visit: Visit, deed: Deed, change: Awaitable[Merchant]) -> Response:
        try:
            with door.noting(visit.member, deed, _client_id(visit)):
                await change
        except KeyNotFound:
            raise Refused(NOT_FOUND) from None
        except KeyRefused as refused:
            return await self._one(door, visit, [REFUSALS[type(refused)]])
        return door.go(f"{KEYS}/{_client_id(visit)}?done={deed.name.lower()}")

    async def _show_made(self, door: Door, visit: Visit, old: str, making: Awaitable[ApiKey]) -> Response:
        try:
            with door.noting(visit.member, Deed.KEY_ROTATED if old else Deed.KEY_MADE, old):
                made = await making
        except KeyNotFound:
            raise Refused(NOT_FOUND) from None
        except KeyRefused as refused:
            mistakes = [REFUSALS[type(refused)]]
            return await (self._one(door, visit, mistakes) if old else self._list(door, visit, mistakes))
        merchant = await self.desk.keys(visit.merchant_id)
        return show_tab(
            door, visit, "key_made", made=made, old=merchant.key(old), signs=merchant.signing_key(visit.now)
        )

    async def _list(
        self,
        door: Door,
        visit: Visit,
        mistakes: Mistakes = (),
        *,
        notice: str = "",
        typed: str = "",
    ) -> Response:
        merchant = await self.desk.keys(visit.merchant_id)
        return show_tab(
            door,
            visit,
            "keys",
            422 if mistakes else 200,
            rows=rows(merchant, visit.now),
            version=merchant.version,
            typed=typed,
            limit=LABEL_LIMIT,
            mistakes=mistakes,
            notice=notice,
        )

    async def _one(self, door: Door, visit: Visit, mistakes: Mistakes = (), *, notice: str = "") -> Response:
        merchant = await self.desk.keys(visit.merchant_id)
        row = next((row for row in rows(merchant, visit.now) if row.key.client_id == _client_id(visit)), None)
        if row is None:
            raise Refused(NOT_FOUND)
        return show_tab(
            door,
            visit,
            "key",
            422 if mistakes else 200,
            row=row,
            version=merchant.version,
            signs=merchant.signing_key(visit.now),
            overlaps=[(key, words) for key, (words, _) in OVERLAPS.items()],
            usual=USUAL_OVERLAP,
            limit=LABEL_LIMIT,
            mistakes=mistakes,
            notice=notice,
        )


LABEL_RULE = f"Give at most {LABEL_LIMIT} characters, on one line."


def rows(merchant: Merchant, now: datetime) -> list[Row]:
    """Keys in use first, the one that signs at their head; then those that ended, latest first."""
    signs = merchant.signing_key(now).client_id
    all_rows = [
        Row(key, key.client_id == signs, key.is_active(now), merchant.key(key.successor)) for key in merchant.keys
    ]
    active = sorted((row for row in all_rows if row.active), key=lambda row: not row.signs)
    return [*active, *reversed([row for row in all_rows if not row.active])]


def _client_id(visit: Visit) -> str:
    client_id: str = visit.request.path_params["client_id"]
    return client_id


def _version(form: Form) -> int:
    text = form.get("version", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= len("999999999") else 0


def _label(form: Form) -> str | None:
    """None: it cannot be one."""
    label = " ".join(form.get("label", "").split())
    return label if len(label) <= LABEL_LIMIT and label.isprintable() else None
