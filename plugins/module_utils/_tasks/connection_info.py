# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Look accounts up: the task of ``connection_info``."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from ansible_collections.aep.flow_service.plugins.module_utils._engine.collection import Service
from ansible_collections.aep.flow_service.plugins.module_utils._engine.find import named
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import Params
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.auth_spec import (
    AuthSpec,
    auth_specs,
    hidden_names,
    hide,
    params_of,
    spec_id_of,
)
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.connections import CONNECTION
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.identifiers import (
    check_id,
    check_ids,
    check_name,
    id_key,
    is_same_id,
)
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import CONNECTION_SPEC, Spec
from ansible_collections.aep.flow_service.plugins.module_utils._tasks import options as arguments
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.connection_params import optional
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.operation import Operation, Result


@dataclasses.dataclass(frozen=True)
class AccountQuery:
    """Which accounts to look up; what is not given does not narrow the search."""

    ids: tuple[str, ...] | None
    name: str | None
    connection_spec_id: str | None
    connection_spec_name: str | None
    properties: tuple[str, ...]


def connection_info_operation() -> Operation[AccountQuery]:
    """Look accounts up: the operation of ``connection_info``."""

    def read(params: Params) -> AccountQuery:
        account_id = optional(check_id, params, "id")
        ids = None if params["ids"] is None else check_ids(params["ids"], "ids")
        return AccountQuery(
            ids=ids if account_id is None else (account_id,),
            name=optional(check_name, params, "name"),
            connection_spec_id=optional(check_id, params, "connection_spec_id"),
            connection_spec_name=optional(check_name, params, "connection_spec_name"),
            properties=tuple(params["properties"]),
        )

    def perform(service: Service, query: AccountQuery, _check_mode: bool) -> Result:
        found = find_accounts(service, query)
        return {"changed": False, "connections": found, "count": len(found)}

    return Operation(
        argument_spec={
            **arguments.connection_options(),
            "id": {"type": "str"},
            "ids": {"type": "list", "elements": "str"},
            "name": {"type": "str"},
            "connection_spec_id": {"type": "str"},
            "connection_spec_name": {"type": "str"},
            "properties": {"type": "list", "elements": "str", "default": []},
        },
        read=read,
        perform=perform,
        is_read_only=True,
        mutually_exclusive=(("id", "ids"), ("connection_spec_id", "connection_spec_name")),
    )


def find_accounts(service: Service, query: AccountQuery) -> list[Spec]:
    """Return the accounts that fit a query, without their secrets.

    Raises FlowServiceError.
    """
    if query.ids is not None and not query.ids:
        return []
    spec_id = query.connection_spec_id
    if query.connection_spec_name is not None:
        spec = named(service.collection(CONNECTION_SPEC), query.connection_spec_name)
        if spec is None:
            return []
        spec_id = spec.id
    filters = [*query.properties, *([f"connectionSpec.id=={spec_id}"] if spec_id else [])]
    found = [
        live.spec
        for live in service.collection(CONNECTION).find(name=query.name, ids=query.ids or (), properties=filters)
        if spec_id is None or is_same_id(spec_id_of(live.spec), spec_id)
    ]
    specs = _specs_of(service, found)
    return [hide(account, hidden_names(specs.get(id_key(spec_id_of(account)), ()), account)) for account in found]


def _specs_of(service: Service, accounts: Sequence[Spec]) -> dict[str, list[AuthSpec]]:
    """Return the authentication specifications of the connection specs of accounts, by ID, from one listing."""
    ids = {spec_id_of(account) for account in accounts if params_of(account)} - {""}
    if not ids:
        return {}
    return {
        id_key(live.id): auth_specs(live.spec) for live in service.collection(CONNECTION_SPEC).find(ids=sorted(ids))
    }
