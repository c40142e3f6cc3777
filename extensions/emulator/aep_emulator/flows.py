# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Flows, which ingest the data of a source connection into a target connection."""

from __future__ import annotations

import hashlib
import time
import typing as t

from aep_emulator import inlets, mapping_sets
from aep_emulator.accounts import check_draft_support
from aep_emulator.objects import (
    DISABLED,
    ENABLED,
    PENDING,
    ObjectKind,
    check_published,
    find_spec,
    mapping_at,
    require_name,
)
from aep_emulator.request_context import RequestContext
from aep_emulator.responses import connector_error, invalid_request
from aep_emulator.store import Content, Job

PATH = "flows"
SECONDS = {"minute": 60, "hour": 3600, "day": 86400, "week": 604800}
_SMALLEST_INTERVALS = {"minute": 15}


def _complete(context: RequestContext, flow: Content) -> Content:
    require_name(flow)
    spec = _flow_spec(context, flow)
    source = _end(context, flow, "sourceConnectionIds", "sourceConnections", spec["sourceConnectionSpecIds"])
    target = _end(context, flow, "targetConnectionIds", "targetConnections", spec["targetConnectionSpecIds"])
    _check_transformations(context, flow, target)
    if is_batch(spec):
        if not isinstance(flow.get("scheduleParams"), dict):
            raise connector_error("1304-400", "The field scheduleParams is missing, and it is required.")
        _check_schedule(flow["scheduleParams"])
        _check_start_time(context, flow["scheduleParams"])
        _check_delta_column(flow, spec, source)
    added: Content = {
        "inheritedAttributes": {
            "properties": {"isSourceFlow": True},
            "sourceConnections": [_inherited(source)],
            "targetConnections": [_inherited(target)],
        },
        "runs": f"/runs?property=flowId=={flow['id']}",
        "providerRefId": None,
    }
    if not is_batch(spec):
        added["options"] = {**mapping_at(flow, "options"), "inletUrl": _inlet_url(context, flow)}
    return added


def _flow_spec(context: RequestContext, flow: Content) -> Content:
    spec_id = mapping_at(flow, "flowSpec").get("id")
    if not isinstance(spec_id, str):
        raise connector_error("1304-400", "The field flowSpec.id is missing, and it is required.")
    spec = find_spec(context, "flowSpecs", spec_id)
    return {"sourceConnectionSpecIds": [], "targetConnectionSpecIds": [], **spec}


def is_batch(flow_spec: Content) -> bool:
    """Return whether flows of this spec have a schedule."""
    return "scheduleSpec" in flow_spec


def _end(context: RequestContext, flow: Content, name: str, path: str, supported: list[str]) -> Content:
    """Return the only connection of a list of IDs, if the flow spec supports its connection spec."""
    ids = flow.get(name)
    if not isinstance(ids, list) or not ids:
        raise connector_error("1320-400", f"The list {name} is empty.")
    if len(ids) != 1:
        raise connector_error("1321-400", f"The list {name} must have exactly one ID.")
    stored = context.scope.get(path, str(ids[0]))
    if stored is None:
        raise invalid_request("1439-400", f"The requested {path} resource {ids[0]} is not found.")
    check_published(stored.content)
    spec_id = mapping_at(stored.content, "connectionSpec").get("id")
    if spec_id not in supported:
        raise invalid_request("1413-400", f"The flow spec does not support the connection spec {spec_id}.")
    return stored.content


def _inherited(connection: Content) -> Content:
    inherited = {"id": connection["id"], "connectionSpec": connection.get("connectionSpec")}
    account = mapping_at(connection, "inheritedAttributes", "baseConnection")
    return {**inherited, "baseConnection": account} if account else inherited


def _transformation(flow: Content, name: str) -> Content | None:
    """Return the parameters of a transformation."""
    for each in flow.get("transformations") or []:
        if isinstance(each, dict) and each.get("name") == name:
            return mapping_at(each, "params")
    return None


def _check_transformations(context: RequestContext, flow: Content, target: Content) -> None:
    mapping = _transformation(flow, "Mapping")
    if mapping is None:
        if context.switches.require_mapping:
            raise connector_error("1328-400", "The transformation Mapping is missing.")
        return
    stored = context.scope.get(mapping_sets.KIND, str(mapping.get("mappingId")))
    if stored is None:
        raise invalid_request("1419-400", f"The mapping {mapping.get('mappingId')} is not found.")
    version = mapping.get("mappingVersion")
    if version is not None and str(version) != str(stored.content["version"]):
        raise invalid_request("1412-400", f"The mapping has the version {stored.content['version']}, not {version}.")
    target_schema = mapping_at(target, "data", "schema").get("id")
    mapping_schema = stored.content.get("xdmSchema")
    if target_schema and mapping_schema and not mapping_sets.is_same_schema(context, target_schema, mapping_schema):
        raise invalid_request("1425-400", "The mapping and the target dataset have different schemas.")


def _as_number(value: t.Any) -> int | None:
    """Return a number, which clients also send as a string."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    return int(value) if isinstance(value, str) and value.isdecimal() else None


def _check_schedule(schedule: Content) -> None:
    frequency = schedule.get("frequency")
    if frequency != "once" and frequency not in SECONDS:
        raise connector_error("1397-400", f"The frequency {frequency} is invalid.")
    if _as_number(schedule.get("startTime")) is None:
        raise connector_error("1304-400", "The field scheduleParams.startTime is missing or no number.")
    if frequency == "once":
        if "interval" in schedule:
            raise connector_error("1361-400", "A one-time flow must not have an interval.")
        if "backfill" in schedule:
            raise connector_error("1364-400", "A one-time flow must not have a backfill.")
        return
    interval, smallest = _as_number(schedule.get("interval")), _SMALLEST_INTERVALS.get(frequency, 1)
    if interval is None:
        raise connector_error("1304-400", "The field scheduleParams.interval is missing or no number.")
    if interval < smallest:
        raise connector_error("1362-400", f"The interval must be at least {smallest}.")


def _check_start_time(context: RequestContext, schedule: Content) -> None:
    if context.switches.past_start_time == "error" and has_started(schedule):
        raise connector_error("1360-400", "The start time is in the past.")


def has_started(schedule: Content) -> bool:
    """Return whether the start time of a schedule has passed."""
    return (_as_number(schedule.get("startTime")) or 0) <= time.time()


def _check_delta_column(flow: Content, spec: Content, source: Content) -> None:
    is_once = flow["scheduleParams"].get("frequency") == "once"
    copies = _transformation(flow, "Copy")
    if is_once and copies is not None:
        raise connector_error("1369-400", "A one-time flow must not have a delta column.")
    supports_copy = any(each.get("name") == "Copy" for each in spec.get("transformationSpecs") or [])
    is_table = mapping_at(source, "data").get("format") == "tabular"
    if not is_once and copies is None and supports_copy and is_table:
        raise connector_error("1367-400", "The delta column is missing.")


def _inlet_url(context: RequestContext, flow: Content) -> str:
    inlet_id = hashlib.sha256(flow["id"].encode()).hexdigest()
    return inlets.open_inlet(context, inlet_id, flow=flow["id"])


def _check_draft(context: RequestContext, flow: Content) -> None:
    check_draft_support(_flow_spec(context, flow))


def _check_patch(context: RequestContext, old: Content, new: Content) -> None:
    for name in ("flowSpec", "sourceConnectionIds", "targetConnectionIds"):
        if old.get(name) != new.get(name):
            raise connector_error("1365-400", f"The patch path /{name} is invalid.")
    before, after = mapping_at(old, "scheduleParams"), mapping_at(new, "scheduleParams")
    if before and has_started(before):
        if before.get("startTime") != after.get("startTime"):
            raise connector_error("1366-400", "The start time has passed and cannot change.")
        if after.get("frequency") == "once" and before.get("frequency") != "once":
            raise connector_error("1403-400", "The start time has passed, so the frequency cannot become once.")
        if before.get("backfill") != after.get("backfill"):
            raise connector_error("1404-400", "The start time has passed, so backfill cannot change.")
    if before != after:
        _check_schedule(after)
    if old.get("transformations") != new.get("transformations"):
        target = context.scope.get("targetConnections", str(new["targetConnectionIds"][0]))
        _check_transformations(context, new, target.content if target else {})


def _after_enable(context: RequestContext, flow: Content) -> None:
    if context.switches.enable_time:
        context.scope.put(PATH, {**flow, "state": PENDING})
        due = time.time() + context.switches.enable_time
        context.scope.schedule(Job(due, "set_state", flow["id"], {"path": PATH, "state": ENABLED}))
    schedule = mapping_at(flow, "scheduleParams")
    # A streaming flow runs when records arrive. A one-time flow runs one time.
    if schedule and not (schedule.get("frequency") == "once" and "lastRunDetails" in flow):
        due = time.time() + context.switches.enable_time + context.switches.run_delay
        context.scope.schedule(Job(due, inlets.START_RUN, flow["id"], {}))


def _after_disable(context: RequestContext, flow: Content) -> None:
    context.scope.cancel(flow["id"], inlets.START_RUN)


KIND = ObjectKind(
    PATH,
    "flow",
    _complete,
    check_draft=_check_draft,
    check_patch=_check_patch,
    after_enable=_after_enable,
    after_disable=_after_disable,
    switches={"enable": (DISABLED, ENABLED), "disable": (ENABLED, DISABLED)},
    rejects_state=True,
)
