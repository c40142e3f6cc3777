# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""dataflow: a source connection, a target connection, and a flow are created, changed, replaced, and deleted as one."""

from __future__ import annotations

import time
import typing as t

import pytest

from ansible_collections.aep.flow_service.plugins.module_utils._tasks.dataflow_plan import PARTS
from lab import REST_STORAGE, Lab, Outcome, Run, task
from lab.dataflows import (
    DATASET,
    FIRST_LIST,
    SCHEMA,
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
    # A patch and a read more, or an action and a read.
    for name in ("update", "reschedule", "disable", "enable"):
        assert (run[name].api["requests"], run[name].api["writes"]) == (5, 1), name
    assert created.api["writes"] == 3
    assert run["delete"].api["writes"] == 3
