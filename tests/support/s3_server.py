"""A server that speaks S3 (moto's), as a program of its own, with one bucket.

In: nothing. Out: its address on standard output; it ends when standard input does.
"""

import logging
import sys
import urllib.request

from moto.server import ThreadedMotoServer

BUCKET = "evidence"


def main() -> None:
    logging.getLogger("werkzeug").disabled = True
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    address = f"http://127.0.0.1:{port}"
    with urllib.request.urlopen(urllib.request.Request(f"{address}/{BUCKET}", method="PUT")):
        pass
    sys.stdout.write(address + "\n")
    sys.stdout.flush()
    sys.stdin.read()
    server.stop()


if __name__ == "__main__":
    main()
