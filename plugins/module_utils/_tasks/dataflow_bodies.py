# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""New objects of a dataflow: the bodies that a creation or a replacement sends, and their names. Pure functions."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Mapping

from ansible_collections.aep.flow_service.plugins.module_utils._json.compare import Change, value_at
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON, JSONObject, mapping_of
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.flows import (
    DATA_LAKE,
    FLOW,
    SOURCE_CONNECTION,
    STREAMING_PROVIDER,
    TARGET_CONNECTION,
)
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.identifiers import is_same_id
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import Kind, Spec
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.dataflow_options import (
    REPLACEMENT_SUFFIX,
    Dataflow,
)
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.dataflow_plan import (
    References,
    Trio,
    as_number,
    below,
    merge_part,
    merge_transformations,
    says_nothing,
    wanted_source,
    wanted_target,
)

_SPEC_VERSION: t.Final = "1.0"
# Seconds until the start of a new flow without a start time. The service can reject a start time that has passed.
_LEAD_TIME: t.Final = 60
# The service adds these options.
_OWNED_OPTIONS: t.Final = ("inletUrl", "isSampleDataflow")


def source_name(wanted: Dataflow, name: str) -> str:
    """Return the name of the source connection of a dataflow."""
    return wanted.source.name or f"{name} source connection"


def target_name(wanted: Dataflow, name: str) -> str:
    """Return the name of the target connection of a dataflow."""
    return wanted.target.name or f"{name} target connection"


def new_source(wanted: Dataflow, references: References, spec_id: str, name: str, base: Spec | None = None) -> Spec:
    """Return the body of a source connection; ``base`` is the one that it replaces, whose other values it keeps."""
    is_alike = base is not None and is_same_id(value_at(base, ("connectionSpec", "id")), spec_id)
    fields: Spec = {"data": {"format": "json"}}
    if is_alike:
        fields = _declared(SOURCE_CONNECTION, t.cast(Spec, base))
    body = merge_part(fields, wanted_source(wanted, references))
    body |= {"name": name, "connectionSpec": {"id": spec_id, "version": _SPEC_VERSION}}
    body.pop("providerId", None)
    if not body.get("baseConnectionId") and not wanted.account.is_given:
        body["providerId"] = STREAMING_PROVIDER
    return _in_order(SOURCE_CONNECTION, body)


def new_target(wanted: Dataflow, schema: Spec, name: str, is_streaming: bool, base: Spec | None = None) -> Spec:
    """Return the body of a target connection; ``schema`` is that of the dataset, for where the task gives none."""
    fields: Spec = {"data": {"format": "json" if is_streaming else "parquet_xdm", "schema": schema}}
    if base is not None:
        fields = _declared(TARGET_CONNECTION, base)
    body = merge_part(fields, wanted_target(wanted))
    body |= {"name": name, "connectionSpec": {"id": DATA_LAKE, "version": _SPEC_VERSION}}
    return _in_order(TARGET_CONNECTION, body)


def new_flow(wanted: Dataflow, references: References, name: str, now: float, base: Spec | None = None) -> Spec:
    """Return the body of a flow, without its connections; ``base`` is the one that it replaces."""
    fields = _declared(FLOW, base or {})
    for field in ("sourceConnectionIds", "targetConnectionIds"):
        fields.pop(field, None)
    options = fields.get("options")
    if isinstance(options, Mapping):
        fields["options"] = {key: value for key, value in options.items() if key not in _OWNED_OPTIONS}
    given = {key: value for key, value in wanted.flow.items() if key != "transformations"}
    body = merge_part(fields, given)
    if "transformations" in wanted.flow:
        body["transformations"] = merge_transformations(fields.get("transformations"), wanted.flow["transformations"])
    flow_spec_id = references.flow_spec_id or value_at(body, ("flowSpec", "id"))
    body |= {"name": name, "flowSpec": {"id": flow_spec_id, "version": _SPEC_VERSION}}
    if body.get("scheduleParams"):
        body["scheduleParams"] = _new_schedule(mapping_of(body["scheduleParams"]), base is not None, now)
    return _in_order(FLOW, body)


def _new_schedule(schedule: Mapping[str, JSON], is_replacement: bool, now: float) -> JSONObject:
    start = as_number(schedule.get("startTime"))
    if start is not None and not (is_replacement and start <= now):
        return dict(schedule)
    return {"startTime": int(now) + _LEAD_TIME, **{key: schedule[key] for key in schedule if key != "startTime"}}


def start_later(body: Spec, now: float) -> Spec:
    """Return the body of a flow that starts in a minute, whenever it was to start."""
    schedule = mapping_of(body.get("scheduleParams"))
    return {**body, "scheduleParams": {**schedule, "startTime": int(now) + _LEAD_TIME}} if schedule else body


def _declared(kind: Kind, spec: Spec) -> Spec:
    names = [field.name for field in kind.fields]
    return {name: spec[name] for name in names if not says_nothing(spec.get(name))}


def _in_order(kind: Kind, body: Spec) -> Spec:
    return {name: value for name, value in _declared(kind, body).items() if name in body}


def plan_stored_flow(stored: Mapping[str, JSON], body: Spec) -> list[Change]:
    """Return what of the body of a new flow is not stored as it was sent."""
    sent = {name: value for name, value in body.items() if name not in ("transformations", "scheduleParams")}
    if "scheduleParams" in body:
        sent["scheduleParams"] = _without_start(body["scheduleParams"])
    spec = merge_part(stored, sent)
    if "transformations" in body:
        spec["transformations"] = merge_transformations(stored.get("transformations"), body["transformations"])
    return FLOW.changes(stored, spec, body)


def _without_start(schedule: JSON) -> JSONObject:
    return {key: value for key, value in mapping_of(schedule).items() if key != "startTime"}


def plan_new(bodies: Trio, has_start_time: bool) -> list[Change]:
    """Return the changes that a creation reports: not those that only the moment of the creation decides."""
    flow = {name: value for name, value in bodies.flow.items() if not name.endswith("ConnectionIds")}
    if not has_start_time and "scheduleParams" in flow:
        flow["scheduleParams"] = _without_start(flow["scheduleParams"])
    return [
        *below("flow", FLOW.changes({}, flow)),
        *below("source_connection", SOURCE_CONNECTION.changes({}, bodies.source or {})),
        *below("target_connection", TARGET_CONNECTION.changes({}, bodies.target or {})),
    ]


# The replacement of a dataflow, which a crash can leave unfinished.

_MARKER: t.Final = re.compile(r"Replaces the (?P<noun>source connection|target connection) (?P<id>[A-Za-z0-9._~-]+)\.")


def replacement_name(name: str) -> str:
    """Return the name that the replacement of a flow has until the replaced flow is gone."""
    return f"{name}{REPLACEMENT_SUFFIX}"


def final_name(name: str) -> str:
    """Return the name of a flow without the suffix of a replacement."""
    return name.removesuffix(REPLACEMENT_SUFFIX)


def other_name(name: str, live: Spec | None) -> str:
    """Return the name of a new connection that takes the place of one that still exists."""
    return replacement_name(name) if live is not None and live.get("name") == name else name


def marker(kind: Kind, replaced_id: str) -> str:
    """Return the description of a connection that takes the place of another one."""
    return f"Replaces the {kind.noun} {replaced_id}."


def replaced_id(connection: Mapping[str, JSON] | None, kind: Kind) -> str | None:
    """Return the ID of the connection of this kind that a connection takes the place of."""
    match = _MARKER.fullmatch(str((connection or {}).get("description")))
    return match["id"] if match and match["noun"] == kind.noun else None
