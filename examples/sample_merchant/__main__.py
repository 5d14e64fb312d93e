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


def main() -> int:
    """Run the merchant until it is told to stop."""
    options = _options()
    merchant = Merchant(
        ledger=Ledger(options.database),
        keyring=Keyring(options.secrets),
        bell=Bell(),
        api=options.api.rstrip("/"),
        port=options.port,
    )
    server = Server(merchant)

    def stop(_signal: int, _frame: FrameType | None) -> None:
        merchant.bell.close()
        threading.Thread(target=server.shutdown).start()  # shutdown waits for the loop, so not on the loop's own thread

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    print(f"Sample merchant: open {merchant.origin}/ and send webhooks to {merchant.origin}/webhooks", flush=True)
    server.serve_forever(poll_interval=0.1)
    server.server_close()
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
