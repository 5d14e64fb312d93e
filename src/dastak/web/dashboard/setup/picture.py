"""An uploaded logo as the small picture that pages show.

In: bytes that somebody chose on their disk. Out: a WebP of at most 320 x 120 points and 20 KiB, made anew, so that
nothing of the file itself reaches a customer: no metadata, no second frame, nothing hidden behind the picture. SVG is
not taken: it is a program.
"""

import io

from PIL import Image

FORMATS = ("PNG", "JPEG", "WEBP")
MOST_BYTES = 1024 * 1024
MOST_POINTS = 16_000_000
BOX = (320, 120)
SMALL_ENOUGH = 20 * 1024
QUALITIES = (90, 75, 55, 35, 10)
MEDIA_TYPE = "image/webp"


class NotALogo(ValueError):  # noqa: N818 - the name says what happened
    """It cannot be shown; the message says why, to whoever chose it."""


def shrunk(content: bytes) -> bytes:
    """The picture to keep. Raises `NotALogo`."""
    if len(content) > MOST_BYTES:
        raise NotALogo("The file is larger than 1 MB. Choose a smaller one.")
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
            if picture.width * picture.height > MOST_POINTS:
                raise NotALogo("The picture has more than 16 million points. Choose a smaller one.")
            picture.draft("RGB", (BOX[0] * 2, BOX[1] * 2))
            drawn = picture.convert("RGBA")
    except NotALogo:
        raise
    except Exception:  # noqa: BLE001 - whatever a broken file makes the decoder raise, it is no picture
        raise NotALogo("This is not a PNG, JPEG or WebP picture that can be read. Choose another file.") from None
    drawn.thumbnail(BOX, Image.Resampling.LANCZOS)
    return _encoded(drawn)


def _encoded(picture: Image.Image) -> bytes:
    """In the best quality that is small enough; the last one always is."""
    out = io.BytesIO()
    for quality in QUALITIES:
        out = io.BytesIO()
        picture.save(out, "WEBP", quality=quality, alpha_quality=quality, method=4)
        if out.tell() <= SMALL_ENOUGH:
            break
    return out.getvalue()
