# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The spec endpoints of the Flow Service. Switches decide the behavior that Adobe does not document."""

from __future__ import annotations

import json
import time
import typing as t
import urllib.parse
import uuid
from collections.abc import Mapping, Sequence

from fastapi import APIRouter, Path, Request, Response

from aep_emulator import filters
from aep_emulator.builtin import KINDS
from aep_emulator.client_state import ClientRegistry
from aep_emulator.openapi_metadata import route_metadata
from aep_emulator.responses import ErrorResponse, flow_error, gateway_error, invalid_request, json_response
from aep_emulator.store import Scope, Spec, Store, Stored
from aep_emulator.switches import SPELLINGS, Switches

PREFIX = "/data/foundation/flowservice"
OWNED = frozenset(
    (
        *("id", "createdAt", "updatedAt", "createdBy", "updatedBy", "createdClient", "updatedClient"),
        *("sandboxId", "sandboxName", "imsOrgId", "etag"),
    )
)
_LARGEST_SEARCH = 1000

# Request schemas for the OpenAPI document only. Validation is in code because it depends on the switches.
_SPEC: dict[str, t.Any] = {
    "type": "object",
    "properties": {name: {"type": "string", "pattern": r"\S"} for name in ("name", "providerId")},
    "required": ["name", "providerId"],
}
_SEARCH: dict[str, t.Any] = {
    "type": "object",
    "properties": {
        "queryString": {"type": "string"},
        "limit": {"type": "integer", "minimum": 1, "maximum": _LARGEST_SEARCH},
        "count": {"type": "boolean"},
    },
}
_LISTING_QUERY: dict[str, dict[str, t.Any]] = {
    "property": {"type": "array", "items": {"type": "string"}},
    "count": {"type": "boolean"},
    "limit": {"type": "integer", "minimum": 1},
    "continuationToken": {"type": "string"},
    "start": {"type": "integer", "minimum": 0},
}


class RequestContext:
    """A request to the service: its client, its sandbox, and the switches that apply to it."""

    def __init__(self, clients: ClientRegistry, store: Store, request: Request) -> None:
        self.request = request
        self.client_id = request.headers.get("x-api-key", "")
        self.switches: Switches = clients.switches(self.client_id)
        self._check_headers(clients)
        self.sandbox = request.headers.get("x-sandbox-name") or "prod"
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
        if "x-sandbox-name" not in headers and switches.missing_sandbox == "error":
            raise flow_error("2105-400", "Invalid request", "The header 'x-sandbox-name' is missing in the request.")
        sandbox = headers.get("x-sandbox-name", "prod")
        if switches.sandboxes and sandbox not in switches.sandboxes:
            raise flow_error(
                "2101-404", "Sandbox not found", f"No sandbox of this organization has the name '{sandbox}'."
            )

    async def body(self) -> Spec:
        """Return the JSON object of the request body."""
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
        if not isinstance(content, dict):
            raise invalid_request("1400-400", "The request body must be a JSON object.")
        return content

    def check_write_permission(self) -> None:
        """Reject a client that has no write permission."""
        if not self.switches.write_permission:
            raise flow_error(
                "2120-403", "Forbidden", "You do not have sufficient permissions to perform the operation."
            )

    def render(self, stored: Stored) -> str:
        """Return a stored spec as JSON text, with the switches of this client applied."""
        switches = self.switches
        if switches.etags not in ("body", "both") and not switches.shuffle_sources:
            return stored.text
        spec = stored.spec
        if switches.shuffle_sources and isinstance(spec.get("sourceConnectionSpecIds"), list):
            spec["sourceConnectionSpecIds"] = spec["sourceConnectionSpecIds"][::-1]
        if switches.etags in ("body", "both"):
            spec["etag"] = etag(stored)
        return json.dumps(spec)

    def etag_header(self, stored: Stored) -> dict[str, str]:
        """Return the ETag header if the switches enable it."""
        return {"ETag": etag(stored)} if self.switches.etags in ("header", "both") else {}


def _reject_constant(name: str) -> t.NoReturn:
    raise ValueError(f"{name} is no JSON")


def etag(stored: Stored) -> str:
    """Return the etag of a spec. The double quotes are part of the etag."""
    return f'"{uuid.uuid5(uuid.NAMESPACE_OID, stored.spec["id"]).hex[:12]}-{stored.revision}"'


class Specs:
    """The endpoints of one kind of spec."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def list_all(self, context: RequestContext) -> Response:
        """Respond to GET of the collection."""
        query = urllib.parse.parse_qsl(context.request.url.query, keep_blank_values=True)
        known = {"property", "count", "limit", "continuationToken", "start"}
        unknown = [name for name, _value in query if name not in known]
        if unknown and context.switches.unknown_query == "error":
            raise invalid_request("1451-400", f"Invalid params {unknown[0]} provided in query params.")
        values = dict(query)
        only_count = values.get("count", "").lower() == "true"
        if only_count and "limit" in values:
            raise invalid_request(
                "1401-400", "The limit and count parameters cannot be given together in the same request."
            )
        properties = [value for name, value in query if name == "property" and value]
        fields: list[str] = []
        if context.switches.property_projection:
            fields = [name for text in properties if filters.is_projection(text) for name in text.split(",")]
            properties = [text for text in properties if not filters.is_projection(text)]
        found = self._matching(context, properties)
        if only_count:
            return json_response(200, {"count": len(found)})
        if "start" in values:
            found = found[_natural(values["start"], "start") :]
        return self._page(context, found, query, fields=fields)

    def _matching(self, context: RequestContext, properties: Sequence[str]) -> list[Stored]:
        wanted = [filters.parse(text) for text in properties if text]
        delay = max(context.switches.listing_delay, context.switches.read_delay)
        found = context.scope.all(self.kind, delay)
        return [stored for stored in found if all(each.matches(stored.spec) for each in wanted)] if wanted else found

    def _page(
        self, context: RequestContext, found: list[Stored], query: list[tuple[str, str]], *, fields: list[str]
    ) -> Response:
        values = dict(query)
        size = _natural(values["limit"], "limit") if "limit" in values else context.switches.page_size
        token = values.get("continuationToken")
        start = _natural(token.removeprefix("page-"), "continuationToken") if token else 0
        page = found[start : start + size] if size else found
        # The stored texts are joined as they are: a large listing is not parsed and written again.
        texts = map(context.render, page)
        items = ",".join((_projection(text, fields) for text in texts) if fields else texts)
        if not size or start + size >= len(found):
            return json_response(200, f'{{"items":[{items}]}}')
        rest = [(name, value) for name, value in query if name != "continuationToken"]
        next_token = ("continuationToken", f"page-{start + size}")
        following = urllib.parse.urlencode(
            {
                "all": [*rest, next_token],
                "token_first": [next_token, *rest],
                "token_only": [next_token],
            }[context.switches.next_link_query]
        )
        bases = {
            "relative": "",
            "full_path": PREFIX,
            "absolute": str(context.request.base_url).rstrip("/") + PREFIX,
            "other_origin": "http://127.0.0.2:9" + PREFIX,
        }
        href = f"{bases[context.switches.next_link_style]}/{self.kind}?{following}"
        return json_response(200, f'{{"items":[{items}],"_links":{{"next":{{"href":{json.dumps(href)}}}}}}}')

    async def search(self, context: RequestContext) -> Response:
        """Respond to a search. Adobe documents no syntax for queryString. Here, it is filters joined by ``&``."""
        body = await context.body()
        text = body.get("queryString") or ""
        limit = body.get("limit", _LARGEST_SEARCH)
        if not isinstance(text, str) or not isinstance(limit, int) or not 0 < limit <= _LARGEST_SEARCH:
            raise invalid_request("1400-400", "queryString must be a string, and limit a number from 1 to 1000.")
        found = self._matching(context, text.split("&"))
        if body.get("count") is True:
            return json_response(200, {"count": len(found)})
        return json_response(200, f'{{"items":[{",".join(map(context.render, found[:limit]))}]}}')

    def get(self, context: RequestContext, spec_id: str) -> Response:
        """Respond to GET of a spec by ID."""
        stored = context.scope.get(self.kind, spec_id, context.switches.read_delay)
        if stored is None:
            return self._not_found(context, spec_id)
        return json_response(200, f'{{"items":[{context.render(stored)}]}}', context.etag_header(stored))

    def columns(self, context: RequestContext, spec_id: str) -> Response:
        """Respond with the parameters of a source as columns, in the form of the published samples."""
        stored = context.scope.get(self.kind, spec_id, context.switches.read_delay)
        if stored is None:
            return self._not_found(context, spec_id)
        schema = stored.spec
        for name in ("sourceSpec", "spec", "properties"):
            value = schema.get(name)
            schema = value if isinstance(value, dict) else {}
        columns = [
            {"columnName": name, "columnType": value.get("type", "string") if isinstance(value, dict) else "string"}
            for name, value in schema.items()
        ]
        return json_response(200, {"items": columns})

    def _not_found(self, context: RequestContext, spec_id: str) -> Response:
        if context.switches.unknown_id == "empty":
            return json_response(200, {"items": []})
        detail = (
            f"The requested {self.kind} resource {spec_id} is not found. Verify the resource ID before trying again."
        )
        code = f"1439-{context.switches.unknown_id}"
        return flow_error(code, "Resource not found", detail, id=spec_id, type=self.kind).response

    async def create(self, context: RequestContext) -> Response:
        """Respond to POST of a new spec."""
        context.check_write_permission()
        body = await context.body()
        fields = self._stored_fields(context, body)
        if context.switches.unique_names and any(
            stored.spec.get("name") == fields["name"] for stored in context.scope.all(self.kind)
        ):
            raise flow_error(
                "1400-409", "Conflict", f"A {KINDS[self.kind].noun} of the name {fields['name']} exists already."
            )
        now = int(time.time() * 1000)
        spec = {"id": str(uuid.uuid4()), **_stamps(context, now, now), **fields}
        stored = self._store(context, spec)
        headers = {"Location": f"{PREFIX}/{self.kind}/{spec['id']}", **context.etag_header(stored)}
        return self._write_response(context, "post", 201, context.render(stored), headers)

    async def replace(self, context: RequestContext, spec_id: str) -> Response:
        """Respond to PUT of a whole spec."""
        context.check_write_permission()
        body = await context.body()
        stored = context.scope.get(self.kind, spec_id)
        if stored is None:
            return self._not_found(context, spec_id)
        self._check_etag(context, stored)
        if body.get("id", spec_id) != spec_id and context.switches.id_mismatch_in_put == "refuse":
            raise invalid_request("1413-400", "The id in the body is not that of the path.")
        if context.switches.owned_fields_in_put == "refuse" and (OWNED - {"id"}) & body.keys():
            raise invalid_request("1400-400", f"Read-only fields: {', '.join(sorted((OWNED - {'id'}) & body.keys()))}.")
        old = stored.spec
        fields = self._stored_fields(context, body)
        if context.switches.put_semantics == "merge":
            fields = {**{name: value for name, value in old.items() if name not in OWNED}, **fields}
        stamps = {name: value for name, value in old.items() if name in OWNED}
        if "createdAt" in old:
            # Two writes never have the same time, because the time is the only sign of a write.
            now = max(int(time.time() * 1000), int(old["updatedAt"]) + 1)
            stamps.update(updatedAt=now, updatedBy=context.client_id, updatedClient=context.client_id)
        if context.switches.owned_fields_in_put == "store":
            stamps.update({name: value for name, value in body.items() if name in OWNED - {"id"}})
        updated = self._store(context, {**stamps, **fields})
        text = context.render(stored if context.switches.put_answer == "before" else updated)
        if self.kind == "flowSpecs" and '"createdAt"' in text:
            spec = json.loads(text)
            text = json.dumps({name: value for name, value in spec.items() if not name.startswith("created")})
        return self._write_response(context, "put", 200, text, context.etag_header(updated))

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
                f"The supplied version '{given}' does not match the current version on entity '{stored.spec['id']}'."
            )
            raise flow_error("1404-412", "Version not matching", detail)

    def _store(self, context: RequestContext, spec: Spec) -> Stored:
        context.scope.put(self.kind, spec)
        return t.cast(Stored, context.scope.get(self.kind, spec["id"]))

    def _stored_fields(self, context: RequestContext, body: Mapping[str, t.Any]) -> Spec:
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
            _drop(spec, path.split("."))
        if switches.drop_empty_lists:
            spec = {name: value for name, value in spec.items() if value != []}
        return _normalize(spec, switches.normalise)

    def _check_sources(self, context: RequestContext, spec: Spec) -> None:
        if not context.switches.check_source_ids:
            return
        for spec_id in spec.get("sourceConnectionSpecIds") or []:
            if context.scope.get("connectionSpecs", str(spec_id)) is None:
                raise invalid_request("1413-400", f"The spec ID provided is invalid: {spec_id}.")


def _drop(value: t.Any, steps: Sequence[str]) -> None:
    """Remove the values at a path of steps, in mappings and lists."""
    step, rest = steps[0], steps[1:]
    keys: Sequence[t.Any] = ()
    if isinstance(value, dict):
        keys = list(value) if step == "*" else [step] if step in value else []
    elif isinstance(value, list):
        items = range(len(value))
        keys = items if step == "*" else [int(step)] if step.isdecimal() and int(step) in items else []
    # In reverse order, because a deletion moves the items after it.
    for key in reversed(keys):
        if rest:
            _drop(value[key], rest)
        else:
            del value[key]


def _canonicalize_transformations(spec: Spec, accepted: Sequence[str]) -> Spec:
    canonical: Spec = {}
    for name, value in spec.items():
        if name not in SPELLINGS:
            canonical[name] = value
        elif name in accepted and (name == SPELLINGS[0] or SPELLINGS[0] not in spec or SPELLINGS[0] not in accepted):
            canonical[SPELLINGS[0]] = value
    return canonical


def _normalize(spec: Spec, how: str) -> Spec:
    if how == "upper_version" and isinstance(spec.get("version"), str):
        return {**spec, "version": spec["version"].upper()}
    if how == "strip_text":
        return {name: value.strip() if isinstance(value, str) else value for name, value in spec.items()}
    source = spec.get("sourceSpec")
    if how == "add_auth_required" and isinstance(source, dict):
        attributes = {"authRequired": False, **(source.get("attributes") or {})}
        return {**spec, "sourceSpec": {**source, "attributes": attributes}}
    return spec


def _stamps(context: RequestContext, created: int, updated: int) -> Spec:
    sandbox_id = uuid.uuid5(uuid.NAMESPACE_URL, f"{context.scope.org}/{context.sandbox}")
    return {
        "createdAt": created,
        "updatedAt": updated,
        "createdBy": context.client_id,
        "updatedBy": context.client_id,
        "createdClient": context.client_id,
        "updatedClient": context.client_id,
        "sandboxId": str(sandbox_id),
        "sandboxName": context.sandbox,
        "imsOrgId": context.scope.org,
    }


def _projection(text: str, fields: Sequence[str]) -> str:
    spec = json.loads(text)
    return json.dumps({name: spec[name] for name in fields if name in spec})


def _natural(text: str, name: str) -> int:
    if not text.isdecimal():
        raise invalid_request("1452-400", f"Invalid value {text} for {name}.")
    return int(text)


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

    @routes.get(path, summary=f"List {noun}s", **tags, **route_metadata(400, query=_LISTING_QUERY))
    async def list_all(request: Request) -> Response:
        return specs.list_all(RequestContext(clients, store, request))

    @routes.post(path, summary=f"Create a {noun}", status_code=201, **tags, **route_metadata(400, 409, body=_SPEC))
    async def create(request: Request) -> Response:
        return await specs.create(RequestContext(clients, store, request))

    if specs.kind == "flowSpecs":

        @routes.post(f"{path}/search", summary=f"Search {noun}s", **tags, **route_metadata(400, body=_SEARCH))
        async def search(request: Request) -> Response:
            return await specs.search(RequestContext(clients, store, request))

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
