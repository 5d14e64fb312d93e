"""The bound: how many POSTs of the same size the fastest plain HTTP client at hand sends to the same sink.

In: the sink's URL and a body. Out: (client's name, requests per second, CPU microseconds per request). `wrk` if it is
installed, else a bare libcurl loop without signatures, store or log.
"""

import json
import re
import resource
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import pycurl

SECONDS = 4
CONNECTIONS = 64


def measure(url: str, body: bytes) -> tuple[str, float, float]:
    """The best plain client's figures."""
    return _wrk(url, body) if shutil.which("wrk") else _libcurl(url, body)


def _wrk(url: str, body: bytes) -> tuple[str, float, float]:
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "post.lua"
        script.write_text(
            f'wrk.method = "POST"\nwrk.body = {json.dumps(body.decode())}\n'
            'wrk.headers["Content-Type"] = "application/json"\n'
        )
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "-s", str(script), url]
        out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    found = re.search(r"(\d+) requests in", out)
    requests = int(found.group(1)) if found else 0
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return "wrk", requests / SECONDS, cpu / max(1, requests) * 1e6


def _handle(url: str, body: bytes) -> pycurl.Curl:
    handle = pycurl.Curl()
    handle.setopt(pycurl.URL, url)
    handle.setopt(pycurl.POSTFIELDS, body)
    handle.setopt(pycurl.HTTPHEADER, ["content-type: application/json", "expect:"])
    handle.setopt(pycurl.WRITEFUNCTION, lambda _data: None)
    return handle


def _libcurl(url: str, body: bytes) -> tuple[str, float, float]:
    multi = pycurl.CurlMulti()
    for _ in range(CONNECTIONS):
        multi.add_handle(_handle(url, body))
    done, began = 0, time.monotonic()
    cpu = time.process_time()
    while time.monotonic() - began < SECONDS:
        multi.perform()
        _, finished, failed = multi.info_read()
        for handle in [*finished, *(item[0] for item in failed)]:
            multi.remove_handle(handle)
            multi.add_handle(handle)
            done += 1
        multi.select(0.05)
    return "libcurl", done / (time.monotonic() - began), (time.process_time() - cpu) / max(1, done) * 1e6
