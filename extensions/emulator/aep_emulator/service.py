# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The spec endpoints of the Flow Service, as documented; what is not documented is decided by switches."""

from __future__ import annotations

import json
import time
import typing as t
import urllib.parse
import uuid
from collections.abc import Mapping, Sequence

from fastapi import APIRouter, Path, Request, Response

from aep_emulator import filters
from aep_emulator.answers import Refusal, answer, flow, gateway, invalid
from aep_emulator.builtin import KINDS
from aep_emulator.described import described
from aep_emulator.labs import Labs
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

# How the requests are described; what is taken is decided by the code, which minds the switches.
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


class Call:
    """One request to the service: who asks, for which sandbox, and by which rules it is answered."""

    def __init__(self, labs: Labs, store: Store, request: Request) -> None:
        self.request = request
        self.client_id = request.headers.get("x-api-key", "")
        self.switches: Switches = labs.switches(self.client_id)
        self._check_headers(labs)
        self.sandbox = request.headers.get("x-sandbox-name") or "prod"
        self.scope: Scope = store.scope(request.headers["x-gw-ims-org-id"], self.sandbox)

    def _check_headers(self, labs: Labs) -> None:
        headers, switches = self.request.headers, self.switches
        if "authorization" not in headers:
            raise gateway(403010, "Oauth token is missing")
        if not labs.is_good(headers["authorization"].removeprefix("Bearer ")):
            raise gateway(401013, "Oauth token is not valid")
        if not self.client_id:
            raise gateway(403000, "Api Key is required")
        if not headers.get("x-gw-ims-org-id"):
            raise gateway(400003, "Missing Header: x-gw-ims-org-id")
        if switches.rate_limit and labs.exceeds_rate(self.client_id, switches.rate_limit):
            seconds = switches.rate_limit_retry_after
            raise Refusal(
                429,
                {"error_code": "429050", "message": "Too many requests"},
                {"Retry-After": str(seconds)} if seconds else None,
            )
        if "x-sandbox-name" not in headers and switches.missing_sandbox == "error":
            raise flow("2105-400", "Invalid request", "The header 'x-sandbox-name' is missing in the request.")
        sandbox = headers.get("x-sandbox-name", "prod")
        if switches.sandboxes and sandbox not in switches.sandboxes:
            raise flow("2101-404", "Sandbox not found", f"No sandbox of this organization has the name '{sandbox}'.")

    async def body(self) -> Spec:
        """The JSON mapping that the request carries."""
        if not self.request.headers.get("content-type", "").lower().startswith("application/json"):
            raise Refusal(
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
            raise invalid("1405-400", "The request body cannot be null or empty.")
        try:
            content = json.loads(raw, parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            raise invalid("1400-400", f"The request body is no JSON: {error}") from None
        if content is None:
            raise invalid("1405-400", "The request body cannot be null or empty.")
        if not isinstance(content, dict):
            raise invalid("1400-400", "The request body must be a JSON object.")
        return content

    def may_write(self) -> None:
        """Refuse a client without the permission to write."""
        if not self.switches.write_permission:
            raise flow("2120-403", "Forbidden", "You do not have sufficient permissions to perform the operation.")

    def shown(self, stored: Stored) -> str:
        """A stored spec as JSON text, as this client gets to see it."""
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
        """The header that shows the etag, where it is shown there."""
        return {"ETag": etag(stored)} if self.switches.etags in ("header", "both") else {}


def _refuse_constant(name: str) -> t.NoReturn:
    raise ValueError(f"{name} is no JSON")


def etag(stored: Stored) -> str:
    """The etag of a spec; its quotes are part of it."""
    return f'"{uuid.uuid5(uuid.NAMESPACE_OID, stored.spec["id"]).hex[:12]}-{stored.revision}"'


class Specs:
    """The endpoints of one kind of spec."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def listing(self, call: Call) -> Response:
        """GET of the collection."""
        query = urllib.parse.parse_qsl(call.request.url.query, keep_blank_values=True)
        known = {"property", "count", "limit", "continuationToken", "start"}
        unknown = [name for name, _value in query if name not in known]
        if unknown and call.switches.unknown_query == "error":
            raise invalid("1451-400", f"Invalid params {unknown[0]} provided in query params.")
        values = dict(query)
        only_count = values.get("count", "").lower() == "true"
        if only_count and "limit" in values:
            raise invalid("1401-400", "The limit and count parameters cannot be given together in the same request.")
        properties = [value for name, value in query if name == "property" and value]
        fields: list[str] = []
        if call.switches.property_projection:
            fields = [name for text in properties if filters.is_projection(text) for name in text.split(",")]
            properties = [text for text in properties if not filters.is_projection(text)]
        found = self._matching(call, properties)
        if only_count:
            return answer(200, {"count": len(found)})
        if "start" in values:
            found = found[_natural(values["start"], "start") :]
        size = _natural(values["limit"], "limit") if "limit" in values else call.switches.page_size
        return self._page(call, found, query, size, values.get("continuationToken"), fields)

    def _matching(self, call: Call, properties: Sequence[str]) -> list[Stored]:
        wanted = [filters.parse(text) for text in properties if text]
        delay = max(call.switches.listing_delay, call.switches.read_delay)
        found = call.scope.all(self.kind, delay)
        return [one for one in found if all(each.fits(one.spec) for each in wanted)] if wanted else found

    def _page(
        self,
        call: Call,
        found: list[Stored],
        query: list[tuple[str, str]],
        size: int,
        token: str | None,
        fields: list[str],
    ) -> Response:
        start = _natural(token.removeprefix("page-"), "continuationToken") if token else 0
        page = found[start : start + size] if size else found
        # The stored texts are joined as they are: a large listing is not parsed to be written again.
        texts = map(call.shown, page)
        items = ",".join((_projection(text, fields) for text in texts) if fields else texts)
        if not size or start + size >= len(found):
            return answer(200, f'{{"items":[{items}]}}')
        rest = [(name, value) for name, value in query if name != "continuationToken"]
        next_token = ("continuationToken", f"page-{start + size}")
        following = urllib.parse.urlencode(
            {
                "all": [*rest, next_token],
                "token_first": [next_token, *rest],
                "token_only": [next_token],
            }[call.switches.next_link_query]
        )
        bases = {
            "relative": "",
            "full_path": PREFIX,
            "absolute": str(call.request.base_url).rstrip("/") + PREFIX,
            "other_origin": "http://127.0.0.2:9" + PREFIX,
        }
        href = f"{bases[call.switches.next_link_style]}/{self.kind}?{following}"
        return answer(200, f'{{"items":[{items}],"_links":{{"next":{{"href":{json.dumps(href)}}}}}}}')

    async def search(self, call: Call) -> Response:
        """POST of a search. The syntax of queryString is not documented; here it is filters joined by ``&``."""
        body = await call.body()
        text = body.get("queryString") or ""
        limit = body.get("limit", _LARGEST_SEARCH)
        if not isinstance(text, str) or not isinstance(limit, int) or not 0 < limit <= _LARGEST_SEARCH:
            raise invalid("1400-400", "queryString must be a string, and limit a number from 1 to 1000.")
        found = self._matching(call, text.split("&"))
        if body.get("count") is True:
            return answer(200, {"count": len(found)})
        return answer(200, f'{{"items":[{",".join(map(call.shown, found[:limit]))}]}}')

    def one(self, call: Call, spec_id: str) -> Response:
        """GET of one spec."""
        stored = call.scope.get(self.kind, spec_id, call.switches.read_delay)
        if stored is None:
            return self._absent(call, spec_id)
        return answer(200, f'{{"items":[{call.shown(stored)}]}}', call.etag_header(stored))

    def columns(self, call: Call, spec_id: str) -> Response:
        """GET of what can be read or set: the parameters of a source, as the published samples show columns."""
        stored = call.scope.get(self.kind, spec_id, call.switches.read_delay)
        if stored is None:
            return self._absent(call, spec_id)
        schema = stored.spec
        for name in ("sourceSpec", "spec", "properties"):
            value = schema.get(name)
            schema = value if isinstance(value, dict) else {}
        columns = [
            {"columnName": name, "columnType": value.get("type", "string") if isinstance(value, dict) else "string"}
            for name, value in schema.items()
        ]
        return answer(200, {"items": columns})

    def _absent(self, call: Call, spec_id: str) -> Response:
        if call.switches.unknown_id == "empty":
            return answer(200, {"items": []})
        detail = (
            f"The requested {self.kind} resource {spec_id} is not found. Verify the resource ID before trying again."
        )
        code = f"1439-{call.switches.unknown_id}"
        return flow(code, "Resource not found", detail, id=spec_id, type=self.kind).response

    async def create(self, call: Call) -> Response:
        """POST of a new spec."""
        call.may_write()
        body = await call.body()
        fields = self._kept(call, body)
        if call.switches.unique_names and any(
            one.spec.get("name") == fields["name"] for one in call.scope.all(self.kind)
        ):
            raise flow(
                "1400-409", "Conflict", f"A {KINDS[self.kind].noun} of the name {fields['name']} exists already."
            )
        now = int(time.time() * 1000)
        spec = {"id": str(uuid.uuid4()), **_stamps(call, now, now), **fields}
        stored = self._store(call, spec)
        headers = {"Location": f"{PREFIX}/{self.kind}/{spec['id']}", **call.etag_header(stored)}
        return self._answer_to_write(call, "post", 201, call.shown(stored), headers)

    async def replace(self, call: Call, spec_id: str) -> Response:
        """PUT of a whole spec."""
        call.may_write()
        body = await call.body()
        stored = call.scope.get(self.kind, spec_id)
        if stored is None:
            return self._absent(call, spec_id)
        self._check_etag(call, stored)
        if body.get("id", spec_id) != spec_id and call.switches.id_mismatch_in_put == "refuse":
            raise invalid("1413-400", "The id in the body is not that of the path.")
        if call.switches.owned_fields_in_put == "refuse" and (OWNED - {"id"}) & body.keys():
            raise invalid("1400-400", f"Read-only fields: {', '.join(sorted((OWNED - {'id'}) & body.keys()))}.")
        old = stored.spec
        fields = self._kept(call, body)
        if call.switches.put_semantics == "merge":
            fields = {**{name: value for name, value in old.items() if name not in OWNED}, **fields}
        stamps = {name: value for name, value in old.items() if name in OWNED}
        if "createdAt" in old:
            # Two writes never have one time: it is the one thing that shows that there was a write.
            now = max(int(time.time() * 1000), int(old["updatedAt"]) + 1)
            stamps.update(updatedAt=now, updatedBy=call.client_id, updatedClient=call.client_id)
        if call.switches.owned_fields_in_put == "store":
            stamps.update({name: value for name, value in body.items() if name in OWNED - {"id"}})
        shown = self._store(call, {**stamps, **fields})
        text = call.shown(stored if call.switches.put_answer == "before" else shown)
        if self.kind == "flowSpecs" and '"createdAt"' in text:
            spec = json.loads(text)
            text = json.dumps({name: value for name, value in spec.items() if not name.startswith("created")})
        return self._answer_to_write(call, "put", 200, text, call.etag_header(shown))

    def _answer_to_write(self, call: Call, method: str, status: int, text: str, headers: dict[str, str]) -> Response:
        if call.switches.write_answers == "id":
            text = json.dumps({"id": json.loads(text)["id"]})
        wrapped = call.switches.wrap_answers in (method, "both")
        return answer(status, f'{{"items":[{text}]}}' if wrapped else text, headers)

    def _check_etag(self, call: Call, stored: Stored) -> None:
        if call.switches.etags == "off":
            return
        given, current = call.request.headers.get("if-match"), etag(stored)
        if given is None:
            if call.switches.require_if_match:
                raise flow("1403-400", "Header is missing", "The header 'If-Match' is missing in the request.")
        elif given not in (current, "*"):
            detail = (
                f"The supplied version '{given}' does not match the current version on entity '{stored.spec['id']}'."
            )
            raise flow("1404-412", "Version not matching", detail)

    def _store(self, call: Call, spec: Spec) -> Stored:
        call.scope.put(self.kind, spec)
        return t.cast(Stored, call.scope.get(self.kind, spec["id"]))

    def _kept(self, call: Call, body: Mapping[str, t.Any]) -> Spec:
        """What is kept of a body: without owned fields, one spelling of the transformations, as switched."""
        switches = call.switches
        for name in ("name", "providerId"):
            if not isinstance(body.get(name), str) or not body[name].strip():
                raise invalid("1400-400", f"The field {name} is missing or empty, and it is required.")
        spec = {name: value for name, value in body.items() if name not in OWNED}
        if self.kind == "flowSpecs":
            spec = _with_one_spelling(spec, switches.transformation_spellings)
            self._check_sources(call, spec)
        for path in (*switches.drop_fields, *switches.dropped_fields):
            _drop(spec, path.split("."))
        if switches.drop_empty_lists:
            spec = {name: value for name, value in spec.items() if value != []}
        return _normalised(spec, switches.normalise)

    def _check_sources(self, call: Call, spec: Spec) -> None:
        if not call.switches.check_source_ids:
            return
        for spec_id in spec.get("sourceConnectionSpecIds") or []:
            if call.scope.get("connectionSpecs", str(spec_id)) is None:
                raise invalid("1413-400", f"The spec ID provided is invalid: {spec_id}.")


def _drop(value: t.Any, steps: Sequence[str]) -> None:
    """Remove what a path of steps leads to, from mappings and lists."""
    step, rest = steps[0], steps[1:]
    keys: Sequence[t.Any] = ()
    if isinstance(value, dict):
        keys = list(value) if step == "*" else [step] if step in value else []
    elif isinstance(value, list):
        items = range(len(value))
        keys = items if step == "*" else [int(step)] if step.isdecimal() and int(step) in items else []
    # From the end, so that the indexes of the items before stay right.
    for key in reversed(keys):
        if rest:
            _drop(value[key], rest)
        else:
            del value[key]


def _with_one_spelling(spec: Spec, accepted: Sequence[str]) -> Spec:
    kept: Spec = {}
    for name, value in spec.items():
        if name not in SPELLINGS:
            kept[name] = value
        elif name in accepted and (name == SPELLINGS[0] or SPELLINGS[0] not in spec or SPELLINGS[0] not in accepted):
            kept[SPELLINGS[0]] = value
    return kept


def _normalised(spec: Spec, how: str) -> Spec:
    if how == "upper_version" and isinstance(spec.get("version"), str):
        return {**spec, "version": spec["version"].upper()}
    if how == "strip_text":
        return {name: value.strip() if isinstance(value, str) else value for name, value in spec.items()}
    source = spec.get("sourceSpec")
    if how == "add_auth_required" and isinstance(source, dict):
        attributes = {"authRequired": False, **(source.get("attributes") or {})}
        return {**spec, "sourceSpec": {**source, "attributes": attributes}}
    return spec


def _stamps(call: Call, created: int, updated: int) -> Spec:
    sandbox_id = uuid.uuid5(uuid.NAMESPACE_URL, f"{call.scope.org}/{call.sandbox}")
    return {
        "createdAt": created,
        "updatedAt": updated,
        "createdBy": call.client_id,
        "updatedBy": call.client_id,
        "createdClient": call.client_id,
        "updatedClient": call.client_id,
        "sandboxId": str(sandbox_id),
        "sandboxName": call.sandbox,
        "imsOrgId": call.scope.org,
    }


def _projection(text: str, fields: Sequence[str]) -> str:
    spec = json.loads(text)
    return json.dumps({name: spec[name] for name in fields if name in spec})


def _natural(text: str, name: str) -> int:
    if not text.isdecimal():
        raise invalid("1452-400", f"Invalid value {text} for {name}.")
    return int(text)


def router(labs: Labs, store: Store) -> APIRouter:
    """The routes of every kind of spec."""
    routes = APIRouter(prefix=PREFIX)
    for kind in KINDS:
        _add_routes(routes, Specs(kind), labs, store)
    return routes


def _add_routes(routes: APIRouter, specs: Specs, labs: Labs, store: Store) -> None:
    noun, path = KINDS[specs.kind].noun, f"/{specs.kind}"
    tags: dict[str, t.Any] = {"tags": [f"{noun.capitalize()}s"]}
    known = [spec["id"] for spec in KINDS[specs.kind].specs()[:1]]
    spec_id_in_path = Path(description=f"The id of the {noun}", examples=known)

    @routes.get(path, summary=f"List {noun}s", **tags, **described(400, query=_LISTING_QUERY))
    async def listing(request: Request) -> Response:
        return specs.listing(Call(labs, store, request))

    @routes.post(path, summary=f"Create a {noun}", status_code=201, **tags, **described(400, 409, body=_SPEC))
    async def create(request: Request) -> Response:
        return await specs.create(Call(labs, store, request))

    if specs.kind == "flowSpecs":

        @routes.post(f"{path}/search", summary=f"Search {noun}s", **tags, **described(400, body=_SEARCH))
        async def search(request: Request) -> Response:
            return await specs.search(Call(labs, store, request))

    @routes.get(f"{path}/{{spec_id}}", summary=f"Retrieve a {noun}", **tags, **described(400, 404))
    async def one(request: Request, spec_id: str = spec_id_in_path) -> Response:
        return specs.one(Call(labs, store, request), spec_id)

    if specs.kind == "connectionSpecs":

        @routes.get(f"{path}/{{spec_id}}/explore", summary=f"Explore a {noun}", **tags, **described(400, 404))
        @routes.get(
            f"{path}/{{spec_id}}/configs", summary=f"Retrieve configs of a {noun}", **tags, **described(400, 404)
        )
        async def columns(request: Request, spec_id: str = spec_id_in_path) -> Response:
            return specs.columns(Call(labs, store, request), spec_id)

    @routes.put(f"{path}/{{spec_id}}", summary=f"Replace a {noun}", **tags, **described(400, 404, 412, body=_SPEC))
    async def replace(request: Request, spec_id: str = spec_id_in_path) -> Response:
        return await specs.replace(Call(labs, store, request), spec_id)
