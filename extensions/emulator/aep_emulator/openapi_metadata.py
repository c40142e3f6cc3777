# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Metadata of the endpoints for the OpenAPI document of the emulator."""

from __future__ import annotations

import http
import typing as t
from collections.abc import Mapping

# Statuses of the gateway.
_OF_THE_GATEWAY = (400, 401, 403, 429)
_HEADERS = {
    "Authorization": "Bearer and a token of Adobe IMS",
    "x-api-key": "The client id",
    "x-gw-ims-org-id": "The organization",
    "x-sandbox-name": "The sandbox",
}


def error_responses(*statuses: int) -> dict[int | str, dict[str, t.Any]]:
    """Return the error responses of these statuses, in the form of FastAPI."""
    return {status: {"description": http.HTTPStatus(status).phrase} for status in statuses}


def route_metadata(
    *statuses: int,
    query: Mapping[str, dict[str, t.Any]] | None = None,
    body: dict[str, t.Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> dict[str, t.Any]:
    """Return the metadata of a route: its headers, query, body, and error responses."""
    parameters: list[dict[str, t.Any]] = [
        {
            "name": name,
            "in": "header",
            "required": name != "x-sandbox-name",
            "description": text,
            "schema": {"type": "string"},
        }
        for name, text in {**_HEADERS, **(headers or {})}.items()
    ]
    parameters += [{"name": name, "in": "query", "schema": schema} for name, schema in (query or {}).items()]
    extra: dict[str, t.Any] = {"parameters": parameters}
    if body:
        extra["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    return {"openapi_extra": extra, "responses": error_responses(*_OF_THE_GATEWAY, *statuses)}
