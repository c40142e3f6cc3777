# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""dataflow: what the service does not let change is refused by path, or replaced when the task allows it."""

from __future__ import annotations

import time
import typing as t

import pytest

from lab import REST_STORAGE, Lab, task
from lab.dataflows import DATASET, FIRST_LIST, OTHER_LIST, World, mapping_of, objects, only

PAST, FUTURE = "1612310466", "4102444800"


@pytest.fixture
def world(lab: Lab) -> World:
    """A source with an account, a streaming source, and two mapping sets."""
    return World(lab)


def started(world: World, **more: t.Any) -> dict[str, t.Any]:
    """A dataflow whose start time has passed."""
    schedule = {"frequency": "minute", "interval": 15, "start_time": PAST, "backfill": False}
    return world.orders(schedule=schedule, options={"errorDiagnosticsEnabled": True}, **more)


def changed_schedule(**more: t.Any) -> dict[str, t.Any]:
    return {"schedule": {"frequency": "minute", "interval": 15, "start_time": PAST, "backfill": False, **more}}


FROZEN: dict[str, tuple[dict[str, t.Any], list[str]]] = {
    "parameter": ({"source": {"params": {"listId": OTHER_LIST}}}, ["source_connection.params.listId"]),
    "format": ({"source": {"data": {"format": "parquet"}}}, ["source_connection.data.format"]),
    "dataset": ({"target": {"dataset_id": "second"}}, ["target_connection.params.dataSetId"]),
    "schema": (
        {"target": {"dataset_id": DATASET, "schema_version": "2"}},
        ["target_connection.data.schema.version"],
    ),
    "options": ({"options": {"errorDiagnosticsEnabled": False}}, ["flow.options.errorDiagnosticsEnabled"]),
    "start time": (changed_schedule(start_time=FUTURE), ["flow.scheduleParams.startTime"]),
    "backfill": (changed_schedule(backfill=True), ["flow.scheduleParams.backfill"]),
    "once": (
        {"schedule": {"frequency": "once"}},
        ["flow.scheduleParams.frequency", "flow.scheduleParams.interval", "flow.scheduleParams.backfill"],
    ),
}


@pytest.mark.parametrize("case", FROZEN)
def test_a_frozen_value_is_named_and_nothing_is_written(lab: Lab, world: World, case: str) -> None:
    change, paths = FROZEN[case]
    lab.put_state("dataSets", "second", {**lab.state("dataSets")[0], "id": "second"})
    assert lab.one("dataflow", started(world)).changed
    before = objects(lab)
    lab.forget_requests()
    for check in (True, False):
        # What may change would not be written without the rest.
        outcome = lab.one("dataflow", {**started(world), **change, "description": "new"}, check=check)
        assert outcome.failed
        assert sorted(outcome.frozen_paths) == sorted(paths)
        assert all(path in outcome.msg for path in paths)
        assert "on_replace to replace" in outcome.msg
        assert not outcome.changed
    assert lab.writes() == []
    assert objects(lab) == before


@pytest.mark.parametrize("case", FROZEN)
def test_a_replacement_has_a_new_pair_and_leaves_nothing_behind(lab: Lab, world: World, case: str) -> None:
    change, paths = FROZEN[case]
    lab.put_state("dataSets", "second", {**lab.state("dataSets")[0], "id": "second"})
    old = lab.one("dataflow", started(world, description="Orders", labels=["core/C12"], enabled=False))
    wanted = {**world.orders(), "on_replace": "replace", **change}
    if "schedule" not in change:
        del wanted["schedule"]
    run = lab.play(
        task("predict", "dataflow", check=True, **wanted),
        task("replace", "dataflow", **wanted),
        task("again", "dataflow", **wanted),
    )
    assert run.status == 0, run.outcomes[-1].result
    predicted, new, again = (run[name] for name in ("predict", "replace", "again"))
    assert predicted.api["writes"] == 0
    for key in ("changed", "changes", "diff", "previous", "replaced"):
        assert predicted.result[key] == new.result[key], key
    assert new.replaced
    assert sorted(one["path"] for one in new.changes) == sorted(paths)
    assert predicted.dataflow["flow"]["name"] == new.dataflow["flow"]["name"] == "orders"
    assert predicted.id is None
    assert new.previous["flow"]["id"] == old.id
    assert (again.changed, again.replaced, again.api["requests"]) == (False, False, 3)
    kept = objects(lab)
    assert kept == {
        "flows": [new.id],
        "sourceConnections": [new.source_connection_id],
        "targetConnections": [new.target_connection_id],
    }
    for key in ("id", "source_connection_id", "target_connection_id"):
        assert new.result[key] != old.result[key]
    flow = only(lab, "flows")
    # What the task does not give is as it was.
    assert (flow["name"], flow["description"], flow["labels"], flow["state"]) == (
        "orders",
        "Orders",
        ["core/C12"],
        "disabled",
    )
    assert flow["transformations"] == [mapping_of(world.mapping)]
    assert flow["options"] == {"errorDiagnosticsEnabled": case != "options"}
    assert flow["scheduleParams"]["startTime"] > time.time() - 5
    # At no moment was the source read by two flows that were both enabled for longer than the switch takes.
    order = [(write["method"], write["path"].split("/")[4]) for write in lab.writes()[4:]]
    assert order == [
        ("POST", "sourceConnections"),
        ("POST", "targetConnections"),
        ("POST", "flows"),
        ("POST", "flows"),
        ("DELETE", "flows"),
        ("DELETE", "targetConnections"),
        ("DELETE", "sourceConnections"),
        ("PATCH", "flows"),
    ]


def test_replacements_take_turns_with_names_that_have_to_be_unique(lab: Lab, world: World) -> None:
    lab.switch(unique_names=True)
    lab.one("dataflow", started(world))
    for number in range(4):
        wanted = started(world, source={"params": {"listId": str(number)}}, on_replace="replace")
        outcome = lab.one("dataflow", wanted)
        assert not outcome.failed, outcome.result
        assert outcome.replaced
        assert not lab.one("dataflow", wanted).changed
        assert {kind: len(ids) for kind, ids in objects(lab).items()} == dict.fromkeys(objects(lab), 1)


def test_another_account_of_another_source_takes_nothing_over(lab: Lab, world: World) -> None:
    lab.one("dataflow", started(world))
    other = lab.source("other", REST_STORAGE, sourceSpec={"spec": {"required": ["tableName"]}})
    account = world.put("connections", name="other", connectionSpec={"id": other, "version": "1.0"})
    wanted = {"name": "orders", "connection_id": account, "on_replace": "replace"}
    refused = lab.one("dataflow", wanted)
    assert "source.params.tableName" in refused.msg
    outcome = lab.one("dataflow", {**wanted, "source": {"params": {"tableName": "t"}}})
    assert not outcome.failed, outcome.result
    source = only(lab, "sourceConnections")
    assert (source["params"], source["connectionSpec"]["id"]) == ({"tableName": "t"}, other)


@pytest.mark.parametrize("frequency", ["once", "minute"])
def test_a_flow_that_runs_once_cannot_change_its_mapping_or_schedule(lab: Lab, world: World, frequency: str) -> None:
    interval = {} if frequency == "once" else {"interval": 15}
    new = world.orders(schedule={"frequency": frequency, "start_time": FUTURE, **interval})
    lab.one("dataflow", new)
    other = lab.one("dataflow", {**new, "mapping": {"id": world.other_mapping}})
    later = lab.one("dataflow", {**new, "schedule": {"frequency": "day", "interval": 1, "start_time": "4102444900"}})
    assert [outcome.failed for outcome in (other, later)] == [frequency == "once"] * 2
    assert not lab.one("dataflow", {"name": "orders", "description": "new", "labels": ["core/C1"]}).failed


def test_before_its_start_the_schedule_changes(lab: Lab, world: World) -> None:
    new = world.orders(schedule={"frequency": "day", "interval": 1, "start_time": FUTURE, "backfill": True})
    lab.one("dataflow", new)
    once = lab.one("dataflow", {**new, "schedule": {"frequency": "once", "start_time": "4102444900"}})
    assert not once.failed, once.result
    assert only(lab, "flows")["scheduleParams"] == {"startTime": 4102444900, "frequency": "once"}


def test_a_flow_by_id_of_another_flow_spec_needs_a_replacement(lab: Lab, world: World) -> None:
    created = lab.one("dataflow", world.orders())
    other = lab.store(
        "flowSpecs", **{**lab.spec("flowSpecs", REST_STORAGE), "id": "00000000-0000-4000-8000-000000000001"}
    )
    arguments = {"id": created.id, "flow_spec_id": other}
    refused = lab.one("dataflow", arguments)
    assert refused.frozen_paths == ["flow.flowSpec.id"]
    replaced = lab.one("dataflow", {**arguments, "on_replace": "replace"})
    assert replaced.replaced, replaced.result
    assert only(lab, "flows")["flowSpec"]["id"] == other
    assert only(lab, "sourceConnections")["params"] == {"listId": FIRST_LIST}


def test_a_missing_connection_is_a_difference(lab: Lab, world: World) -> None:
    created = lab.one("dataflow", world.orders())
    lab.remove("sourceConnections", created.source_connection_id)
    assert not lab.one("dataflow", {"name": "orders", "description": "new"}).failed
    refused = lab.one("dataflow", world.orders())
    assert "source_connection.params" in refused.frozen_paths
    replaced = lab.one("dataflow", world.orders(on_replace="replace"))
    assert replaced.replaced, replaced.result
    assert not lab.one("dataflow", world.orders()).changed


def test_a_dataflow_that_only_has_the_name_of_a_replacement_is_left_alone(lab: Lab, world: World) -> None:
    mine = lab.one("dataflow", started(world))
    live = only(lab, "flows")
    pair = {
        "sourceConnectionIds": [
            world.put("sourceConnections", **{**only(lab, "sourceConnections"), "id": "their-source"})
        ],
        "targetConnectionIds": [
            world.put("targetConnections", **{**only(lab, "targetConnections"), "id": "their-target"})
        ],
    }
    theirs = world.put("flows", **{**live, **pair, "id": "theirs", "name": "orders.replacement"})
    assert not lab.one("dataflow", started(world)).changed
    assert lab.one("dataflow", started(world, description="new")).changed
    refused = lab.one("dataflow", {**started(world), "source": {"params": {"listId": "2"}}, "on_replace": "replace"})
    assert refused.failed
    assert "another dataflow" in refused.msg
    assert sorted(refused.ids) == sorted([mine.id, theirs])
    for arguments in ({"id": theirs, "description": "x"}, {"name": "orders.replacement", "description": "x"}):
        assert lab.one("dataflow", arguments).failed
    assert not lab.one("dataflow", {"name": "orders", "state": "absent"}).failed
    assert objects(lab)["flows"] == [theirs]
    assert objects(lab)["sourceConnections"] == ["their-source"]
    # With no flow of the name itself, it is none of its own either.
    assert not lab.one("dataflow", {"name": "orders", "state": "absent"}).changed
    assert lab.one("dataflow", started(world)).changed
