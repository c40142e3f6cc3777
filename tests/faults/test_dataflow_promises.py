# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Promises 1, 2, and 8 for accounts, mapping sets, dataflows, and runs: predictions, second runs, and bad responses."""

from __future__ import annotations

import json
import random
import typing as t

import pytest

from lab import CONNECTION_SPECS, Lab, Spec, Task, task
from lab.answers import dumped, fuzzed
from lab.dataflows import OTHER_LIST, SCHEMA, World
from lab.flows import put_flow, put_run

SECRET = "narrow-closed-valley-3"
AUTH_SPEC = {
    "name": "Key",
    "spec": {"properties": {"host": {}, "key": {"format": "password"}}, "required": ["key"]},
}
MAPPINGS = [{"source": "id", "destination": "_id"}]
Step = tuple[str, Spec]


@pytest.fixture
def world(lab: Lab) -> World:
    """A source with an account, a streaming source, and two mapping sets."""
    return World(lab)


def account_of(lab: Lab) -> Spec:
    """The options of an account in a source that exists."""
    spec = lab.store(CONNECTION_SPECS, name="keyed", version="1.0", authSpec=[AUTH_SPEC])
    secrets = {"key": SECRET}
    return {"name": "keyed", "connection_spec_id": spec, "auth_params": {"host": "a"}, "auth_secrets": secrets}


def every_change(lab: Lab, world: World) -> list[Step]:
    """A step for each thing that a module can do, with the state that the steps before it have left."""
    account, orders = account_of(lab), world.orders()
    mapping: Spec = {"name": "m", "schema_id": SCHEMA, "mappings": MAPPINGS}
    other: Spec = {**orders, "source": {"params": {"listId": OTHER_LIST}}, "on_replace": "replace"}
    which = {key: account[key] for key in ("name", "connection_spec_id")}
    return [
        ("connection", account),
        ("connection", {**account, "description": "x", "auth_params": {"host": "b"}}),
        ("mapping_set", mapping),
        ("mapping_set", {**mapping, "mappings": [{"source": "key", "destination": "_id"}]}),
        ("dataflow", orders),
        ("dataflow", {**orders, "description": "x", "labels": ["core/C1"], "mapping": {"id": world.other_mapping}}),
        ("dataflow", {**orders, "schedule": {"frequency": "hour", "interval": 1}}),
        ("dataflow", {"name": "orders", "enabled": False}),
        ("dataflow", {"name": "orders", "enabled": True}),
        ("dataflow", other),
        ("dataflow", world.visits(enabled=False)),
        ("dataflow", world.visits(source={"data": {"format": "parquet"}}, on_replace="replace")),
        ("dataflow", {"name": "visits", "state": "absent"}),
        ("dataflow", {"name": "orders", "state": "absent"}),
        ("connection", {**which, "state": "absent"}),
    ]


def shown(result: Spec) -> Spec:
    """The diff of a result, but for the headers, which name the ID where there is one."""
    return {name: text for name, text in result["diff"].items() if not name.endswith("_header")}


def written(lab: Lab) -> list[Spec]:
    """The requests that write. The validation of mappings does not."""
    return [request for request in lab.writes() if not request["path"].endswith("/validate")]


def test_every_change_is_predicted_and_made_once(lab: Lab, world: World, record_property: t.Any) -> None:
    steps = every_change(lab, world)
    tasks = [
        task(f"{number} {part}", module, check=part == "predict", **arguments)
        for number, (module, arguments) in enumerate(steps)
        for part in ("predict", "do", "again")
    ]
    run = lab.play(*tasks, arguments=("--diff",), AEP_SETTLE_TIME="0.05")
    assert run.status == 0, run.outcomes[-1].result
    for number, step in enumerate(steps):
        predicted, real, again = (run[f"{number} {part}"].result for part in ("predict", "do", "again"))
        assert predicted["api"]["writes"] == 0, step
        for key in ("changed", "changes", "previous", "replaced"):
            assert predicted.get(key) == real.get(key), (step, key)
        assert shown(predicted) == shown(real), step
        assert real["changed"], step
        assert (again["changed"], again["changes"], again["api"]["writes"]) == (False, [], 0), step
    assert len(written(lab)) == sum(outcome.api["writes"] for outcome in run.outcomes)
    for kind in ("connections", "flows", "sourceConnections", "targetConnections"):
        assert len(lab.state(kind)) == (kind == "connections"), kind
    record_property("predictions compared", len(steps))


def test_runs_are_predicted(lab: Lab, record_property: t.Any) -> None:
    flow = put_flow(lab)
    failed = put_run(lab, "failed-notification", flowId=flow)
    for arguments in ({"dataflow_id": flow}, {"retry_id": failed}):
        lab.forget_requests()
        predicted = lab.one("dataflow_run", arguments, check=True)
        assert lab.writes() == []
        real = lab.one("dataflow_run", arguments)
        for key in ("changed", "changes"):
            assert predicted.result[key] == real.result[key], (arguments, key)
        assert shown(predicted.result) == shown(real.result)
    record_property("predictions compared", 2)


def rejected(lab: Lab, world: World) -> list[Step]:
    """A step for each kind of failure that comes before the first write, where one dataflow and its account exist."""
    account, orders = account_of(lab), world.orders()
    off = put_flow(lab, name="off", state="disabled")
    return [
        ("connection", {"id": world.account, "state": "absent"}),
        ("connection", {**account, "auth_secrets": {}}),
        ("connection", {**account, "auth_spec_name": "Basic"}),
        ("connection", {"id": "nobody", "description": "x"}),
        ("connection", {"name": "twin", "connection_spec_id": world.source}),
        ("mapping_set", {"id": "nobody", "schema_id": SCHEMA, "mappings": MAPPINGS}),
        ("dataflow", {**orders, "source": {"params": {"listId": OTHER_LIST}}}),
        ("dataflow", {**orders, "mapping": {"id": "nobody"}}),
        ("dataflow", {**orders, "name": "new", "target": {"dataset_id": "nobody"}}),
        ("dataflow", {**orders, "name": "new", "flow_spec_name": "nobody"}),
        ("dataflow", {"name": "off-too", "enabled": True}),
        ("dataflow", {"id": "nobody", "enabled": True}),
        ("dataflow_run", {"dataflow_id": off}),
        ("dataflow_run", {"retry_id": "nobody"}),
    ]


def test_failures_are_predicted_in_the_same_words(lab: Lab, world: World, record_property: t.Any) -> None:
    assert lab.one("dataflow", world.orders()).changed
    for _number in range(2):
        world.add_account("twin")
    lab.forget_requests()
    steps = rejected(lab, world)
    tasks: list[Task] = [
        task(f"{number} {part}", module, check=part == "predict", **arguments) | {"ignore_errors": True}
        for number, (module, arguments) in enumerate(steps)
        for part in ("predict", "do")
    ]
    run = lab.play(*tasks)
    for number, step in enumerate(steps):
        predicted, real = run[f"{number} predict"], run[f"{number} do"]
        assert (predicted.failed, real.failed) == (True, True), (step, real.result)
        assert predicted.msg == real.msg
        assert (predicted.changed, real.changed) == (False, False), step
        assert "Next step: " in real.msg
    assert lab.writes() == []
    record_property("predictions compared", len(steps))


# A failure reports as a change what the service has accepted, or may have accepted.

REJECTED: Spec = {"type": "status", "status": 422, "body": {"message": "no"}}
PERHAPS: Spec = {"type": "status", "status": 503}
WRITES = {
    "create an account": ("connection", "POST", "/connections$"),
    "update an account": ("connection", "PATCH", "/connections/"),
    "delete an account": ("connection", "DELETE", "/connections/"),
    "create a mapping set": ("mapping_set", "POST", "/mappingSets$"),
    "create a source connection": ("dataflow", "POST", "/sourceConnections$"),
    "update a dataflow": ("dataflow", "PATCH", "/flows/"),
    "disable a dataflow": ("dataflow", "POST", "/action"),
    "delete a dataflow": ("dataflow", "DELETE", "/flows/"),
}


@pytest.mark.parametrize("case", WRITES)
def test_changed_of_a_failure_is_whether_the_service_may_have_written(lab: Lab, world: World, case: str) -> None:
    account, orders = account_of(lab), world.orders()
    existing = case.startswith(("update", "disable", "delete"))
    contents: dict[str, Spec] = {
        "create an account": account,
        "update an account": {**account, "description": "x"},
        "delete an account": {key: account[key] for key in ("name", "connection_spec_id")} | {"state": "absent"},
        "create a mapping set": {"name": "m", "schema_id": SCHEMA, "mappings": MAPPINGS},
        "create a source connection": orders,
        "update a dataflow": {"name": "orders", "description": "x"},
        "disable a dataflow": {"name": "orders", "enabled": False},
        "delete a dataflow": {"name": "orders", "state": "absent"},
    }
    if existing:
        assert not lab.one("connection", account).failed
        assert not lab.one("dataflow", orders).failed
    module, method, path = WRITES[case]
    for fault, changed in ((REJECTED, False), (PERHAPS, True)):
        lab.fault(method, path, times=None, **fault)
        outcome = lab.one(module, {**contents[case], "retries": 1, "settle_time": 0})
        lab.end_faults()
        assert outcome.failed, (fault, outcome.result)
        assert outcome.changed == changed, (fault, outcome.result)
        assert "Next step" in outcome.msg


# Responses with something wrong anywhere in them.


KINDS = ("flows", "sourceConnections", "targetConnections", "mappingSets", "connectionSpecs", "dataSets")
READ_ONLY = ("connectionSpecs", "dataSets")
FUZZED = [
    (kind, method) for kind in KINDS for method in ("GET", "POST", "PATCH") if method == "GET" or kind not in READ_ONLY
]


@pytest.mark.parametrize(("kind", "method"), FUZZED)
def test_fuzzed_responses_about_dataflows(
    lab: Lab, world: World, kind: str, method: str, chance: random.Random, record_property: t.Any
) -> None:
    orders = world.orders()
    assert lab.one("dataflow", orders).changed
    stored = lab.state(kind)[0] if kind != "connectionSpecs" else lab.spec(kind, world.source)
    answer = {stored["id"]: stored} if kind == "dataSets" else {"items": [stored], "_links": {}}
    looks: dict[str, Step] = {
        "update": ("dataflow", {**orders, "description": "x", "mapping": {"id": world.other_mapping}}),
        "new": ("dataflow", {**orders, "name": "another"}),
        "replace": ("dataflow", {**orders, "source": {"params": {"listId": OTHER_LIST}}, "on_replace": "replace"}),
        "info": ("dataflow_info", {"name": "orders"}),
        "mapping": ("mapping_set", {"name": "m", "schema_id": SCHEMA, "mappings": MAPPINGS}),
        "absent": ("dataflow", {"name": "orders", "state": "absent"}),
    }
    tasks = []
    for number in range(4):
        for name, (module, arguments) in looks.items():
            lab.fault(method, kind, type="replace_body", body=dumped(fuzzed(answer, chance)))
            options: Spec = {"settle_time": 0, "retries": 1}
            if name in ("update", "new", "replace", "absent"):
                options["wait_timeout"] = 1
            tasks.append(task(f"{name} {number}", module, **arguments, **options) | {"ignore_errors": True})
    run = lab.play(*tasks)
    assert len(run.outcomes) == len(tasks), run.output[-2000:]
    assert method != "GET" or any(outcome.failed for outcome in run.outcomes)
    for outcome in run.outcomes:
        text = json.dumps(outcome.result)
        assert "nexpected" not in text, text
        assert "Traceback" not in text, text
        if outcome.failed:
            assert "Next step" in outcome.msg, text
    record_property("answers fuzzed", len(tasks))


# A write is believed when it is seen.


@pytest.mark.parametrize("module", ["connection", "dataflow"])
@pytest.mark.parametrize(("stored", "is_failure"), [(None, True), ("of the service", False)], ids=["lost", "altered"])
def test_what_the_service_stores_otherwise_is_named(
    lab: Lab, world: World, module: str, stored: str | None, is_failure: bool
) -> None:
    arguments = account_of(lab) if module == "connection" else world.orders()
    kind = "connections" if module == "connection" else "flows"
    created = lab.one(module, {**arguments, "description": "old"})
    change = {"type": "compete", "kind": kind, "spec_id": created.id, "set": {"description": stored}, "keep_etag": True}
    lab.fault("PATCH", f"/{kind}/", times=None, when="after", **change)
    outcome = lab.one(module, {**arguments, "description": "new", "settle_time": 0})
    assert outcome.changed
    assert outcome.failed == is_failure, outcome.result
    text = outcome.msg if is_failure else " ".join(outcome.warnings)
    assert "description" in text, outcome.result
    assert outcome.previous is not None


@pytest.mark.parametrize(
    ("module", "lost"),
    [
        ("connection", "description"),
        ("connection", "auth.params.host"),
        ("dataflow", "description"),
        ("dataflow", "transformations"),
        ("dataflow", "data.schema"),
    ],
)
def test_a_field_that_a_new_object_has_lost_is_named(lab: Lab, world: World, module: str, lost: str) -> None:
    arguments = account_of(lab) if module == "connection" else world.orders()
    lab.switch(dropped_fields=[lost], require_mapping=False)
    outcome = lab.one(module, {**arguments, "description": "new", "settle_time": 0.01})
    assert outcome.failed, outcome.result
    assert outcome.changed, outcome.msg
    assert lost in outcome.msg
    assert "Next step: " in outcome.msg
