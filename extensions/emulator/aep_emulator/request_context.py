# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The context of a request: who asks for which sandbox, and which switches apply."""

from __future__ import annotations

import functools
import json
import time
import typing as t
import urllib.parse
import uuid

from fastapi import Request, Response

from aep_emulator.client_state import ClientRegistry
from aep_emulator.responses import ErrorResponse, flow_error, gateway_error, invalid_request, json_response
from aep_emulator.store import Content, Scope, Store
from aep_emulator.switches import Switches


class RequestContext:
    """A request to the service: its client, its sandbox, and the switches that apply to it."""

    def __init__(self, clients: ClientRegistry, store: Store, request: Request, *, is_for_sandbox: bool = True) -> None:
        self.request = request
        self.client_id = request.headers.get("x-api-key", "")
        self.switches: Switches = clients.switches(self.client_id)
        self._check_headers(clients)
        if is_for_sandbox:
            self._check_sandbox()
        self.sandbox = request.headers.get("x-sandbox-name") or "prod"
        self.store = store
        self.scope: Scope = store.scope(request.headers["x-gw-ims-org-id"], self.sandbox)

    def _check_headers(self, clients: ClientRegistry) -> None:
        headers, switches = self.request.headers, self.switches
        if "authorization" not in headers:
            raise gateway_error(403010, "Oauth token is missing")
        if not clients.is_valid_token(headers["authorization"].removeprefix("Bearer ")):
            raise gateway_error(401013, "Oauth token is not valid")
        if not self.client_id:
            raise gateway_error(403000, "Api Key is required")
        if not headers.get("x-gw-ims-org-id"):
            raise gateway_error(400003, "Missing Header: x-gw-ims-org-id")
        if switches.rate_limit and clients.exceeds_rate(self.client_id, switches.rate_limit):
            seconds = switches.rate_limit_retry_after
            raise ErrorResponse(
                429,
                {"error_code": "429050", "message": "Too many requests"},
                {"Retry-After": str(seconds)} if seconds else None,
            )

    def _check_sandbox(self) -> None:
        headers, switches = self.request.headers, self.switches
        if "x-sandbox-name" not in headers and switches.missing_sandbox == "error":
            raise flow_error("2105-400", "Invalid request", "The header 'x-sandbox-name' is missing in the request.")
        sandbox = headers.get("x-sandbox-name", "prod")
        if switches.sandboxes and sandbox not in switches.sandboxes:
            raise flow_error(
                "2101-404", "Sandbox not found", f"No sandbox of this organization has the name '{sandbox}'."
            )

    @functools.cached_property
    def query(self) -> list[tuple[str, str]]:
        """The parameters of the query, in their order."""
        return urllib.parse.parse_qsl(self.request.url.query, keep_blank_values=True)

    @property
    def base_url(self) -> str:
        """The URL of the emulator, as this client uses it."""
        return str(self.request.base_url).rstrip("/")

    async def body(self) -> Content:
        """Return the JSON object of the request body."""
        content = await self.json()
        if not isinstance(content, dict):
            raise invalid_request("1400-400", "The request body must be a JSON object.")
        return content

    async def json(self) -> t.Any:
        """Return the JSON of the request body."""
        if not self.request.headers.get("content-type", "").lower().startswith("application/json"):
            raise ErrorResponse(
                400,
                {
                    "type": "/placeholder/type/uri",
                    "status": 400,
                    "title": "BadRequestError",
                    "detail": "A valid content-type must be specified",
                },
            )
        raw = await self.request.body()
        if not raw.strip():
            raise invalid_request("1405-400", "The request body cannot be null or empty.")
        try:
            content = json.loads(raw, parse_constant=_reject_constant)
        except (ValueError, RecursionError) as error:
            raise invalid_request("1400-400", f"The request body is no JSON: {error}") from None
        if content is None:
            raise invalid_request("1405-400", "The request body cannot be null or empty.")
        return content

    def check_write_permission(self) -> None:
        """Reject a client that has no write permission."""
        if not self.switches.write_permission:
            raise flow_error(
                "2120-403", "Forbidden", "You do not have sufficient permissions to perform the operation."
            )

    def stamps(self, now: int) -> Content:
        """Return the audit fields of a new resource."""
        return {
            "createdAt": now,
            "updatedAt": now,
            "createdBy": self.client_id,
            "updatedBy": self.client_id,
            "createdClient": self.client_id,
            "updatedClient": self.client_id,
            "sandboxId": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self.scope.org}/{self.sandbox}")),
            "sandboxName": self.sandbox,
            "imsOrgId": self.scope.org,
        }

    def not_found(self, path: str, resource_id: str) -> Response:
        """Return the response for an unknown ID."""
        if self.switches.unknown_id == "empty":
            return json_response(200, {"items": []})
        detail = (
            f"The requested {path} resource {resource_id} is not found. Verify the resource ID before trying again."
        )
        code = f"1439-{self.switches.unknown_id}"
        return flow_error(code, "Resource not found", detail, id=resource_id, type=path).response


def milliseconds() -> int:
    """Return the time as the service stores it."""
    return int(time.time() * 1000)


def _reject_constant(name: str) -> t.NoReturn:
    raise ValueError(f"{name} is no JSON")
