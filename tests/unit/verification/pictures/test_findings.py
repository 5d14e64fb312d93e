"""What is said of faces, and that nothing is said where no engine is."""

import pytest

from dastak.journeys.video_kyc.interview import StillKind
from dastak.verification.pictures import engines, findings
from dastak.verification.pictures.reader import picture_reader

FACE = (0.1,) * 128
OTHER = (0.15,) * 128


def test_the_largest_faces_are_compared() -> None:
    assert findings.compared([FACE, OTHER], [OTHER]) == {"face_distance": "0.57"}
    assert findings.compared([FACE], [FACE]) == {"face_distance": "0.00"}


def test_where_no_face_was_found_is_said() -> None:
    assert findings.compared([], [FACE]) == {"face_distance": "no face was found on the camera's picture"}
    assert findings.compared([FACE], []) == {"face_distance": "no face was found on the card"}


def test_without_the_extra_nothing_is_found_and_there_is_no_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "find_spec", lambda _name: None)
    assert findings.read(StillKind.PAN, b"") == {}
    assert findings.read(StillKind.FACE, b"") == {}
    assert findings.compare(b"", b"") == {}
    assert picture_reader() is None
