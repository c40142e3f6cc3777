# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The routes of accounts, source connections, target connections, flows, and runs."""

from __future__ import annotations

import typing as t
from collections.abc import Callable

from fastapi import APIRouter, Path, Request, Response

from aep_emulator import accounts, connection_pairs, flows, listing, runs
from aep_emulator.client_state import ClientRegistry
from aep_emulator.listing import PREFIX
from aep_emulator.objects import ObjectKind, Objects
from aep_emulator.openapi_metadata import route_metadata
from aep_emulator.request_context import RequestContext
from aep_emulator.store import Store

KINDS: tuple[ObjectKind, ...] = (accounts.KIND, connection_pairs.SOURCES, connection_pairs.TARGETS, flows.KIND)
_SEARCHABLE = (accounts.PATH, flows.PATH)

# Request schemas for the OpenAPI document only, as for specs.
_OBJECT: dict[str, t.Any] = {"type": "object", "properties": {"name": {"type": "string", "pattern": r"\S"}}}
_OPERATIONS: dict[str, t.Any] = {
    "type": "array",
    "minItems": 1,
    "items": {
        "type": "object",
        "properties": {"op": {"enum": ["add", "replace", "remove"]}, "path": {"type": "string"}, "value": {}},
        "required": ["op", "path"],
    },
}
_RUN: dict[str, t.Any] = {"type": "object", "properties": {"flowId": {"type": "string"}}, "required": ["flowId"]}
_QUERY = {**listing.QUERY, "orderby": {"type": "string"}}
_EXPLORE_QUERY = {
    name: {"type": "string"}
    for name in ("objectType", "object", "fileType", "preview", "sourceParams", "filters", "columnDelimiter")
}


def router(clients: ClientRegistry, store: Store) -> APIRouter:
    """Return the routes of each kind of object, and of runs."""
    routes = APIRouter(prefix=PREFIX)

    def context_of(request: Request) -> RequestContext:
        context = RequestContext(clients, store, request)
        runs.advance(context)
        return context

    _add_account_routes(routes, context_of)
    for kind in KINDS:
        _add_routes(routes, Objects(kind), context_of)
    _add_run_routes(routes, context_of)
    return routes


def _add_routes(routes: APIRouter, objects: Objects, context_of: Callable[[Request], RequestContext]) -> None:
    noun, path = objects.kind.noun, f"/{objects.kind.path}"
    tags: dict[str, t.Any] = {"tags": [f"{noun.capitalize()}s"]}
    id_in_path = Path(description=f"The ID of the {noun}")
    modes = {"mode": {"type": "string", "enum": ["draft"]}}
    ops = {"op": {"type": "string"}, "subOp": {"type": "string"}}
    if_match = {"If-Match": "The etag of the object, with its double quotes"}

    @routes.get(path, summary=f"List {noun}s", **tags, **route_metadata(400, query=_QUERY))
    async def list_objects(request: Request) -> Response:
        return objects.listing.respond(context_of(request))

    created: dict[str, t.Any] = route_metadata(400, 422, query=modes, body=_OBJECT)

    @routes.post(path, summary=f"Create a {noun}", status_code=201, **tags, **created)
    async def create_object(request: Request) -> Response:
        return await objects.create(context_of(request))

    if objects.kind.path in _SEARCHABLE:

        @routes.post(f"{path}/search", summary=f"Search {noun}s", **tags, **route_metadata(400, body=listing.SEARCH))
        async def search_objects(request: Request) -> Response:
            return await objects.listing.search(context_of(request))

    @routes.get(f"{path}/{{object_id}}", summary=f"Retrieve a {noun}", **tags, **route_metadata(400, 404))
    async def get_object(request: Request, object_id: str = id_in_path) -> Response:
        return objects.get(context_of(request), object_id)

    patched: dict[str, t.Any] = route_metadata(400, 404, 412, body=_OPERATIONS, headers=if_match)

    @routes.patch(f"{path}/{{object_id}}", summary=f"Update a {noun}", **tags, **patched)
    async def patch_object(request: Request, object_id: str = id_in_path) -> Response:
        return await objects.patch(context_of(request), object_id)

    @routes.delete(
        f"{path}/{{object_id}}", summary=f"Delete a {noun}", status_code=204, **tags, **route_metadata(202, 400, 404)
    )
    async def delete_object(request: Request, object_id: str = id_in_path) -> Response:
        return objects.delete(context_of(request), object_id)

    @routes.post(
        f"{path}/{{object_id}}/action", summary=f"Act on a {noun}", **tags, **route_metadata(400, 404, query=ops)
    )
    async def act_on_object(request: Request, object_id: str = id_in_path) -> Response:
        return objects.act(context_of(request), object_id)


def _add_account_routes(routes: APIRouter, context_of: Callable[[Request], RequestContext]) -> None:
    path = f"/{accounts.PATH}/{{account_id}}"
    tags: dict[str, t.Any] = {"tags": ["Base connections"]}
    id_in_path = Path(description="The ID of the base connection")

    @routes.get(f"{path}/test", summary="Test a base connection", **tags, **route_metadata(400, 404))
    async def test_account(request: Request, account_id: str = id_in_path) -> Response:
        return accounts.test(context_of(request), account_id)

    explored: dict[str, t.Any] = route_metadata(400, 404, query=_EXPLORE_QUERY)

    @routes.get(f"{path}/explore", summary="Explore a base connection", **tags, **explored)
    async def explore_account(request: Request, account_id: str = id_in_path) -> Response:
        return accounts.explore(context_of(request), account_id)

    @routes.get(f"{path}/configs", summary="Retrieve configs of a base connection", **tags, **route_metadata(400, 404))
    async def get_configs(request: Request, account_id: str = id_in_path) -> Response:
        return accounts.configs(context_of(request), account_id)


def _add_run_routes(routes: APIRouter, context_of: Callable[[Request], RequestContext]) -> None:
    path = f"/{runs.PATH}"
    tags: dict[str, t.Any] = {"tags": ["Runs"]}
    id_in_path = Path(description="The ID of the run")

    @routes.get(path, summary="List runs", **tags, **route_metadata(400, query=_QUERY))
    async def list_runs(request: Request) -> Response:
        return runs.LISTING.respond(context_of(request))

    @routes.post(path, summary="Start a run", status_code=201, **tags, **route_metadata(400, body=_RUN))
    async def create_run(request: Request) -> Response:
        return await runs.create(context_of(request))

    @routes.get(f"{path}/{{run_id}}", summary="Retrieve a run", **tags, **route_metadata(400, 404))
    async def get_run(request: Request, run_id: str = id_in_path) -> Response:
        return runs.get(context_of(request), run_id)

    @routes.put(f"{path}/{{run_id}}", summary="Update a run", **tags, **route_metadata(400, 404))
    async def replace_run(request: Request, run_id: str = id_in_path) -> Response:
        return runs.replace(context_of(request), run_id)

    ops = {"op": {"type": "string"}}

    @routes.post(f"{path}/{{run_id}}/action", summary="Act on a run", **tags, **route_metadata(400, 404, query=ops))
    async def act_on_run(request: Request, run_id: str = id_in_path) -> Response:
        return runs.act(context_of(request), run_id)
