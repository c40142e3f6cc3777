# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs of dataflows: an action that is never done twice, and answers in which anything may be wrong."""

from __future__ import annotations

import json
import random
import typing as t

import pytest

from lab import Lab, task
from lab.answers import RUBBISH, UNCLEAR, dumped, fuzzed
from lab.flows import put_flow, put_run

OPTIONS = {"timeout": 0.7, "settle_time": 0.1}
WINDOW = {"window_start": 1, "window_end": 2}


@pytest.fixture
def flow(lab: Lab) -> str:
    lab.switch(run_time=0.0)
    return put_flow(lab)


@pytest.mark.parametrize("case", UNCLEAR)
def test_an_unclear_start_is_one_run(lab: Lab, flow: str, case: str, record_property: t.Any) -> None:
    failed = put_run(lab, "failed-notification", flowId=flow)
    before = {run["id"] for run in lab.state("runs")}
    for path in ("runs$", f"{failed}/action"):
        lab.fault("POST", path, **UNCLEAR[case])
    run = lab.play(
        task("start", "dataflow_run", dataflow_id=flow, **WINDOW, **OPTIONS),
        task("retry", "dataflow_run", retry_id=failed, **OPTIONS),
    )
    assert run.status == 0, run.output
    assert len([request for request in lab.requests() if request["fault"]]) == 2
    made = [each["id"] for each in lab.state("runs") if each["id"] not in before]
    assert sorted(made) == sorted((run["start"].id, run["retry"].id))
    for outcome in run.outcomes:
        assert outcome.changed
        assert outcome.dataflow_run["status"] == "succeeded"
        assert outcome.result.get("warnings", []) == []
    record_property("unclear starts of runs", 2)
    record_property("runs started twice", 0)


def test_a_run_of_another_window_is_not_adopted(lab: Lab, flow: str) -> None:
    lab.fault("POST", "runs$", type="delay", seconds=1.5, when="before")
    lab.fault("GET", "runs$", skip=1, times=None, type="replace_body", body=listing(flow, "theirs", "5", "6"))
    outcome = lab.one("dataflow_run", {"dataflow_id": flow, **WINDOW, **OPTIONS})
    assert outcome.changed
    assert outcome.id != "theirs"
    assert [write["fault"] for write in lab.writes()] == ["delay", None]


def listing(flow: str, run_id: str, start: str, end: str) -> dict[str, t.Any]:
    params = {"windowStartTime": start, "windowEndTime": end}
    return {"items": [{"id": run_id, "flowId": flow, "createdAt": 10**13, "params": params}]}


def test_a_second_run_is_a_warning(lab: Lab, flow: str) -> None:
    """The first POST takes effect although nothing of it was to be seen: the second one is not silent."""
    lab.fault("POST", "runs$", type="reset", when="before")
    lab.fault("GET", "runs$", skip=5, times=None, type="replace_body", body=listing(flow, "late", "1", "2"))
    outcome = lab.one("dataflow_run", {"dataflow_id": flow, **WINDOW, **OPTIONS})
    assert outcome.changed
    assert outcome.id != "late"
    (warning,) = outcome.warnings
    assert "new runs with the same parameters: late" in warning


def test_an_unclear_start_that_cannot_be_looked_up(lab: Lab, flow: str) -> None:
    lab.fault("POST", "runs$", type="reset", when="after")
    lab.fault("GET", "runs$", skip=1, times=None, type="status", status=500)
    outcome = lab.one("dataflow_run", {"dataflow_id": flow, "retries": 2, **OPTIONS})
    assert (outcome.failed, outcome.changed) == (True, True)
    assert "is not known" in outcome.msg
    assert len(lab.writes()) == 1


def test_a_token_that_expires_in_between(lab: Lab, flow: str) -> None:
    lab.fault("POST", "runs$", type="status", status=401)
    lab.fault("GET", "runs/", type="status", status=401)
    outcome = lab.one("dataflow_run", {"dataflow_id": flow, "wait": True})
    assert outcome.dataflow_run["status"] == "succeeded"
    assert [write["status"] for write in lab.writes()] == [401, 201]
    assert len(lab.state("runs")) == 1


REJECTED = (400, 401, 403, 404, 409, 422, 429)
UNKNOWN: dict[str, dict[str, t.Any]] = {
    "500": {"type": "status", "status": 500},
    "503 after": {"type": "status", "status": 503, "when": "after"},
    "reset before": {"type": "reset", "when": "before"},
    "truncated": {"type": "truncate"},
    "redirect": {"type": "redirect", "location": "http://127.0.0.1:1/"},
}


def test_changed_of_a_failure_is_whether_a_run_may_have_started(lab: Lab, flow: str) -> None:
    # A token that cannot be renewed: a write that is rejected for it is not sent again.
    lab.variables["AEP_ACCESS_TOKEN"] = "emulator-token"
    failed = put_run(lab, "failed-notification", flowId=flow)
    faults = {str(status): {"type": "status", "status": status, "body": {"message": "no"}} for status in REJECTED}
    tasks = []
    for name, arguments, path in (
        ("start", {"dataflow_id": flow, **WINDOW}, "runs$"),
        ("retry", {"retry_id": failed}, "/action"),
    ):
        for case, fault in {**faults, **UNKNOWN}.items():
            lab.fault("POST", path, **fault)
            more = {"retries": 1, "settle_time": 0, "timeout": 3}
            tasks.append(task(f"{name}: {case}", "dataflow_run", **arguments, **more) | {"ignore_errors": True})
    run = lab.play(*tasks)
    assert len(run.outcomes) == len(tasks), run.output
    for outcome in run.outcomes:
        case = outcome.task.partition(": ")[2]
        assert outcome.failed or case in ("503 after", "truncated"), outcome.result
        assert outcome.changed == (case in UNKNOWN), outcome.result
    assert len(lab.writes()) == len(tasks)


@pytest.mark.parametrize("case", RUBBISH)
def test_rubbish_about_runs_is_a_clear_failure(lab: Lab, flow: str, case: str) -> None:
    run = put_run(lab, "failed-notification", flowId=flow)
    lab.fault("GET", "/runs", times=None, type="replace_body", body=RUBBISH[case])
    tasks = {
        "start": ("dataflow_run", {"dataflow_id": flow}),
        "retry": ("dataflow_run", {"retry_id": run}),
        "id": ("dataflow_run_info", {"id": run}),
        "dataflow": ("dataflow_run_info", {"dataflow_id": flow}),
        "wait": ("dataflow_run_info", {"id": run, "wait": "done"}),
    }
    # A listing can have runs of others.
    names = [name for name in tasks if case != "another spec" or name not in ("start", "dataflow")]
    outcomes = lab.play(*(task(name, tasks[name][0], **tasks[name][1]) | {"ignore_errors": True} for name in names))
    for outcome in outcomes.outcomes:
        assert outcome.failed, outcome.result
        assert "Could not" in outcome.msg
        assert "Next step" in outcome.msg
        assert "Traceback" not in json.dumps(outcome.result)
    assert lab.writes() == []


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_fuzzed_runs(lab: Lab, flow: str, method: str, chance: random.Random, record_property: t.Any) -> None:
    run = put_run(lab, "partial", flowId=flow)
    failed = put_run(lab, "failed-notification", flowId=flow)
    lab.forget_requests()
    answer = {"items": [next(each for each in lab.state("runs") if each["id"] == run)], "_links": {}}
    looks: dict[str, tuple[str, dict[str, t.Any]]] = {
        "start": ("dataflow_run", {"dataflow_id": flow}),
        "start and wait": ("dataflow_run", {"dataflow_id": flow, "wait": True}),
        "retry": ("dataflow_run", {"retry_id": failed}),
        "id": ("dataflow_run_info", {"id": run}),
        "wait": ("dataflow_run_info", {"dataflow_id": flow, "wait": "done"}),
    }
    tasks = []
    for number in range(12 if lab.runs_in_worker else 4):
        for name, (module, arguments) in looks.items():
            lab.fault(method, "/runs", type="replace_body", body=dumped(fuzzed(answer, chance)))
            options = {"settle_time": 0, "retries": 1, "wait_timeout": 0.2, "wait_interval": 0.1}
            tasks.append(task(f"{name} {number}", module, **arguments, **options) | {"ignore_errors": True})
    done = lab.play(*tasks)
    assert len(done.outcomes) == len(tasks), done.output[-2000:]
    failures = [outcome for outcome in done.outcomes if outcome.failed]
    # After a POST, the run is looked up, whatever the answer was.
    assert bool(failures) == (method == "GET")
    for outcome in failures:
        assert "unexpected error" not in json.dumps(outcome.result), outcome.result
        assert "Traceback" not in json.dumps(outcome.result), outcome.result
        assert "Could not" in outcome.msg, outcome.result
    record_property("answers fuzzed", len(tasks))
