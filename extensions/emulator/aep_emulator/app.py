# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The application: IMS, the Flow Service, and the control API behind the fault middleware."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from fastapi import FastAPI, Request, Response
from fastapi.exception_handlers import http_exception_handler
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.types import ASGIApp

import aep_emulator
from aep_emulator import (
    __version__,
    catalog,
    control,
    dataflow,
    ims,
    inlets,
    listing,
    mapping_sets,
    sandboxes,
    schema_registry,
    specs,
)
from aep_emulator.client_state import ClientRegistry
from aep_emulator.fault_middleware import FaultMiddleware
from aep_emulator.responses import ErrorResponse, flow_error, gateway_error
from aep_emulator.store import Store


def create_app(store: Store, switches: Mapping[str, t.Any]) -> ASGIApp:
    """Return the emulator as an ASGI application."""
    clients = ClientRegistry(switches)
    app = FastAPI(
        title="Flow Service emulator",
        version=__version__,
        description=aep_emulator.__doc__,
        # The middleware removes a slash at the end of a path.
        redirect_slashes=False,
    )
    app.include_router(ims.router(clients))
    for module in (specs, dataflow, mapping_sets, catalog, schema_registry, sandboxes, inlets):
        app.include_router(module.router(clients, store))
    app.include_router(control.router(clients, store))

    @app.exception_handler(ErrorResponse)
    async def respond_with_error(_request: Request, error: ErrorResponse) -> Response:
        return error.response

    @app.exception_handler(404)
    @app.exception_handler(405)
    async def no_route(request: Request, error: Exception) -> Response:
        assert isinstance(error, StarletteHTTPException)
        path = request.url.path
        if path.startswith(control.PREFIX):
            return await http_exception_handler(request, error)
        if error.status_code == 405:
            detail = f"The method {request.method} is not supported for this resource."
            return flow_error("1400-405", "Method Not Allowed", detail, headers=error.headers).response
        if path.startswith(listing.PREFIX):
            return flow_error("1101-404", "Resource not found", f"There is no resource at the path {path}.").response
        # The gateway responds where no service is registered.
        return gateway_error(404003, "No API is known at this path").response

    return FaultMiddleware(app, clients, store)
