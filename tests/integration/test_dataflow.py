# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""dataflow: a source connection, a target connection, and a flow are created, changed, replaced, and deleted as one."""

from __future__ import annotations

import time
import typing as t

import pytest

from ansible_collections.aep.flow_service.plugins.module_utils._tasks.dataflow_plan import PARTS
from lab import GENERIC_STREAMING, REST_STORAGE, Lab, Outcome, Run, task
from lab.dataflows import (
    DATA_LAKE,
    DATASET,
    FIRST_LIST,
    FULL,
    SCHEMA,
    STREAMING_PROVIDER,
    World,
    mapping_of,
    objects,
    only,
)


@pytest.fixture
def world(lab: Lab) -> World:
    """A source with an account, a streaming source, and two mapping sets."""
    return World(lab)


def predict_and_do(lab: Lab, steps: dict[str, dict[str, t.Any]]) -> Run:
    """Run each step in check mode, for real, and again: the prediction holds, and the second run changes nothing."""
    tasks = []
    for name, arguments in steps.items():
        tasks.append(task(f"predict {name}", "dataflow", check=True, **arguments))
        tasks.append(task(name, "dataflow", **arguments))
        tasks.append(task(f"{name} again", "dataflow", **arguments))
    run = lab.play(*tasks)
    assert run.status == 0, run.outcomes[-1].result
    for name in steps:
        predicted, real, again = run[f"predict {name}"], run[name], run[f"{name} again"]
        assert predicted.api["writes"] == 0, name
        for key in ("changed", "changes", "diff", "previous", "replaced"):
            assert predicted.result[key] == real.result[key], (name, key)
        assert content(predicted) == content(real), name
        assert (real.api["writes"] > 0) == real.changed, name
        assert (again.changed, again.changes, again.api["writes"]) == (False, [], 0), name
        assert again.previous is None
        assert not predicted.result.get("warnings"), name
        assert not real.result.get("warnings"), name
    return run


def content(outcome: Outcome) -> dict[str, t.Any]:
    """What a task returns of a dataflow, but for what only the service, or the moment, can say."""
    found = {}
    for part, kind in PARTS:
        spec = outcome.dataflow.get(part) or {}
        found[part] = {
            name: value
            for name, value in spec.items()
            if name not in kind.owned and name not in ("sourceConnectionIds", "targetConnectionIds")
        }
        found[part].pop("options", None)
        if "scheduleParams" in spec:
            found[part]["scheduleParams"] = {k: v for k, v in spec["scheduleParams"].items() if k != "startTime"}
    return found


def test_the_life_of_a_dataflow(lab: Lab, world: World) -> None:
    new = world.orders()
    changed = {
        **new,
        "description": "Orders",
        "mapping": {"id": world.other_mapping},
        "labels": ["core/C12", "core/C1"],
    }
    hourly = {**changed, "schedule": {"frequency": "hour", "interval": 1}}
    run = predict_and_do(
        lab,
        {
            "create": new,
            "update": changed,
            "reschedule": hourly,
            "disable": {"name": "orders", "enabled": False},
            "enable": {**hourly, "enabled": True},
            "delete": {"name": "orders", "state": "absent"},
        },
    )
    created = run["create"]
    flow, source, target = (created.dataflow[part] for part, _kind in PARTS)
    assert (created.id, created.source_connection_id, created.target_connection_id) == (
        flow["id"],
        source["id"],
        target["id"],
    )
    assert flow["flowSpec"]["id"] == REST_STORAGE
    assert (flow["sourceConnectionIds"], flow["targetConnectionIds"]) == ([source["id"]], [target["id"]])
    assert flow["state"] == "enabled"
    assert flow["transformations"] == [mapping_of(world.mapping)]
    assert (flow["scheduleParams"]["frequency"], flow["scheduleParams"]["interval"]) == ("minute", 15)
    assert 0 < flow["scheduleParams"]["startTime"] - time.time() <= 60
    assert source["name"] == "orders source connection"
    assert (source["baseConnectionId"], source["connectionSpec"]["id"]) == (world.account, world.source)
    assert (source["data"], source["params"]) == ({"format": "json"}, {"listId": FIRST_LIST})
    assert target["name"] == "orders target connection"
    assert target["params"] == {"dataSetId": DATASET}
    assert target["data"]["format"] == "parquet_xdm"
    assert target["data"]["schema"]["id"] == SCHEMA
    assert created.inlet_url is None
    assert {change["path"] for change in run["update"].changes} == {
        "flow.description",
        "flow.labels",
        "flow.transformations.0.params.mappingId",
    }
    assert {change["path"] for change in run["reschedule"].changes} == {
        "flow.scheduleParams.frequency",
        "flow.scheduleParams.interval",
    }
    assert run["disable"].changes == [{"path": "flow.state", "before": "enabled", "after": "disabled"}]
    assert run["enable"].dataflow["flow"]["state"] == "enabled"
    assert run["delete"].dataflow == {}
    assert run["delete"].id == created.id
    assert run["delete"].previous["source_connection"]["params"] == {"listId": FIRST_LIST}
    assert [change["path"] for change in run["delete"].changes] == [part for part, _kind in PARTS]
    assert objects(lab) == {"flows": [], "sourceConnections": [], "targetConnections": []}
    assert only(lab, "connections")["id"] == world.account
    # Of an unchanged dataflow, the listing and the two connections are read.
    for name in ("create again", "update again", "reschedule again", "disable again", "enable again"):
        assert (run[name].api["requests"], run[name].api["writes"]) == (3, 0), name
    # A patch and a read more, or an action and a read. A mapping set is read first, and a flow spec for its schedule.
    for name, requests in {"update": 6, "reschedule": 6, "disable": 5, "enable": 5}.items():
        assert (run[name].api["requests"], run[name].api["writes"]) == (requests, 1), name
    assert created.api["writes"] == 3
    assert run["delete"].api["writes"] == 3


def test_references_by_name_cost_two_reads_more(lab: Lab, world: World) -> None:
    named = {**world.orders(), "connection_name": "acme-account", "flow_spec_name": "RestStorageToAEP"}
    del named["connection_id"]
    run = predict_and_do(lab, {"create": named})
    assert (run["create again"].api["requests"], run["create again"].api["writes"]) == (5, 0)
    assert run["create"].dataflow["source_connection"]["baseConnectionId"] == world.account
    # Nothing is read twice: the names, the listing, three checks, two searches, three objects with a read each, and a
    # look for another flow of the name.
    assert run["create"].api["requests"] == 2 + 2 + 3 + 2 + 6 + 1


def test_a_streaming_dataflow_has_no_account_and_no_schedule(lab: Lab, world: World) -> None:
    run = predict_and_do(
        lab,
        {
            "create": world.visits(),
            "update": world.visits(description="Visits"),
            "delete": {"name": "visits", "connection_spec_id": world.streaming_source, "state": "absent"},
        },
    )
    created = run["create"]
    flow, source, target = (created.dataflow[part] for part, _kind in PARTS)
    assert "scheduleParams" not in flow
    assert flow["flowSpec"]["id"] == GENERIC_STREAMING
    assert "baseConnectionId" not in source
    assert (source["providerId"], source["data"]) == (STREAMING_PROVIDER, {"format": "json"})
    assert target["data"]["format"] == "json"
    assert created.inlet_url == flow["options"]["inletUrl"]
    assert run["update again"].inlet_url == created.inlet_url
    assert (run["create again"].api["requests"], run["create again"].api["writes"]) == (3, 0)
    assert objects(lab) == {"flows": [], "sourceConnections": [], "targetConnections": []}


def test_all_that_can_be_given_is_stored_and_is_no_difference_afterwards(lab: Lab, world: World) -> None:
    encryption = {"name": "Encryption", "params": {"publicKeyId": "key"}}
    given = world.orders(
        description="",
        source={
            "name": "own source",
            "data": {"format": "json", "properties": None},
            "params": {"listId": "1", "x": []},
        },
        target={
            "name": "own target",
            "dataset_id": DATASET,
            "schema_id": SCHEMA,
            "schema_version": FULL.replace(";", "; "),
            "data": {"format": "parquet_xdm"},
        },
        mapping={"id": world.mapping, "version": 0},
        transformations=[encryption],
        options={"errorDiagnosticsEnabled": True, "partialIngestionPercent": 5},
        schedule={"frequency": "hour", "interval": 2, "start_time": "2100-01-01T00:00:00Z", "backfill": True},
        labels=[],
        enabled=False,
    )
    run = predict_and_do(lab, {"create": given})
    flow, source, target = (run["create"].dataflow[part] for part, _kind in PARTS)
    assert flow["state"] == "disabled"
    assert flow["transformations"] == [mapping_of(world.mapping), encryption]
    assert flow["options"] == {"errorDiagnosticsEnabled": True, "partialIngestionPercent": 5}
    schedule = {"frequency": "hour", "interval": 2, "startTime": 4102444800, "backfill": True}
    assert flow["scheduleParams"] == schedule
    assert source["name"] == "own source"
    assert source["params"] == {"listId": "1"}
    assert target["name"] == "own target"
    changes = run["create"].changes
    assert {"path": "flow.scheduleParams", "before": None, "after": schedule} in changes


def test_what_means_the_same_is_no_difference(lab: Lab, world: World) -> None:
    """Texts for numbers and booleans, nulls, empty lists, blanks in a media type, and a start time that has passed."""
    source = world.put(
        "sourceConnections",
        name="New Source Connection - 2024-10-23T03:28:50+05:30",
        baseConnectionId=world.account,
        connectionSpec={"id": world.source, "version": "1.0"},
        data={"format": "tabular", "schema": None, "properties": None},
        params={"listId": FIRST_LIST, "limit": "5", "columns": [{"name": "b"}, {"name": "a"}], "more": None},
    )
    target = world.put(
        "targetConnections",
        name="New Target Connection",
        connectionSpec={"id": DATA_LAKE, "version": "1.0"},
        data={
            "format": "parquet_xdm",
            "schema": {"id": SCHEMA, "version": "application/vnd.adobe.xed-full+json; version=1"},
        },
        params={"dataSetId": DATASET},
    )
    copies = {"name": "Copy", "params": {"deltaColumn": {"name": "Datefield", "dateFormat": "YYYY-MM-DD"}}}
    flow = world.put(
        "flows",
        name="orders",
        description="",
        flowSpec={"id": REST_STORAGE, "version": "1.0"},
        sourceConnectionIds=[source],
        targetConnectionIds=[target],
        transformations=[copies, {"name": "Mapping", "params": {"mappingId": world.mapping, "mappingVersion": "0"}}],
        scheduleParams={"startTime": "1612310466", "frequency": "minute", "interval": "15", "backfill": "true"},
        options={"isSampleDataflow": False, "errorDiagnosticsEnabled": True},
        labels=[],
        recordTypes=[{"type": "experienceevent", "extensions": {}}],
        lastRunDetails={"id": "x", "state": "success", "startedAtUTC": 1, "completedAtUTC": 2},
    )
    columns = [{"name": "a"}, {"name": "b"}]
    wanted = world.orders(
        description="",
        source={"params": {"listId": FIRST_LIST, "limit": 5, "columns": columns}, "data": {"format": "tabular"}},
        target={"dataset_id": DATASET, "schema_id": SCHEMA, "schema_version": "1"},
        mapping={"id": world.mapping, "version": 0},
        schedule={"frequency": "minute", "interval": 15, "start_time": "2021-02-03T00:00:00+00:00", "backfill": True},
        options={"errorDiagnosticsEnabled": True},
        labels=[],
    )
    same = lab.one("dataflow", wanted)
    assert (same.changed, same.changes, same.id) == (False, [], flow)
    # The mapping is found by its name, behind Copy, and everything else stays.
    other = lab.one("dataflow", {**wanted, "mapping": {"id": world.other_mapping}})
    assert [change["path"] for change in other.changes] == ["flow.transformations.1.params.mappingId"]
    assert only(lab, "flows")["transformations"] == [
        copies,
        {"name": "Mapping", "params": {"mappingId": world.other_mapping, "mappingVersion": "0"}},
    ]
    (patch,) = lab.writes()
    assert [operation["path"] for operation in patch["body"]] == ["/transformations/1"]
    assert patch["headers"]["if-match"].startswith('"')


def test_the_id_finds_and_the_name_renames(lab: Lab, world: World) -> None:
    created = lab.one("dataflow", world.orders())
    arguments = {"id": created.id, "name": "renamed"}
    run = predict_and_do(lab, {"rename": arguments})
    assert run["rename"].changes == [{"path": "flow.name", "before": "orders", "after": "renamed"}]
    assert (run["rename again"].api["requests"], run["rename again"].id) == (3, created.id)
    unknown = lab.one("dataflow", {**world.orders(), "id": "nobody"})
    assert unknown.failed
    assert "nobody" in unknown.msg


def test_the_flow_spec_tells_dataflows_of_one_name_apart(lab: Lab, world: World) -> None:
    lab.one("dataflow", world.orders())
    second = lab.one("dataflow", world.visits(name="orders"))
    assert second.changed
    assert len(objects(lab)["flows"]) == 2
    assert "another flow spec" in " ".join(second.warnings)
    for arguments in (world.orders(), world.visits(name="orders")):
        assert not lab.one("dataflow", arguments).changed
    both = lab.one("dataflow", {"name": "orders", "state": "absent"})
    assert both.failed
    assert sorted(both.ids) == sorted(objects(lab)["flows"])


@pytest.mark.parametrize("state", ["present", "absent"])
def test_two_flows_of_a_name_fail_and_a_draft_is_never_matched(lab: Lab, world: World, state: str) -> None:
    lab.one("dataflow", world.orders())
    live = only(lab, "flows")
    draft = world.put("flows", **{**live, "id": "draft", "state": "draft"})
    arguments = world.orders() if state == "present" else {"name": "orders", "state": "absent"}
    assert not lab.one("dataflow", arguments, check=True).failed
    as_draft = lab.one("dataflow", {"id": draft, "description": "x"})
    assert "it is a draft" in as_draft.msg
    world.put("flows", **{**live, "id": "twin"})
    lab.forget_requests()
    outcome = lab.one("dataflow", arguments)
    assert outcome.failed
    assert sorted(outcome.ids) == sorted([live["id"], "twin"])
    assert lab.writes() == []


def test_a_dataset_can_be_given_by_its_name(world: World) -> None:
    lab = world.lab
    by_name = world.orders(target={"dataset_name": "Emulator customers"})
    predicted = lab.one("dataflow", by_name, check=True)
    assert lab.writes() == []
    made = lab.one("dataflow", by_name)
    assert made.changed
    assert made.changes == predicted.changes
    assert made.dataflow["target_connection"]["params"] == {"dataSetId": DATASET}
    for same in (by_name, world.orders()):
        assert not lab.one("dataflow", same).changed
    lab.put_state("dataSets", "other", {"name": "Emulator customers"})
    lab.forget_requests()
    twice = lab.one("dataflow", by_name)
    assert twice.failed
    assert "2 datasets have the name 'Emulator customers'" in twice.msg
    assert twice.result["ids"] == sorted([DATASET, "other"])
    # What a dataset is called is looked up, and it can be another one now.
    lab.put_state("dataSets", DATASET, {"name": "renamed"})
    moved = lab.one("dataflow", by_name)
    assert moved.failed
    assert "target_connection.params.dataSetId" in moved.msg
    assert lab.writes() == []
