"""Which browser somebody uses, in words, to tell one's own sessions apart.

In: what a browser calls itself. Out: `Firefox on Windows`. Pages that list sessions show it.
"""

import re

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


def device_name(user_agent: str) -> str:
    """`Firefox on Windows`, as far as it can be told."""
    browser = next((name for name, mark in BROWSERS if re.search(mark, user_agent)), "A browser")
    system = next((name for name, mark in SYSTEMS if re.search(mark, user_agent)), "")
    return f"{browser} on {system}" if system else browser
