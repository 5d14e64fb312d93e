"""`/api/v1/templates`: which checks a KYC Link of that name asks for.

In: requests of a merchant. Out: JSON. Links already made keep the checks that they were made with.
"""

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dastak.accounts.merchant import Merchant
from dastak.accounts.noting import say
from dastak.journeys.kyc_link.issuing import LinkIssuer
from dastak.journeys.kyc_link.template import Template
from dastak.web.api.fields import choices, identifier, json_body
from dastak.web.api.problem import invalid
from dastak_sdk import CheckType

TYPES = tuple(check.value for check in CheckType)


@dataclass(frozen=True, slots=True)
class TemplateApi:
    """Handlers; `routes` mounts them."""

    issuer: LinkIssuer

    async def list(self, _request: Request, merchant: Merchant) -> Response:
        """GET: own and built-in ones, by name."""
        return JSONResponse({"data": [template_json(t) for t in await self.issuer.templates(merchant.id)]})

    async def put(self, request: Request, merchant: Merchant) -> Response:
        """PUT /api/v1/templates/{name} with `checks`, in the order in which customers meet them."""
        name = identifier(request.path_params, "name")
        checks = choices(await json_body(request), "checks", TYPES)
        if not checks:
            raise invalid("checks", f"give one to four of: {', '.join(TYPES)}.")
        say(checks=" ".join(checks))
        template = await self.issuer.put_checks(merchant.id, name, tuple(CheckType(check) for check in checks))
        return JSONResponse(template_json(template))

    async def delete(self, request: Request, merchant: Merchant) -> Response:
        """DELETE /api/v1/templates/{name}: own ones only."""
        await self.issuer.delete_template(merchant.id, identifier(request.path_params, "name"))
        return Response(status_code=204)


def template_json(template: Template) -> dict[str, Any]:
    """A template as the API shows it."""
    return {"name": template.name, "checks": [check.value for check in template.checks]}
