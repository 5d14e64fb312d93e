import base64
import hashlib
import hmac
import json
import os
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET = os.environ["CLIENT_SECRET"]
handled = set()  # yours is a table with a unique constraint


def verify(headers, body, secret, now=None):
    timestamp = headers.get("x-webhook-timestamp", "")
    signed = timestamp.encode() + body
    expected = base64.b64encode(hmac.digest(secret.encode(), signed, hashlib.sha256)).decode()
    if not hmac.compare_digest(expected.encode(), headers.get("x-webhook-signature", "").encode()):
        raise ValueError("signature_mismatch")
    if not timestamp.isdigit() or abs((now or time.time()) - int(timestamp) / 1000) > 300:
        raise ValueError("stale_timestamp")
    return json.loads(body)


def dedupe_key(body):
    return hashlib.sha256(body).hexdigest()


class Webhooks(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        try:
            event = verify(self.headers, body, SECRET)
        except ValueError as problem:
            self.send_error(401, str(problem))
            return
        key = dedupe_key(body)
        if key not in handled:
            handled.add(key)
            print(event["event_type"], event["data"].get("verification_id", ""), flush=True)
        self.send_response(200)
        self.end_headers()


ThreadingHTTPServer(("", int(os.environ.get("PORT", "3000"))), Webhooks).serve_forever()
