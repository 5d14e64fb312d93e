"""The machines that look at pictures: text by RapidOCR, faces by dlib. Optional; loaded in the reading process alone.

In: a JPEG. Out: lines of text, or faces as 128 numbers each. Both work offline: their models come with their packages.
"""

import io
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from PIL import Image

from dastak.verification.pictures.pan_card import TextLine

LONGEST_SIDE = 1600
"""Pixels; larger pictures are made smaller first."""
MOST_PIXELS = 50_000_000
FACE_MODELS = "face_recognition_models"

Face = tuple[float, ...]


class Unreadable(Exception):  # noqa: N818 - the name says what happened
    """It is no picture, or one that would need too much memory."""


def text_lines(jpeg: bytes) -> list[TextLine]:
    """Every line that was read, in no order."""
    red_green_blue = _pixels(jpeg)
    answer = _text_engine()(red_green_blue[:, :, ::-1])
    if answer.txts is None:
        return []
    return [_line(*one) for one in zip(answer.txts, answer.scores, answer.boxes, strict=True)]


def faces(jpeg: bytes) -> list[Face]:
    """The faces that look at the camera, the largest first."""
    picture = _pixels(jpeg)
    detector, predictor, network = _face_engine()
    found = sorted(detector(picture, 1), key=lambda place: place.area(), reverse=True)
    return [tuple(network.compute_face_descriptor(picture, predictor(picture, place))) for place in found]


def has_text_engine() -> bool:
    """Whether text can be read."""
    return find_spec("rapidocr") is not None


def has_face_engine() -> bool:
    """Whether faces can be compared."""
    return find_spec("dlib") is not None and find_spec(FACE_MODELS) is not None


def _pixels(jpeg: bytes) -> Any:
    import numpy as np

    try:
        with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise Unreadable("too many pixels")
            picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            return np.asarray(picture.convert("RGB"))
    except (OSError, SyntaxError, ValueError) as problem:
        raise Unreadable(type(problem).__name__) from None


def _line(text: str, sure: float, box: Any) -> TextLine:
    left, top = float(min(corner[0] for corner in box)), float(min(corner[1] for corner in box))
    return TextLine(text, left, top, float(max(corner[1] for corner in box)) - top, float(sure))


@cache
def _text_engine() -> Any:
    from rapidocr import RapidOCR

    return RapidOCR(params={"Global.log_level": "critical"})


@cache
def _face_engine() -> tuple[Any, Any, Any]:
    """Detector, five points, and the network; the package with 68 points is licensed otherwise and not used."""
    import dlib

    spec = find_spec(FACE_MODELS)  # the package itself is not imported: it needs setuptools for its paths
    places = spec.submodule_search_locations if spec else None
    if not places:
        raise ModuleNotFoundError(FACE_MODELS)
    models = Path(places[0]) / "models"
    return (
        dlib.get_frontal_face_detector(),
        dlib.shape_predictor(str(models / "shape_predictor_5_face_landmarks.dat")),
        dlib.face_recognition_model_v1(str(models / "dlib_face_recognition_resnet_model_v1.dat")),
    )
