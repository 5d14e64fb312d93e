"""What becomes of an uploaded logo, and what is not taken."""

import io
import os

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from dastak.web.dashboard.setup.picture import BOX, MOST_BYTES, SMALL_ENOUGH, NotALogo, shrunk


def a_file(kind: str = "PNG", size: tuple[int, int] = (1000, 400), mode: str = "RGB", **more: object) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, 128 if mode in {"L", "P"} else None).save(out, kind, **more)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_becomes_a_small_webp(kind: str) -> None:
    kept = Image.open(io.BytesIO(shrunk(a_file(kind))))
    assert (kept.format, kept.size) == ("WEBP", (300, 120))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_every_kind_of_points_is_taken(mode: str) -> None:
    assert Image.open(io.BytesIO(shrunk(a_file(mode=mode)))).format == "WEBP"


def test_a_small_picture_is_not_made_larger_and_stays_see_through() -> None:
    kept = Image.open(io.BytesIO(shrunk(a_file(size=(40, 40), mode="RGBA"))))
    assert kept.size == (40, 40)
    assert kept.convert("RGBA").getpixel((5, 5)) == (0, 0, 0, 0)


def test_even_noise_is_small_enough() -> None:
    out = io.BytesIO()
    Image.frombytes("RGBA", (400, 150), os.urandom(4 * 400 * 150)).save(out, "PNG")
    kept = shrunk(out.getvalue())
    assert len(kept) <= SMALL_ENOUGH
    assert Image.open(io.BytesIO(kept)).width == BOX[0]


def test_nothing_of_the_file_itself_is_kept() -> None:
    note = PngInfo()
    note.add_text("Comment", "SECRET")
    assert b"SECRET" not in shrunk(a_file(pnginfo=note) + b"SECRET")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        a_file("GIF"),
        a_file("BMP"),
        a_file()[:200],
        a_file("JPEG")[:300],
        b"\x89PNG\r\n\x1a\n" + os.urandom(300),
        b"x" * (MOST_BYTES + 1),
        a_file(size=(20_000, 20_000), mode="1"),
    ],
    ids=["nothing", "svg", "gif", "bmp", "cut png", "cut jpeg", "broken", "too large", "bomb"],
)
def test_what_is_no_such_picture_is_refused_with_a_reason(content: bytes) -> None:
    with pytest.raises(NotALogo, match="Choose"):
        shrunk(content)
