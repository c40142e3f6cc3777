# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook dataflow_runs: it fails if the last run of a dataflow failed, and says which, and why."""

from __future__ import annotations

import json

import pytest

from lab import Lab
from lab.dataflows import World

pytestmark = pytest.mark.real("worker")

PLAYBOOK = "aep.flow_service.dataflow_runs"
ERROR = {"code": "CONNECTOR-1001-500", "message": "Error occurred at copy activity."}


@pytest.fixture
def world(lab: Lab) -> World:
    """A dataflow whose last run succeeded, one whose last run failed, and one without a run."""
    world = World(lab)
    for name in ("good", "bad", "new"):
        lab.one("dataflow", world.orders(name=name))
    end(lab, world, "good", "success", recordSummary={"inputRecordCount": 3, "failedRecordCount": 1})
    end(lab, world, "bad", "failed")
    lab.forget_requests()
    return world


def end(lab: Lab, world: World, name: str, status: str, **metrics: object) -> None:
    """Let the last run of a dataflow end."""
    flow = next(one for one in lab.state("flows") if one["name"] == name)
    failed = [{"name": "Copy Activity", "id": "copy", "statusSummary": {"status": status, "errors": [ERROR]}}]
    run = world.put(
        "runs",
        flowId=flow["id"],
        metrics={"statusSummary": {"status": status}, **metrics},
        activities=failed if status == "failed" else [],
    )
    lab.put_state("flows", flow["id"], {**flow, "lastRunDetails": {"id": run, "state": status, "startedAtUTC": 1}})


@pytest.mark.parametrize("fail_on", ["failed", ["failde"], ["failed", None], {}])
def test_statuses_that_do_not_exist_are_rejected(lab: Lab, world: World, fail_on: object) -> None:
    run = lab.run_playbook(PLAYBOOK, "-e", json.dumps({"dataflow_runs_fail_on": fail_on}))
    assert run.status == 2
    words = " ".join(run.output.split())
    assert "fail_on must be a list of succeeded, partly_failed, failed, running, waiting, unknown, none" in words


@pytest.mark.proof("filter dataflow_runs")
def test_a_failed_last_run_fails_the_playbook(lab: Lab, world: World) -> None:
    run = lab.run_playbook(PLAYBOOK)
    assert run.status == 2, run.output
    message = run["Fail on failed runs"].msg
    assert message.startswith("Could not pass the last runs of 3 dataflows: 1 fails the check. bad: failed (run ")
    assert "CONNECTOR-1001-500 in Copy Activity: Error occurred at copy activity. No changes were made." in message
    assert "good" not in message
    stats = run["Pass the summary to the workflow"].ansible_stats["data"]
    assert stats["dataflow_runs_summary"] == {"partly_failed": 1, "failed": 1, "none": 1}
    assert stats["dataflow_runs_message"] in message
    assert [request["method"] for request in lab.requests()] == ["GET"] * len(lab.requests())
    assert len(lab.requests()) == 2, "one listing of flows, and one of their last runs"


def test_what_is_checked_and_what_fails_are_variables(lab: Lab, world: World) -> None:
    end(lab, world, "bad", "success")
    assert lab.run_playbook(PLAYBOOK).status == 0
    strict = {"dataflow_runs_fail_on": ["partly_failed", "none"]}
    run = lab.run_playbook(PLAYBOOK, "-e", json.dumps(strict))
    assert run.status == 2
    failed = run["Judge the last runs"].ansible_facts["dataflow_runs"]["failed"]
    assert {row["dataflow"] for row in failed} == {"good", "new"}
    one = lab.run_playbook(PLAYBOOK, "-e", json.dumps({**strict, "dataflow_runs_query": {"name": "good"}}))
    message = one["Judge the last runs"].ansible_facts["dataflow_runs"]["message"]
    assert message.startswith("Could not pass the last run of 1 dataflow: 1 fails the check.")
    narrow = {**strict, "dataflow_runs_query": {"name": "bad"}}
    assert lab.run_playbook(PLAYBOOK, "-e", json.dumps(narrow)).status == 0
    nothing = lab.run_playbook(PLAYBOOK, "-e", json.dumps({"dataflow_runs_query": {"name": "nobody"}}))
    assert nothing.status == 0
    message = nothing["Judge the last runs"].ansible_facts["dataflow_runs"]["message"]
    assert message == "Checked the last runs of 0 dataflows: none fails the check."
