# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""dataflow: what cannot work is refused before the first write; states are waited for; deletions leave nothing."""

from __future__ import annotations

import typing as t

import pytest

from lab import CONNECTION_SPECS, FLOW_SPECS, REST_STORAGE, Lab, task
from lab.dataflows import DATASET, FIRST_LIST, SCHEMA, World, objects, only


@pytest.fixture
def world(lab: Lab) -> World:
    """A source with an account, a streaming source, and two mapping sets."""
    return World(lab)


BAD: dict[str, tuple[dict[str, t.Any], str]] = {
    "once with interval": ({"schedule": {"frequency": "once", "interval": 15}}, "schedule.interval"),
    "once with backfill": ({"schedule": {"frequency": "once", "backfill": True}}, "schedule.backfill"),
    "five minutes": ({"schedule": {"frequency": "minute", "interval": 5}}, "schedule.interval"),
    "no hours": ({"schedule": {"frequency": "hour", "interval": 0}}, "schedule.interval"),
    "no time": ({"schedule": {"frequency": "once", "start_time": "tomorrow"}}, "schedule.start_time"),
    "milliseconds": ({"schedule": {"frequency": "once", "start_time": "1612310466000"}}, "schedule.start_time"),
    "a number of no meaning": ({"schedule": {"frequency": "once", "start_time": "-5"}}, "schedule.start_time"),
    "unknown frequency": ({"schedule": {"frequency": "month"}}, "frequency"),
    "mapping without id": ({"mapping": {"version": 1}}, "mapping.id"),
    "mapping twice": ({"transformations": [{"name": "Mapping", "params": {}}]}, "transformations[0].name"),
    "two of a name": ({"transformations": [{"name": "Copy"}, {"name": "Copy"}]}, "transformations[1].name"),
    "absent with content": ({"state": "absent"}, "schedule"),
    "a blank in the name": ({"name": "orders "}, "name"),
    "an empty account": ({"connection_id": ""}, "connection_id"),
    "account and its name": ({"connection_name": "acme-account"}, "connection_name"),
    "unknown suboption": ({"target": {"dataset": DATASET}}, "dataset"),
    "two datasets": ({"target": {"dataset_id": DATASET, "dataset_name": "a"}}, "target.dataset_name"),
    "a name of blanks": ({"target": {"dataset_name": " "}}, "target.dataset_name"),
    "an ID with a slash": ({"target": {"dataset_id": "a/b"}}, "target.dataset_id"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_options_are_refused_without_a_request(lab: Lab, world: World, case: str) -> None:
    change, named = BAD[case]
    outcome = lab.one("dataflow", {**world.orders(), **change})
    assert outcome.failed
    assert named in outcome.msg
    assert lab.requests() == []


def test_a_streaming_source_has_no_schedule(lab: Lab, world: World) -> None:
    outcome = lab.one("dataflow", world.visits(schedule={"frequency": "once"}))
    assert "Could not use schedule" in outcome.msg
    assert lab.requests() == []


def test_an_id_that_is_not_there_yet_is_explained(lab: Lab, world: World) -> None:
    outcome = lab.one("dataflow", {"id": None, "enabled": True}, check=True)
    assert outcome.failed
    assert "In check mode" in outcome.msg
    assert lab.requests() == []


VALUES: dict[str, tuple[dict[str, t.Any], str]] = {
    "frequency": (
        {"schedule": {"frequency": "week", "interval": 1}},
        "schedule.frequency must be once or minute or hour or day",
    ),
    "interval": ({"schedule": {"frequency": "day", "interval": 1}}, "schedule.interval must be at least 2"),
    "option": ({"options": {"partialIngestionPercent": 0}}, "options.partialIngestionPercent must be more than 0"),
    "transformation": (
        {"transformations": [{"name": "Copy", "params": {"deltaColumn": "id"}}]},
        "params.deltaColumn must be a mapping",
    ),
    "parameter": (
        {"source": {"params": {"listId": FIRST_LIST, "pageSize": "many"}}},
        "source.params.pageSize must be a whole number",
    ),
}


@pytest.mark.parametrize("check", [True, False])
def test_values_are_checked_against_the_live_specs_before_the_first_write(lab: Lab, world: World, check: bool) -> None:
    flow_spec = lab.spec(FLOW_SPECS, REST_STORAGE)
    schedule = flow_spec["scheduleSpec"]["spec"]["properties"]
    schedule["frequency"]["enum"] = ["once", "minute", "hour", "day"]
    schedule["interval"]["minimum"] = 2
    copy = {"name": "Copy", "spec": {"properties": {"deltaColumn": {"type": "object"}}}}
    flow_spec["transformationSpecs"].append(copy)
    lab.store(FLOW_SPECS, **flow_spec)
    source = lab.spec(CONNECTION_SPECS, world.source)
    source["sourceSpec"]["spec"]["properties"]["pageSize"] = {"type": "integer"}
    lab.store(CONNECTION_SPECS, **source)
    for case, (change, named) in VALUES.items():
        outcome = lab.one("dataflow", world.orders(**change), check=check)
        assert outcome.failed, case
        assert named in outcome.msg
        assert "No changes were made" in outcome.msg
    assert lab.writes() == []
    assert not lab.one("dataflow", world.orders()).failed
    lab.forget_requests()
    for change, named in (VALUES["frequency"], VALUES["interval"]):
        outcome = lab.one("dataflow", world.orders(**change), check=check)
        assert named in outcome.msg
    assert lab.writes() == []


def without(options: dict[str, t.Any], *names: str) -> dict[str, t.Any]:
    return {name: value for name, value in options.items() if name not in names}


def test_what_is_referred_to_is_checked_before_the_first_write(lab: Lab, world: World) -> None:
    second = lab.source("second", REST_STORAGE)
    not_linked = lab.source("not-linked")
    other_account = world.put("connections", name="other", connectionSpec={"id": not_linked, "version": "1.0"})
    draft = world.add_account("draft", state="draft")
    twins = [world.add_account("twin") for _number in range(2)]
    foreign = world.put("mappingSets", version=0, xdmSchema="https://ns.adobe.com/other", mappings=[])
    orders = world.orders()
    cases: dict[str, tuple[dict[str, t.Any], list[str]]] = {
        "not linked": ({**orders, "connection_id": other_account}, ["flow_spec_source_link", REST_STORAGE, not_linked]),
        "unknown flow spec": ({**orders, "flow_spec_id": "nobody"}, ["flow spec", "nobody", "flow_spec_id"]),
        "unknown flow spec name": ({**orders, "flow_spec_name": "Nobody"}, ["flow spec", "Nobody", "flow_spec_name"]),
        "unknown account": ({**orders, "connection_id": "nobody"}, ["connection", "nobody", "connection_id"]),
        "unknown account name": (
            {**without(orders, "connection_id"), "connection_name": "nobody"},
            ["connection", "nobody", "connection_name"],
        ),
        "two accounts": ({**without(orders, "connection_id"), "connection_name": "twin"}, twins),
        "draft": ({**orders, "connection_id": draft}, ["draft", "connection_id"]),
        "another source": ({**orders, "connection_spec_id": second}, [world.source, second, "connection_spec_id"]),
        "unknown name of a dataset": ({**orders, "target": {"dataset_name": "no"}}, ["'no'", "target.dataset_name"]),
        "unknown dataset": ({**orders, "target": {"dataset_id": "nobody"}}, ["dataset", "nobody", "target.dataset_id"]),
        "another schema": (
            {**orders, "target": {"dataset_id": DATASET, "schema_id": "https://ns.adobe.com/other"}},
            ["target.schema_id", "https://ns.adobe.com/other", SCHEMA],
        ),
        "unknown mapping set": ({**orders, "mapping": {"id": "nobody"}}, ["mapping set", "nobody", "mapping.id"]),
        "mapping set of another schema": (
            {**orders, "mapping": {"id": foreign}},
            ["mapping.id", foreign, "https://ns.adobe.com/other", SCHEMA],
        ),
        "no dataset": (without(orders, "target"), ["target.dataset_id"]),
        "no source": (without(orders, "connection_id"), ["connection_id"]),
        "no parameter": (without(orders, "source"), ["source.params.listId"]),
        "null parameter": ({**orders, "source": {"params": {"listId": None}}}, ["source.params.listId"]),
        "no schedule": (without(orders, "schedule"), ["schedule.frequency"]),
        "no interval": ({**orders, "schedule": {"frequency": "minute"}}, ["schedule.interval"]),
        "no name": ({**without(orders, "name"), "id": "nobody"}, ["nobody"]),
        "unknown streaming source": (
            world.visits(connection_spec_id="nobody"),
            ["connection spec", "nobody", "connection_spec_id"],
        ),
    }
    for case, (options, named) in cases.items():
        for check in (True, False):
            outcome = lab.one("dataflow", options, check=check)
            assert outcome.failed, case
            assert [word for word in named if word not in outcome.msg] == [], (case, outcome.msg)
            assert "Next step: " in outcome.msg, case
            assert outcome.api["writes"] == 0, case
            assert not outcome.changed, case
    assert lab.writes() == []


def test_a_mapping_set_is_checked_before_an_update_and_a_replacement(lab: Lab, world: World) -> None:
    lab.one("dataflow", world.orders())
    lab.forget_requests()
    other_source = {"source": {"params": {"listId": "2"}}, "on_replace": "replace"}
    for change in ({}, other_source):
        outcome = lab.one("dataflow", world.orders(mapping={"id": "nobody"}, **change))
        assert "mapping.id" in outcome.msg
        assert not outcome.changed
    assert lab.writes() == []


def test_check_mode_predicts_a_dataflow_of_an_account_that_is_not_there_yet(lab: Lab, world: World) -> None:
    options = {
        **without(world.orders(), "connection_id"),
        "connection_name": "to-come",
        "connection_spec_id": world.source,
    }
    predicted = lab.one("dataflow", options, check=True)
    assert predicted.changed, predicted.result
    assert predicted.dataflow["source_connection"]["params"] == world.orders()["source"]["params"]
    refused = lab.one("dataflow", options)
    assert "to-come" in refused.msg
    assert lab.writes() == []
    world.add_account("to-come")
    real = lab.one("dataflow", options)
    assert [one["path"] for one in predicted.changes] == [
        one["path"] for one in real.changes if one["path"] != "source_connection.baseConnectionId"
    ]


def test_an_interval_is_checked_together_with_the_live_frequency(lab: Lab, world: World) -> None:
    lab.one("dataflow", world.orders(schedule={"frequency": "hour", "interval": 2}))
    outcome = lab.one("dataflow", {"name": "orders", "schedule": {"frequency": "minute"}})
    assert "schedule.interval" in outcome.msg
    assert not lab.one("dataflow", {"name": "orders", "schedule": {"interval": 3}}).failed
    assert only(lab, "flows")["scheduleParams"]["interval"] == 3


def test_states_are_waited_for(lab: Lab, world: World) -> None:
    lab.switch(enable_time=0.6, update_time=0.6, deletion_time=0.6)
    orders = world.orders()
    created = lab.one("dataflow", orders)
    assert created.dataflow["flow"]["state"] == "enabled", created.result
    updated = lab.one("dataflow", {**orders, "description": "new"})
    assert updated.dataflow["flow"]["state"] == "enabled", updated.result
    disabled = lab.one("dataflow", {"name": "orders", "enabled": False})
    assert disabled.dataflow["flow"]["state"] == "disabled", disabled.result
    enabled = lab.one("dataflow", {"name": "orders", "enabled": True})
    assert enabled.dataflow["flow"]["state"] == "enabled", enabled.result
    replaced = lab.one("dataflow", {**orders, "source": {"params": {"listId": "2"}}, "on_replace": "replace"})
    assert replaced.replaced, replaced.result
    deleted = lab.one("dataflow", {"name": "orders", "state": "absent"})
    assert not deleted.failed, deleted.result
    assert objects(lab) == {"flows": [], "sourceConnections": [], "targetConnections": []}


def test_without_wait_a_new_flow_can_be_pending(lab: Lab, world: World) -> None:
    lab.switch(enable_time=600)
    created = lab.one("dataflow", world.orders(wait=False))
    assert created.dataflow["flow"]["state"] == "pending", created.result
    assert not lab.one("dataflow", world.orders(wait=False)).changed
    timed_out = lab.one("dataflow", {"name": "orders", "enabled": True, "wait_timeout": 0})
    assert timed_out.failed
    assert "pending" in timed_out.msg


def test_what_is_being_deleted_is_waited_for(lab: Lab, world: World) -> None:
    orders = world.orders()
    first = lab.one("dataflow", orders)
    lab.switch(deletion_time=1)
    gone = lab.one("dataflow", {"name": "orders", "state": "absent", "wait_timeout": 0})
    assert gone.failed
    assert only(lab, "flows")["state"] == "delete-finalizing"
    predicted = lab.one("dataflow", orders, check=True)
    assert predicted.changed
    again = lab.one("dataflow", orders)
    assert again.changed, again.result
    assert again.id != first.id
    # The connections of the first flow, which nobody had deleted, serve the second.
    assert again.source_connection_id == first.source_connection_id
    assert objects(lab)["sourceConnections"] == [first.source_connection_id]


def test_a_start_time_that_has_passed_is_replaced_where_the_service_rejects_it(lab: Lab, world: World) -> None:
    lab.switch(past_start_time="error")
    past = world.orders(schedule={"frequency": "minute", "interval": 15, "start_time": "1612310466"})
    created = lab.one("dataflow", past)
    assert not created.failed, created.result
    assert "start time" in " ".join(created.warnings)
    assert only(lab, "flows")["scheduleParams"]["startTime"] > 1612310466
    assert not lab.one("dataflow", past).changed


def test_delete_by_id_and_twice(lab: Lab, world: World) -> None:
    created = lab.one("dataflow", world.orders())
    arguments = {"id": created.id, "state": "absent"}
    run = lab.play(
        task("predict", "dataflow", check=True, **arguments),
        task("delete", "dataflow", **arguments),
        task("again", "dataflow", **arguments),
        task("by name", "dataflow", name="orders", state="absent"),
    )
    assert run.status == 0
    assert run["predict"].changes == run["delete"].changes
    assert run["predict"].previous == run["delete"].previous
    assert [run[name].changed for name in ("predict", "delete", "again", "by name")] == [True, True, False, False]
    assert objects(lab) == {"flows": [], "sourceConnections": [], "targetConnections": []}
    assert only(lab, "connections")
    assert lab.state("dataSets")
    assert len(lab.state("mappingSets")) == 2


def test_connections_that_are_gone_already_are_fine(lab: Lab, world: World) -> None:
    created = lab.one("dataflow", world.orders())
    lab.remove("targetConnections", created.target_connection_id)
    deleted = lab.one("dataflow", {"name": "orders", "state": "absent"})
    assert not deleted.failed, deleted.result
    assert [one["path"] for one in deleted.changes] == ["flow", "source_connection"]
    assert objects(lab) == {"flows": [], "sourceConnections": [], "targetConnections": []}


def test_a_connection_of_another_flow_is_named(lab: Lab, world: World) -> None:
    created = lab.one("dataflow", world.orders())
    live = only(lab, "flows")
    world.put("flows", **{**live, "id": "other", "name": "of somebody else"})
    outcome = lab.one("dataflow", {"name": "orders", "state": "absent"})
    assert outcome.failed
    assert "of somebody else" in outcome.msg
    assert "1447" in outcome.msg
    assert outcome.ids == ["other"]
    assert outcome.changed
    again = lab.one("dataflow", {"name": "orders", "state": "absent"})
    assert (again.changed, again.failed) == (False, False)
    assert objects(lab)["sourceConnections"] == [created.source_connection_id]


def test_only_a_pair_without_a_flow_is_adopted(lab: Lab, world: World) -> None:
    first = lab.one("dataflow", world.orders())
    # Without its flow, the pair is what a killed creation leaves.
    lab.remove("flows", first.id)
    second = lab.one("dataflow", world.orders())
    assert (second.source_connection_id, second.target_connection_id) == (
        first.source_connection_id,
        first.target_connection_id,
    )
    lab.remove("flows", second.id)
    third = lab.one("dataflow", world.orders(source={"params": {"listId": "2"}}))
    assert third.target_connection_id == first.target_connection_id
    assert third.source_connection_id != first.source_connection_id
    assert first.source_connection_id in " ".join(third.warnings)
    # A flow in another flow spec, or of another name, keeps its pair.
    spec = lab.spec(FLOW_SPECS, REST_STORAGE)
    other = lab.store(FLOW_SPECS, **{**spec, "id": "00000000-0000-4000-8000-000000000001"})
    fourth = lab.one("dataflow", world.orders(source={"params": {"listId": "2"}}, flow_spec_id=other))
    assert fourth.changed, fourth.result
    assert fourth.source_connection_id not in (first.source_connection_id, third.source_connection_id)
    assert lab.one("dataflow", {"name": "orders", "state": "absent"}).failed, "two flows have the name"
