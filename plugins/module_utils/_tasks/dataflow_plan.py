# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""The plan for a dataflow: what differs, and what of that the service lets change. Pure functions."""

from __future__ import annotations

import dataclasses
import typing as t
from collections.abc import Callable, Iterable, Mapping

from ansible_collections.aep.flow_service.plugins.module_utils._engine.plan import Plan
from ansible_collections.aep.flow_service.plugins.module_utils._json.compare import (
    ABSENT,
    Change,
    canonical,
    is_empty,
    value_at,
)
from ansible_collections.aep.flow_service.plugins.module_utils._json.overlay import overlay
from ansible_collections.aep.flow_service.plugins.module_utils._json.paths import Path
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON, JSONObject, items_of, mapping_of
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.flows import (
    FLOW,
    SOURCE_CONNECTION,
    TARGET_CONNECTION,
)
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.identifiers import is_same_id
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import Kind, Spec
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.dataflow_options import ONCE, Dataflow

ENABLED: t.Final = "enabled"
DISABLED: t.Final = "disabled"
_FROZEN_AFTER_START: t.Final = ("startTime", "backfill")


@dataclasses.dataclass(frozen=True)
class References:
    """The IDs that the references of a task mean; None where a task names none."""

    flow_spec_id: str | None = None
    account_id: str | None = None
    connection_spec_id: str | None = None


@dataclasses.dataclass(frozen=True)
class Trio:
    """A flow and its two connections: an empty flow and None for connections that do not exist."""

    flow: Spec
    source: Spec | None
    target: Spec | None

    def writable(self) -> JSONObject:
        """Return what can be written of each of them."""
        parts = zip(PARTS, (self.flow, self.source, self.target), strict=True)
        return {name: kind.writable(spec) if spec else None for (name, kind), spec in parts}

    def as_result(self) -> JSONObject:
        """Return the dataflow as a task returns it."""
        return dict(zip(dict(PARTS), (self.flow or None, self.source, self.target), strict=True))


PARTS: t.Final[tuple[tuple[str, Kind], ...]] = (
    ("flow", FLOW),
    ("source_connection", SOURCE_CONNECTION),
    ("target_connection", TARGET_CONNECTION),
)


@dataclasses.dataclass(frozen=True)
class DataflowPlan:
    """The differences between a live dataflow and its definition, and the wanted dataflow."""

    flow: Plan
    source: Plan
    target: Plan
    switch: Change | None
    """The change from enabled to disabled, or back."""
    frozen: list[Change]
    """The changes that the service does not allow for an existing dataflow."""

    @property
    def changes(self) -> list[Change]:
        """Every change, by its path in the dataflow."""
        found = [
            *below("flow", self.flow.changes),
            *below("source_connection", self.source.changes),
            *below("target_connection", self.target.changes),
        ]
        return [*found, self.switch] if self.switch else found

    @property
    def spec(self) -> Trio:
        """The wanted dataflow."""
        state = {"state": self.switch.after} if self.switch else {}
        return Trio({**self.flow.spec, **state}, self.source.spec, self.target.spec)


def plan_dataflow(live: Trio, wanted: Dataflow, references: References, now: float) -> DataflowPlan:
    """Compare a live dataflow with its definition."""
    flow = plan_flow(live.flow, wanted, references, now)
    source = plan_part(SOURCE_CONNECTION, live.source or {}, wanted_source(wanted, references))
    target = plan_part(TARGET_CONNECTION, live.target or {}, wanted_target(wanted))
    frozen = [
        *below("flow", [change for change in flow.changes if _is_frozen(change.path, live.flow, flow.spec, now)]),
        *below("source_connection", source.changes),
        *below("target_connection", target.changes),
    ]
    return DataflowPlan(flow, source, target, plan_switch(live.flow, wanted.is_enabled), frozen)


def plan_switch(flow: Mapping[str, JSON], is_enabled: bool | None) -> Change | None:
    """Return the change that enables or disables a flow."""
    after = ENABLED if is_enabled else DISABLED
    before = flow.get("state", ABSENT)
    return None if is_enabled is None or before == after else Change(("flow", "state"), before, after)


def below(part: str, changes: Iterable[Change]) -> list[Change]:
    """Return changes of a part by their paths in the dataflow."""
    return [Change((part, *change.path), change.before, change.after) for change in changes]


# What the definition says, in the names of the API.


def wanted_source(wanted: Dataflow, references: References) -> Spec:
    """Return the fields of the source connection that a task gives."""
    source: Spec = {}
    if references.account_id is not None:
        source["baseConnectionId"] = references.account_id
    elif wanted.is_streaming:
        source["baseConnectionId"] = None
    if references.connection_spec_id is not None:
        source["connectionSpec"] = {"id": references.connection_spec_id}
    return _with_content(source, wanted.source.data, wanted.source.params)


def wanted_target(wanted: Dataflow) -> Spec:
    """Return the fields of the target connection that a task gives."""
    return _with_content({}, wanted.target.data, wanted.target.params)


def _with_content(spec: Spec, data: JSON, params: JSON) -> Spec:
    return {
        **spec,
        **({} if data is None else {"data": data}),
        **({} if params is None else {"params": params}),
    }


def managed_fields(wanted: Dataflow) -> dict[str, list[str]]:
    """Return the fields that a task gives, by the part of the dataflow."""
    source = {
        "baseConnectionId": wanted.account.is_given,
        "connectionSpec": wanted.connection_spec.is_given,
        "data": wanted.source.data is not None,
        "params": wanted.source.params is not None,
    }
    target = {"data": wanted.target.data is not None, "params": wanted.target.params is not None}
    flow = {
        **dict.fromkeys(wanted.flow, True),
        "flowSpec": wanted.flow_spec.is_given,
        "state": wanted.is_enabled is not None,
    }
    parts = {"flow": flow, "source_connection": source, "target_connection": target}
    return {part: [name for name, is_given in fields.items() if is_given] for part, fields in parts.items()}


# How live and wanted values are compared.


def _is_same_media_type(one: JSON, other: JSON) -> bool:
    return "".join(str(one).split()).lower() == "".join(str(other).split()).lower()


def _has_same_items(one: JSON, other: JSON) -> bool:
    if not isinstance(one, list) or not isinstance(other, list):
        return False
    return sorted(map(canonical, one)) == sorted(map(canonical, other))


_ALIKE: t.Final[Mapping[Path, Callable[[JSON, JSON], bool]]] = {
    ("baseConnectionId",): is_same_id,
    ("connectionSpec", "id"): is_same_id,
    ("flowSpec", "id"): is_same_id,
    ("params", "dataSetId"): is_same_id,
    ("params", "columns"): _has_same_items,
    ("data", "schema", "version"): _is_same_media_type,
    ("labels",): _has_same_items,
}
"""The values that can be written in several ways: whether two of them mean the same."""


def merge_part(live: Mapping[str, JSON], wanted: Mapping[str, JSON]) -> Spec:
    """Return a live object with the wanted values in it; what means the same stays as it is."""
    return t.cast(Spec, overlay(dict(live), _aligned(live, wanted, ())))


def _aligned(live: JSON, wanted: JSON, path: Path) -> JSON:
    """Return the wanted value in the words of the live one: nulls and empty values that are not there mean nothing."""
    if path in _ALIKE and live is not ABSENT and _ALIKE[path](live, wanted):
        return live
    if not isinstance(wanted, Mapping):
        return wanted
    found: JSONObject = {}
    for key, value in wanted.items():
        here = live.get(key, ABSENT) if isinstance(live, Mapping) else ABSENT
        if not (says_nothing(here) and says_nothing(value)):
            found[key] = _aligned(here, value, (*path, key))
    return found


def says_nothing(value: JSON) -> bool:
    """Return whether a value is absent or empty."""
    return is_empty(value) or value == ""


def plan_part(kind: Kind, live: Mapping[str, JSON], wanted: Mapping[str, JSON]) -> Plan:
    """Compare a connection with what is wanted of it."""
    spec = merge_part(live, wanted)
    return Plan(spec, kind.changes(live, spec, wanted))


def plan_flow(live: Mapping[str, JSON], wanted: Dataflow, references: References, now: float) -> Plan:
    """Compare a flow with what is wanted of it."""
    given = dict(wanted.flow)
    if references.flow_spec_id is not None:
        given["flowSpec"] = {"id": references.flow_spec_id}
    transformations = given.pop("transformations", None)
    if "scheduleParams" in given:
        given["scheduleParams"] = _comparable_schedule(mapping_of(given["scheduleParams"]), now)
    spec = merge_part(live, given)
    if transformations is not None:
        spec["transformations"] = merge_transformations(live.get("transformations"), transformations)
    return Plan(spec, FLOW.changes(live, spec, [field.name for field in FLOW.fields]))


def _comparable_schedule(schedule: Mapping[str, JSON], now: float) -> JSONObject:
    """Return a schedule without a start time that has passed, which is no difference."""
    return {key: value for key, value in schedule.items() if key != "startTime" or _is_later(value, now)}


def merge_transformations(live: JSON, wanted: JSON) -> list[JSON]:
    """Return the live transformations with the wanted ones in them, found by name; new ones come last."""
    merged = list(items_of(live))
    for each in map(mapping_of, items_of(wanted)):
        places = [
            place for place, item in enumerate(merged) if isinstance(item, Mapping) and item.get("name") == each["name"]
        ]
        if places:
            found = mapping_of(merged[places[0]])
            merged[places[0]] = merge_part(found, _with_version(found, each))
        else:
            merged.append(merge_part({}, _with_version({}, each)))
    return merged


def _is_later(start_time: JSON, now: float) -> bool:
    return isinstance(start_time, (int, float)) and start_time > now


def _with_version(live: Mapping[str, JSON], wanted: Mapping[str, JSON]) -> Mapping[str, JSON]:
    """Return a transformation with the first version of its mapping set, unless it has that mapping set already."""
    params = mapping_of(wanted.get("params"))
    if "mappingId" not in params or "mappingVersion" in params:
        return wanted
    if value_at(live, ("params", "mappingId")) == params["mappingId"]:
        return wanted
    return {**wanted, "params": {**params, "mappingVersion": 0}}


# What the service does not let change.


def has_started(flow: Mapping[str, JSON], now: float) -> bool:
    """Return whether the schedule of a flow has begun."""
    start = as_number(value_at(flow, ("scheduleParams", "startTime")))
    return bool(flow.get("lastRunDetails")) or (start is not None and start <= now)


def as_number(value: JSON) -> int | None:
    """Return a number, which the service can give as text."""
    try:
        return int(value) if isinstance(value, (int, float, str)) and not isinstance(value, bool) else None
    except (TypeError, ValueError):
        return None


def _is_frozen(path: Path, live: Mapping[str, JSON], wanted: Mapping[str, JSON], now: float) -> bool:
    """Return whether the service does not let a value of a flow change."""
    field, *rest = path
    if field in ("flowSpec", "options"):
        return True
    is_once: bool = value_at(live, ("scheduleParams", "frequency")) == ONCE
    if field == "transformations":
        return is_once
    if field != "scheduleParams":
        return False
    if is_once or not rest:
        return True
    becomes_once: bool = value_at(wanted, ("scheduleParams", "frequency")) == ONCE
    return has_started(live, now) and (becomes_once or rest[0] in _FROZEN_AFTER_START)
