"""`dastak serve`: starting, refusing to start, and ending."""

import os
import signal
import socket
from http.client import HTTPConnection
from pathlib import Path

import pytest

from support.server import RunningServer, dastak, environment, free_port

pytestmark = pytest.mark.slow


def test_all_faults_of_the_settings_are_said_at_once() -> None:
    faulty = environment(
        mode="staging",
        port="eighty",
        api_rate_per_minute="-1",
        secret_key="c2hvcnQ=",
        webhook_allow_http="perhaps",
        webhook_ca_file="/nowhere/ca.pem",
        public_url="kyc.example.com",
        colour="red",
    )
    failed = dastak("serve", env=faulty)
    assert failed.returncode == 2
    assert "Traceback" not in failed.stderr
    for name in ("MODE", "PORT", "API_RATE_PER_MINUTE", "SECRET_KEY", "WEBHOOK_ALLOW_HTTP", "WEBHOOK_CA_FILE"):
        assert f"DASTAK_{name}:" in failed.stderr
    assert "DASTAK_PUBLIC_URL:" in failed.stderr
    assert "DASTAK_COLOUR: there is no such setting" in failed.stderr
    assert "8 fault(s)" in failed.stderr
    assert "c2hvcnQ=" not in failed.stderr


def test_production_refuses_every_unsafe_setting_at_once() -> None:
    unsafe = environment(mode="production", webhook_allow_http="true", webhook_allow_loopback="true")
    failed = dastak("serve", env=unsafe)
    assert failed.returncode == 2
    for name in ("PUBLIC_URL", "SECRET_KEY", "WEBHOOK_ALLOW_HTTP", "WEBHOOK_ALLOW_LOOPBACK", "SMS_GATEWAY_URL"):
        assert f"DASTAK_{name}:" in failed.stderr


def test_a_second_server_on_the_same_data_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    with RunningServer(tmp_path) as server:
        for command in (["serve"], ["merchant", "list"], ["migrate"], ["merchant", "create", "Late"]):
            failed = dastak(*command, env=server.env | {"DASTAK_PORT": str(free_port())})
            assert failed.returncode == 1, command
            assert "Traceback" not in failed.stderr
            assert len(failed.stderr.strip().splitlines()) <= 3
        with server.api() as api:
            assert api.create_link()["form_status"] == "RECEIVED"
        server.assert_no_failures()


def test_a_port_in_use_is_said_plainly_and_no_data_is_harmed(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        failed = dastak("serve", env=environment(data_dir=tmp_path / "data", port=port))
    assert failed.returncode != 0
    assert "Traceback" not in failed.stderr
    assert "Address already in use. Set DASTAK_HOST or DASTAK_PORT" in " ".join(failed.stderr.split())
    assert str(port) in failed.stderr
    assert dastak("doctor", env=environment(data_dir=tmp_path / "data")).returncode == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_cleanly_when_asked_to(tmp_path: Path, number: signal.Signals) -> None:
    server = RunningServer(tmp_path, log_format="console").start()
    idle = HTTPConnection("127.0.0.1", server.port, timeout=10)
    idle.request("GET", "/healthz")
    idle.getresponse().read()
    server.stop(number)
    idle.close()
    assert any("stopped" in line for line in server.lines())
    assert not any("Traceback" in line for line in server.lines())
    assert server.start().is_running
    server.stop()


def test_asking_twice_ends_it_cleanly_too(tmp_path: Path) -> None:
    server = RunningServer(tmp_path).start()
    os.kill(server.pid, signal.SIGINT)
    server.stop()
    server.assert_no_failures()


def test_a_request_that_never_ends_neither_holds_up_the_end_nor_fills_the_log(tmp_path: Path) -> None:
    server = RunningServer(tmp_path).start()
    head = f"POST /verification/form HTTP/1.1\r\nHost: x\r\nX-Client-Id: {server.merchant.client_id}\r\n"
    head += f"X-Client-Secret: {server.merchant.client_secret}\r\nContent-Type: application/json\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as half_sent:
        half_sent.sendall(f"{head}Content-Length: 1000\r\nExpect: 100-continue\r\n\r\n".encode())
        assert half_sent.recv(100).startswith(b"HTTP/1.1 100 Continue")  # the server waits for the body now
        server.stop(signal.SIGTERM)
    server.assert_no_failures()


def test_the_log_says_where_it_listens_and_never_a_secret(tmp_path: Path) -> None:
    with RunningServer(tmp_path) as server:
        (entry,) = server.log(event="listening")
        assert entry["port"] == server.port
        assert entry["public_url"] == server.url
        with server.api() as api:
            api.create_link(phone="9123456780", name="Asha Rao", email="asha@example.com")
            api.get("/verification/form")
        text = server.log_file.read_text()
        for secret in (server.merchant.client_secret, "9123456780", "Asha Rao", "asha@example.com"):
            assert secret not in text
