# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Schemas of the Schema Registry, to read. The control API sets them as the kind ``schemas``."""

from __future__ import annotations

import typing as t

from fastapi import APIRouter, Path, Request, Response

from aep_emulator.client_state import ClientRegistry
from aep_emulator.openapi_metadata import route_metadata
from aep_emulator.request_context import RequestContext
from aep_emulator.responses import ErrorResponse, json_response
from aep_emulator.store import Content, Store

PREFIX = "/data/foundation/schemaregistry"
KIND = "schemas"
_SHORT = ("$id", "meta:altId", "version", "title")
_LARGEST_PAGE = 300


def _error(status: int, title: str, detail: str) -> ErrorResponse:
    problem = f"http://ns.adobe.com/aep/errors/XDM-1010-{status}"
    body = {"type": problem, "title": title, "status": status, "report": {"detailed-message": detail}, "detail": detail}
    return ErrorResponse(status, body)


def _find(context: RequestContext, schema_id: str) -> Content | None:
    for stored in context.scope.all(KIND):
        content = stored.content
        if schema_id in (content.get("$id"), content.get("meta:altId"), content["id"]):
            return content
    return None


def canonical_id(context: RequestContext, schema_id: str) -> str:
    """Return the ``$id`` of a schema, or the given ID of an unknown schema."""
    schema = _find(context, schema_id)
    return str(schema.get("$id", schema_id)) if schema else schema_id


def has_path(context: RequestContext, schema_id: str | None, path: str) -> bool:
    """Return whether a schema has a path. A schema without properties has each path."""
    schema = _find(context, schema_id) if schema_id else None
    place: t.Any = schema
    for step in path.split("."):
        properties = place.get("properties") if isinstance(place, dict) else None
        if not isinstance(properties, dict):
            return True
        if step not in properties:
            return False
        place = properties[step]
    return True


def _presented(schema: Content) -> Content:
    return {name: value for name, value in schema.items() if name != "id"}


def _check_accept(context: RequestContext) -> str:
    accept = context.request.headers.get("accept", "*/*")
    if not any(part in accept for part in ("application/vnd.adobe.x", "application/json", "*/*")):
        raise _error(406, "Not Acceptable", f"The header Accept has an unsupported value: {accept}.")
    return accept


def list_all(context: RequestContext) -> Response:
    """Respond to GET of the schemas."""
    accept = _check_accept(context)
    values = dict(context.query)
    found = sorted((stored.content for stored in context.scope.all(KIND)), key=lambda schema: str(schema.get("title")))
    given = values.get("limit", "")
    limit = min(int(given), _LARGEST_PAGE) if given.isdecimal() and int(given) else _LARGEST_PAGE
    if values.get("start"):
        found = [schema for schema in found if str(schema.get("title")) > values["start"]]
    page = found[:limit]
    following = str(page[-1].get("title")) if len(found) > limit else None
    is_short = "xed-full" not in accept and "xed+json" not in accept
    results = [
        {name: schema[name] for name in _SHORT if name in schema} if is_short else _presented(schema) for schema in page
    ]
    link = {"href": f"{PREFIX}/tenant/schemas?start={following}"} if following else None
    paging = {"orderby": "title", "next": following, "count": len(results)}
    return json_response(200, {"results": results, "_page": paging, "_links": {"next": link}})


def get(context: RequestContext, schema_id: str) -> Response:
    """Respond to GET of a schema, by its ``$id`` or by its ``meta:altId``."""
    _check_accept(context)
    schema = _find(context, schema_id)
    if schema is None:
        raise _error(404, "Not Found", f"The schema {schema_id} is not found.")
    return json_response(200, _presented(schema))


def router(clients: ClientRegistry, store: Store) -> APIRouter:
    """Return the routes of schemas."""
    routes = APIRouter(prefix=PREFIX, tags=["Schemas"])
    paging: dict[str, dict[str, t.Any]] = {"limit": {"type": "integer", "minimum": 1}, "start": {"type": "string"}}

    @routes.get("/tenant/schemas", summary="List schemas", **route_metadata(400, 406, query=paging))
    async def list_schemas(request: Request) -> Response:
        return list_all(RequestContext(clients, store, request))

    # An encoded $id has slashes.
    @routes.get("/tenant/schemas/{schema_id:path}", summary="Retrieve a schema", **route_metadata(400, 404, 406))
    async def get_schema(request: Request, schema_id: str = Path(description="The ID of the schema")) -> Response:
        return get(RequestContext(clients, store, request), schema_id)

    return routes
