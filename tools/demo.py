"""Dastak and a sample merchant on this machine, ready to try: what `./start` runs.

In: nothing but free ports. Out: two processes, a demo merchant with a webhook endpoint, one open KYC Link, and the URLs
to visit. What it made is kept in the data folder (`.dastak`) and used again by the next start. Ctrl-C ends everything.
"""

import argparse
import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 20
STOP_SECONDS = 20
TEMPLATE = "Full_kyc"
OPERATORS = {"agent": "agent@demo.example", "auditor": "auditor@demo.example"}
"""role → who has it."""
OWNER = "owner@demo.example"
ALWAYS = [{"weekday": day, "from": "00:00", "to": "24:00"} for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")]
OVER = {"AUDITOR_REVIEWED", "EXPIRED", "REJECTED", "POST_VIDEO_CALL"}
"""Statuses in which a customer has nothing more to do."""


class DemoError(Exception):
    """Something that the person at the keyboard can mend."""


class Demo:
    """The demo's folder, what it remembers, and its two processes."""

    def __init__(self, folder: Path, port: int, merchant_port: int) -> None:
        self.folder = folder
        self.url = f"http://127.0.0.1:{port}"
        self.merchant_url = f"http://127.0.0.1:{merchant_port}"
        self._port = port
        self._merchant_port = merchant_port
        self._memory = folder / "demo.json"
        self.known = _remembered(self._memory)
        self.processes: list[subprocess.Popen[bytes]] = []

    def remember(self, **values: Any) -> None:
        """Keep values for the next start, readable by nobody else."""
        self.known |= values
        _write_private(self._memory, self.known)

    def make_merchant(self) -> None:
        """Before the server starts: the embedded store has one user at a time."""
        if "client_id" in self.known:
            return
        command = [sys.executable, "-m", "dastak", "merchant", "create", "Demo Merchant", "--json"]
        made = subprocess.run(command, env=self._environment(), capture_output=True, text=True, check=False)
        if made.returncode != 0:
            raise DemoError(made.stderr.strip())
        self.remember(**json.loads(made.stdout))

    def make_owner(self) -> None:
        """Before the server starts, too: the first member of the merchant's dashboard."""
        if "member_id" in self.known:
            return
        who = ["--merchant", self.known["merchant_id"], "--email", OWNER, "--role", "owner", "--name", "Demo owner"]
        command = [sys.executable, "-m", "dastak", "member", "add", *who, "--json"]
        made = subprocess.run(command, env=self._environment(), capture_output=True, text=True, check=False)
        if made.returncode != 0:
            raise DemoError(made.stderr.strip())
        self.remember(member_id=json.loads(made.stdout)["member_id"])

    def start_server(self) -> None:
        """Dastak itself; its messages to customers appear here, its log goes to a file."""
        with (self.folder / "server.log").open("ab") as log:
            command = [sys.executable, "-m", "dastak", "serve"]
            server = subprocess.Popen(command, env=self._environment(), stderr=log)
        self.processes.append(server)
        self._wait_for(f"{self.url}/healthz", server, self.folder / "server.log")

    def start_merchant(self) -> None:
        """The sample merchant, with its secrets in a file that it reads again when it changes."""
        self._write_secrets()
        with (self.folder / "merchant.log").open("ab") as log:
            command = [
                sys.executable,
                str(ROOT / "examples" / "sample_merchant" / "main.py"),
                f"--port={self._merchant_port}",
                f"--api={self.url}",
                f"--database={self.folder / 'merchant.db'}",
                f"--secrets={self.folder / 'merchant-secrets.json'}",
            ]
            environment = os.environ | {"MERCHANT_TEMPLATE": TEMPLATE}
            merchant = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        self.processes.append(merchant)
        self._wait_for(f"{self.merchant_url}/", merchant, self.folder / "merchant.log")

    def add_endpoint(self) -> None:
        """Test & Add the sample merchant's webhook URL, unless it is there already."""
        hooks = f"{self.merchant_url}/webhooks"
        listed = self._api("GET", "/api/v1/webhook-endpoints")
        if any(endpoint["url"] == hooks for endpoint in listed["data"]):
            return
        added = self._api("POST", "/api/v1/webhook-endpoints", {"url": hooks, "description": "Sample merchant"})
        self.remember(webhook_secrets=[*self.known.get("webhook_secrets", []), added["secret"]])
        self._write_secrets()

    def open_link(self) -> str:
        """The demo's KYC Link; a new one when the last is finished or expired."""
        if "verification_id" in self.known:
            with contextlib.suppress(DemoError):
                link = self._api("GET", f"/verification/form?verificationID={self.known['verification_id']}")
                if link["form_status"] == "RECEIVED" and link["form_link"].startswith(self.url):
                    return str(link["form_link"])
        new = {
            "phone": "9999999999",
            "name": "Test",
            "email": "test@example.com",
            "template_name": TEMPLATE,
            "verification_id": f"demo-{secrets.token_hex(4)}",
        }
        made = self._api("POST", "/verification/form", new)
        self.remember(verification_id=made["verification_id"])
        return str(made["form_link"])

    def add_operators(self) -> None:
        """An agent who works at any hour, and an auditor; those who are there already are left alone."""
        there = {one["email"] for one in self._api("GET", "/api/v1/operators")["data"]}
        for role, email in OPERATORS.items():
            if email in there:
                continue
            made = self._api("POST", "/api/v1/operators", {"name": f"Demo {role}", "email": email, "roles": [role]})
            if role == "agent":
                self._api("PUT", f"/api/v1/operators/{made['id']}/availability", {"windows": ALWAYS})

    def open_video_kyc(self) -> str:
        """The demo's Video KYC; a new one when the customer of the last is done."""
        if "video_verification_id" in self.known:
            with contextlib.suppress(DemoError):
                case = self._api("GET", f"/verification/vkyc?verification_id={self.known['video_verification_id']}")
                if case["status"] not in OVER and case["vkyc_link"].startswith(self.url):
                    return str(case["vkyc_link"])
        number = secrets.token_hex(4)
        user = {"user_id": f"demo-user-{number}", "phone": "9999999999", "name": "John Doe"}  # as the sandbox has it
        self._api("POST", "/verification/user", user)
        asked = {"verification_id": f"demo-video-{number}", "user_id": user["user_id"]}
        made = self._api("POST", "/verification/vkyc", asked)
        self.remember(video_verification_id=made["verification_id"])
        return str(made["vkyc_link"])

    def console(self, host: str) -> str:
        """Where operators sign in; a host of its own, so that one browser can be signed in twice."""
        return f"http://{host}:{self._port}/console/sign-in?merchant={self.known['merchant_id']}"

    @property
    def dashboard(self) -> str:
        """Where the owner signs in."""
        return f"{self.url}/dashboard/sign-in?merchant={self.known['merchant_id']}"

    def wait(self) -> None:
        """Until a signal. Raises `DemoError` when one of the two ends by itself."""
        while all(process.poll() is None for process in self.processes):
            time.sleep(0.2)
        ended = next(process for process in self.processes if process.returncode is not None)
        raise DemoError(f"{_command(ended)} ended by itself (code {ended.returncode}). Logs are in {self.folder}")

    def stop(self) -> None:
        """End both, the server first, and wait for them."""
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
        for process in self.processes:
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("DASTAK_")}
        return kept | {
            "DASTAK_DATA_DIR": str(self.folder),
            "DASTAK_PORT": str(self._port),
            "DASTAK_MODE": "sandbox",
        }

    def _write_secrets(self) -> None:
        names = ("client_id", "client_secret")
        values = {name: self.known[name] for name in names} | {"webhook_secrets": self.known.get("webhook_secrets", [])}
        _write_private(self.folder / "merchant-secrets.json", values)

    def _api(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        headers = {"x-client-id": self.known["client_id"], "x-client-secret": self.known["client_secret"]}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        try:
            with _direct.open(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise DemoError(f"{method} {path}: {error.read().decode(errors='replace')}") from None

    def _wait_for(self, url: str, process: subprocess.Popen[bytes], log: Path) -> None:
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and process.poll() is None:
            try:
                with _direct.open(url, timeout=2):
                    return
            except OSError:
                time.sleep(0.05)
        said = log.read_text(errors="replace").strip().splitlines()
        raise DemoError(f"{_command(process)} did not start: {said[-1] if said else 'it said nothing'}\nIts log: {log}")


_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Everything is on this machine: a proxy from the environment is none of our business."""


def _remembered(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        known = json.loads(path.read_text())
    except ValueError:
        known = None
    if not isinstance(known, dict):
        raise DemoError(f"{path} is damaged. Delete the folder {path.parent} to begin anew")
    return known


def _command(process: subprocess.Popen[bytes]) -> str:
    words = process.args if isinstance(process.args, list) else []
    return " ".join(Path(str(word)).name for word in words[:4] if not str(word).startswith("--"))


def _port(text: str) -> int:
    """A port whose neighbour is a port, too."""
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and 0 < int(text) < 65535):  # noqa: PLR2004
        raise argparse.ArgumentTypeError("must be a number from 1 to 65534")
    return int(text)


def _write_private(path: Path, value: Any) -> None:
    beside = path.with_suffix(".new")
    beside.touch(mode=0o600)
    beside.write_text(json.dumps(value, indent=2))
    beside.replace(path)


def _check_ports(*ports: int) -> None:
    for port in ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                raise DemoError(f"Port {port} is in use. Choose others: ./start --port 8900") from None


@contextlib.contextmanager
def _running(demo: Demo) -> Iterator[None]:
    """Start both; whatever happens, end both."""
    try:
        demo.make_merchant()
        demo.make_owner()
        demo.start_server()
        demo.start_merchant()
        yield
    finally:
        demo.stop()


def _say(demo: Demo, link: str, video_link: str) -> None:
    print(
        f"""
  Dastak is running, with a sample merchant beside it.

  1  See webhooks arrive      {demo.merchant_url}/
  2  Be the customer          {link}
     codes are 111000, and each page shows the values that work
  3  Play a Video KYC         in three tabs; allow camera, microphone and location
     not in India? in Chrome's developer tools, Sensors, set the location to Mumbai
     the customer             {video_link}
     {OPERATORS["agent"]:<24} {demo.console("127.0.0.1")}
     {OPERATORS["auditor"]:<24} {demo.console("localhost")}
  4  Look at the dashboard    sign in with the code 111000
     {OWNER:<24} {demo.dashboard}
  5  Call the API             {demo.url}/verification/form
     x-client-id              {demo.known["client_id"]}
     x-client-secret          in {_shown(demo.folder / "demo.json")}

  Ctrl-C ends both. The next ./start goes on where this one stopped.
""",
        flush=True,
    )


def _shown(path: Path) -> str:
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./start", description="Dastak with a sample merchant, on this machine.")
    parser.add_argument(
        "--port", type=_port, default=8800, help="Dastak's port (default 8800); the merchant's is one more"
    )
    parser.add_argument(
        "--data", type=Path, default=ROOT / ".dastak", help="where everything is kept (default .dastak)"
    )
    return parser.parse_args()


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def main() -> int:
    """Run the demo until it is told to stop."""
    arguments = _arguments()
    signal.signal(signal.SIGTERM, _interrupt)
    os.umask(0o077)  # what is kept holds secrets and a test customer's data
    try:
        _check_ports(arguments.port, arguments.port + 1)
        arguments.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        demo = Demo(arguments.data.resolve(), arguments.port, arguments.port + 1)
        with _running(demo):
            demo.add_endpoint()
            demo.add_operators()
            _say(demo, demo.open_link(), demo.open_video_kyc())
            demo.wait()
    except DemoError as error:
        print(f"{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\n  Everything has ended. Nothing was lost.", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
