"""The sample merchant as a real process, and a sender that signs as the server does."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Self

import dastak_sdk
from dastak_sdk import encode_event, sign, sign_standard
from dastak_sdk.event_time import read_time

PROGRAM = Path(__file__).parents[3] / "examples/sample_merchant/main.py"
SECRET = "client-secret-of-the-merchant"
WHSEC = "whsec_c2FtcGxlIG1lcmNoYW50IHRlc3Qga2V5IG9mIDMyIGI="
PATIENCE_SECONDS = 20


def event_body(
    customer: str = "order-1",
    status: str = "RECEIVED",
    name: str = "Asha Rao",
    type_: str = "KYC_LINK_ACTION_PERFORMED",
) -> bytes:
    data = {
        "name": name,
        "phone": "9999999999",
        "email": None,
        "verification_id": customer,
        "reference_id": 7,
        "link_expiry": "2026-12-02",
        "form_link": "https://kyc.example/verification/Y7tpcan5ksm0",
        "form_status": status,
        "verification_details": [
            {"reference_id": 234, "type": "OFFLINE_AADHAAR_VERIFICATION", "status": "SUCCESS"},
            {"reference_id": 0, "type": "PANDETAILS_VERIFICATION", "status": status},
        ],
    }
    return encode_event(type_, read_time("2026-03-02T09:00:00Z"), data, client_secret=None)


def signed(body: bytes, secret: str = SECRET, **more: str) -> dict[str, str]:
    stamp = str(int(time.time() * 1000))
    return {"x-webhook-timestamp": stamp, "x-webhook-signature": sign(secret, stamp, body)} | more


def signed_standard(body: bytes, secret: str = WHSEC) -> dict[str, str]:
    stamp = str(int(time.time()))
    return {
        "webhook-id": "evt_1",
        "webhook-timestamp": stamp,
        "webhook-signature": sign_standard(secret, "evt_1", stamp, body),
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class RunningMerchant:
    folder: Path
    api: str = "http://127.0.0.1:9"
    environment: dict[str, str] = field(default_factory=lambda: {"MERCHANT_CLIENT_SECRET": SECRET})
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        sdk = str(Path(dastak_sdk.__file__).parents[1])
        own = {name: value for name, value in os.environ.items() if not name.startswith("MERCHANT_")}
        command = [sys.executable, "-W", "error", str(PROGRAM), "--port", str(self.port), "--api", self.api]
        command += ["--database", str(self.folder / "merchant.db"), "--secrets", str(self.folder / "secrets.json")]
        self.process = subprocess.Popen(
            command,
            env=own | {"PYTHONPATH": sdk} | self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self.process.stdout
        first = self.process.stdout.readline()
        assert first.startswith("Sample merchant: open "), first
        return self

    def __exit__(self, *_problem: object) -> None:
        self.stop(signal.SIGTERM)

    def stop(self, how: signal.Signals) -> str:
        """Send the signal, wait for the end, return what was said since the start."""
        process, self.process = self.process, None
        if process is None:
            return ""
        process.send_signal(how)
        said, _ = process.communicate(timeout=PATIENCE_SECONDS)
        assert process.returncode == 0, said
        return said

    def post(self, body: bytes, headers: dict[str, str], path: str = "/webhooks") -> tuple[int, str]:
        return self.ask("POST", path, body, headers)[:2]

    def get(self, path: str = "/", headers: dict[str, str] | None = None) -> str:
        return self.ask("GET", path, b"", headers or {})[1]

    def ask(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, str, dict[str, str]]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            named = {name.lower(): value for name, value in response.getheaders()}
            return response.status, response.read().decode().strip(), named
        finally:
            connection.close()

    def write_secrets(self, **secrets: Any) -> None:
        (self.folder / "secrets.json").write_text(json.dumps(secrets), encoding="utf-8")
