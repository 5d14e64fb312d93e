"""Drawn people and their drawn PAN cards: nobody's likeness, and enough for a machine to read."""

import io

from PIL import Image, ImageDraw, ImageFilter, ImageFont

PAPER, INK = "#cfe3ee", "#111"
CARD = (1000, 640)
PORTRAIT = 300
BIG, SMALL = 34, 24
HAIR, LID, EYE, IRIS, NOSE, LIPS = "#1d1512", "#8a5c3e", "#f3efe8", "#20130c", "#b37c53", "#8f3f3a"

ROWS = (
    (SMALL, "Permanent Account Number Card"),
    (BIG, "ABCPG1234D"),
    (SMALL, "Name"),
    (BIG, "ASHA GUPTA"),
    (SMALL, "Father's Name"),
    (BIG, "RAVI KUMAR GUPTA"),
    (SMALL, "Date of Birth"),
    (BIG, "11/02/1994"),
)


def a_face(skin: str = "#c68e63") -> Image.Image:
    """Somebody who looks into the camera."""
    picture = Image.new("RGB", (480, 480), "#ddd")
    pen = ImageDraw.Draw(picture)
    pen.ellipse((118, 75, 362, 300), fill=HAIR)
    pen.rectangle((195, 340, 285, 460), fill=skin)
    pen.ellipse((130, 110, 350, 390), fill=skin)
    for eye in (192, 288):
        pen.ellipse((eye - 34, 190, eye + 34, 236), fill=LID)
        pen.ellipse((eye - 24, 198, eye + 24, 226), fill=EYE)
        pen.ellipse((eye - 12, 200, eye + 12, 224), fill=IRIS)
        pen.line((eye - 34, 178, eye + 34, 174), fill=HAIR, width=10)
    pen.polygon([(234, 210), (246, 210), (264, 284), (216, 284)], fill=NOSE)
    for nostril in (226, 254):
        pen.ellipse((nostril - 8, 274, nostril + 8, 286), fill=IRIS)
    pen.ellipse((194, 316, 286, 344), fill=LIPS)
    pen.line((196, 330, 284, 330), fill=IRIS, width=4)
    return picture.filter(ImageFilter.GaussianBlur(5))


def a_card(face: Image.Image | None = None) -> Image.Image:
    """Their card, with the portrait if there is one."""
    picture = Image.new("RGB", CARD, PAPER)
    pen = ImageDraw.Draw(picture)
    pen.text((40, 30), "INCOME TAX DEPARTMENT", font=ImageFont.load_default(BIG), fill=INK)
    pen.text((660, 30), "GOVT. OF INDIA", font=ImageFont.load_default(BIG), fill=INK)
    top = 110
    for size, text in ROWS:
        pen.text((40, top), text, font=ImageFont.load_default(size), fill=INK)
        top += size + 20
    if face is not None:
        picture.paste(face.resize((PORTRAIT, PORTRAIT)), (CARD[0] - PORTRAIT - 40, 200))
    return picture


def a_jpeg(picture: Image.Image, quality: int = 85) -> bytes:
    target = io.BytesIO()
    picture.save(target, "JPEG", quality=quality)
    return target.getvalue()
