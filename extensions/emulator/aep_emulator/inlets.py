# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The endpoints that receive records for streaming flows. The inlet of an account serves all flows of the account."""

from __future__ import annotations

import json
import secrets
import time
import typing as t

from fastapi import APIRouter, Path, Request, Response

from aep_emulator import rows
from aep_emulator.client_state import ClientRegistry
from aep_emulator.openapi_metadata import error_responses
from aep_emulator.request_context import RequestContext, milliseconds
from aep_emulator.responses import ErrorResponse, json_response
from aep_emulator.store import Content, Job, Scope, Store

START_RUN = "start_run"
_KIND = "inlets"


def open_inlet(context: RequestContext, inlet_id: str, **owner: str) -> str:
    """Store an inlet of a flow or of an account, and return its URL."""
    place = {"id": inlet_id, "org": context.scope.org, "sandbox": context.sandbox}
    context.store.shared().put(_KIND, {**place, **owner})
    return f"{context.base_url}/collection/{inlet_id}"


def _flows(scope: Scope, inlet: Content, flow_id: str | None) -> list[Content]:
    """Return the flows of an inlet, or the one of them that a record names."""
    if "flow" in inlet:
        stored = scope.get("flows", inlet["flow"])
        return [stored.content] if stored else []
    sources = {
        source.content["id"]
        for source in scope.all("sourceConnections")
        if source.content.get("baseConnectionId") == inlet["account"]
    }
    found = [flow.content for flow in scope.all("flows")]
    return [
        flow
        for flow in found
        if sources.intersection(flow.get("sourceConnectionIds") or ()) and flow_id in (None, flow["id"])
    ]


def _entity(record: Content) -> t.Any:
    """Return the XDM entity of a record, or the record itself."""
    body = record.get("body")
    return body.get("xdmEntity", record) if isinstance(body, dict) else record


def _receive(scope: Scope, flow: Content, record: Content, due: float) -> None:
    """Add a record to the rows of a flow, and schedule its run."""
    source_id = flow["sourceConnectionIds"][0]
    received = scope.get(rows.KIND, source_id)
    earlier: list[t.Any] = received.content.get("rows", []) if received else []
    scope.put(rows.KIND, {"id": source_id, "rows": [*earlier, _entity(record)]})
    scope.cancel(flow["id"], START_RUN)
    scope.schedule(Job(due, START_RUN, flow["id"], {}))


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
        inlet = store.shared().get(_KIND, inlet_id)
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
        due = time.time() + clients.switches(request.headers.get("x-api-key", "")).run_delay
        for flow in _flows(scope, place, request.headers.get("x-adobe-flow-id")):
            _receive(scope, flow, record, due)
        answer = {"inletId": inlet_id, "xactionId": secrets.token_hex(16), "receivedTimeMs": milliseconds()}
        return json_response(200, answer)

    return routes
