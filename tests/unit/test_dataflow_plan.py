# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan for a dataflow: what differs, what is frozen, and what a creation or replacement sends."""

from __future__ import annotations

import copy
import typing as t

import pytest

from ansible_collections.aep.flow_service.plugins.module_utils._errors import InputError
from ansible_collections.aep.flow_service.plugins.module_utils._json.patch import patch
from ansible_collections.aep.flow_service.plugins.module_utils._json.paths import format_path
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.flows import (
    FLOW,
    SOURCE_CONNECTION,
    TARGET_CONNECTION,
)
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import JsonPatch
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.times import check_time
from ansible_collections.aep.flow_service.plugins.module_utils._tasks import dataflow_bodies as bodies
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.dataflow_options import (
    Dataflow,
    End,
    Reference,
)
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.dataflow_plan import (
    References,
    Trio,
    merge_transformations,
    plan_dataflow,
    plan_flow,
)

NOW = 1_800_000_000.0
LIVE_FLOW: dict[str, t.Any] = {
    "id": "flow",
    "name": "orders",
    "description": "",
    "state": "enabled",
    "flowSpec": {"id": "spec", "version": "1.0"},
    "sourceConnectionIds": ["source"],
    "targetConnectionIds": ["target"],
    "transformations": [
        {"name": "Copy", "params": {"deltaColumn": {"name": "at"}}},
        {"name": "Mapping", "params": {"mappingId": "first", "mappingVersion": "3"}},
    ],
    "scheduleParams": {"startTime": "1700000000", "frequency": "minute", "interval": "15", "backfill": "true"},
    "options": {"errorDiagnosticsEnabled": True, "inletUrl": "https://inlet", "isSampleDataflow": False},
    "labels": ["a", "b"],
    "runs": "/runs",
    "lastRunDetails": {"state": "success"},
}
LIVE_SOURCE: dict[str, t.Any] = {
    "id": "source",
    "name": "orders source connection",
    "baseConnectionId": "account",
    "connectionSpec": {"id": "acme", "version": "1.0"},
    "data": {"format": "json", "schema": None},
    "params": {"listId": "1", "columns": ["a", "b"]},
}
LIVE_TARGET: dict[str, t.Any] = {
    "id": "target",
    "name": "orders target connection",
    "connectionSpec": {"id": "lake", "version": "1.0"},
    "data": {"format": "parquet_xdm", "schema": {"id": "s", "version": "application/x+json; version=1"}},
    "params": {"dataSetId": "abc"},
}
LIVE = Trio(LIVE_FLOW, LIVE_SOURCE, LIVE_TARGET)


def dataflow(**more: t.Any) -> Dataflow:
    """A definition that gives nothing but these."""
    nothing: dict[str, t.Any] = {
        "id": None,
        "name": "orders",
        "flow_spec": Reference(),
        "account": Reference(),
        "connection_spec": Reference(),
        "source": End(),
        "target": End(),
        "flow": {},
        "is_enabled": None,
        "is_present": True,
        "can_replace": False,
        "can_wait": True,
        "wait_timeout": 300,
    }
    return Dataflow(**{**nothing, **more})


def changed(wanted: Dataflow, references: References | None = None) -> tuple[list[str], list[str]]:
    """The paths of all changes, and of the frozen ones."""
    before = copy.deepcopy(LIVE)
    plan = plan_dataflow(LIVE, wanted, references or References(), NOW)
    assert before == LIVE
    return tuple([format_path(change.path) for change in changes] for changes in (plan.changes, plan.frozen))  # type: ignore[return-value]


SAME: list[dict[str, t.Any]] = [
    {},
    {"flow": {"description": None}},
    {"flow": {"labels": ["b", "a"]}},
    {"flow": {"options": {"errorDiagnosticsEnabled": "true"}}},
    {"flow": {"scheduleParams": {"startTime": 1_700_000_500, "interval": 15, "backfill": True}}},
    {"flow": {"transformations": [{"name": "Mapping", "params": {"mappingId": "first"}}]}},
    {"flow": {"transformations": [{"name": "Mapping", "params": {"mappingId": "first", "mappingVersion": 3}}]}},
    {"source": End(data={"format": "json", "schema": {}}, params={"listId": 1, "columns": ["b", "a"], "x": None})},
    {"source": End(name="another name")},
    {"target": End(data={"schema": {"version": "application/x+json;version=1"}}, params={"dataSetId": "ABC"})},
    {"is_enabled": True},
]


@pytest.mark.parametrize("given", SAME, ids=str)
def test_what_means_the_same_is_no_difference(given: dict[str, t.Any]) -> None:
    assert changed(dataflow(**given)) == ([], [])


CHANGES: list[tuple[dict[str, t.Any], list[str], list[str]]] = [
    ({"flow": {"name": "new"}}, ["flow.name"], []),
    ({"flow": {"labels": []}}, ["flow.labels"], []),
    ({"flow": {"scheduleParams": {"interval": 30}}}, ["flow.scheduleParams.interval"], []),
    (
        {"flow": {"scheduleParams": {"startTime": 1_900_000_000}}},
        ["flow.scheduleParams.startTime"],
        ["flow.scheduleParams.startTime"],
    ),
    (
        {"flow": {"transformations": [{"name": "Mapping", "params": {"mappingId": "second"}}]}},
        ["flow.transformations.1.params.mappingId", "flow.transformations.1.params.mappingVersion"],
        [],
    ),
    (
        {"flow": {"transformations": [{"name": "Encryption", "params": {"publicKeyId": "k"}}]}},
        ["flow.transformations.2"],
        [],
    ),
    (
        {"flow": {"options": {"partialIngestionPercent": 5}}},
        ["flow.options.partialIngestionPercent"],
        ["flow.options.partialIngestionPercent"],
    ),
    (
        {"source": End(params={"listId": None})},
        ["source_connection.params.listId"],
        ["source_connection.params.listId"],
    ),
    ({"is_enabled": False}, ["flow.state"], []),
]


@pytest.mark.parametrize(("given", "paths", "frozen"), CHANGES, ids=str)
def test_what_differs_is_named_by_its_path(given: dict[str, t.Any], paths: list[str], frozen: list[str]) -> None:
    assert changed(dataflow(**given)) == (paths, frozen)


def test_ids_are_compared_without_case_and_others_are_frozen() -> None:
    same = References("SPEC", "ACCOUNT", "ACME")
    assert changed(dataflow(), same) == ([], [])
    other = ["flow.flowSpec.id", "source_connection.baseConnectionId", "source_connection.connectionSpec.id"]
    assert changed(dataflow(), References("x", "y", "z")) == (other, other)


def test_a_patch_replaces_a_transformation_whole_by_its_place_and_a_schedule_by_its_key() -> None:
    wanted = dataflow(
        flow={
            "transformations": [{"name": "Mapping", "params": {"mappingId": "second"}}, {"name": "Encryption"}],
            "scheduleParams": {"frequency": "hour", "interval": 1},
            "labels": ["c"],
        }
    )
    plan = plan_flow(LIVE_FLOW, wanted, References(), NOW)
    whole = t.cast(JsonPatch, FLOW.writes).whole
    operations = {(one["op"], one["path"]): one["value"] for one in patch(LIVE_FLOW, plan.spec, plan.changes, whole)}
    assert operations == {
        ("replace", "/transformations/1"): {
            "name": "Mapping",
            "params": {"mappingId": "second", "mappingVersion": 0},
        },
        ("add", "/transformations/2"): {"name": "Encryption"},
        ("replace", "/scheduleParams/frequency"): "hour",
        ("replace", "/scheduleParams/interval"): 1,
        ("replace", "/labels"): ["c"],
    }
    assert plan_flow(plan.spec, wanted, References(), NOW).changes == []


def test_transformations_are_found_by_name_and_others_stay() -> None:
    live = [{"name": "Copy"}, "odd", {"no": "name"}]
    assert merge_transformations(live, [{"name": "Mapping", "params": {"mappingId": "x"}}]) == [
        *live,
        {"name": "Mapping", "params": {"mappingId": "x", "mappingVersion": 0}},
    ]


def test_a_replacement_takes_over_what_the_task_does_not_give() -> None:
    wanted = dataflow(source=End(params={"listId": "2"}))
    flow = bodies.new_flow(wanted, References("spec"), "orders.replacement", NOW, LIVE_FLOW)
    assert flow == {
        "name": "orders.replacement",
        "flowSpec": {"id": "spec", "version": "1.0"},
        "transformations": LIVE_FLOW["transformations"],
        "options": {"errorDiagnosticsEnabled": True},
        "scheduleParams": {**LIVE_FLOW["scheduleParams"], "startTime": int(NOW) + 60},
        "labels": ["a", "b"],
    }
    source = bodies.new_source(wanted, References(), "acme", "new", LIVE_SOURCE)
    assert source["params"] == {"listId": "2", "columns": ["a", "b"]}
    assert (source["name"], source["baseConnectionId"]) == ("new", "account")
    of_another_source = bodies.new_source(wanted, References(account_id="other"), "other", "new", LIVE_SOURCE)
    assert of_another_source["params"] == {"listId": "2"}
    target = bodies.new_target(wanted, {}, "new", False, LIVE_TARGET)
    assert (target["params"], target["data"]) == (LIVE_TARGET["params"], LIVE_TARGET["data"])


def test_markers_say_which_connection_is_replaced() -> None:
    for kind, other in ((SOURCE_CONNECTION, TARGET_CONNECTION), (TARGET_CONNECTION, SOURCE_CONNECTION)):
        marked = {"description": bodies.marker(kind, "an-id.1")}
        assert bodies.replaced_id(marked, kind) == "an-id.1"
        assert bodies.replaced_id(marked, other) is None
    for connection in (None, {}, {"description": None}, {"description": "Replaces the old one."}):
        assert bodies.replaced_id(connection, SOURCE_CONNECTION) is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1612310466", 1612310466),
        (" 1612310466.75 ", 1612310466),
        ("2026-01-01T00:00:00Z", 1767225600),
        ("2026-01-01T01:00:00+01:00", 1767225600),
        ("2026-01-01 00:00:00", 1767225600),
        ("2026-01-01", 1767225600),
    ],
)
def test_a_start_time_is_read(text: str, seconds: int) -> None:
    assert check_time(text, "schedule.start_time") == seconds


@pytest.mark.parametrize("text", ["", "now", "1612310466000", "-1", "1e9", "2026-13-01", "12:00", "tomorrow", "0x10"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"schedule\.start_time.*Next step: "):
        check_time(text, "schedule.start_time")
