# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Datasets of the Catalog, to read. The control API sets them as the kind ``dataSets``."""

from __future__ import annotations

import typing as t

from fastapi import APIRouter, Path, Request, Response

from aep_emulator.client_state import ClientRegistry
from aep_emulator.listing import parse_natural
from aep_emulator.openapi_metadata import route_metadata
from aep_emulator.request_context import RequestContext
from aep_emulator.responses import ErrorResponse, json_response
from aep_emulator.store import Content, Store

PREFIX = "/data/foundation/catalog"
KIND = "dataSets"
_LARGEST_PAGE = 100


def _presented(dataset: Content) -> Content:
    return {name: value for name, value in dataset.items() if name != "id"}


def list_all(context: RequestContext) -> Response:
    """Respond to GET of the datasets: an object with a key for each ID."""
    values = dict(context.query)
    found = [stored.content for stored in context.scope.all(KIND)]
    if values.get("name"):
        found = [dataset for dataset in found if dataset.get("name") in values["name"].split(",")]
    start = parse_natural(values.get("start") or "0", "start")
    limit = min(parse_natural(values.get("limit") or str(_LARGEST_PAGE), "limit"), _LARGEST_PAGE)
    return json_response(200, {dataset["id"]: _presented(dataset) for dataset in found[start : start + limit]})


def get(context: RequestContext, dataset_id: str) -> Response:
    """Respond to GET of a dataset."""
    stored = context.scope.get(KIND, dataset_id)
    if stored is None:
        detail = f"The dataset {dataset_id} is not found."
        problem = "http://ns.adobe.com/aep/errors/CATALOG-1004-404"
        raise ErrorResponse(404, {"type": problem, "title": "NotFoundError", "status": 404, "detail": detail})
    return json_response(200, {dataset_id: _presented(stored.content)})


def router(clients: ClientRegistry, store: Store) -> APIRouter:
    """Return the routes of datasets."""
    routes = APIRouter(prefix=PREFIX, tags=["Datasets"])
    paging: dict[str, dict[str, t.Any]] = {
        "limit": {"type": "integer", "minimum": 1},
        "start": {"type": "integer", "minimum": 0},
        "name": {"type": "string"},
    }

    @routes.get("/dataSets", summary="List datasets", **route_metadata(400, query=paging))
    async def list_datasets(request: Request) -> Response:
        return list_all(RequestContext(clients, store, request))

    @routes.get("/dataSets/{dataset_id}", summary="Retrieve a dataset", **route_metadata(400, 404))
    async def get_dataset(request: Request, dataset_id: str = Path(description="The ID of the dataset")) -> Response:
        return get(RequestContext(clients, store, request), dataset_id)

    return routes
