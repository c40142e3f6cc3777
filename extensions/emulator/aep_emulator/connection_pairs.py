# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Source connections and target connections, the two ends of a flow."""

from __future__ import annotations

import typing as t

from aep_emulator.accounts import HTTP_API
from aep_emulator.builtin import PROVIDERS
from aep_emulator.objects import (
    ObjectKind,
    check_published,
    check_required,
    find_spec,
    mapping_at,
    reference,
    require_name,
)
from aep_emulator.request_context import RequestContext
from aep_emulator.responses import connector_error, invalid_request
from aep_emulator.store import Content

DATA_LAKE = "c604ff05-7f1a-43c0-8e18-33bf874cb11c"


def _complete_source(context: RequestContext, source: Content) -> Content:
    require_name(source)
    spec_id = reference(source, "connectionSpec")
    spec = find_spec(context, "connectionSpecs", spec_id)
    account_id = source.get("baseConnectionId")
    # Streaming sources of the SDK have no account.
    is_streaming = spec.get("providerId") == PROVIDERS["streaming"]
    needs_account = not is_streaming or bool(spec.get("authSpec")) or spec_id == HTTP_API
    if account_id is None and needs_account:
        raise connector_error("1304-400", "The field baseConnectionId is missing, and it is required.")
    if account_id is not None and not needs_account and spec.get("type") == "generic-streaming":
        raise connector_error("1332-400", "A source connection of this spec must not have a baseConnectionId.")
    if "data" not in source and spec_id != HTTP_API:
        raise connector_error("1304-400", "The field data is missing, and it is required.")
    check_required(mapping_at(source, "params"), mapping_at(spec, "sourceSpec", "spec"), "params")
    return {} if account_id is None else {"inheritedAttributes": _inherited(context, str(account_id), spec_id)}


def _inherited(context: RequestContext, account_id: str, spec_id: str) -> Content:
    account = context.scope.get("connections", account_id)
    if account is None:
        raise invalid_request("1413-400", f"The base connection {account_id} is not found.")
    check_published(account.content)
    spec = account.content["connectionSpec"]
    if spec["id"] != spec_id:
        raise invalid_request("1413-400", f"The base connection {account_id} has another connection spec.")
    return {"baseConnection": {"id": account_id, "connectionSpec": spec}}


def _complete_target(context: RequestContext, target: Content) -> Content:
    spec_id = reference(target, "connectionSpec")
    find_spec(context, "connectionSpecs", spec_id)
    if spec_id != DATA_LAKE:
        raise connector_error("1307-400", "The connection spec of a target connection must be the data lake.")
    dataset_id = mapping_at(target, "params").get("dataSetId")
    if not dataset_id:
        raise connector_error("1325-400", "The field params.dataSetId is missing, and it is required.")
    if context.scope.get("dataSets", str(dataset_id)) is None:
        raise invalid_request("1400-400", f"The dataset {dataset_id} is not found.")
    return {"providerRefId": None}


def _check_delete(name: str) -> t.Callable[[RequestContext, Content], None]:
    def check(context: RequestContext, content: Content) -> None:
        for flow in context.scope.all("flows"):
            if content["id"] in (flow.content.get(name) or []):
                raise invalid_request("1447-400", f"The object is part of the flow {flow.content['id']}.")

    return check


SOURCES = ObjectKind(
    "sourceConnections", "source connection", _complete_source, check_delete=_check_delete("sourceConnectionIds")
)
TARGETS = ObjectKind(
    "targetConnections", "target connection", _complete_target, check_delete=_check_delete("targetConnectionIds")
)
