# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Response bodies of the platform: those of the gateway, of the Flow Service, and of IMS."""

from __future__ import annotations

import contextvars
import json
import secrets
import typing as t
from collections.abc import Mapping

from fastapi import Response

JSON_TYPE = "application/json"
REQUEST_ID: contextvars.ContextVar[str] = contextvars.ContextVar("request_id", default="")


def new_request_id() -> str:
    """Return an ID in the form of the request IDs of the service."""
    return secrets.token_urlsafe(24)


def json_response(status: int, body: t.Any, headers: Mapping[str, str] | None = None) -> Response:
    """Return a JSON response. A ``body`` of type str is JSON text."""
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    return Response(text.encode("utf-8", "surrogatepass"), status, headers=headers, media_type=JSON_TYPE)


class ErrorResponse(Exception):  # noqa: N818 - a response, not an error of the emulator
    """An error response to a request."""

    def __init__(self, status: int, body: t.Any, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status)
        self.response = json_response(status, body, headers)


def gateway_error(code: int, message: str) -> ErrorResponse:
    """Return an error of the gateway. The status is the start of the code."""
    return ErrorResponse(code // 1000, {"error_code": str(code), "message": message})


def flow_body(code: str, title: str, detail: str, *, prefix: str = "FLOW", **report: str) -> dict[str, t.Any]:
    """Return the body of an error of the Flow Service. The status is the end of the code."""
    return {
        "type": f"https://ns.adobe.com/aep/errors/{prefix}-{code}",
        "title": title,
        "status": int(code.rsplit("-", 1)[1]),
        "report": {"detailed-message": detail, "request-id": REQUEST_ID.get(), **report},
        "errorMessage": detail,
        "errorDetails": detail,
    }


def flow_error(
    code: str,
    title: str,
    detail: str,
    status: int | None = None,
    headers: Mapping[str, str] | None = None,
    **report: str,
) -> ErrorResponse:
    """Return an error of the Flow Service."""
    body = flow_body(code, title, detail, **report)
    return ErrorResponse(status or body["status"], body, headers)


def invalid_request(code: str, detail: str) -> ErrorResponse:
    """Return an error of the Flow Service for an invalid request."""
    return flow_error(code, "Invalid request", detail)


def connector_error(code: str, detail: str) -> ErrorResponse:
    """Return an error of the table of connectors, in which some numbers differ from those of the Flow Service."""
    body = flow_body(code, "Invalid request", detail, prefix="CONNECTOR")
    return ErrorResponse(body["status"], body)


def default_body(status: int) -> t.Any:
    """Return the default body of a status, for faults that set the status only."""
    if status == 429:
        return {"error_code": "429050", "message": "Too many requests"}
    if status == 401:
        return {"error_code": "401013", "message": "Oauth token is not valid"}
    codes = {403: "2120-403", 404: "1101-404", 500: "1102-500", 503: "1103-503", 504: "1104-504"}
    titles = {403: "Forbidden", 404: "Resource not found", 503: "Service Unavailable", 504: "Gateway Timeout"}
    code = codes.get(status, f"1400-{status}")
    return flow_body(code, titles.get(status, "Internal Error"), "A fault of the emulator applies to this request.")
