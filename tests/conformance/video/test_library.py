"""The storage gives back what it was given, whole and in parts, and notices whatever was done to it; folder or S3."""

import hashlib
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dastak.journeys.video_kyc.rooms import NotKept
from dastak.store.vault import Vault
from dastak.video.envelope import TAG_BYTES, Damaged
from dastak.video.library import PIECE_BYTES, ObstoreLibrary, S3Settings, folder_library, s3_library
from support.s3_server import BUCKET

VAULT = Vault([bytes(32)])
REFERENCE = "mer_1/jrn_1/call_1.mp4"
SIZES = (0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 3 * PIECE_BYTES, 40 * PIECE_BYTES + 17)


@pytest.fixture(scope="session")
def s3_address() -> Iterator[str]:
    """Of a server that speaks S3."""
    program = Path(__file__).parents[2] / "support" / "s3_server.py"
    server = subprocess.Popen(
        [sys.executable, str(program)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with server:
        assert server.stdout is not None
        yield server.stdout.readline().strip()
        assert server.stdin is not None
        server.stdin.close()
        server.wait(20)


@pytest.fixture(params=["folder", pytest.param("s3", marks=pytest.mark.slow)])
def library(request: pytest.FixtureRequest, tmp_path: Path) -> ObstoreLibrary:
    if request.param == "folder":
        return folder_library(tmp_path / "library", VAULT)
    settings = S3Settings(BUCKET, "films", "ap-south-1", request.getfixturevalue("s3_address"), "key", "secret")
    return s3_library(settings, VAULT)


@pytest.fixture
def in_a_folder(tmp_path: Path) -> ObstoreLibrary:
    return folder_library(tmp_path / "library", VAULT)


def content(size: int) -> bytes:
    return hashlib.shake_128(b"film").digest(size)


async def streamed(data: bytes, step: int) -> AsyncIterator[bytes]:
    for at in range(0, len(data), step):
        yield data[at : at + step]


async def read(library: ObstoreLibrary, start: int = 0, end: int | None = None) -> bytes:
    return b"".join([piece async for piece in library.read(REFERENCE, start, end)])


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("step", [None, 1000, PIECE_BYTES, 10**7])
async def test_what_was_kept_comes_back(library: ObstoreLibrary, size: int, step: int | None) -> None:
    data = content(size)
    kept = await library.keep(REFERENCE, data if step is None else streamed(data, step))
    assert (kept.reference, kept.size, kept.sha256) == (REFERENCE, size, hashlib.sha256(data).hexdigest())
    assert await library.size(REFERENCE) == size
    assert await read(library) == data


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(
    size=st.sampled_from(SIZES),
    start=st.integers(0, 42 * PIECE_BYTES),
    length=st.none() | st.integers(0, 20 * PIECE_BYTES),
)
async def test_any_part_is_the_part_of_the_whole(
    library: ObstoreLibrary, size: int, start: int, length: int | None
) -> None:
    data = content(size)
    end = None if length is None else start + length
    await library.keep(REFERENCE, data)
    assert await read(library, start, end) == data[start:end]


async def test_what_breaks_off_leaves_what_was_there(library: ObstoreLibrary, tmp_path: Path) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield content(20 << 20)
        raise ValueError("the camera fell")

    await library.keep(REFERENCE, b"before")
    with pytest.raises(ValueError, match="camera"):
        await library.keep(REFERENCE, broken())
    assert await read(library) == b"before"
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] in ([], ["call_1.mp4"]), "no half file is left"


async def test_what_is_forgotten_is_gone(library: ObstoreLibrary) -> None:
    await library.keep(REFERENCE, b"x")
    await library.forget(REFERENCE)
    await library.forget(REFERENCE)
    with pytest.raises(NotKept):
        await library.size(REFERENCE)
    with pytest.raises(NotKept):
        await anext(library.read(REFERENCE))


@pytest.mark.parametrize("change", ["bit", "cut", "cut by a piece", "swapped", "moved"])
async def test_whatever_was_changed_is_noticed(in_a_folder: ObstoreLibrary, tmp_path: Path, change: str) -> None:
    await in_a_folder.keep(REFERENCE, content(3 * PIECE_BYTES))
    path = tmp_path / "library" / REFERENCE
    stored = path.read_bytes()
    sealed = PIECE_BYTES + TAG_BYTES
    head, pieces = stored[: -3 * sealed], [stored[-3 * sealed :][n * sealed : (n + 1) * sealed] for n in range(3)]
    match change:
        case "bit":
            pieces[1] = bytes([pieces[1][0] ^ 1]) + pieces[1][1:]
        case "cut":
            pieces[2] = pieces[2][:-1]
        case "cut by a piece":
            pieces = pieces[:2]
        case "swapped":
            pieces = [pieces[1], pieces[0], pieces[2]]
        case "moved":
            await in_a_folder.keep(REFERENCE, content(3 * PIECE_BYTES))
            head = path.read_bytes()[: -3 * sealed]
    path.write_bytes(head + b"".join(pieces))
    with pytest.raises(Damaged):
        await read(in_a_folder)


async def test_nothing_lies_open_on_the_disk(in_a_folder: ObstoreLibrary, tmp_path: Path) -> None:
    await in_a_folder.keep(REFERENCE, b"a face" * 100)
    assert b"face" not in (tmp_path / "library" / REFERENCE).read_bytes()


@pytest.mark.parametrize("reference", ["", "/etc/passwd", "../x", "a/../../b", "a//b", "a/.hidden", "a\0b", "a/"])
async def test_a_reference_leads_nowhere_else(in_a_folder: ObstoreLibrary, reference: str) -> None:
    with pytest.raises(NotKept):
        await in_a_folder.keep(reference, b"x")
    with pytest.raises(NotKept):
        await in_a_folder.size(reference)


async def test_a_storage_that_is_not_there_is_said_to_be_so() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        settings = S3Settings(BUCKET, "", "ap-south-1", f"http://127.0.0.1:{taken.getsockname()[1]}", "key", "secret")
        nowhere = s3_library(settings, VAULT)
        with pytest.raises(ConnectionError, match="storage"):
            await nowhere.size(REFERENCE)
        with pytest.raises(ConnectionError, match="storage"):
            await nowhere.keep(REFERENCE, b"x")
