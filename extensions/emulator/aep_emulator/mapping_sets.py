# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mapping sets of Data Prep: the mapping from source fields to the fields of a schema."""

from __future__ import annotations

import typing as t
import uuid

from fastapi import APIRouter, Path, Request, Response

from aep_emulator import schema_registry
from aep_emulator.client_state import ClientRegistry
from aep_emulator.listing import parse_natural
from aep_emulator.openapi_metadata import route_metadata
from aep_emulator.request_context import RequestContext, milliseconds
from aep_emulator.responses import ErrorResponse, json_response
from aep_emulator.store import Content, Store

PREFIX = "/data/foundation/conversion"
KIND = "mappingSets"
_TYPES = {"ATTRIBUTE": "text/x.schema-path", "EXPRESSION": "text/x.aem-transform"}
_BODY: dict[str, t.Any] = {
    "type": "object",
    "properties": {"mappings": {"type": "array", "minItems": 1, "items": {"type": "object"}}},
    "required": ["mappings"],
}


def _error(status: int, detail: str) -> ErrorResponse:
    titles = {400: "Invalid request", 404: "Not found"}
    problem = f"http://ns.adobe.com/aep/errors/MAPPER-{status}"
    return ErrorResponse(status, {"type": problem, "status": status, "title": titles[status], "detail": detail})


def is_same_schema(context: RequestContext, one: str, other: str) -> bool:
    """Return whether two IDs are of one schema, which has two IDs."""
    return schema_registry.canonical_id(context, one) == schema_registry.canonical_id(context, other)


def _schema_of(body: Content) -> tuple[str | None, str | None]:
    """Return the ID and the version of the schema, in the older or in the current form of a body."""
    output = body.get("outputSchema")
    reference = output.get("schemaRef") if isinstance(output, dict) else None
    if isinstance(reference, dict):
        return reference.get("id"), reference.get("contentType")
    return body.get("xdmSchema"), body.get("xdmVersion")


def _mapping(entry: t.Any, index: int) -> Content:
    """Return a mapping with the names of both forms."""
    if not isinstance(entry, dict):
        raise _error(400, f"The mapping {index} is no JSON object.")
    source = entry.get("source", entry.get("sourceAttribute"))
    destination = entry.get("destination", entry.get("destinationXdmPath"))
    kind = entry.get("sourceType", "ATTRIBUTE")
    return {
        **entry,
        "id": uuid.uuid4().hex,
        "version": entry.get("version", 0),
        "sourceType": _TYPES.get(kind, kind),
        "source": source,
        "destination": destination,
        "sourceAttribute": source,
        "destinationXdmPath": destination,
        "identity": entry.get("identity", False),
    }


def _mappings(body: Content) -> list[Content]:
    entries = body.get("mappings")
    if not isinstance(entries, list) or not entries:
        raise _error(400, "The field mappings must be a list with at least one mapping.")
    return [_mapping(entry, index) for index, entry in enumerate(entries)]


def _errors_of(context: RequestContext, body: Content, mapping: Content) -> list[str]:
    """Return what is wrong with a mapping."""
    errors = []
    source, destination = mapping["source"], mapping["destination"]
    if not isinstance(source, str) or not source.strip():
        errors.append("The source is missing.")
    elif mapping["sourceType"] == _TYPES["EXPRESSION"] and source.count("(") != source.count(")"):
        errors.append(f"The expression {source} has unbalanced parentheses.")
    if mapping["sourceType"] not in _TYPES.values():
        errors.append(f"The source type {mapping['sourceType']} is unknown.")
    if not isinstance(destination, str) or not destination.strip():
        errors.append("The destination is missing.")
    elif not schema_registry.has_path(context, _schema_of(body)[0], destination):
        errors.append(f"The destination {destination} is not in the schema.")
    return errors


def _check(context: RequestContext, body: Content) -> list[Content]:
    """Return the mappings of a body that is valid."""
    mappings = _mappings(body)
    schema_id, _version = _schema_of(body)
    if not isinstance(schema_id, str) or not schema_id:
        raise _error(400, "The schema is missing: set outputSchema.schemaRef.id.")
    for index, mapping in enumerate(mappings):
        for error in _errors_of(context, body, mapping):
            raise _error(400, f"The mapping {index} is invalid. {error}")
    return mappings


def _stored_set(context: RequestContext, body: Content, mappings: list[Content]) -> Content:
    schema_id, version = _schema_of(body)
    now = milliseconds()
    content_type = version or "1.0"
    return {
        **body,
        "id": uuid.uuid4().hex,
        "version": 0,
        "createdDate": now,
        "modifiedDate": now,
        "createdBy": context.client_id,
        "modifiedBy": context.client_id,
        "outputSchema": {"schemaRef": {"id": schema_id, "contentType": content_type}},
        "mappings": mappings,
        "status": "PUBLISHED",
        "xdmVersion": content_type,
        "schemaRef": {"id": schema_id, "contentType": content_type},
        "xdmSchema": schema_id,
    }


async def create(context: RequestContext) -> Response:
    """Respond to POST of a mapping set. Unlike other services, Data Prep responds with 200."""
    context.check_write_permission()
    body = await context.body()
    stored = _stored_set(context, body, _check(context, body))
    context.scope.put(KIND, stored)
    shown = ("id", "version", "createdDate", "modifiedDate", "createdBy", "modifiedBy")
    return json_response(200, {name: stored[name] for name in shown})


async def validate(context: RequestContext) -> Response:
    """Respond with the errors of each mapping."""
    body = await context.body()
    found = [_errors_of(context, body, mapping) for mapping in _mappings(body)]
    responses = [{"status": "ERROR" if errors else "SUCCESS", "errors": errors or None} for errors in found]
    return json_response(200, {"validationResponse": responses})


async def preview(context: RequestContext) -> Response:
    """Respond with the data as the attribute mappings map it."""
    body = await context.body()
    mapping_set, data = body.get("mappingSet"), body.get("data")
    mappings = _mappings(mapping_set if isinstance(mapping_set, dict) else body)
    row = data if isinstance(data, dict) else {}
    mapped: Content = {}
    for mapping in mappings:
        value: t.Any = row
        for step in str(mapping["source"]).split("."):
            value = value.get(step) if isinstance(value, dict) else None
        place = mapped
        *parents, last = str(mapping["destination"]).split(".")
        for step in parents:
            inner = place.setdefault(step, {})
            place = inner if isinstance(inner, dict) else {}
        place[last] = value
    return json_response(200, [{"data": mapped, "errors": None}])


def find(context: RequestContext) -> Response:
    """Respond to GET of the collection."""
    values = dict(context.query)
    found = [stored.content for stored in context.scope.all(KIND)]
    if values.get("name"):
        found = [each for each in found if each.get("name") == values["name"]]
    start = parse_natural(values.get("start") or "0", "start")
    limit = parse_natural(values.get("limit") or "10", "limit")
    page = found[start : start + limit]
    return json_response(
        200, {"data": page, "_page": {"count": len(page), "limit": limit, "start": start}, "_links": {}}
    )


def _find_one(context: RequestContext, set_id: str) -> Content:
    stored = context.scope.get(KIND, set_id)
    version = dict(context.query).get("version")
    if stored is None or (version and version != str(stored.content["version"])):
        raise _error(404, f"The mapping set {set_id} is not found.")
    return stored.content


async def replace(context: RequestContext, set_id: str) -> Response:
    """Respond to PUT of a mapping set, which gets the next version."""
    context.check_write_permission()
    body = await context.body()
    old = _find_one(context, set_id)
    new = _stored_set(context, body, _check(context, body))
    kept = {name: old[name] for name in ("id", "createdDate", "createdBy")}
    stored = {**new, **kept, "version": old["version"] + 1}
    context.scope.put(KIND, stored)
    return json_response(200, stored)


def router(clients: ClientRegistry, store: Store) -> APIRouter:
    """Return the routes of mapping sets."""
    routes = APIRouter(prefix=PREFIX, tags=["Mapping sets"])
    id_in_path = Path(description="The ID of the mapping set")
    paging: dict[str, dict[str, t.Any]] = {
        "limit": {"type": "integer", "minimum": 1},
        "start": {"type": "integer", "minimum": 0},
        "name": {"type": "string"},
        "orderBy": {"type": "string"},
    }

    @routes.get("/mappingSets", summary="List mapping sets", **route_metadata(400, query=paging))
    async def list_sets(request: Request) -> Response:
        return find(RequestContext(clients, store, request))

    @routes.post("/mappingSets", summary="Create a mapping set", **route_metadata(400, body=_BODY))
    async def create_set(request: Request) -> Response:
        return await create(RequestContext(clients, store, request))

    @routes.post("/mappingSets/validate", summary="Validate a mapping set", **route_metadata(400, body=_BODY))
    async def validate_set(request: Request) -> Response:
        return await validate(RequestContext(clients, store, request))

    @routes.post("/mappingSets/preview", summary="Preview mapped data", **route_metadata(400, body=_BODY))
    async def preview_set(request: Request) -> Response:
        return await preview(RequestContext(clients, store, request))

    @routes.get("/mappingSets/{set_id}", summary="Retrieve a mapping set", **route_metadata(400, 404))
    async def get_set(request: Request, set_id: str = id_in_path) -> Response:
        return json_response(200, _find_one(RequestContext(clients, store, request), set_id))

    @routes.get("/mappingSets/{set_id}/mappings", summary="List mappings", **route_metadata(400, 404))
    async def get_mappings(request: Request, set_id: str = id_in_path) -> Response:
        return json_response(200, _find_one(RequestContext(clients, store, request), set_id)["mappings"])

    @routes.put("/mappingSets/{set_id}", summary="Replace a mapping set", **route_metadata(400, 404, body=_BODY))
    async def replace_set(request: Request, set_id: str = id_in_path) -> Response:
        return await replace(RequestContext(clients, store, request), set_id)

    return routes
