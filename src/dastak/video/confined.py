"""What a process may that parses or decodes what strangers sent: little.

In: whoever starts such a process gives it this environment; it confines itself with this function, first of all. Out:
no keys of the deployment, a limit of memory and time, no dump of memory when it crashes.
"""

import os
import resource
from collections.abc import Mapping

_PASSED_ON = ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH")


def environment() -> Mapping[str, str]:
    """Of ours, what a Python needs to start; settings and their secrets are not among it."""
    return {name: os.environ[name] for name in _PASSED_ON if name in os.environ}


def confine(*, most_memory: int, nice: int = 0, most_cpu_seconds: int | None = None) -> None:
    """Limit this process; memory in bytes of address space."""
    os.nice(nice)
    resource.setrlimit(resource.RLIMIT_AS, (most_memory, most_memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if most_cpu_seconds is not None:
        resource.setrlimit(resource.RLIMIT_CPU, (most_cpu_seconds, most_cpu_seconds))
