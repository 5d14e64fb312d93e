"""The documentation as data: pages, code blocks, links, headings.

In: the Markdown files of the repository. Out: what the tests of the docs look at, here and under `integration/docs`.
"""

import importlib.util
import re
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from types import ModuleType

ROOT = Path(__file__).parents[3]
DOCS = ROOT / "docs"
PAGES = (
    *(ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")),
    *sorted(DOCS.rglob("*.md")),
)

FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>[\w-]*) ?(?P<title>[^\n]*)\n(?P<code>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)
LINK = re.compile(r"!?\[(?P<text>[^\]]*)\]\((?P<target>[^)\s]+)\)")
HEADING = re.compile(r"^#{1,6} (?P<text>.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """One fenced block: its language, what follows on the fence's line, and the code without indentation."""

    language: str
    title: str
    code: str


def text_of(name: str) -> str:
    """A page of `docs/` as text."""
    return (DOCS / name).read_text("utf-8")


def blocks(page: Path, language: str | None = None) -> list[Block]:
    """The fenced blocks of a page, in order."""
    found = [
        Block(match["language"], match["title"], dedent(match["code"]))
        for match in FENCE.finditer(page.read_text("utf-8"))
    ]
    return [block for block in found if language is None or block.language == language]


def prose(page: Path) -> str:
    """The page without its code."""
    return re.sub(r"`[^`\n]*`", "", FENCE.sub("", page.read_text("utf-8")))


def links(page: Path) -> list[str]:
    """The targets of a page's links and images."""
    return [match["target"] for match in LINK.finditer(prose(page))]


def anchors(page: Path) -> set[str]:
    """What `#…` can name on a page: its headings as forges slug them."""
    headings = (match["text"] for match in HEADING.finditer(FENCE.sub("", page.read_text("utf-8"))))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def generator() -> ModuleType:
    """`docs/generate.py` as a module."""
    spec = importlib.util.spec_from_file_location("docs_generate", DOCS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
