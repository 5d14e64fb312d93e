"""`dastak record` and `dastak playback`: what came is in the file, and comes again."""

import json
import socket
import stat
import struct
import threading
from http.client import HTTPConnection
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from dastak.cli.desk.made_up import journey
from dastak.cli.desk.recording import Stop
from dastak.cli.desk.scenarios import events_of
from dastak.cli.desk.sending import send, target
from dastak.cli.desk.signer import signer
from dastak.cli.main import app
from dastak_sdk import Receiver
from dastak_sdk.recorded import FIRST_LINE, Recorded, read_recorded
from unit.cli import handlers as h
from unit.docs.pages import DOCS, blocks

AT = "2026-01-31T10:00:00+00:00"


def type_(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), env={"COLUMNS": "200"})


def read(file: Path) -> list[Recorded]:
    return list(read_recorded(file.read_text("utf-8").splitlines()))


def written(file: Path, *recorded: Recorded) -> Path:
    file.write_text("\n".join([FIRST_LINE, *(one.line() for one in recorded)]) + "\n", "utf-8")
    return file


def a_scenario() -> list[Recorded]:
    signing, made = signer([h.SECRET]), events_of("kyc-link-happy", journey(7, None, h.SECRET))
    return [Recorded(AT, (*signing.headers(one.body, 0, one.id), ("webhook-id", one.id)), one.body) for one in made]


def test_a_stop_on_the_way_passes_on_what_it_keeps_and_the_answer_goes_back() -> None:
    kept: list[Recorded] = []
    with h.serving(lambda headers, body: (200, b"thanks") if h.RIGHT(headers, body)[0] == 200 else (401, b"")) as url:
        server = Stop(0, target(url), kept.append).server()
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        here = target(f"http://127.0.0.1:{server.server_address[1]}/anything")
        answers = [send(here, signer([h.SECRET]).headers(b"{}", 0, "evt_1"), b"{}")]
        done = type_("trigger", "KYC_LINK_SUCCESS", here.url, "--secret", h.SECRET)
        server.shutdown()
        thread.join()
        server.server_close()
    assert (done.exit_code, [answer.status for answer in answers]) == (0, [401])
    assert [one.status for one in kept] == [401, 200]
    assert kept[1].type == "KYC_LINK_SUCCESS"
    assert Receiver(h.SECRET).verify(kept[1].headers, kept[1].body).type == "KYC_LINK_SUCCESS"


def test_a_body_without_an_end_is_refused() -> None:
    kept: list[Recorded] = []
    server = Stop(0, None, kept.append).server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    statuses = []
    for length in ("999999999999", "x"):
        connection = HTTPConnection("127.0.0.1", int(server.server_address[1]), timeout=10)
        connection.putrequest("POST", "/")
        connection.putheader("content-length", length)
        connection.endheaders()
        statuses.append(connection.getresponse().status)
        connection.close()
    server.shutdown()
    thread.join()
    server.server_close()
    assert (statuses, kept) == ([413, 411], [])


def test_the_command_records_until_its_count_and_adds_to_what_is_there(tmp_path: Path) -> None:
    file = written(tmp_path / "deliveries.jsonl", *a_scenario()[:1])
    port = free_port()
    sender = threading.Thread(target=post_until_taken, args=(port, b'{"event_type": "KYC_LINK_SUCCESS"}'))
    sender.start()
    done = type_("record", str(file), "--port", str(port), "--count", "1")
    sender.join()
    assert done.exit_code == 0, done.output
    assert [one.type for one in read(file)] == ["KYC_LINK_ACTION_PERFORMED", "KYC_LINK_SUCCESS"]


def test_a_new_file_is_its_owners_alone(tmp_path: Path) -> None:
    file, port = tmp_path / "new.jsonl", free_port()
    sender = threading.Thread(target=post_until_taken, args=(port, b"\xff"))
    sender.start()
    assert type_("record", str(file), "--port", str(port), "--count", "1").exit_code == 0
    sender.join()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert read(file)[0].body == b"\xff"


def test_what_is_played_back_is_accepted_as_each_event_once(tmp_path: Path) -> None:
    file, ledger = written(tmp_path / "d.jsonl", *a_scenario()), h.Ledger()
    with h.serving(ledger.handle) as url:
        both = [type_("playback", str(file), url, "--secret", h.SECRET, "--json") for _ in range(2)]
    for done in both:
        assert done.exit_code == 0
        assert [json.loads(line)["status"] for line in done.stdout.splitlines()] == [200, 200, 200]
    assert ledger.acted == 3


def test_the_signatures_of_then_are_too_old(tmp_path: Path) -> None:
    file = written(tmp_path / "d.jsonl", *a_scenario())
    with h.serving(h.RIGHT) as url:
        stopped = type_("playback", str(file), url, "--as-recorded")
        went_on = type_("playback", str(file), url, "--as-recorded", "--keep-going")
    assert (stopped.exit_code, len(stopped.stdout.splitlines())) == (1, 1)
    assert (went_on.exit_code, len(went_on.stdout.splitlines())) == (1, 3)
    assert stopped.stdout.startswith("401  KYC_LINK_ACTION_PERFORMED")


def test_what_cannot_begin_exits_with_two(tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text("my notes\n")
    good = str(written(tmp_path / "d.jsonl"))
    for arguments in (
        ("record", str(other), "--port", "0"),
        ("record", str(tmp_path / "no" / "folder"), "--port", "0"),
        ("record", good),
        ("record", good, "--port", "0", "--forward-to", "http://example.com/"),
        ("playback", str(other), "http://localhost:1/", "--secret", h.SECRET),
        ("playback", str(tmp_path / "nothing"), "http://localhost:1/", "--secret", h.SECRET),
        ("playback", good, "http://example.com/", "--secret", h.SECRET),
        ("playback", good, "http://localhost:1/"),
        ("playback", str(tmp_path), "http://localhost:1/", "--secret", h.SECRET),
    ):
        assert type_(*arguments).exit_code == 2, arguments
    assert other.read_text() == "my notes\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (FIRST_LINE.encode(), "nothing to send"),
        (b"\xff\xfe", "is no text"),
        (b"\n\n{}\n", "Line 3"),
        (FIRST_LINE.encode() + b'\n{"at": "x", "headers": [], "body": "', "Take the line out"),
        (FIRST_LINE.encode() + b'\n{"at": "x", "headers": [["a\\nb", "c"]], "body": ""}', "no header that can be sent"),
        (
            FIRST_LINE.encode() + b'\n{"at": "x", "headers": [["a", "\\u20ac"]], "body": ""}',
            "no header that can be sent",
        ),
    ],
)
def test_a_damaged_file_sends_nothing_and_says_what_to_do(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "d.jsonl"
    file.write_bytes(content)
    done = type_("playback", str(file), "http://localhost:1/", "--secret", h.SECRET)
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in " ".join(done.output.split())
    assert "d.jsonl" in done.output


@pytest.mark.parametrize("gone", ["in the body", "before the answer"])
def test_a_sender_that_goes_away_leaves_no_half_delivery_and_no_traceback(
    gone: str, capfd: pytest.CaptureFixture[str]
) -> None:
    kept: list[Recorded] = []
    is_here, let_go = threading.Event(), threading.Event()

    def keep(one: Recorded) -> None:
        is_here.set()
        assert let_go.wait(20)
        kept.append(one)

    server = Stop(0, None, keep).server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    with socket.create_connection(("127.0.0.1", int(server.server_address[1])), timeout=20) as sender:
        sender.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # gone is a reset
        sender.sendall(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\n{}")
        if gone == "before the answer":
            sender.sendall(b"{}")
            assert is_here.wait(20)
        else:
            sender.shutdown(socket.SHUT_WR)
            assert sender.recv(1) == b""
    let_go.set()
    server.shutdown()
    thread.join()
    server.server_close()  # waits for what is under way
    assert [one.body for one in kept] == ([b"{}{}"] if gone == "before the answer" else [])
    assert capfd.readouterr().err == ""


def free_port() -> int:
    with h.serving(h.RIGHT) as url:
        return target(url).port


def test_the_file_is_as_the_page_says() -> None:
    (shown,) = (block.code for block in blocks(DOCS / "desk.md", "json") if "dastak-deliveries" in block.code)
    (one,) = read_recorded(shown.splitlines())
    assert (one.type, one.status, one.headers) == ("KYC_LINK_SUCCESS", 200, (("x-webhook-attempt", "1"),))
    assert shown.splitlines() == [FIRST_LINE, one.line()]
    assert json.loads(Recorded(AT, (), b"\xff").line()).keys() == {"at", "headers", "body_base64", "status"}


def post_until_taken(port: int, body: bytes) -> None:
    """As a sender does: again while nobody listens."""
    to = target(f"http://127.0.0.1:{port}/")
    while not send(to, (), body).is_accepted:
        pass
