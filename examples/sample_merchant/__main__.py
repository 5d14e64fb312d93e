"""The command line: options in, a running server out, until SIGINT or SIGTERM."""

import argparse
import signal
import sys
import threading
from pathlib import Path
from types import FrameType

from .keyring import Keyring
from .ledger import Ledger
from .live import Bell
from .server import Merchant, Server
from .webhook import open_inbox, open_reception, work


def main() -> int:
    """Run the merchant until it is told to stop."""
    options = _options()
    ledger, keyring, bell = Ledger(options.database), Keyring(options.secrets), Bell()
    inbox = open_inbox(options.database)
    api = options.api.rstrip("/")
    merchant = Merchant(ledger, keyring, open_reception(inbox, keyring), bell, api, options.port)
    server = Server(merchant)
    stopping = threading.Event()
    worker = threading.Thread(target=work, args=(inbox, keyring, api, bell, stopping))
    worker.start()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopping.set()
        merchant.bell.close()
        threading.Thread(target=server.shutdown).start()  # shutdown waits for the loop, so not on the loop's own thread

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    print(f"Sample merchant: open {merchant.origin}/ and send webhooks to {merchant.origin}/webhooks", flush=True)
    server.serve_forever(poll_interval=0.1)
    server.server_close()
    worker.join()
    merchant.ledger.close()
    print("Stopped.", flush=True)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="sample_merchant", description="A merchant that receives KYC webhooks.")
    parser.add_argument("--port", type=int, default=8801, help="where to listen on 127.0.0.1 (default: %(default)s)")
    parser.add_argument("--api", default="http://127.0.0.1:8800", help="where Dastak is (default: %(default)s)")
    parser.add_argument("--database", type=Path, default=Path("merchant.db"), help="SQLite file (default: %(default)s)")
    parser.add_argument("--secrets", type=Path, help="JSON file with client_id, client_secret and webhook_secrets")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
