"""What is said of a picture: the findings that agents and auditors see beside it.

In: one picture or two, and what to do. Out: findings by name. Called in the reading process.
"""

from collections.abc import Mapping, Sequence
from math import dist

from dastak.journeys.video_kyc.interview import StillKind
from dastak.verification.pictures import engines
from dastak.verification.pictures.engines import Face, Unreadable
from dastak.verification.pictures.pan_card import pan_card

NOTHING = {"reading": "nothing could be read"}


def read(kind: StillKind, jpeg: bytes) -> Mapping[str, str]:
    """`pan`, `name`, `father_name`, `date_of_birth` of a card; `faces`, how many, of a face."""
    try:
        if kind is StillKind.PAN:
            return pan_card(engines.text_lines(jpeg)) or NOTHING if engines.has_text_engine() else {}
        return {"faces": str(len(engines.faces(jpeg)))} if engines.has_face_engine() else {}
    except Unreadable:
        return NOTHING


def compare(face: bytes, card: bytes) -> Mapping[str, str]:
    """`face_distance`: of the largest face of each; near 0 the same picture, above 0.6 rarely the same person."""
    if not engines.has_face_engine():
        return {}
    try:
        return compared(engines.faces(face), engines.faces(card))
    except Unreadable:
        return {}


def compared(living: Sequence[Face], printed: Sequence[Face]) -> Mapping[str, str]:
    """The distance, or where no face was found. Pure."""
    if not living or not printed:
        where = "camera's picture" if not living else "card"
        return {"face_distance": f"no face was found on the {where}"}
    return {"face_distance": f"{dist(living[0], printed[0]):.2f}"}
