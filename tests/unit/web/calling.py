"""The API of Video KYC over the house in memory: one merchant's calls by ASGI, without a socket."""

import json
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.types import Message

from conformance.values import a_merchant
from dastak.accounts.merchant import Merchant
from dastak.web.api.caller import Gate
from dastak.web.api.video_kyc_routes import video_kyc_routes
from dastak.web.api.video_kycs import CaseApi
from dastak.web.api.vkyc import VideoKycApi
from dastak.web.api.vkyc_user import UserApi
from dastak.web.limiter import Rate, WindowLimiter
from unit.journeys.video_kyc.house import House

USER, VKYC, TOKEN, CASES = "/verification/user", "/verification/vkyc", "/verification/oauth/token", "/api/v1/video-kycs"


class Accounts:
    """Knows every merchant whose secret is `secret`."""

    async def authenticate(self, client_id: str, client_secret: str) -> Merchant | None:
        return a_merchant(client_id) if client_secret == "secret" else None


class Answer(NamedTuple):
    status: int
    json: Any

    @property
    def code(self) -> str | None:
        found: str | None = self.json.get("code")
        return found


@dataclass
class Calls:
    """What one merchant asks, and the house that answers."""

    house: House = field(default_factory=House)
    merchant_id: str = "mer_1"

    def __post_init__(self) -> None:
        limiter = WindowLimiter({"api_operation": Rate(0), "api_address": Rate(0)}, lambda: 0.0)
        issuer = self.house.issuer
        handlers = (UserApi(issuer), VideoKycApi(issuer), CaseApi(self.house.merchant))
        self._app = Starlette(routes=video_kyc_routes(Gate(Accounts(), limiter), *handlers))

    async def get(self, path: str, **query: object) -> Answer:
        return await self.call("GET", path, query=query)

    async def post(self, path: str, body: object = None) -> Answer:
        return await self.call("POST", path, body)

    async def call(self, method: str, path: str, body: object = None, query: dict[str, object] | None = None) -> Answer:
        """`body`: a JSON value, or None for no body at all."""
        raw = b"" if body is None else json.dumps(body).encode()
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": urlencode(query or {}, doseq=True).encode(),
            "headers": [(b"x-client-id", self.merchant_id.encode()), (b"x-client-secret", b"secret")],
            "client": ("203.0.113.5", 1),
        }
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": raw, "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        await self._app(scope, receive, send)
        text = b"".join(message.get("body", b"") for message in sent)
        return Answer(sent[0]["status"], json.loads(text))

    async def user(self, **fields: object) -> dict[str, Any]:
        """A user who was made with these fields; the answer's JSON."""
        answer = await self.post(USER, {"phone": "9876543210", **fields})
        assert answer.status == 200, answer
        found: dict[str, Any] = answer.json
        return found

    async def case(self, verification_id: str = "test333", **fields: object) -> dict[str, Any]:
        """A case of the user `test11`, who is made if need be; the answer's JSON."""
        await self.post(USER, {"phone": "9876543210", "user_id": "test11", "name": "Asha Gupta"})
        answer = await self.post(VKYC, {"verification_id": verification_id, "user_id": "test11", **fields})
        assert answer.status == 200, answer
        found: dict[str, Any] = answer.json
        return found
