# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sandboxes, to read. The control API sets them as the kind ``sandboxes``, for a whole organization."""

from __future__ import annotations

import typing as t

from fastapi import APIRouter, Path, Request, Response

from aep_emulator.client_state import ClientRegistry
from aep_emulator.openapi_metadata import route_metadata
from aep_emulator.request_context import RequestContext
from aep_emulator.responses import ErrorResponse, json_response
from aep_emulator.store import Content, Store

PREFIX = "/data/foundation/sandbox-management"
KIND = "sandboxes"
_DEFAULT_PAGE = 50


def _error(status: int, code: str, title: str) -> ErrorResponse:
    problem = f"http://ns.adobe.com/aep/errors/SMS-{code}-{status}"
    return ErrorResponse(status, {"status": status, "title": title, "type": problem})


def _sandbox(name: str, number: int) -> Content:
    is_production = name == "prod"
    return {
        "id": name,
        "name": name,
        "title": "Production" if is_production else name.capitalize(),
        "state": "active",
        "type": "production" if is_production else "development",
        "region": "VA7",
        "isDefault": is_production,
        "eTag": number,
        "createdDate": "2024-01-01 00:00:00",
        "lastModifiedDate": "2024-01-01 00:00:00",
        "createdBy": "system",
        "modifiedBy": "system",
    }


def _sandboxes(context: RequestContext) -> list[Content]:
    stored = [each.content for each in context.store.organization(context.scope.org).all(KIND)]
    names = context.switches.sandboxes or ["prod", "dev"]
    return stored or [_sandbox(name, number) for number, name in enumerate(names, 1)]


def _presented(sandbox: Content) -> Content:
    return {name: value for name, value in sandbox.items() if name != "id"}


def list_all(context: RequestContext, sandboxes: list[Content]) -> Response:
    """Respond with a page of sandboxes."""
    values = dict(context.query)
    if ("limit" in values) != ("offset" in values):
        raise _error(400, "2000", "The parameters limit and offset must be given together")
    limit, offset = values.get("limit", str(_DEFAULT_PAGE)), values.get("offset", "0")
    if not limit.isdecimal() or not offset.isdecimal():
        raise _error(400, "2001", "The parameters limit and offset must be numbers")
    size, start = int(limit), int(offset)
    page = sandboxes[start : start + size]
    links: Content = {
        "page": {"href": f"{context.base_url}{PREFIX}/?limit={{limit}}&offset={{offset}}", "templated": True}
    }
    if start + size < len(sandboxes):
        links["next"] = {"href": f"{context.base_url}{PREFIX}/?limit={size}&offset={start + size}"}
    body = {"sandboxes": [_presented(each) for each in page], "_page": {"limit": size, "count": len(page)}}
    return json_response(200, {**body, "_links": links})


def get(context: RequestContext, name: str) -> Response:
    """Respond to GET of a sandbox."""
    for sandbox in _sandboxes(context):
        if sandbox["name"] == name:
            return json_response(200, _presented(sandbox))
    raise _error(404, "1001", f"The sandbox {name} is not found")


def router(clients: ClientRegistry, store: Store) -> APIRouter:
    """Return the routes of sandboxes."""
    routes = APIRouter(prefix=PREFIX, tags=["Sandboxes"])
    paging: dict[str, dict[str, t.Any]] = {
        "limit": {"type": "integer", "minimum": 1},
        "offset": {"type": "integer", "minimum": 0},
    }

    @routes.get("", summary="List the sandboxes that the client can use", **route_metadata(400, query=paging))
    async def list_available(request: Request) -> Response:
        context = RequestContext(clients, store, request, is_for_sandbox=False)
        return list_all(context, [each for each in _sandboxes(context) if each.get("state") == "active"])

    @routes.get("/sandboxes", summary="List all sandboxes", **route_metadata(400, query=paging))
    async def list_sandboxes(request: Request) -> Response:
        context = RequestContext(clients, store, request)
        return list_all(context, _sandboxes(context))

    @routes.get("/sandboxes/{name}", summary="Retrieve a sandbox", **route_metadata(400, 404))
    async def get_sandbox(request: Request, name: str = Path(description="The name of the sandbox")) -> Response:
        return get(RequestContext(clients, store, request), name)

    return routes
