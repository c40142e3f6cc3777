# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Ensure the links of a flow spec: which connection specs it supports as sources."""

from __future__ import annotations

import dataclasses
import typing as t
from collections.abc import Sequence

from ansible_collections.aep.flow_service.plugins.module_utils._engine.collection import Collection, LiveSpec, Service
from ansible_collections.aep.flow_service.plugins.module_utils._engine.find import named
from ansible_collections.aep.flow_service.plugins.module_utils._engine.outcome import Outcome
from ansible_collections.aep.flow_service.plugins.module_utils._engine.plan import Plan, Planner
from ansible_collections.aep.flow_service.plugins.module_utils._engine.update import update_object
from ansible_collections.aep.flow_service.plugins.module_utils._errors import FlowServiceError, NotFoundError
from ansible_collections.aep.flow_service.plugins.module_utils._json.compare import ABSENT, Change
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.identifiers import has_id, id_key, type_name
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import (
    CONNECTION_SPEC,
    FLOW_SPEC,
    SOURCES,
    Spec,
)


@dataclasses.dataclass(frozen=True)
class Links:
    """The connection specs to add to a flow spec, or to remove from it."""

    flow_spec_id: str | None
    flow_spec_name: str | None
    connection_spec_ids: tuple[str, ...]
    present: bool
    check_connection_specs: bool


def ensure_links(service: Service, links: Links, check_mode: bool) -> Outcome:
    """Make a flow spec support connection specs, or no longer support them.

    Raises FlowServiceError.
    """
    specs = service.collection(FLOW_SPEC)
    live = _find_flow_spec(specs, links)
    planner = _link_planner(links)
    plan = planner(live.spec)
    if links.present and links.check_connection_specs:
        linked = live.spec.get(SOURCES)
        new = [spec_id for spec_id in links.connection_spec_ids if not has_id(linked, spec_id)]
        _check_connection_specs_exist(service, new)
    if check_mode or not plan.changes:
        return Outcome(FLOW_SPEC, plan.spec, live.spec, plan, (SOURCES,))
    updated = update_object(specs, live, planner)
    return Outcome(FLOW_SPEC, updated.live.spec, updated.before, updated.plan, (SOURCES,), updated.warnings)


def _find_flow_spec(specs: Collection, links: Links) -> LiveSpec:
    if links.flow_spec_id is not None:
        live = specs.get(links.flow_spec_id)
    else:
        live = named(specs, t.cast(str, links.flow_spec_name))
    if live is None:
        described = f"with ID {links.flow_spec_id}" if links.flow_spec_id else repr(links.flow_spec_name)
        raise NotFoundError(
            f"Could not find the flow spec {described}: sandbox {specs.settings.sandbox_name} has no such flow spec."
            " No changes were made. Next step: check the flow spec and sandbox_name. flow_spec_info lists the flow"
            " specs."
        )
    return live


def _link_planner(links: Links) -> Planner:
    wanted = list({id_key(spec_id): spec_id for spec_id in links.connection_spec_ids}.values())

    def plan(live: Spec) -> Plan:
        linked = live.get(SOURCES) or []
        if not isinstance(linked, list):
            raise FlowServiceError(
                f"Could not link to {FLOW_SPEC.label(live)}: its field {SOURCES} is of type {type_name(linked)}, and"
                f" must be of type list: {linked!r}. No changes were made. Next step: set"
                " source_connection_spec_ids of this flow spec to the list of all its sources."
            )
        if links.present:
            new = linked + [spec_id for spec_id in wanted if not has_id(linked, spec_id)]
        else:
            new = [spec_id for spec_id in linked if not has_id(wanted, spec_id)]
        if len(new) == len(linked):
            return Plan(live, [])
        return Plan({**live, SOURCES: new}, [Change((SOURCES,), live.get(SOURCES, ABSENT), new)])

    return plan


def _check_connection_specs_exist(service: Service, ids: Sequence[str]) -> None:
    specs = service.collection(CONNECTION_SPEC)
    known = {id_key(live.id) for live in specs.find(ids=ids)} if len(ids) > 1 else set()
    # Not everything that a filter does not show is missing: ask for these one by one.
    unknown = [spec_id for spec_id in ids if id_key(spec_id) not in known and specs.get(spec_id) is None]
    if unknown:
        raise NotFoundError(
            f"Could not link {', '.join(unknown)}: sandbox {service.settings.sandbox_name} has no connection spec"
            " with this ID. No changes were made. Next step: create the connection spec first, or check the ID and"
            " sandbox_name. To link it without this check, set check_connection_specs to false.",
            unknown_connection_spec_ids=unknown,
        )
