# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ASGI middleware that records requests and injects faults."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import random
import time
import typing as t
import urllib.parse

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aep_emulator import control
from aep_emulator.client_state import ClientRegistry, Fault, Record, fingerprint, parse_body
from aep_emulator.etags import new_etag
from aep_emulator.responses import JSON_TYPE, REQUEST_ID, default_body, new_request_id
from aep_emulator.store import Store

_SECRET_FORM_FIELDS = ("client_secret",)


@dataclasses.dataclass
class RawResponse:
    """A whole response, before it is sent."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes

    def with_body(self, body: bytes, content_type: str | None = None) -> RawResponse:
        """Return the same response with another body."""
        replaced = {b"content-length", b"content-type"} if content_type else {b"content-length"}
        headers = [(name, value) for name, value in self.headers if name.lower() not in replaced]
        headers.append((b"content-length", str(len(body)).encode()))
        if content_type:
            headers.append((b"content-type", content_type.encode()))
        return RawResponse(self.status, headers, body)


class CutError(Exception):
    """The connection ends without a response."""


class FaultMiddleware:
    """Middleware around the service."""

    def __init__(self, app: ASGIApp, clients: ClientRegistry, store: Store) -> None:
        self._app = app
        self._clients = clients
        self._store = store

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(control.PREFIX):
            await self._app(scope, receive, send)
            return
        body = await _read(receive)
        record = self._record(scope, body)
        REQUEST_ID.set(new_request_id())
        started = time.monotonic()
        fault = self._clients.fault(record.client_id, record.method, record.path)
        record.fault = fault.action["type"] if fault else None
        try:
            response = await self._respond(scope, body, fault)
            response.headers.append((b"x-request-id", REQUEST_ID.get().encode()))
            record.status = response.status
            record.duration_ms = (time.monotonic() - started) * 1000
            await _send(send, response, fault)
        except CutError:
            _cut(send)

    def _record(self, scope: Scope, body: bytes) -> Record:
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        query = scope["query_string"].decode("latin-1")
        is_ims = scope["path"].startswith("/ims/")
        content = parse_body(body)
        client_id = headers.get("x-api-key", "")
        if is_ims:
            form = dict(urllib.parse.parse_qsl(f"{query}&{body.decode(errors='replace')}"))
            client_id = form.get("client_id", "")
            content = {name: fingerprint(form[name]) if name in _SECRET_FORM_FIELDS else form[name] for name in form}
            query = ""
        if "authorization" in headers:
            headers["authorization"] = fingerprint(headers["authorization"].removeprefix("Bearer "))
        return self._clients.record(
            client_id,
            method=scope["method"],
            path=scope["path"],
            query=query,
            service="ims" if is_ims else "flow",
            headers=headers,
            body=content,
            client_port=scope["client"][1] if scope.get("client") else None,
        )

    async def _respond(self, scope: Scope, body: bytes, fault: Fault | None) -> RawResponse:
        action: dict[str, t.Any] = fault.action if fault else {"type": "none"}
        kind, after = action["type"], action.get("when") == "after"
        if kind == "compete" and not after:
            self._compete(scope, action)
        if kind == "delay" and not after:
            await _pause(action["seconds"])
        if kind == "reset" and not after:
            raise CutError
        if kind in ("status", "redirect") and not after:
            return _scripted_response(action)
        response = await self._serve(scope, body)
        if kind == "compete" and after:
            self._compete(scope, action)
        if kind == "delay" and after:
            await _pause(action["seconds"])
        if kind == "reset":
            raise CutError
        if kind == "status":
            return _scripted_response(action)
        if kind == "replace_body":
            text = _text(action.get("body"))
            changed = response.with_body(text, action.get("content_type", JSON_TYPE))
            changed.status = action.get("status", response.status)
            return changed
        return response

    async def _serve(self, scope: Scope, body: bytes) -> RawResponse:
        messages: list[Message] = []
        sent = False
        # Adobe's collections send some paths with a slash at the end.
        scope = {**scope, "path": scope["path"].rstrip("/") or "/"}

        async def receive() -> Message:
            nonlocal sent
            if sent:
                return {"type": "http.disconnect"}
            sent = True
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            messages.append(message)

        await self._app(scope, receive, send)
        content = b"".join(message.get("body", b"") for message in messages[1:])
        return RawResponse(messages[0]["status"], list(messages[0]["headers"]), content)

    def _compete(self, scope: Scope, action: dict[str, t.Any]) -> None:
        """Write as another client that read the spec earlier, over the current content."""
        headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
        place = self._store.scope(headers.get("x-gw-ims-org-id", ""), headers.get("x-sandbox-name", "prod"))
        kind, spec_id = action.get("kind", "flowSpecs"), action["spec_id"]
        stored = place.get(kind, spec_id)
        if stored is None:
            return
        spec = {**stored.content, **action.get("set", {})}
        if kind == "flowSpecs":
            dropped, added = action.get("drop_links", []), action.get("add_links", [])
            sources = [link for link in spec.get("sourceConnectionSpecIds", []) if link not in dropped]
            spec["sourceConnectionSpecIds"] = sources + [link for link in added if link not in sources]
        if "updatedAt" in spec:
            spec["updatedAt"] += 1
        if "etag" in spec and not action.get("keep_etag"):
            spec["etag"] = spec["version"] = new_etag()
        place.put(kind, spec)


async def _read(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


async def _pause(seconds: float | list[float]) -> None:
    await asyncio.sleep(random.uniform(*seconds) if isinstance(seconds, list) else seconds)


def _text(body: t.Any) -> bytes:
    return (body if isinstance(body, str) else json.dumps(body)).encode("utf-8", "surrogateescape")


def _scripted_response(action: dict[str, t.Any]) -> RawResponse:
    """Return the response that a fault describes."""
    if action["type"] == "redirect":
        action = {"status": 302, "body": "", "headers": {"Location": action["location"]}, **action}
    body = action.get("body")
    headers = dict(action.get("headers", {}))
    if action.get("retry_after") is not None:
        headers["Retry-After"] = str(action["retry_after"])
    bare = RawResponse(action["status"], [(name.encode(), value.encode()) for name, value in headers.items()], b"")
    content = _text(default_body(action["status"]) if body is None else body)
    return bare.with_body(content, action.get("content_type", JSON_TYPE))


async def _send(send: Send, response: RawResponse, fault: Fault | None) -> None:
    kind = fault.action["type"] if fault else "none"
    await send({"type": "http.response.start", "status": response.status, "headers": response.headers})
    if fault and kind == "slow_drip":
        for index in range(len(response.body)):
            await send({"type": "http.response.body", "body": response.body[index : index + 1], "more_body": True})
            await asyncio.sleep(fault.action["seconds_per_byte"])
        await send({"type": "http.response.body", "body": b""})
    elif kind == "truncate":
        half = response.body[: len(response.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        # Let the half leave before the connection goes.
        await asyncio.sleep(0.05)
        raise CutError
    else:
        await send({"type": "http.response.body", "body": response.body})


def _cut(send: Send) -> None:
    """Abort the TCP connection. ASGI has no way to ask for that, so this reaches for uvicorn's transport."""
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        raise RuntimeError("the connection can be cut on uvicorn only")
    transport.abort()
