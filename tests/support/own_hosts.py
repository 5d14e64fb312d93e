"""Names of a process's own: its hosts file is the test's, and nothing else is asked. Others keep theirs.

In: a folder. Out: the words through which a server is started (in a mount namespace of its own, for which nobody needs
to be root), and the hand that gives a name or takes it away.
"""

from pathlib import Path

MOUNTED = 'mount --bind "$1" /etc/hosts && mount --bind "$2" /etc/nsswitch.conf && shift 2 && exec "$@"'


class OwnHosts:
    """At first it knows no name but localhost."""

    def __init__(self, folder: Path) -> None:
        self._hosts, self._switch = folder / "hosts", folder / "nsswitch.conf"
        self._switch.write_text("hosts: files\n")
        self.forget()

    @property
    def through(self) -> tuple[str, ...]:
        """For `RunningServer`."""
        return (
            *("unshare", "--map-root-user", "--mount", "sh", "-c", MOUNTED, "sh"),
            *(str(self._hosts), str(self._switch)),
        )

    def forget(self) -> None:
        """No name resolves from now on."""
        self._hosts.write_text("127.0.0.1 localhost\n")

    def give(self, name: str) -> None:
        """That name is this machine from now on."""
        self._hosts.write_text(f"127.0.0.1 localhost {name}\n")
