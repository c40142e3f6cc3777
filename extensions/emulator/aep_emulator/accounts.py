# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Base connections, which are the accounts at sources."""

from __future__ import annotations

import copy
import hashlib

from fastapi import Response

from aep_emulator import inlets, rows
from aep_emulator.objects import (
    ObjectKind,
    check_required,
    find_spec,
    mapping_at,
    reference,
    require_name,
)
from aep_emulator.request_context import RequestContext
from aep_emulator.responses import connector_error, invalid_request, json_response
from aep_emulator.store import Content

PATH = "connections"
MASK = "xxxx"
HTTP_API = "bc7b00d6-623a-4dfc-9fdb-f1240aeadaeb"


def _auth_specs(context: RequestContext, account: Content) -> list[Content]:
    stored = context.scope.get("connectionSpecs", str(mapping_at(account, "connectionSpec").get("id")))
    specs = stored.content.get("authSpec") if stored else None
    return [spec for spec in specs if isinstance(spec, dict)] if isinstance(specs, list) else []


def _complete(context: RequestContext, account: Content) -> Content:
    require_name(account)
    spec_id = reference(account, "connectionSpec")
    find_spec(context, "connectionSpecs", spec_id)
    _check_auth(context, account)
    if context.switches.credential_check == "fail":
        raise connector_error("1302-400", "The source does not accept the credentials.")
    if spec_id == HTTP_API:
        _add_inlet(context, account)
    return {}


def _check_auth(context: RequestContext, account: Content) -> None:
    specs = _auth_specs(context, account)
    if not specs:
        return
    auth = mapping_at(account, "auth")
    chosen = next((spec for spec in specs if spec.get("name") == auth.get("specName")), None)
    if chosen is None:
        raise invalid_request("1415-400", f"The auth spec {auth.get('specName')} is not in the connection spec.")
    check_required(mapping_at(auth, "params"), mapping_at(chosen, "spec"), "auth.params")


def _add_inlet(context: RequestContext, account: Content) -> None:
    """Add the parameters that the service adds for the HTTP API."""
    name = account["name"]
    inlet_id = hashlib.sha256(f"{context.scope.org} {context.sandbox} {name}".encode()).hexdigest()
    params = account.setdefault("auth", {}).setdefault("params", {})
    params.update(
        sourceId=name,
        inletUrl=inlets.open_inlet(context, inlet_id, account=account["id"]),
        authenticationRequired=False,
        inletId=inlet_id,
        name=name,
    )


def _check_draft(context: RequestContext, account: Content) -> None:
    spec = find_spec(context, "connectionSpecs", reference(account, "connectionSpec"))
    check_draft_support(spec)


def check_draft_support(spec: Content) -> None:
    """Reject a draft of a spec that does not support drafts."""
    if mapping_at(spec, "attributes").get("isDraftModeSupported") is not True:
        raise connector_error("1368-400", f"The spec {spec['name']} does not support the mode draft.")


def _check_patch(context: RequestContext, old: Content, new: Content) -> None:
    if old.get("connectionSpec") != new.get("connectionSpec"):
        raise invalid_request("1414-400", "The connection spec of a connection cannot change.")
    if old.get("auth") != new.get("auth"):
        _check_auth(context, new)


def _check_delete(context: RequestContext, account: Content) -> None:
    for flow in context.scope.all("flows"):
        sources = mapping_at(flow.content, "inheritedAttributes").get("sourceConnections") or []
        if any(mapping_at(source, "baseConnection").get("id") == account["id"] for source in sources):
            raise invalid_request("1418-400", f"The connection is used by the flow {flow.content['id']}.")


def _secrets(specs: list[Content], chosen: object) -> set[str]:
    """Return the parameters that the connection spec marks as passwords."""
    named = [spec for spec in specs if spec.get("name") == chosen] or specs
    return {
        name
        for spec in named
        for name, schema in mapping_at(spec, "spec", "properties").items()
        if isinstance(schema, dict) and schema.get("format") == "password"
    }


def _present(context: RequestContext, account: Content) -> Content:
    # No published account has it. It would show the secrets of an update.
    presented = {name: copy.deepcopy(value) for name, value in account.items() if name != "lastOperation"}
    shown = context.switches.secrets_in_answers
    params = mapping_at(account, "auth", "params")
    if shown == "clear" or not params:
        return presented
    hidden = _secrets(_auth_specs(context, account), mapping_at(account, "auth").get("specName")) & params.keys()
    for name in hidden:
        if shown == "absent":
            del presented["auth"]["params"][name]
        else:
            placeholder = f"{{{name.upper()}}}"
            presented["auth"]["params"][name] = MASK if shown == "masked" else placeholder
    return presented


KIND = ObjectKind(
    PATH,
    "base connection",
    _complete,
    check_draft=_check_draft,
    check_patch=_check_patch,
    check_delete=_check_delete,
    present=_present,
)


def _source_ids(context: RequestContext, account_id: str) -> tuple[str, str] | None:
    stored = context.scope.get(PATH, account_id, context.switches.read_delay)
    if stored is None:
        return None
    return account_id, str(mapping_at(stored.content, "connectionSpec").get("id"))


def test(context: RequestContext, account_id: str) -> Response:
    """Respond to a test of an account."""
    if _source_ids(context, account_id) is None:
        return context.not_found(PATH, account_id)
    outcome = context.switches.connection_test
    if outcome == "error":
        raise connector_error("1308-400", "The source responded with an error.")
    if outcome == "text":
        return json_response(200, "true")
    return json_response(200, {"result": outcome == "true"})


def explore(context: RequestContext, account_id: str) -> Response:
    """Respond to explore."""
    ids = _source_ids(context, account_id)
    if ids is None:
        return context.not_found(PATH, account_id)
    spec = context.scope.get("connectionSpecs", ids[1])
    if spec is not None and mapping_at(spec.content, "exploreSpec").get("type") == "StreamingConnection":
        raise connector_error("1336-400", "Explore is not supported for this connection spec.")
    return json_response(200, rows.explore(context, *ids))


def configs(context: RequestContext, account_id: str) -> Response:
    """Respond with the columns of the rows."""
    ids = _source_ids(context, account_id)
    if ids is None:
        return context.not_found(PATH, account_id)
    columns = rows.columns_of(rows.find_rows(context.scope, *ids))
    return json_response(
        200, {"items": [{"columnName": column["name"], "columnType": column["type"]} for column in columns]}
    )
