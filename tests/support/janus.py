"""A Janus of our own: on loopback for us, and on this machine's own address for media, since it takes none on loopback.

In: nothing. Out: the URL of its WebSocket API. Called by tests and by `bench/call.py`.
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
PLUGIN, TRANSPORT = "libjanus_nosip.so", "libjanus_websockets.so"


def media_address() -> str:
    """Where browsers and gateway meet: packets to it stay on the machine, too."""
    address = own_addresses()[0]
    assert address != LOOPBACK, "Janus takes no media on loopback, and this machine has no other address"
    return address


class PrivateJanus:
    """One gateway. As a context manager it starts, and is gone at the end."""

    def __init__(self) -> None:
        program, self._libraries = programs.janus(), programs.janus_folder()
        self.port = free_port()
        self._folder = make_folder(Path(tempfile.mkdtemp(prefix="dastak-janus-")))
        command = (program, "-F", self._folder, "-C", self._folder / "janus.jcfg")
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
    def pid(self) -> int:
        return self._daemon.pid

    def start(self) -> Self:
        """Return once it listens."""
        settings = {
            "janus": f"""
                general: {{
                  configs_folder = "{self._folder}"
                  plugins_folder = "{self._libraries / "plugins"}"
                  transports_folder = "{self._libraries / "transports"}"
                  events_folder = "{self._folder / "none"}"
                  loggers_folder = "{self._folder / "none"}"
                  api_secret = "{SECRET}"
                }}
                nat: {{ ice_lite = true
                       ice_enforce_list = "{media_address()}" }}
                plugins: {{ disable = "{self._others("plugins", PLUGIN)}" }}
                transports: {{ disable = "{self._others("transports", TRANSPORT)}" }}
            """,
            "janus.plugin.nosip": f'general: {{ local_ip = "{LOOPBACK}" }}',
            "janus.transport.websockets": f"""
                general: {{
                  ws = true
                  ws_port = {self.port}
                  ws_ip = "{LOOPBACK}"
                  json = "compact"
                }}
            """,
        }
        for name, text in settings.items():
            write_file(self._folder / f"{name}.jcfg", text)
        self._daemon.start(START_SECONDS)
        return self

    def kill(self) -> None:
        """SIGKILL; it can be started again."""
        self._daemon.kill()

    def close(self) -> None:
        """End it, and remove what it kept."""
        self._daemon.kill()
        rmtree(self._folder, ignore_errors=True)

    def _others(self, kind: str, used: str) -> str:
        """What is installed and not wanted."""
        return ",".join(sorted(path.name for path in (self._libraries / kind).glob("*.so") if path.name != used))
