# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The application: IMS, the Flow Service and the control API behind the wire."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from fastapi import FastAPI, Request, Response
from fastapi.exception_handlers import http_exception_handler
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.types import ASGIApp

from aep_emulator import __version__, control, ims, service
from aep_emulator.answers import Refusal, flow, gateway
from aep_emulator.labs import Labs
from aep_emulator.store import Store
from aep_emulator.wire import Wire


def create_app(store: Store, switches: Mapping[str, t.Any]) -> ASGIApp:
    """The emulator as an ASGI application."""
    labs = Labs(switches)
    app = FastAPI(
        title="Flow Service emulator",
        version=__version__,
        description="The spec endpoints of the Adobe Experience Platform Flow Service, to practise and to test on.",
        # Paths with a slash at the end are served, not redirected: see the middleware.
        redirect_slashes=False,
    )
    app.include_router(ims.router(labs))
    app.include_router(service.router(labs, store))
    app.include_router(control.router(labs, store))

    @app.exception_handler(Refusal)
    async def refuse(_request: Request, refusal: Refusal) -> Response:
        return refusal.response

    @app.exception_handler(404)
    @app.exception_handler(405)
    async def no_route(request: Request, error: Exception) -> Response:
        assert isinstance(error, StarletteHTTPException)  # noqa: S101 - for the type checker
        path = request.url.path
        if path.startswith(control.PREFIX):
            return await http_exception_handler(request, error)
        if error.status_code == 405:
            detail = f"The method {request.method} is not supported for this resource."
            return flow("1400-405", "Method Not Allowed", detail, headers=error.headers).response
        if path.startswith(service.PREFIX):
            return flow("1101-404", "Resource not found", f"There is no resource at the path {path}.").response
        # The gateway responds where no service is registered.
        return gateway(404003, "No API is known at this path").response

    return Wire(app, labs, store)
