"""A Janus of our own: on loopback for us, and on this machine's own address for media, since it takes none on loopback.

In: `ops/janus/start` and the files beside it, as operators get them. Out: the URL of its WebSocket API. Called by tests and by `bench/call.py`.
"""

import tempfile
from pathlib import Path
from shutil import rmtree
from types import TracebackType
from typing import Self

from dastak.video.addresses import LOOPBACK, own_addresses
from support import programs
from support.daemon import Daemon, make_folder, write_file
from support.server import free_port

START_SECONDS = 30
SECRET = "a secret of the tests"
OPS = Path(__file__).parents[2] / "ops" / "janus"


def media_address() -> str:
    """Where browsers and gateway meet: packets to it stay on the machine, too."""
    address = own_addresses()[0]
    assert address != LOOPBACK, "Janus takes no media on loopback, and this machine has no other address"
    return address


class PrivateJanus:
    """One gateway. As a context manager it starts, and is gone at the end."""

    def __init__(self) -> None:
        self.port = free_port()
        self._folder = make_folder(Path(tempfile.mkdtemp(prefix="dastak-janus-")))
        self._ops = make_folder(self._folder / "ops")
        given = {
            "DASTAK_VIDEO_GATEWAY_SECRET": SECRET,
            "JANUS_INTERFACE": media_address(),
            "JANUS_API_PORT": str(self.port),
            "JANUS": str(programs.janus()),
        }
        settings = [f"{name}={value}" for name, value in given.items()]
        command: tuple[str | Path, ...] = ("env", *settings, "sh", self._ops / "start", self._folder)
        self._daemon = Daemon(command, self._folder, ready="WebSockets thread started")

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def url(self) -> str:
        return f"ws://{LOOPBACK}:{self.port}"

    @property
    def settings(self) -> dict[str, str]:
        """What a server is told, to have its calls there."""
        return {"video_gateways": self.url, "video_gateway_secret": SECRET}

    @property
    def pid(self) -> int:
        return self._daemon.pid

    def start(self) -> Self:
        """Return once it listens."""
        for file in OPS.iterdir():  # whom it runs as may not read our own folder
            write_file(self._ops / file.name, file.read_text())
        self._daemon.start(START_SECONDS)
        return self

    def kill(self) -> None:
        """SIGKILL; it can be started again."""
        self._daemon.kill()

    def pause(self) -> None:
        """SIGSTOP: it keeps its connections and says nothing."""
        self._daemon.pause()

    def resume(self) -> None:
        """SIGCONT, after `pause`."""
        self._daemon.resume()

    def close(self) -> None:
        """End it, and remove what it kept."""
        self._daemon.kill()
        rmtree(self._folder, ignore_errors=True)
