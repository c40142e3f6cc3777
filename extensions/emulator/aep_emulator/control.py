# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The control API, for tests and users to set up the emulator and to read the recorded requests."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from fastapi import APIRouter, HTTPException, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from aep_emulator import (
    __version__,
    catalog,
    dataflow,
    flows,
    mapping_sets,
    rows,
    runs,
    sandboxes,
    schema_registry,
    seeding,
)
from aep_emulator.builtin import KINDS
from aep_emulator.client_state import EVERY_CLIENT, ClientRegistry, Fault
from aep_emulator.objects import stored_object
from aep_emulator.openapi_metadata import error_responses
from aep_emulator.responses import json_response
from aep_emulator.store import Scope, Store
from aep_emulator.switches import Switches, validate_switches

PREFIX = "/_emulator"

# The kinds of resources that the control API sets.
_OBJECTS = tuple(kind.path for kind in dataflow.KINDS)
_STATES = (
    *KINDS,
    *_OBJECTS,
    runs.PATH,
    rows.KIND,
    mapping_sets.KIND,
    schema_registry.KIND,
    catalog.KIND,
    sandboxes.KIND,
)

# Required and optional keys of each action.
_ACTIONS: dict[str, tuple[set[str], set[str]]] = {
    "status": ({"status"}, {"retry_after", "body", "content_type", "headers", "when"}),
    "redirect": ({"location"}, {"status"}),
    "delay": ({"seconds"}, {"when"}),
    "reset": (set(), {"when"}),
    "truncate": (set(), set()),
    "slow_drip": ({"seconds_per_byte"}, set()),
    "replace_body": ({"body"}, {"content_type", "status"}),
    "compete": ({"spec_id"}, {"kind", "add_links", "drop_links", "set", "keep_etag", "when"}),
}


class FaultMatch(BaseModel):
    """The requests that a fault applies to."""

    model_config = ConfigDict(extra="forbid")
    method: str | None = None
    path: str | None = None


class NewFault(BaseModel):
    """A fault to add."""

    model_config = ConfigDict(extra="forbid")
    action: dict[str, t.Any]
    match: FaultMatch = FaultMatch()
    skip: int = 0
    times: int | None = 1


class NewToken(BaseModel):
    """A token that the service must accept."""

    model_config = ConfigDict(extra="forbid")
    token: str
    client_id: str = EVERY_CLIENT
    expires_in: float = 86399


class Seed(BaseModel):
    """Resources to create in bulk: specs, or flows with their accounts and connections."""

    model_config = ConfigDict(extra="forbid")
    kind: str = "connectionSpecs"
    count: int = Field(100, ge=0, le=20_000)
    prefix: str = "seeded"


def router(clients: ClientRegistry, store: Store) -> APIRouter:
    """Return the routes of the control API."""
    routes = APIRouter(prefix=PREFIX, tags=["Control of the emulator"], responses=error_responses(400, 404))

    @routes.get("/health", summary="Whether the emulator is up")
    async def health() -> dict[str, str]:
        return {"status": "ok", "version": __version__}

    @routes.get("/requests", summary="The recorded requests")
    async def requests(client_id: str | None = None) -> Response:
        return json_response(200, {"items": [dataclasses.asdict(record) for record in clients.records(client_id)]})

    @routes.delete("/requests", summary="Delete the recorded requests", status_code=204)
    async def forget_requests(client_id: str | None = None) -> None:
        clients.forget_records(client_id)

    @routes.get("/switches", summary="The current switches and their meaning")
    async def switches(client_id: str = EVERY_CLIENT) -> Response:
        meaning = {name: field.description for name, field in Switches.model_fields.items()}
        return json_response(200, {"switches": clients.switches(client_id).model_dump(), "meaning": meaning})

    @routes.patch("/switches", summary="Set some switches")
    async def set_switches(request: Request, client_id: str = EVERY_CLIENT) -> Response:
        try:
            clients.state(client_id).switches.update(validate_switches(await request.json()))
        except (ValueError, TypeError) as error:
            raise HTTPException(400, str(error)) from None
        return await switches(client_id)

    @routes.delete("/switches", summary="Reset the switches", status_code=204)
    async def reset_switches(client_id: str = EVERY_CLIENT) -> None:
        clients.state(client_id).switches.clear()

    @routes.get("/faults", summary="The pending faults")
    async def faults(client_id: str = EVERY_CLIENT) -> Response:
        return json_response(200, {"items": [dataclasses.asdict(fault) for fault in clients.state(client_id).faults]})

    @routes.post("/faults", summary="Add a fault", status_code=201)
    async def add_fault(new: NewFault, client_id: str = EVERY_CLIENT) -> dict[str, int]:
        _check_action(new.action)
        try:
            re.compile(new.match.path or "")
        except re.error as error:
            raise HTTPException(400, f"match.path is no regular expression: {error}") from None
        fault = Fault(new.action, new.match.method, new.match.path, new.skip, new.times)
        clients.state(client_id).faults.append(fault)
        return {"faults": len(clients.state(client_id).faults)}

    @routes.delete("/faults", summary="Delete all faults", status_code=204)
    async def forget_faults(client_id: str = EVERY_CLIENT) -> None:
        clients.state(client_id).faults.clear()

    @routes.post("/tokens", summary="Add a token", status_code=201)
    async def add_token(new: NewToken) -> dict[str, str]:
        clients.issue_token(new.client_id, new.expires_in, new.token)
        return {"status": "taken"}

    @routes.delete("/tokens", summary="Revoke the tokens of a client", status_code=204)
    async def revoke_tokens(client_id: str) -> None:
        clients.revoke_tokens(client_id)

    _add_state_routes(routes, store)
    return routes


def _add_state_routes(routes: APIRouter, store: Store) -> None:
    @routes.get("/state/{kind}", summary="The stored resources")
    async def state(kind: str, org: str, sandbox: str = "prod") -> Response:
        found = _scope(kind, org, sandbox).all(kind)
        return json_response(200, f'{{"items":[{",".join(stored.text for stored in found)}]}}')

    @routes.put("/state/{kind}/{resource_id}", summary="Store a resource without validation", status_code=204)
    async def store_resource(kind: str, resource_id: str, request: Request, org: str, sandbox: str = "prod") -> None:
        scope = _scope(kind, org, sandbox)
        try:
            body = await request.json()
        except (ValueError, RecursionError) as error:
            raise HTTPException(400, f"the body is no JSON: {error}") from None
        if not isinstance(body, dict):
            raise HTTPException(400, "the body must be a JSON object")
        content = {**body, "id": resource_id}
        scope.put_all(kind, [stored_object(content) if kind in _OBJECTS else content])

    @routes.delete("/state/{kind}/{resource_id}", summary="Delete a resource", status_code=204)
    async def delete_resource(kind: str, resource_id: str, org: str, sandbox: str = "prod") -> None:
        _scope(kind, org, sandbox).delete(kind, resource_id)

    @routes.post("/seed", summary="Create many resources", status_code=201)
    async def seed(new: Seed, org: str, sandbox: str = "prod") -> dict[str, int]:
        scope = _scope(new.kind, org, sandbox)
        if new.kind == flows.PATH:
            for kind, contents in seeding.flows(new.count, new.prefix).items():
                scope.put_all(kind, contents)
        elif new.kind in KINDS:
            scope.put_all(new.kind, seeding.specs(new.count, new.prefix))
        else:
            raise HTTPException(400, f"Resources of the kind {new.kind} cannot be seeded.")
        return {"count": new.count}

    def _scope(kind: str, org: str, sandbox: str) -> Scope:
        if kind not in _STATES:
            raise HTTPException(404, f"there is no kind {kind!r}; there are {', '.join(_STATES)}")
        return store.organization(org) if kind == sandboxes.KIND else store.scope(org, sandbox)


def _check_action(action: dict[str, t.Any]) -> None:
    kind = action.get("type")
    if kind not in _ACTIONS:
        raise HTTPException(400, f"there is no action {kind!r}; there are {', '.join(_ACTIONS)}")
    needed, possible = _ACTIONS[kind]
    given = action.keys() - {"type"}
    if needed - given or given - needed - possible:
        raise HTTPException(
            400, f"action {kind} needs {sorted(needed)} and may have {sorted(possible)}, not {sorted(given)}"
        )
