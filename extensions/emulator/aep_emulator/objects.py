# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The endpoints that accounts, source connections, target connections, and flows have in common."""

from __future__ import annotations

import dataclasses
import json
import time
import typing as t
import uuid
from collections.abc import Callable, Mapping

from fastapi import Response

from aep_emulator import json_paths
from aep_emulator.etags import new_etag
from aep_emulator.json_paths import Operation
from aep_emulator.listing import Listing
from aep_emulator.request_context import RequestContext, milliseconds
from aep_emulator.responses import connector_error, flow_error, invalid_request, json_response
from aep_emulator.store import Content, Job, Scope, Stored

READ_ONLY = frozenset(
    (
        *("id", "createdAt", "updatedAt", "createdBy", "updatedBy", "createdClient", "updatedClient", "sandboxId"),
        *("sandboxName", "imsOrgId", "state", "version", "etag", "inheritedAttributes", "runs", "lastOperation"),
        *("lastRunDetails", "providerRefId"),
    )
)
DRAFT, ENABLED, DISABLED = "draft", "enabled", "disabled"
PENDING, UPDATING, DELETING = "pending", "updating", "delete-finalizing"


def _ignore(*_arguments: t.Any) -> None:
    """Accept each request."""


@dataclasses.dataclass(frozen=True)
class ObjectKind:
    """What is particular to one kind of object."""

    path: str
    noun: str
    # Checks the content of a new object, and returns the fields that the service adds.
    complete: Callable[[RequestContext, Content], Content]
    check_draft: Callable[[RequestContext, Content], None] = _ignore
    # Checks a change, by the object before and after it.
    check_patch: Callable[[RequestContext, Content, Content], None] = _ignore
    check_delete: Callable[[RequestContext, Content], None] = _ignore
    after_enable: Callable[[RequestContext, Content], None] = _ignore
    after_disable: Callable[[RequestContext, Content], None] = _ignore
    # The operations besides publish: each has the state before and after it.
    switches: Mapping[str, tuple[str, str]] = dataclasses.field(default_factory=dict)
    # Whether a new object with a state is an error. Other kinds ignore the state.
    rejects_state: bool = False
    # Returns the object as a client can see it.
    present: Callable[[RequestContext, Content], Content] | None = None


class Objects:
    """The endpoints of one kind of object."""

    def __init__(self, kind: ObjectKind) -> None:
        self.kind = kind
        self.listing = Listing(kind.path, self._render, has_order=True, has_empty_links=True)

    def _render(self, context: RequestContext, stored: Stored) -> str:
        if self.kind.present is None:
            return stored.text
        return json.dumps(self.kind.present(context, stored.content))

    def get(self, context: RequestContext, object_id: str) -> Response:
        """Respond to GET of an object by ID."""
        stored = context.scope.get(self.kind.path, object_id, context.switches.read_delay)
        if stored is None:
            return context.not_found(self.kind.path, object_id)
        headers = {"ETag": stored.content["etag"]} if context.switches.etags in ("header", "both") else None
        return json_response(200, f'{{"items":[{self._render(context, stored)}]}}', headers)

    async def create(self, context: RequestContext) -> Response:
        """Respond to POST of a new object."""
        context.check_write_permission()
        body = await context.body()
        if self.kind.rejects_state and "state" in body:
            raise invalid_request("1410-400", "The field state must not be set.")
        content = {"id": str(uuid.uuid4())}
        content.update((name, value) for name, value in body.items() if name not in READ_ONLY)
        for path in (*context.switches.drop_fields, *context.switches.dropped_fields):
            json_paths.drop(content, path.split("."))
        is_draft = dict(context.query).get("mode") == "draft"
        if is_draft:
            self.kind.check_draft(context, content)
        added = {} if is_draft else self.kind.complete(context, content)
        self._check_name(context, content)
        now, etag = milliseconds(), new_etag()
        operation = {"started": now, "updated": 0 if is_draft else now}
        stored = {
            **context.stamps(now),
            **content,
            "state": DRAFT if is_draft else ENABLED,
            "version": etag,
            "etag": etag,
            **added,
            "lastOperation": {**operation, "operation": "draft_create" if is_draft else "create"},
        }
        self._put(context, stored)
        if not is_draft:
            self.kind.after_enable(context, stored)
        return self._written(context, "post", 201, stored)

    def _check_name(self, context: RequestContext, content: Content) -> None:
        if not context.switches.unique_names:
            return
        if any(stored.content.get("name") == content.get("name") for stored in context.scope.all(self.kind.path)):
            raise invalid_request("1400-400", f"The name {content.get('name')} is taken.")

    async def patch(self, context: RequestContext, object_id: str) -> Response:
        """Respond to PATCH of an object."""
        context.check_write_permission()
        operations = json_paths.parse_operations(await context.json())
        stored = context.scope.get(self.kind.path, object_id)
        if stored is None:
            return context.not_found(self.kind.path, object_id)
        old = stored.content
        _check_if_match(context, old)
        if old["state"] in (UPDATING, DELETING):
            raise invalid_request("1420-400", f"The state {old['state']} does not allow an update.")
        for operation in operations:
            _check_not_read_only(operation)
        new = json_paths.apply(old, operations)
        if old["state"] != DRAFT:
            self.kind.check_patch(context, old, new)
        ops = [operation.as_json() for operation in operations]
        self._put(context, self._stamp_change(context, new, "update", ops=ops))
        if context.switches.update_time and old["state"] != DRAFT:
            data = {"path": self.kind.path, "state": old["state"]}
            self._put(context, {**new, "state": UPDATING})
            context.scope.schedule(Job(time.time() + context.switches.update_time, "set_state", object_id, data))
        return self._written(context, "put", 200, new)

    def _stamp_change(self, context: RequestContext, content: Content, operation: str, **more: t.Any) -> Content:
        """Stamp a changed object, in place, and return it."""
        now = max(milliseconds(), int(content["updatedAt"]) + 1)
        content["updatedAt"] = now
        content["updatedBy"] = content["updatedClient"] = context.client_id
        content["version"] = content["etag"] = new_etag()
        content["lastOperation"] = {
            "started": now,
            "updated": now,
            "percentCompleted": 100.0,
            "status": {"value": "completed", "errors": []},
            "operation": operation,
            **more,
        }
        return content

    def delete(self, context: RequestContext, object_id: str) -> Response:
        """Respond to DELETE of an object."""
        context.check_write_permission()
        stored = context.scope.get(self.kind.path, object_id)
        if stored is None:
            return context.not_found(self.kind.path, object_id)
        content = stored.content
        if content["state"] in (UPDATING, DELETING):
            raise invalid_request("1458-400", f"The state {content['state']} does not allow a deletion.")
        self.kind.check_delete(context, content)
        self.kind.after_disable(context, content)
        if context.switches.deletion_time:
            self._put(context, {**content, "state": DELETING})
            due = time.time() + context.switches.deletion_time
            context.scope.schedule(Job(due, "delete", object_id, {"path": self.kind.path}))
            return Response(status_code=202)
        context.scope.delete(self.kind.path, object_id)
        return Response(status_code=context.switches.delete_status)

    def act(self, context: RequestContext, object_id: str) -> Response:
        """Respond to an action. ``op`` has one of two published spellings."""
        context.check_write_permission()
        stored = context.scope.get(self.kind.path, object_id)
        if stored is None:
            return context.not_found(self.kind.path, object_id)
        content = stored.content
        op = action_name(context)
        if op == "publish":
            self._publish(context, content)
        elif op in self.kind.switches:
            self._switch(context, content, op)
        else:
            # The operations finalize and finalize-update belong to providers.
            raise invalid_request("1402-400", f"The operation {op} is not supported.")
        return self._written(context, "post", 200, content)

    def _publish(self, context: RequestContext, content: Content) -> None:
        if content["state"] != DRAFT:
            raise invalid_request("1422-400", f"The state {content['state']} does not allow the operation publish.")
        content.update(self.kind.complete(context, content))
        content["state"] = ENABLED
        self._put(context, self._stamp_change(context, content, "publish"))
        self.kind.after_enable(context, content)

    def _switch(self, context: RequestContext, content: Content, op: str) -> None:
        before, after = self.kind.switches[op]
        if content["state"] in (UPDATING, DELETING):
            raise invalid_request("1421-400", f"The state {content['state']} does not allow the operation {op}.")
        if content["state"] != before:
            raise invalid_request("1422-400", f"The state {content['state']} does not allow the operation {op}.")
        content["state"] = after
        self._put(context, self._stamp_change(context, content, op))
        (self.kind.after_enable if after == ENABLED else self.kind.after_disable)(context, content)

    def _put(self, context: RequestContext, content: Content) -> None:
        context.scope.put(self.kind.path, content)

    def _written(self, context: RequestContext, method: str, status: int, content: Content) -> Response:
        answer = {"id": content["id"]}
        if context.switches.write_answers == "full":
            answer["etag"] = content["etag"]
        wrapped = context.switches.wrap_answers in (method, "both")
        return json_response(status, {"items": [answer]} if wrapped else answer)


def stored_object(content: Content) -> Content:
    """Return an object of the control API with the fields that each stored object has."""
    etag = content.get("etag") or new_etag()
    now = milliseconds()
    return {"createdAt": now, "updatedAt": now, "state": ENABLED, "version": etag, **content, "etag": etag}


def action_name(context: RequestContext) -> str:
    """Return the operation of an action request, in lower case and with hyphens."""
    return dict(context.query).get("op", "").lower().replace("_", "-")


def set_state(scope: Scope, job: Job) -> None:
    """Set the state of an object, if the object still exists."""
    stored = scope.get(job.data["path"], job.resource_id)
    if stored is not None:
        scope.put(job.data["path"], {**stored.content, "state": job.data["state"]})


def require_name(content: Content) -> None:
    """Reject an object without a name."""
    if not isinstance(content.get("name"), str) or not content["name"].strip():
        raise connector_error("1304-400", "The field name is missing or empty, and it is required.")


def reference(content: Content, name: str) -> str:
    """Return the ID in a reference such as ``connectionSpec``, which also must have a version."""
    value = content.get(name)
    if not isinstance(value, dict) or not isinstance(value.get("id"), str):
        raise connector_error("1304-400", f"The field {name}.id is missing, and it is required.")
    if not value.get("version"):
        raise flow_error("1400-422", "Unprocessable Entity", f"The field {name}.version is missing.")
    return t.cast(str, value["id"])


def find_spec(context: RequestContext, path: str, spec_id: str) -> Content:
    """Return a spec that an object names."""
    stored = context.scope.get(path, spec_id)
    if stored is None:
        raise invalid_request("1413-400", f"The spec ID provided is invalid: {spec_id}.")
    return stored.content


def check_published(content: Content) -> None:
    """Reject an object that points to a draft."""
    if content.get("state") == DRAFT:
        raise invalid_request("1422-400", f"The object {content['id']} is a draft: publish it first.")


def mapping_at(content: Content, *path: str) -> Content:
    """Return a nested mapping, empty if the content has none at this path."""
    value: t.Any = content
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def check_required(given: Content, schema: Content, place: str) -> None:
    """Reject missing parameters of a schema. Published schemas require names that they do not define: ignore these."""
    properties = schema.get("properties")
    for name in schema.get("required") or ():
        if isinstance(properties, dict) and name in properties and given.get(name) in (None, ""):
            raise connector_error("1304-400", f"The field {place}.{name} is missing, and it is required.")


def _check_if_match(context: RequestContext, content: Content) -> None:
    given = context.request.headers.get("if-match")
    if given is None:
        raise flow_error("1403-400", "Header is missing", "The header 'If-Match' is missing in the request.")
    if given != content["etag"]:
        detail = f"The supplied version '{given}' does not match the current version on entity '{content['id']}'."
        raise flow_error("1404-412", "Version not matching", detail)


def _check_not_read_only(operation: Operation) -> None:
    if operation.steps[0] == "state":
        raise invalid_request("1410-400", "The field state must not be set.")
    if operation.steps[0] in READ_ONLY:
        raise connector_error("1365-400", f"The patch path {operation.path} is invalid.")
