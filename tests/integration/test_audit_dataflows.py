# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The health of dataflows in an audit: what is found, from one listing of each kind."""

from __future__ import annotations

import json
import time
import typing as t
from pathlib import Path

import jsonschema
import pytest

from lab import SECRET, Lab, Spec
from lab.dataflows import World

NOW = int(time.time())
HOUR, DAY = 3600, 86400
LISTINGS = [f"GET {kind}" for kind in ("flowSpecs", "connectionSpecs", "connections")] + [
    f"GET {kind}" for kind in ("sourceConnections", "targetConnections", "flows")
]


@pytest.fixture
def world(lab: Lab) -> World:
    """A source with an account, a streaming source, and two mapping sets."""
    return World(lab)


def run_details(state: str, started: float, completed: float | None = None) -> Spec:
    ended = {} if completed is None else {"completedAtUTC": int(completed * 1000)}
    return {"id": "run-1", "state": state, "startedAtUTC": int(started * 1000), **ended}


def put_flow(world: World, name: str, **changes: t.Any) -> None:
    """Store a dataflow that is healthy, but for the changes."""
    source = world.put(
        "sourceConnections",
        name=name,
        connectionSpec={"id": changes.pop("spec", world.source)},
        baseConnectionId=world.account,
    )
    target = world.put("targetConnections", name=name, connectionSpec={"id": "c604ff05-7f1a-43c0-8e18-33bf874cb11c"})
    flow = {
        "flowSpec": {"id": "6499120c-0b15-42dc-936e-847ea3c24d72"},
        "sourceConnectionIds": [source],
        "targetConnectionIds": [target],
        "scheduleParams": {"startTime": NOW - 9 * DAY, "frequency": "hour", "interval": 6},
        "lastRunDetails": run_details("success", NOW - HOUR, NOW - HOUR + 60),
        "createdAt": (NOW - 9 * DAY) * 1000,
        "inheritedAttributes": {"properties": {"isSourceFlow": True}},
    }
    world.put("flows", name=name, **{**flow, **changes})


SCHEDULE = {"startTime": str(NOW - 9 * DAY), "frequency": "hour", "interval": "6"}
LATE = run_details("success", NOW - 13 * HOUR, NOW - 12.5 * HOUR)
BROKEN = run_details("FAILED", NOW - HOUR)
# What is stored of each dataflow, and what is found.
FLOWS: dict[str, tuple[Spec, list[str]]] = {
    "healthy": ({}, []),
    "failed": ({"lastRunDetails": BROKEN}, ["failing"]),
    "failed in part": ({"lastRunDetails": run_details("partialSuccess", NOW - HOUR, NOW)}, ["failing"]),
    "failed, and disabled since": ({"lastRunDetails": BROKEN, "state": "disabled"}, ["disabled"]),
    "late": ({"lastRunDetails": LATE, "scheduleParams": SCHEDULE}, ["stale"]),
    "in time": ({"lastRunDetails": run_details("success", NOW - 11 * HOUR)}, []),
    "ended in time": ({"lastRunDetails": run_details("success", NOW - 19 * HOUR, NOW - 11 * HOUR)}, []),
    "never ran": ({"lastRunDetails": None}, ["stale"]),
    "starts later": ({"lastRunDetails": None, "scheduleParams": {**SCHEDULE, "startTime": NOW + DAY}}, []),
    "created now": ({"lastRunDetails": None, "createdAt": NOW * 1000}, []),
    "enabled now": ({"lastRunDetails": LATE, "lastOperation": {"operation": "enable", "updated": NOW * 1000}}, []),
    "renamed now": (
        {"lastRunDetails": LATE, "lastOperation": {"operation": "update", "updated": NOW * 1000}},
        ["stale"],
    ),
    "once": ({"lastRunDetails": LATE, "scheduleParams": {"startTime": NOW - 9 * DAY, "frequency": "once"}}, []),
    "no schedule": ({"lastRunDetails": None, "scheduleParams": None}, []),
    "other source": ({"spec": "a-spec-that-is-not-linked"}, ["unsupported"]),
    "no flow spec": ({"flowSpec": {"id": "gone"}}, ["unsupported"]),
    "draft": ({"state": "draft", "lastRunDetails": BROKEN}, []),
    "destination": ({"lastRunDetails": BROKEN, "inheritedAttributes": {"properties": {"isSourceFlow": False}}}, []),
    "all of it": (
        {"lastRunDetails": {**LATE, "state": "failed"}, "flowSpec": {"id": "gone"}},
        ["failing", "stale", "unsupported"],
    ),
}


def test_each_dataflow_that_needs_attention_is_found(lab: Lab, world: World) -> None:
    for name, (changes, _found) in FLOWS.items():
        put_flow(world, name, **changes)
    unused = [
        world.put(kind, name=f"unused {kind}", baseConnectionId="a")
        for kind in ("sourceConnections", "targetConnections")
    ]
    unused.append(world.add_account("unused account"))
    world.put("sourceConnections", name="a draft", state="draft")
    destination = world.add_account("of a destination")
    world.put("targetConnections", id="of-a-destination", name="sent", baseConnectionId=destination)
    put_flow(world, "sends", targetConnectionIds=["of-a-destination"], lastRunDetails=run_details("success", NOW))
    lab.forget_requests()
    rules = [{"spec": "late", "findings": ["stale"], "reason": "agreed"}]
    outcome = lab.one("audit_info", {"dataflows": True, "ignore_rules": rules})
    assert lab.calls() == LISTINGS
    findings = [one for one in outcome.audit["findings"] if one["kind"] not in ("flow_spec", "connection_spec")]
    found: dict[str, list[str]] = {name: [] for name in FLOWS}
    for one in findings:
        if one["kind"] == "dataflow":
            found[one["name"]].append(one["finding"])
    assert {name: sorted(each) for name, each in found.items()} == {name: each for name, (_spec, each) in FLOWS.items()}
    orphaned = {one["id"]: one for one in findings if one["finding"] == "orphaned"}
    names = ["unused sourceConnections", "unused targetConnections", "unused account"]
    # One more target: "sends" does not use its own.
    assert sorted(one["name"] for one in orphaned.values()) == sorted([*names, "sends"])
    assert set(unused) <= orphaned.keys()
    by_name = {(one["finding"], one["name"]): one for one in findings}
    assert by_name["failing", "failed"]["message"].startswith("Its last run (run-1) failed at 20")
    assert "every 6 hours" in by_name["stale", "late"]["message"]
    assert by_name["stale", "late"]["ignored"]["reason"] == "agreed"
    counts = outcome.audit["counts"]
    assert (counts["failing"], counts["stale"], counts["unsupported"], counts["disabled"]) == (3, 3, 3, 1)
    assert {one["finding"] for one in findings if one["fails"]} == {"failing", "stale", "unsupported"}


def test_without_dataflows_nothing_more_is_listed(lab: Lab, world: World) -> None:
    put_flow(world, "broken", lastRunDetails=BROKEN)
    lab.forget_requests()
    assert lab.one("audit_info", {}).audit["counts"]["failing"] == 0
    assert lab.calls() == LISTINGS[:2]


@pytest.mark.real("worker")
def test_all_formats_report_the_health_of_dataflows(lab: Lab, world: World) -> None:
    put_flow(world, "broken", lastRunDetails=BROKEN)
    put_flow(world, "off", state="disabled")
    variables = {"audit_dataflows": True, "audit_report_folder": str(lab.folder / "report")}
    include = {"ansible.builtin.include_role": {"name": "aep.flow_service.audit"}}
    run = lab.play({"name": "audit", **include, "vars": variables})
    assert run.status == 2
    assert "failing broken" in run.output
    report = json.loads((lab.folder / "report" / "audit.json").read_text("utf-8"))
    schema = Path(__file__).parents[2] / "roles" / "audit" / "files" / "report.schema.json"
    jsonschema.validate(report, json.loads(schema.read_text("utf-8")))
    assert report["summary"]["counts"]["disabled"] == 1
    texts = {name: (lab.folder / "report" / f"audit.{name}").read_text("utf-8") for name in ("md", "xml", "html")}
    assert "1 dataflow whose last run failed, and 1 disabled dataflow" in texts["md"].replace(
        ", 1 disabled", ", and 1 disabled"
    )
    assert '<failure type="failing"' in texts["xml"]
    assert '"finding": "failing"' in texts["html"]


def test_dataflows_and_accounts_are_compared_with_their_definitions(lab: Lab, world: World) -> None:
    orders = lab.one("dataflow", world.orders())
    lab.one("dataflow", world.orders(name="others", labels=["core/C1"]))
    lab.one("dataflow", world.visits())
    account = {"name": "acme-account", "connection_spec_id": world.source}
    definitions: list[Spec] = [
        {"connection": account, "dataflow": {**world.orders(), "connection_id": None, "labels": ["core/C9"]}},
        {"dataflow": world.visits()},
        {"dataflow": {"name": "visits", "connection_spec_id": world.streaming_source}, "state": "absent"},
        {
            "dataflow": world.orders(name="not here", connection_id=None),
            "connection": {**account, "name": "no account"},
        },
        {"dataflow": world.orders(name="bad", schedule={"frequency": "hourly"})},
        {"dataflow": world.orders(), "flow": {}},
    ]
    gone = {"name": "gone", "connection_spec_name": "gone"}
    definitions.append({"connection": gone, "dataflow": gone, "state": "absent"})
    definitions[0]["dataflow"]["source"] = {"params": {"listId": "another"}}
    for one in definitions[:4]:
        one["dataflow"].pop("connection_id", None)
    folder = lab.folder / "dataflows"
    folder.mkdir()
    secret = {**account, "name": "drifted-account", "description": "new", "auth_secrets": {"password": SECRET}}
    world.add_account("drifted-account", description="old")
    (folder / "account.json").write_text(
        json.dumps({"dataflow_definitions": [{"connection": secret}]}), encoding="utf-8"
    )
    lab.forget_requests()
    options = {"dataflow_definitions": definitions, "dataflow_definitions_src": str(folder), "dataflows": True}
    outcome = lab.one("audit_info", options)
    assert sorted(lab.calls()) == sorted(LISTINGS)
    found = {
        (one["finding"], one["kind"], one["name"]): one
        for one in outcome.audit["findings"]
        if one["kind"] in ("dataflow", "connection") and one["finding"] != "orphaned"
    }
    assert set(found) == {
        ("in_sync", "connection", "acme-account"),
        ("drifted", "dataflow", "orders"),
        ("in_sync", "dataflow", "visits"),
        ("drifted", "dataflow", "visits"),
        ("missing", "connection", "no account"),
        ("missing", "dataflow", "not here"),
        ("invalid", "dataflow", "bad"),
        ("invalid", "dataflow", None),
        ("drifted", "connection", "drifted-account"),
        ("unmanaged", "dataflow", "others"),
        # They are to be absent, and so is their source.
        ("in_sync", "connection", "gone"),
        ("in_sync", "dataflow", "gone"),
    }
    drifted = found["drifted", "dataflow", "orders"]
    assert drifted["id"] == orders.id
    assert [change["path"] for change in drifted["changes"]] == ["flow.labels", "source_connection.params.listId"]
    (change,) = found["drifted", "connection", "drifted-account"]["changes"]
    assert change == {"path": "description", "before": "old", "after": "new"}
    assert "frequency" in found["invalid", "dataflow", "bad"]["message"]
    assert SECRET not in json.dumps(outcome.result)
    assert lab.writes() == []
    lab.forget_requests()
    refused = lab.one("audit_info", {"dataflow_definitions": [{"connection": secret}]})
    assert "it has auth_secrets" in refused.msg
    assert lab.requests() == []


def write_orders(lab: Lab, world: World) -> str:
    """Write the definition of the live dataflow as a file for several sandboxes; returns the directory."""
    folder = lab.folder / "dataflows"
    folder.mkdir()
    content = {"dataflow": {**world.orders(), "labels": ["core/C9"]}}
    (folder / "orders.json").write_text(json.dumps(content), encoding="utf-8")
    return str(folder)


def test_the_values_of_a_sandbox_are_part_of_its_definitions(lab: Lab, world: World) -> None:
    lab.one("dataflow", world.orders(labels=["core/C1"]))
    src = write_orders(lab, world)
    drifted = lab.one("audit_info", {"dataflow_definitions_src": src}).audit
    assert drifted["counts"]["drifted"] == 1
    overrides = {"orders": {"dataflow": {"labels": ["core/C1"]}}}
    audit = lab.one("audit_info", {"dataflow_definitions_src": src, "dataflow_overrides": overrides}).audit
    (finding,) = [one for one in audit["findings"] if one["kind"] == "dataflow"]
    assert (finding["finding"], finding["src"]) == ("in_sync", f"{src}/orders.json")


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("text", "Could not use dataflow_overrides, orders: it is not a mapping."),
        ({"dataflow": {"name": "x"}}, "it renames the dataflow"),
        ({"connection": {"auth_secrets": {"password": SECRET}}}, "it has auth_secrets"),
        ({"dataflow": {"taget": {}}}, "taget"),
    ],
)
def test_values_that_do_not_fit_are_invalid(lab: Lab, world: World, override: t.Any, message: str) -> None:
    options = {"dataflow_definitions_src": write_orders(lab, world), "dataflow_overrides": {"orders": override}}
    audit = lab.one("audit_info", options).audit
    (finding,) = [one for one in audit["findings"] if one["kind"] == "dataflow"]
    assert finding["finding"] == "invalid"
    assert message in finding["message"]
    assert SECRET not in json.dumps(audit)


@pytest.mark.parametrize("src", ["", "files"])
def test_values_for_no_definition_are_refused(lab: Lab, world: World, src: str) -> None:
    files = {"dataflow_definitions_src": write_orders(lab, world)} if src else {}
    refused = lab.one("audit_info", {**files, "dataflow_overrides": {"kontacts": {}}})
    assert refused.status == "failed"
    assert ("the name 'kontacts'" if src else "it needs dataflow_definitions_src") in refused.msg
    assert lab.requests() == []
