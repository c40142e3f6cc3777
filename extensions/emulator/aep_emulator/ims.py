# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The token endpoint of Adobe IMS."""

from __future__ import annotations

import typing as t
import urllib.parse

from fastapi import APIRouter, Request, Response

from aep_emulator.client_state import ClientRegistry
from aep_emulator.openapi_metadata import error_responses
from aep_emulator.responses import ErrorResponse, json_response

# Secrets with this prefix are rejected, so that an error response can be tried without a setup.
WRONG_SECRETS = "wrong"


def router(clients: ClientRegistry) -> APIRouter:
    """Return the routes of IMS."""
    routes = APIRouter(tags=["Adobe IMS"])
    fields = ("grant_type", "client_id", "client_secret", "scope")
    schema = {"type": "object", "properties": {name: {"type": "string"} for name in fields}}
    content = {"application/x-www-form-urlencoded": {"schema": schema}}
    metadata: dict[str, t.Any] = {
        "responses": error_responses(400),
        "openapi_extra": {"requestBody": {"required": True, "content": content}},
    }

    @routes.post("/ims/token/v3", summary="Get a token by client credentials", **metadata)
    @routes.post("/ims/token/v2", summary="Get a token by client credentials, the older way", **metadata)
    async def token(request: Request) -> Response:
        form = {**dict(request.query_params), **dict(urllib.parse.parse_qsl((await request.body()).decode()))}
        client_id = form.get("client_id", "")
        switches = clients.switches(client_id)

        def error_response(error: str, description: str) -> ErrorResponse:
            return ErrorResponse(switches.ims_error_status, {"error": error, "error_description": description})

        if form.get("grant_type") != "client_credentials":
            raise error_response("unsupported_grant_type", "the grant_type parameter must be client_credentials")
        if not client_id:
            raise error_response("invalid_client", "invalid client_id parameter")
        if form.get("client_secret", WRONG_SECRETS).startswith(WRONG_SECRETS):
            raise error_response("invalid_client", "invalid client_secret parameter")
        if not form.get("scope"):
            raise error_response("invalid_scope", "the scope parameter is missing")
        lifetime = switches.token_lifetime
        issued = clients.issue_token(client_id, lifetime)
        return json_response(200, {"access_token": issued, "token_type": "bearer", "expires_in": lifetime})

    return routes
