# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The spec endpoints of the Flow Service. Switches decide the behavior that Adobe does not document."""

from __future__ import annotations

import json
import typing as t
import uuid
from collections.abc import Mapping, Sequence

from fastapi import APIRouter, Path, Request, Response

from aep_emulator import filters, json_paths, listing
from aep_emulator.builtin import KINDS
from aep_emulator.client_state import ClientRegistry
from aep_emulator.listing import PREFIX, Listing
from aep_emulator.openapi_metadata import route_metadata
from aep_emulator.request_context import RequestContext, milliseconds
from aep_emulator.responses import flow_error, invalid_request, json_response
from aep_emulator.store import Content, Store, Stored
from aep_emulator.switches import SPELLINGS

OWNED = frozenset(
    (
        *("id", "createdAt", "updatedAt", "createdBy", "updatedBy", "createdClient", "updatedClient"),
        *("sandboxId", "sandboxName", "imsOrgId", "etag"),
    )
)

# Request schemas for the OpenAPI document only. Validation is in code because it depends on the switches.
_SPEC: dict[str, t.Any] = {
    "type": "object",
    "properties": {name: {"type": "string", "pattern": r"\S"} for name in ("name", "providerId")},
    "required": ["name", "providerId"],
}


def render(context: RequestContext, stored: Stored) -> str:
    """Return a stored spec as JSON text, with the switches of this client applied."""
    switches = context.switches
    if switches.etags not in ("body", "both") and not switches.shuffle_sources:
        return stored.text
    spec = stored.content
    if switches.shuffle_sources and isinstance(spec.get("sourceConnectionSpecIds"), list):
        spec["sourceConnectionSpecIds"] = spec["sourceConnectionSpecIds"][::-1]
    if switches.etags in ("body", "both"):
        spec["etag"] = etag(stored)
    return json.dumps(spec)


def etag_header(context: RequestContext, stored: Stored) -> dict[str, str]:
    """Return the ETag header if the switches enable it."""
    return {"ETag": etag(stored)} if context.switches.etags in ("header", "both") else {}


def etag(stored: Stored) -> str:
    """Return the etag of a spec. The double quotes are part of the etag."""
    return f'"{uuid.uuid5(uuid.NAMESPACE_OID, stored.content["id"]).hex[:12]}-{stored.revision}"'


class Specs:
    """The endpoints of one kind of spec."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.listing = Listing(kind, render, fields=filters.SPEC_FIELDS)

    def get(self, context: RequestContext, spec_id: str) -> Response:
        """Respond to GET of a spec by ID."""
        stored = context.scope.get(self.kind, spec_id, context.switches.read_delay)
        if stored is None:
            return context.not_found(self.kind, spec_id)
        return json_response(200, f'{{"items":[{render(context, stored)}]}}', etag_header(context, stored))

    def columns(self, context: RequestContext, spec_id: str) -> Response:
        """Respond with the parameters of a source as columns, in the form of the published samples."""
        stored = context.scope.get(self.kind, spec_id, context.switches.read_delay)
        if stored is None:
            return context.not_found(self.kind, spec_id)
        schema = stored.content
        for name in ("sourceSpec", "spec", "properties"):
            value = schema.get(name)
            schema = value if isinstance(value, dict) else {}
        columns = [
            {"columnName": name, "columnType": value.get("type", "string") if isinstance(value, dict) else "string"}
            for name, value in schema.items()
        ]
        return json_response(200, {"items": columns})

    async def create(self, context: RequestContext) -> Response:
        """Respond to POST of a new spec."""
        context.check_write_permission()
        body = await context.body()
        fields = self._stored_fields(context, body)
        if context.switches.unique_names and any(
            stored.content.get("name") == fields["name"] for stored in context.scope.all(self.kind)
        ):
            raise flow_error(
                "1400-409", "Conflict", f"A {KINDS[self.kind].noun} of the name {fields['name']} exists already."
            )
        now = milliseconds()
        spec = {"id": str(uuid.uuid4()), **context.stamps(now), **fields}
        stored = self._store(context, spec)
        headers = {"Location": f"{PREFIX}/{self.kind}/{spec['id']}", **etag_header(context, stored)}
        return self._write_response(context, "post", 201, render(context, stored), headers)

    async def replace(self, context: RequestContext, spec_id: str) -> Response:
        """Respond to PUT of a whole spec."""
        context.check_write_permission()
        body = await context.body()
        stored = context.scope.get(self.kind, spec_id)
        if stored is None:
            return context.not_found(self.kind, spec_id)
        self._check_etag(context, stored)
        if body.get("id", spec_id) != spec_id and context.switches.id_mismatch_in_put == "refuse":
            raise invalid_request("1413-400", "The id in the body is not that of the path.")
        if context.switches.owned_fields_in_put == "refuse" and (OWNED - {"id"}) & body.keys():
            raise invalid_request("1400-400", f"Read-only fields: {', '.join(sorted((OWNED - {'id'}) & body.keys()))}.")
        old = stored.content
        fields = self._stored_fields(context, body)
        if context.switches.put_semantics == "merge":
            fields = {**{name: value for name, value in old.items() if name not in OWNED}, **fields}
        stamps = {name: value for name, value in old.items() if name in OWNED}
        if "createdAt" in old:
            # Two writes never have the same time, because the time is the only sign of a write.
            now = max(milliseconds(), int(old["updatedAt"]) + 1)
            stamps.update(updatedAt=now, updatedBy=context.client_id, updatedClient=context.client_id)
        if context.switches.owned_fields_in_put == "store":
            stamps.update({name: value for name, value in body.items() if name in OWNED - {"id"}})
        updated = self._store(context, {**stamps, **fields})
        text = render(context, stored if context.switches.put_answer == "before" else updated)
        if self.kind == "flowSpecs" and '"createdAt"' in text:
            spec = json.loads(text)
            text = json.dumps({name: value for name, value in spec.items() if not name.startswith("created")})
        return self._write_response(context, "put", 200, text, etag_header(context, updated))

    def _write_response(
        self, context: RequestContext, method: str, status: int, text: str, headers: dict[str, str]
    ) -> Response:
        if context.switches.write_answers == "id":
            text = json.dumps({"id": json.loads(text)["id"]})
        wrapped = context.switches.wrap_answers in (method, "both")
        return json_response(status, f'{{"items":[{text}]}}' if wrapped else text, headers)

    def _check_etag(self, context: RequestContext, stored: Stored) -> None:
        if context.switches.etags == "off":
            return
        given, current = context.request.headers.get("if-match"), etag(stored)
        if given is None:
            if context.switches.require_if_match:
                raise flow_error("1403-400", "Header is missing", "The header 'If-Match' is missing in the request.")
        elif given not in (current, "*"):
            detail = (
                f"The supplied version '{given}' does not match the current version on entity '{stored.content['id']}'."
            )
            raise flow_error("1404-412", "Version not matching", detail)

    def _store(self, context: RequestContext, spec: Content) -> Stored:
        context.scope.put(self.kind, spec)
        return t.cast(Stored, context.scope.get(self.kind, spec["id"]))

    def _stored_fields(self, context: RequestContext, body: Mapping[str, t.Any]) -> Content:
        """Return the fields of a body to store: no read-only fields, and one name of the transformation list."""
        switches = context.switches
        for name in ("name", "providerId"):
            if not isinstance(body.get(name), str) or not body[name].strip():
                raise invalid_request("1400-400", f"The field {name} is missing or empty, and it is required.")
        spec = {name: value for name, value in body.items() if name not in OWNED}
        if self.kind == "flowSpecs":
            spec = _canonicalize_transformations(spec, switches.transformation_spellings)
            self._check_sources(context, spec)
        for path in (*switches.drop_fields, *switches.dropped_fields):
            json_paths.drop(spec, path.split("."))
        if switches.drop_empty_lists:
            spec = {name: value for name, value in spec.items() if value != []}
        return _normalize(spec, switches.normalise)

    def _check_sources(self, context: RequestContext, spec: Content) -> None:
        if not context.switches.check_source_ids:
            return
        for spec_id in spec.get("sourceConnectionSpecIds") or []:
            if context.scope.get("connectionSpecs", str(spec_id)) is None:
                raise invalid_request("1413-400", f"The spec ID provided is invalid: {spec_id}.")


def _canonicalize_transformations(spec: Content, accepted: Sequence[str]) -> Content:
    canonical: Content = {}
    for name, value in spec.items():
        if name not in SPELLINGS:
            canonical[name] = value
        elif name in accepted and (name == SPELLINGS[0] or SPELLINGS[0] not in spec or SPELLINGS[0] not in accepted):
            canonical[SPELLINGS[0]] = value
    return canonical


def _normalize(spec: Content, how: str) -> Content:
    if how == "upper_version" and isinstance(spec.get("version"), str):
        return {**spec, "version": spec["version"].upper()}
    if how == "strip_text":
        return {name: value.strip() if isinstance(value, str) else value for name, value in spec.items()}
    source = spec.get("sourceSpec")
    if how == "add_auth_required" and isinstance(source, dict):
        attributes = {"authRequired": False, **(source.get("attributes") or {})}
        return {**spec, "sourceSpec": {**source, "attributes": attributes}}
    return spec


def router(clients: ClientRegistry, store: Store) -> APIRouter:
    """Return the routes of each kind of spec."""
    routes = APIRouter(prefix=PREFIX)
    for kind in KINDS:
        _add_routes(routes, Specs(kind), clients, store)
    return routes


def _add_routes(routes: APIRouter, specs: Specs, clients: ClientRegistry, store: Store) -> None:
    noun, path = KINDS[specs.kind].noun, f"/{specs.kind}"
    tags: dict[str, t.Any] = {"tags": [f"{noun.capitalize()}s"]}
    known = [spec["id"] for spec in KINDS[specs.kind].specs()[:1]]
    spec_id_in_path = Path(description=f"The id of the {noun}", examples=known)

    @routes.get(path, summary=f"List {noun}s", **tags, **route_metadata(400, query=listing.QUERY))
    async def list_all(request: Request) -> Response:
        return specs.listing.respond(RequestContext(clients, store, request))

    @routes.post(path, summary=f"Create a {noun}", status_code=201, **tags, **route_metadata(400, 409, body=_SPEC))
    async def create(request: Request) -> Response:
        return await specs.create(RequestContext(clients, store, request))

    if specs.kind == "flowSpecs":

        @routes.post(f"{path}/search", summary=f"Search {noun}s", **tags, **route_metadata(400, body=listing.SEARCH))
        async def search(request: Request) -> Response:
            return await specs.listing.search(RequestContext(clients, store, request))

    @routes.get(f"{path}/{{spec_id}}", summary=f"Retrieve a {noun}", **tags, **route_metadata(400, 404))
    async def get_spec(request: Request, spec_id: str = spec_id_in_path) -> Response:
        return specs.get(RequestContext(clients, store, request), spec_id)

    if specs.kind == "connectionSpecs":

        @routes.get(f"{path}/{{spec_id}}/explore", summary=f"Explore a {noun}", **tags, **route_metadata(400, 404))
        @routes.get(
            f"{path}/{{spec_id}}/configs", summary=f"Retrieve configs of a {noun}", **tags, **route_metadata(400, 404)
        )
        async def columns(request: Request, spec_id: str = spec_id_in_path) -> Response:
            return specs.columns(RequestContext(clients, store, request), spec_id)

    @routes.put(f"{path}/{{spec_id}}", summary=f"Replace a {noun}", **tags, **route_metadata(400, 404, 412, body=_SPEC))
    async def replace(request: Request, spec_id: str = spec_id_in_path) -> Response:
        return await specs.replace(RequestContext(clients, store, request), spec_id)
