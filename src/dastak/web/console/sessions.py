"""One's own sessions: where one is signed in, and how to end it elsewhere.

In: a visit; the id of a session to end. Out: the page, or a redirect to it.
"""

import re
from datetime import datetime

from starlette.responses import Response

from dastak.accounts.availability import INDIA
from dastak.web.console.door import SIGN_IN, Door
from dastak.web.console.form import Form
from dastak.web.console.signed_in import Visit, show

PATH = "/console/sessions"

BROWSERS = (
    ("Edge", r"\bEdg"),
    ("Opera", r"\bOPR/"),
    ("Samsung Internet", r"\bSamsungBrowser/"),
    ("Firefox", r"\b(?:Firefox|FxiOS)/"),
    ("Chrome", r"\b(?:Chrome|CriOS|HeadlessChrome)/"),
    ("Safari", r"\bSafari/"),
)
"""Whoever pretends to be another comes before it."""

SYSTEMS = (
    ("Android", r"\bAndroid\b"),
    ("iPhone", r"\biPhone\b"),
    ("iPad", r"\biPad\b"),
    ("Windows", r"\bWindows\b"),
    ("macOS", r"\bMac OS X\b"),
    ("ChromeOS", r"\bCrOS\b"),
    ("Linux", r"\bLinux\b"),
)


async def show_sessions(door: Door, visit: Visit) -> Response:
    """The list, newest first."""
    found = await door.entrance.sessions(visit.operator)
    rows = [
        {
            "id": one.id,
            "device": device_name(one.device),
            "since": clock_words(one.created_at),
            "seen": clock_words(one.seen_at),
            "here": one.id == visit.session.id,
        }
        for one in found
    ]
    return show(door, visit, "sessions", sessions=rows)


async def end_session(door: Door, visit: Visit, form: Form) -> Response:
    """End one; twice is harmless. One's own: signed out."""
    session_id = form.get("session", "")
    await door.entrance.leave(visit.operator, session_id)
    if session_id != visit.session.id:
        return door.go(PATH)
    response = door.go(f"{SIGN_IN}?merchant={visit.operator.merchant_id}")
    door.cookies.dismiss(response)
    return response


def device_name(user_agent: str) -> str:
    """`Firefox on Windows`, as far as it can be told."""
    browser = next((name for name, mark in BROWSERS if re.search(mark, user_agent)), "A browser")
    system = next((name for name, mark in SYSTEMS if re.search(mark, user_agent)), "")
    return f"{browser} on {system}" if system else browser


def clock_words(at: datetime) -> str:
    """`26 Jan 2026, 14:05`, in India."""
    there = at.astimezone(INDIA)
    return f"{there.day} {there:%b %Y, %H:%M}"
