# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bodies that the platform answers with: those of the gateway, of the Flow Service, and of IMS."""

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
    """An id such as the service gives every request."""
    return secrets.token_urlsafe(24)


def answer(status: int, body: t.Any, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer; ``body`` may be JSON text already."""
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    return Response(text.encode("utf-8", "surrogatepass"), status, headers=headers, media_type=JSON_TYPE)


class Refusal(Exception):  # noqa: N818 - it is an answer, not an error of the emulator
    """A request that is answered with an error."""

    def __init__(self, status: int, body: t.Any, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status)
        self.response = answer(status, body, headers)


def gateway(code: int, message: str) -> Refusal:
    """A refusal by the gateway; the status is the start of the code."""
    return Refusal(code // 1000, {"error_code": str(code), "message": message})


def flow_body(code: str, title: str, detail: str, **report: str) -> dict[str, t.Any]:
    """The body of an error of the Flow Service; the status is the end of the code."""
    return {
        "type": f"https://ns.adobe.com/aep/errors/FLOW-{code}",
        "title": title,
        "status": int(code.rsplit("-", 1)[1]),
        "report": {"detailed-message": detail, "request-id": REQUEST_ID.get(), **report},
        "errorMessage": detail,
        "errorDetails": detail,
    }


def flow(
    code: str,
    title: str,
    detail: str,
    status: int | None = None,
    headers: Mapping[str, str] | None = None,
    **report: str,
) -> Refusal:
    """A refusal by the Flow Service."""
    body = flow_body(code, title, detail, **report)
    return Refusal(status or body["status"], body, headers)


def invalid(code: str, detail: str) -> Refusal:
    """A refusal of a request that makes no sense."""
    return flow(code, "Invalid request", detail)


def usual_body(status: int) -> t.Any:
    """The body that usually comes with a status, for faults that name the status only."""
    if status == 429:
        return {"error_code": "429050", "message": "Too many requests"}
    if status == 401:
        return {"error_code": "401013", "message": "Oauth token is not valid"}
    codes = {403: "2120-403", 404: "1101-404", 500: "1102-500", 503: "1103-503", 504: "1104-504"}
    titles = {403: "Forbidden", 404: "Resource not found", 503: "Service Unavailable", 504: "Gateway Timeout"}
    code = codes.get(status, f"1400-{status}")
    return flow_body(code, titles.get(status, "Internal Error"), "The emulator was told to fail here.")
