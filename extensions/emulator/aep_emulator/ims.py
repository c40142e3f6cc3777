# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The token endpoint of Adobe IMS."""

from __future__ import annotations

import typing as t
import urllib.parse

from fastapi import APIRouter, Request, Response

from aep_emulator.answers import Refusal, answer
from aep_emulator.described import refusals
from aep_emulator.labs import Labs

# So that a refusal can be tried without any set-up.
WRONG_SECRETS = "wrong"


def router(labs: Labs) -> APIRouter:
    """The routes of IMS."""
    routes = APIRouter(tags=["Adobe IMS"])
    fields = ("grant_type", "client_id", "client_secret", "scope")
    schema = {"type": "object", "properties": {name: {"type": "string"} for name in fields}}
    content = {"application/x-www-form-urlencoded": {"schema": schema}}
    described: dict[str, t.Any] = {
        "responses": refusals(400),
        "openapi_extra": {"requestBody": {"required": True, "content": content}},
    }

    @routes.post("/ims/token/v3", summary="Get a token by client credentials", **described)
    @routes.post("/ims/token/v2", summary="Get a token by client credentials, the older way", **described)
    async def token(request: Request) -> Response:
        form = {**dict(request.query_params), **dict(urllib.parse.parse_qsl((await request.body()).decode()))}
        client_id = form.get("client_id", "")
        switches = labs.switches(client_id)

        def refusal(error: str, description: str) -> Refusal:
            return Refusal(switches.ims_error_status, {"error": error, "error_description": description})

        if form.get("grant_type") != "client_credentials":
            raise refusal("unsupported_grant_type", "the grant_type parameter must be client_credentials")
        if not client_id:
            raise refusal("invalid_client", "invalid client_id parameter")
        if form.get("client_secret", WRONG_SECRETS).startswith(WRONG_SECRETS):
            raise refusal("invalid_client", "invalid client_secret parameter")
        if not form.get("scope"):
            raise refusal("invalid_scope", "the scope parameter is missing")
        lifetime = switches.token_lifetime
        issued = labs.issue_token(client_id, lifetime)
        return answer(200, {"access_token": issued, "token_type": "bearer", "expires_in": lifetime})

    return routes
