"""Templates as rows of both databases, and back.

In: a template, or a row. Out: the values of a statement, or the template. Unknown keys are ignored on reading, so that
an older process can read what a newer one wrote.
"""

import json
from dataclasses import asdict
from typing import Any, Protocol

from dastak.journeys.kyc_link.template import Look, Template, Texts
from dastak_sdk import CheckType


class Row(Protocol):
    """A row of either database."""

    def __getitem__(self, column: str, /) -> Any: ...


def template_row(template: Template) -> tuple[str, str, str]:
    """name, checks, pages."""
    pages = {"texts": asdict(template.texts), "look": asdict(template.look)}
    checks = [check.value for check in template.checks]
    return template.name, json.dumps(checks), json.dumps(pages, ensure_ascii=False)


def template_from(row: Row) -> Template:
    """The template of a row."""
    pages = json.loads(row["pages"])
    texts, look = pages.get("texts", {}), pages.get("look", {})
    return Template(
        row["name"],
        tuple(CheckType(check) for check in json.loads(row["checks"])),
        Texts(texts.get("heading", ""), texts.get("intro", ""), texts.get("done", "")),
        Look(look.get("colour", ""), look.get("logo", "")),
    )
