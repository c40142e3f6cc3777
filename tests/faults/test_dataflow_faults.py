# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""dataflow: unclear answers, races, and tasks that are cut off at any request. Nothing double, nothing left behind."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import time
import typing as t

import pytest

from lab import Lab, task
from lab.dataflows import KINDS, OTHER_LIST, World, objects, only
from lab.kills import SERVICES, cut_off, requests_of

ONE_OF_EACH = dict.fromkeys(KINDS, 1)
NONE = dict.fromkeys(KINDS, 0)


@pytest.fixture
def world(lab: Lab) -> World:
    """A source with an account, a streaming source, and two mapping sets."""
    return World(lab)


def numbers(lab: Lab) -> dict[str, int]:
    return {kind: len(ids) for kind, ids in objects(lab).items()}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "fault",
    [
        {"type": "reset", "when": "after"},
        {"type": "reset", "when": "before"},
        {"type": "status", "status": 500, "when": "after"},
        {"type": "status", "status": 503, "when": "before"},
        {"type": "replace_body", "body": "<html>", "content_type": "text/html"},
        {"type": "replace_body", "body": "{}"},
    ],
    ids=["answer lost", "never sent", "500 after", "503 before", "no JSON", "no id"],
)
def test_an_unclear_creation_of_each_object_is_never_doubled(
    lab: Lab, world: World, kind: str, fault: dict[str, t.Any], record_property: t.Any
) -> None:
    lab.fault("POST", f"{kind}$", **fault)
    outcome = lab.one("dataflow", world.orders())
    assert not outcome.failed, outcome.result
    assert numbers(lab) == ONE_OF_EACH
    again = lab.one("dataflow", world.orders())
    assert (again.changed, again.id) == (False, outcome.id)
    record_property("unclear creations", 1)
    record_property("objects of dataflows made twice", 0)


@pytest.mark.parametrize("operation", ["enable", "disable"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_an_unclear_action_is_looked_up(lab: Lab, world: World, operation: str, when: str) -> None:
    lab.one("dataflow", world.orders(enabled=operation == "disable"))
    lab.fault("POST", "action", type="reset", when=when)
    wanted = {"name": "orders", "enabled": operation == "enable"}
    outcome = lab.one("dataflow", wanted)
    assert not outcome.failed, outcome.result
    assert only(lab, "flows")["state"] == f"{operation}d"
    assert not lab.one("dataflow", wanted).changed


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_an_unclear_patch_or_deletion_is_repeated(lab: Lab, world: World, method: str, when: str) -> None:
    lab.one("dataflow", world.orders())
    lab.fault(method, "flows/", type="reset", when=when)
    content = {"description": "new"} if method == "PATCH" else {"state": "absent"}
    outcome = lab.one("dataflow", {"name": "orders", **content})
    assert not outcome.failed, outcome.result
    assert numbers(lab) == (ONE_OF_EACH if method == "PATCH" else NONE)


@pytest.mark.parametrize("kind", KINDS)
def test_a_deletion_whose_answer_is_lost_while_it_takes_time_is_waited_for(lab: Lab, world: World, kind: str) -> None:
    lab.one("dataflow", world.orders())
    lab.switch(deletion_time=1)
    lab.fault("DELETE", f"{kind}/", type="reset", when="after")
    outcome = lab.one("dataflow", {"name": "orders", "state": "absent"})
    assert not outcome.failed, outcome.result
    assert numbers(lab) == NONE


def test_a_streaming_dataflow_is_replaced_after_a_cut_too(lab: Lab, world: World) -> None:
    first = lab.one("dataflow", world.visits())
    wanted = world.visits(source={"data": {"format": "parquet"}}, on_replace="replace")
    lab.fault("DELETE", "flows/", type="status", status=403, body={"status": 403})
    assert lab.one("dataflow", wanted).failed
    second = lab.one("dataflow", wanted)
    assert second.replaced, second.result
    assert second.inlet_url not in (None, first.inlet_url)
    assert numbers(lab) == ONE_OF_EACH
    assert not lab.one("dataflow", wanted).changed


# Races.


def test_a_412_is_normal_where_a_run_has_moved_the_etag(lab: Lab, world: World) -> None:
    created = lab.one("dataflow", world.orders())
    ran = {"lastRunDetails": {"id": "run", "state": "success"}}
    lab.fault("PATCH", "flows/", times=3, type="compete", kind="flows", spec_id=created.id, set=ran, when="before")
    outcome = lab.one("dataflow", {"name": "orders", "description": "new"})
    assert not outcome.failed, outcome.result
    flow = only(lab, "flows")
    assert (flow["description"], flow["lastRunDetails"]["id"]) == ("new", "run")
    assert [write["status"] for write in lab.writes()[3:]] == [412, 412, 412, 200]


def test_a_412_by_somebody_who_changes_what_is_managed_is_named(lab: Lab, world: World) -> None:
    created = lab.one("dataflow", world.orders(description="old"))
    theirs = {"description": "theirs", "updatedBy": "ada@example.com"}
    lab.fault("PATCH", "flows/", type="compete", kind="flows", spec_id=created.id, set=theirs, when="before")
    outcome = lab.one("dataflow", {"name": "orders", "description": "ours"})
    assert outcome.failed
    assert "ada@example.com" in outcome.msg
    assert not outcome.changed
    assert only(lab, "flows")["description"] == "theirs"


def test_an_overwrite_right_after_the_patch_is_named(lab: Lab, world: World) -> None:
    created = lab.one("dataflow", world.orders(description="old"))
    theirs = {"description": "theirs", "updatedBy": "ada@example.com"}
    lab.fault("PATCH", "flows/", type="compete", kind="flows", spec_id=created.id, set=theirs, when="after")
    outcome = lab.one("dataflow", {"name": "orders", "description": "ours"})
    assert outcome.failed
    assert "ada@example.com changed it at the same time, at description" in outcome.msg
    assert outcome.previous["description"] == "old"
    assert only(lab, "flows")["description"] == "theirs"


def test_a_second_flow_of_the_name_at_the_same_time_is_named(lab: Lab, world: World) -> None:
    first = lab.one("dataflow", world.orders())
    live = only(lab, "flows")
    lab.one("dataflow", {"name": "orders", "state": "absent"})
    world.put("flows", **{**live, "id": "theirs", "name": "not yet"})
    rename = {"name": "orders"}
    lab.fault("POST", "flows$", type="compete", kind="flows", spec_id="theirs", set=rename, when="before")
    outcome = lab.one("dataflow", world.orders())
    assert outcome.failed
    assert sorted(outcome.ids) == sorted(["theirs", outcome.id])
    assert first.id not in outcome.ids


@pytest.mark.parametrize("state", ["present", "absent"])
def test_tasks_of_one_controller_take_turns(lab: Lab, world: World, state: str, record_property: t.Any) -> None:
    if state == "absent":
        lab.one("dataflow", world.orders())
    lab.fault(None, SERVICES, times=60, type="delay", seconds=[0.0, 0.1], when="before")
    arguments = world.orders() if state == "present" else {"name": "orders", "state": "absent"}
    loop = {**task("each", "dataflow", **arguments), "loop": [1, 2, 3], "async": 120, "poll": 0}
    wait = {
        "name": "wait",
        "ansible.builtin.async_status": {"jid": "{{ item.ansible_job_id }}"},
        "loop": "{{ started.results }}",
        "register": "ended",
        "until": "ended is finished",
        "retries": 300,
        "delay": 0.2,
    }
    lab.way = "module"
    run = lab.play({**loop, "register": "started"}, wait)
    assert run.status == 0, run.output
    changed = [result["changed"] for result in run["wait"].result["results"]]
    assert sorted(changed) == [False, False, True]
    assert numbers(lab) == (ONE_OF_EACH if state == "present" else NONE)
    record_property("objects of dataflows made twice", 0)


# Cut off.


def prepared(lab: Lab, number: str) -> tuple[Lab, World]:
    """A sandbox of its own."""
    there = lab.in_sandbox(number)
    return there, World(there)


SCENES: dict[str, tuple[dict[str, t.Any], dict[str, int]]] = {
    "create": ({}, ONE_OF_EACH),
    "replace": ({"source": {"params": {"listId": OTHER_LIST}}, "on_replace": "replace"}, ONE_OF_EACH),
    "delete": ({"state": "absent"}, NONE),
}


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("when", ["before", "after"])
def test_cut_off_at_any_request_and_run_again(lab: Lab, scene: str, when: str, record_property: t.Any) -> None:
    change, expected = SCENES[scene]
    lab.variables["AEP_SETTLE_TIME"] = "0.01"
    # By real plays, it is every fifth request.
    step = 1 if lab.way == "process" else 5
    request = cuts = 0
    was_cut = True
    while was_cut:
        there, world = prepared(lab, f"{scene}-{when}-{request}")
        if scene != "create":
            assert there.one("dataflow", world.orders()).changed
        arguments = {"name": "orders", **change} if scene == "delete" else {**world.orders(), **change}
        was_cut = cut_off(there, "dataflow", arguments, request, when)
        again = there.one("dataflow", arguments)
        assert not again.failed, (request, again.result)
        assert numbers(there) == expected, request
        if expected is ONE_OF_EACH:
            flow = only(there, "flows")
            assert (flow["name"], flow["state"]) == ("orders", "enabled"), request
            assert flow["sourceConnectionIds"] == objects(there)["sourceConnections"], request
            assert flow["targetConnectionIds"] == objects(there)["targetConnections"], request
            assert only(there, "sourceConnections")["params"] == arguments["source"]["params"], request
        there.forget_requests()
        third = there.one("dataflow", arguments)
        assert (third.failed, third.changed, there.writes()) == (False, False, []), (request, third.result)
        request += step
        cuts += was_cut
    assert request > 5
    record_property("dataflow tasks cut off", cuts)
    record_property("objects of dataflows left behind", 0)


def test_an_incomplete_replacement_fails_until_it_may_be_completed(lab: Lab, world: World) -> None:
    old = lab.one("dataflow", world.orders())
    lab.fault("DELETE", "flows/", type="status", status=403, body={"status": 403})
    wanted = world.orders(source={"params": {"listId": OTHER_LIST}})
    assert lab.one("dataflow", {**wanted, "on_replace": "replace"}).failed
    assert numbers(lab)["flows"] == 2
    for arguments in (world.orders(), wanted):
        refused = lab.one("dataflow", arguments)
        assert refused.failed
        assert "orders.replacement" in refused.msg
        assert sorted(refused.ids) == sorted(objects(lab)["flows"])
    predicted = lab.one("dataflow", {**wanted, "on_replace": "replace"}, check=True)
    completed = lab.one("dataflow", {**wanted, "on_replace": "replace"})
    assert not completed.failed, completed.result
    for key in ("changed", "changes", "previous", "replaced", "diff"):
        assert predicted.result[key] == completed.result[key], key
    assert completed.id != old.id
    assert numbers(lab) == ONE_OF_EACH


@pytest.mark.parametrize("back", [True, False])
def test_a_definition_that_changes_after_a_cut_leaves_nothing(lab: Lab, world: World, back: bool) -> None:
    old = lab.one("dataflow", world.orders())
    lab.fault("DELETE", "flows/", type="status", status=403, body={"status": 403})
    first = world.orders(source={"params": {"listId": OTHER_LIST}}, on_replace="replace")
    assert lab.one("dataflow", first).failed
    second = world.orders(on_replace="replace")
    if not back:
        second["source"] = {"params": {"listId": "third"}}
    predicted = lab.one("dataflow", second, check=True)
    done = lab.one("dataflow", second)
    assert not done.failed, done.result
    assert (predicted.changed, predicted.changes) == (done.changed, done.changes)
    assert (done.id == old.id) == back
    assert numbers(lab) == ONE_OF_EACH
    assert not lab.one("dataflow", second).changed


def test_an_absent_dataflow_takes_its_incomplete_replacement_along(lab: Lab, world: World) -> None:
    for method, path, skip in (("DELETE", "flows/", 0), ("DELETE", "targetConnections/", 0), ("PATCH", "flows/", 0)):
        lab.one("dataflow", world.orders())
        lab.fault(method, path, skip=skip, type="status", status=403, body={"status": 403})
        wanted = world.orders(source={"params": {"listId": OTHER_LIST}}, on_replace="replace")
        assert lab.one("dataflow", wanted).failed
        predicted = lab.one("dataflow", {"name": "orders", "state": "absent"}, check=True)
        gone = lab.one("dataflow", {"name": "orders", "state": "absent"})
        assert not gone.failed, gone.result
        assert predicted.changes == gone.changes
        assert numbers(lab) == NONE


@pytest.mark.real
@pytest.mark.parametrize("scene", ["create", "replace", "delete"])
def test_killed_at_any_moment_and_run_again(
    lab: Lab, scene: str, chance: random.Random, record_property: t.Any
) -> None:
    change, expected = SCENES[scene]
    killed = 0
    for round_number in range(3):
        there, world = prepared(lab, f"{scene}-{round_number}")
        if scene != "create":
            assert there.play(task("first", "dataflow", **world.orders())).status == 0
        arguments = {"name": "orders", **change} if scene == "delete" else {**world.orders(), **change}
        there.forget_requests()
        there.fault(
            None, SERVICES, times=30, type="delay", seconds=[0.0, 0.15], when=chance.choice(["before", "after"])
        )
        process = there.start(task("killed", "dataflow", **arguments))
        moment = chance.randint(1 + round_number * 4, 4 + round_number * 4)
        while process.poll() is None and requests_of(there) < moment:
            time.sleep(0.005)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL
        there.end_faults()
        run = there.play(task("again", "dataflow", **arguments), task("third", "dataflow", **arguments))
        assert run.status == 0, run.output
        assert not run["third"].changed
        assert numbers(there) == expected
    record_property("dataflow tasks killed", killed)
