"""Links lead somewhere, pictures are there, nothing is stale, and no word is where it must not be."""

import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from unit.docs.pages import DOCS, PAGES, ROOT, anchors, blocks, links

IMAGES = sorted((DOCS / "images").iterdir())
LARGEST_IMAGE = 300 * 1024
OUTSIDE = (
    "https://keepachangelog.com/",
    "https://semver.org/",
    "https://www.standardwebhooks.com",
    "https://www.w3.org/TR/",
)
LANGUAGES = {
    *("console", "csharp", "go", "ini", "java", "js", "json", "mermaid"),
    *("nginx", "php", "python", "sh", "text", "toml", "yaml"),
}
OURS = (*PAGES, DOCS / "generate.py", *Path(__file__).parent.glob("*.py"))

# Spelt in pieces, so that this file may be looked at too.
FORBIDDEN = tuple(
    "".join(pieces)
    for pieces in (
        ("py", "pi.org"),
        ("python", "hosted"),
        ("npm", "js"),
        ("/wo", "rk/"),
        ("/tm", "p/"),
        ("/ro", "ot/"),
        ("cash", "free"),
        ("TO", "DO"),
    )
)


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in links(page):
        if "://" in target:
            assert target.startswith(OUTSIDE), target
            continue
        name, _, anchor = target.partition("#")
        to = (page.parent / name).resolve() if name else page
        assert to.exists(), target
        assert to.is_relative_to(ROOT), target
        if anchor:
            assert anchor in anchors(to), target


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        reached.add(page)
        found = ((page.parent / link.partition("#")[0]).resolve() for link in links(page) if "://" not in link)
        waiting += [to for to in found if to.suffix == ".md" and to not in reached and to.is_file()]
    assert set(PAGES) <= reached


@pytest.mark.parametrize("image", IMAGES, ids=relative)
def test_pictures_are_small_and_shown(image: Path) -> None:
    assert image.stat().st_size < LARGEST_IMAGE
    shown = {(page.parent / link).resolve() for page in PAGES for link in links(page) if "images/" in link}
    assert image in shown


def test_the_architecture_picture_is_sound_and_has_words_and_both_colour_schemes() -> None:
    picture = DOCS / "images" / "architecture.svg"
    tree = ET.parse(picture)  # noqa: S314 - our own file
    assert tree.getroot().get("role") == "img"
    assert "prefers-color-scheme: dark" in picture.read_text("utf-8")


def test_the_generated_parts_are_what_the_generator_writes() -> None:
    command = [sys.executable, str(DOCS / "generate.py"), "--check"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("path", OURS, ids=relative)
def test_no_forbidden_word(path: Path) -> None:
    text = path.read_text("utf-8").lower()
    assert [word for word in FORBIDDEN if word.lower() in text] == []


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_every_block_says_what_it_is(page: Path) -> None:
    assert {block.language for block in blocks(page)} <= LANGUAGES


@pytest.mark.parametrize("page", [page for page in PAGES if page.parent.name == "decisions"], ids=relative)
def test_a_decision_has_context_decision_and_consequences(page: Path) -> None:
    text = page.read_text("utf-8")
    assert text.startswith(f"# {int(page.name[:4])}. ")
    assert [text.count(f"**{part}.**") for part in ("Context", "Decision", "Consequences")] == [1, 1, 1]
