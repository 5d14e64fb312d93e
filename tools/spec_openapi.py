"""The OpenAPI 3.1 document, put together.

In: paths and webhooks from the modules beside this one. Out: the document, for `make_spec`.

To add an API: write its paths as data in a module of its own (as `spec_forms.py`) and name them in `PATHS` below; its
shared schemas go into `SCHEMAS`.
"""

from typing import Any

from tools import (
    spec_forms,
    spec_idempotency,
    spec_management,
    spec_operators,
    spec_rehearsal,
    spec_replays,
    spec_video_kyc,
    spec_video_kycs,
)
from tools.spec_errors import ERROR_SCHEMA
from tools.spec_webhooks import event_components, header_components, webhooks

PATHS: dict[str, Any] = spec_idempotency.with_keys(
    {
        **spec_forms.PATHS,
        **spec_video_kyc.PATHS,
        **spec_management.PATHS,
        **spec_replays.PATHS,
        **spec_operators.PATHS,
        **spec_rehearsal.PATHS,
        **spec_video_kycs.PATHS,
    }
)
SCHEMAS: dict[str, Any] = {
    "Error": ERROR_SCHEMA,
    **spec_management.SCHEMAS,
    **spec_replays.SCHEMAS,
    **spec_operators.SCHEMAS,
    **spec_rehearsal.SCHEMAS,
    **spec_video_kycs.SCHEMAS,
}
SECURITY_SCHEMES: dict[str, Any] = {
    "clientId": {"type": "apiKey", "in": "header", "name": "x-client-id"},
    "clientSecret": {"type": "apiKey", "in": "header", "name": "x-client-secret"},
}


def openapi() -> dict[str, Any]:
    """The whole document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Dastak",
            "version": "v1",
            "summary": "KYC Links, Video KYCs, their webhooks, and what was delivered.",
            "description": "The wire contract of Dastak, the same as the hosted provider's, and the management API "
            "below /api/v1, which is Dastak's own. Webhooks are signed; verify before you read. dastak-sdk does both.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "The deployment that serves this document."}],
        "security": [{"clientId": [], "clientSecret": []}],
        "paths": PATHS,
        "webhooks": webhooks(),
        "components": {
            "schemas": {**SCHEMAS, **event_components()},
            "parameters": {**header_components(), **spec_idempotency.PARAMETERS},
            "securitySchemes": SECURITY_SCHEMES,
        },
    }
