"""The real engines in their own process: cards are read, faces compared, and nothing keeps the process from its end."""

import asyncio
import sys
import textwrap
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from dastak.journeys.video_kyc.examiner import NotExamined
from dastak.journeys.video_kyc.interview import StillKind
from dastak.verification.pictures.reader import OwnProcess, picture_reader
from integration.assistance.drawn import a_card, a_face, a_jpeg

pytestmark = pytest.mark.slow

SAME_PICTURE, SAME_PERSON = 0.3, 0.6


@pytest.fixture
async def reader() -> AsyncIterator[OwnProcess]:
    reader = picture_reader()
    assert reader is not None, "the extra is not installed: run ./test"
    yield reader
    await reader.stop()


async def test_a_card_is_read_and_its_number_masked(reader: OwnProcess) -> None:
    found = await reader.read(StillKind.PAN, a_jpeg(a_card(a_face())))
    assert found == {
        "pan": "XXXXXX234D",
        "name": "ASHA GUPTA",
        "father_name": "RAVI KUMAR GUPTA",
        "date_of_birth": "1994-02-11",
    }
    as_in_a_call = a_card(a_face()).resize((640, 410))
    assert await reader.read(StillKind.PAN, a_jpeg(as_in_a_call, 50)) == found


async def test_a_face_is_found_and_compared_with_that_on_the_card(reader: OwnProcess) -> None:
    face, card = a_jpeg(a_face()), a_jpeg(a_card(a_face()))
    assert await reader.read(StillKind.FACE, face) == {"faces": "1"}
    assert float((await reader.compare(face, face))["face_distance"]) < SAME_PICTURE
    assert float((await reader.compare(face, card))["face_distance"]) < SAME_PERSON
    nobody = await reader.compare(face, a_jpeg(a_card()))
    assert nobody == {"face_distance": "no face was found on the card"}


@pytest.mark.parametrize("content", [b"", b"no picture", a_jpeg(a_face())[:700], b"GIF89a" + bytes(100)])
async def test_what_is_no_picture_is_said_so(reader: OwnProcess, content: bytes) -> None:
    for kind in StillKind:
        assert await reader.read(kind, content) == {"reading": "nothing could be read"}
    assert await reader.compare(content, content) == {}


def own(tmp_path: Path, program: str, patience: float = 30, idle: float = 60) -> OwnProcess:
    """A process of ours that does something else."""
    file = tmp_path / "other.py"
    file.write_text(textwrap.dedent(program))
    return OwnProcess((sys.executable, str(file)), timedelta(seconds=patience), timedelta(seconds=idle))


ANSWERS = """
    import json, os, sys
    while line := sys.stdin.buffer.readline():
        for size in json.loads(line)["sizes"]:
            sys.stdin.buffer.read(size)
        print(json.dumps({"found": {"process": str(os.getpid())}}), flush=True)
"""


@pytest.mark.parametrize(
    "program",
    ["raise SystemExit(1)", "print('what?', flush=True)", 'print(\'{"failure": "MemoryError"}\', flush=True)'],
    ids=["ends", "talks nonsense", "fails"],
)
async def test_a_process_that_fails_is_told_and_the_next_picture_gets_another(tmp_path: Path, program: str) -> None:
    reader = own(tmp_path, program)
    for _ in range(2):
        with pytest.raises(NotExamined):
            await reader.read(StillKind.PAN, b"x" * 1_000_000)
    await reader.stop()


async def test_a_process_that_takes_too_long_is_killed(tmp_path: Path) -> None:
    reader = own(tmp_path, "import time; time.sleep(3600)", patience=0.2)
    with pytest.raises(NotExamined):
        await reader.read(StillKind.PAN, b"x" * 1_000_000)
    assert reader.process_id is None


async def test_one_process_answers_one_after_the_other_and_rests_when_nobody_asks(tmp_path: Path) -> None:
    reader = own(tmp_path, ANSWERS, idle=0.05)
    answers = await asyncio.gather(*(reader.read(StillKind.FACE, b"x" * size) for size in (0, 10, 1_000_000)))
    assert len({answer["process"] for answer in answers}) == 1
    await reader.resting()
    assert reader.process_id is None
    assert await reader.read(StillKind.FACE, b"x") != answers[0]
    await reader.stop()


async def test_who_gives_up_waiting_leaves_no_half_read_answer(tmp_path: Path) -> None:
    reader = own(tmp_path, "import time; time.sleep(3600)")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1):
            await reader.read(StillKind.PAN, b"x")
    assert reader.process_id is None
