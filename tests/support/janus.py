"""A Janus of our own: on loopback for us, and on this machine's own address for media, since it takes none on loopback.

In: the files in `ops/janus`, as operators get them. Out: the URL of its WebSocket API. Called by tests and by `bench/call.py`.
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
        command = (programs.janus(), "-F", self._folder, "-C", self._folder / "janus.jcfg")
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
        for name, changes in self._changes().items():
            text = (OPS / name).read_text()
            for old, new in changes.items():
                assert text.count(old) == 1, f"{old!r} is not in {name}"
                text = text.replace(old, new)
            write_file(self._folder / name, text)
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

    def _changes(self) -> dict[str, dict[str, str]]:
        """What is ours in the files that operators get: port, interface, secret."""
        return {
            "janus.jcfg": {"CHANGE ME": SECRET, "eth0": media_address()},
            "janus.plugin.nosip.jcfg": {},
            "janus.transport.websockets.jcfg": {"8188": str(self.port)},
        }
