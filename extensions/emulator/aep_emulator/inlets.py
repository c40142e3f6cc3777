# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The endpoints that receive the records of streaming flows."""

from __future__ import annotations

import json
import secrets
import time
import typing as t

from fastapi import APIRouter, Path, Request, Response

from aep_emulator import flows, rows
from aep_emulator.client_state import ClientRegistry
from aep_emulator.openapi_metadata import error_responses
from aep_emulator.request_context import milliseconds
from aep_emulator.responses import ErrorResponse, json_response
from aep_emulator.store import Job, Store


def router(clients: ClientRegistry, store: Store) -> APIRouter:
    """Return the routes of inlets."""
    routes = APIRouter(tags=["Inlets"])
    body = {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}

    @routes.post(
        "/collection/{inlet_id}",
        summary="Send a record to a streaming flow",
        responses=error_responses(400, 404),
        openapi_extra={"requestBody": body},
    )
    async def receive(request: Request, inlet_id: str = Path(description="The last part of an inlet URL")) -> Response:
        inlet = store.shared().get("inlets", inlet_id)
        if inlet is None:
            raise ErrorResponse(404, {"title": "Not Found", "status": 404, "detail": f"There is no inlet {inlet_id}."})
        try:
            record = json.loads(await request.body())
        except (ValueError, RecursionError):
            record = None
        if not isinstance(record, dict):
            raise ErrorResponse(400, {"title": "Bad Request", "status": 400, "detail": "The body is no JSON object."})
        place = inlet.content
        scope = store.scope(place["org"], place["sandbox"])
        received = scope.get(rows.KIND, place["source"])
        earlier: list[t.Any] = received.content.get("rows", []) if received else []
        scope.put(rows.KIND, {"id": place["source"], "rows": [*earlier, _entity(record)]})
        switches = clients.switches(request.headers.get("x-api-key", ""))
        scope.cancel(place["flow"], flows.START_RUN)
        scope.schedule(Job(time.time() + switches.run_delay, flows.START_RUN, place["flow"], {}))
        answer = {"inletId": inlet_id, "xactionId": secrets.token_hex(16), "receivedTimeMs": milliseconds()}
        return json_response(200, answer)

    return routes


def _entity(record: dict[str, t.Any]) -> t.Any:
    """Return the XDM entity of a record, or the record itself."""
    body = record.get("body")
    return body.get("xdmEntity", record) if isinstance(body, dict) else record
