# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""dataflow_run and dataflow_run_info: runs are started once, retried, found newest first, and waited for."""

from __future__ import annotations

import itertools
import typing as t
import urllib.parse

import pytest

from lab import Lab, Outcome, Spec, task
from lab.flows import CRM, put_flow, put_run

WINDOW = {"window_start": "2026-01-01T00:00:00Z", "window_end": "2026-01-02T02:00:00+02:00"}
PARAMS = {"windowStartTime": "1767225600", "windowEndTime": "1767312000"}
QUICK = {"wait_interval": 0.05}


@pytest.fixture
def flow(lab: Lab) -> str:
    """The ID of an enabled flow that runs once, whose runs end immediately."""
    lab.switch(run_time=0.0)
    return put_flow(lab)


def posted(lab: Lab) -> list[t.Any]:
    """The bodies of the runs that were asked for."""
    return [request["body"] for request in lab.writes()]


def targets(lab: Lab) -> list[str]:
    """The requests so far: method, collection, and whether it is about one object."""
    return [f"{one['method']} {'/'.join(one['path'].split('/')[4:6])}" for one in lab.requests()]


# Start


@pytest.mark.parametrize("answer", ["wrapped", "bare", "whole"])
def test_a_run_is_started_and_check_mode_predicts_it(lab: Lab, flow: str, answer: str) -> None:
    lab.switch(run_answer=answer, run_time=60.0)
    start = {"dataflow_id": flow, **WINDOW, "start_time": 1767225000, "delta_column": "updated"}
    predicted = lab.one("dataflow_run", start, check=True)
    assert (predicted.api["writes"], predicted.id, lab.state("runs")) == (0, None, [])
    lab.forget_requests()
    started = lab.one("dataflow_run", start)
    (stored,) = lab.state("runs")
    params = {"startTime": "1767225000", **PARAMS, "deltaColumn": {"name": "updated"}}
    assert posted(lab) == [{"flowId": flow, "params": params}]
    assert (started.changed, predicted.changed) == (True, True)
    assert (started.id, started.dataflow_id) == (stored["id"], flow)
    for key in ("changes", "diff", "previous", "dataflow_id"):
        assert predicted.result[key] == started.result[key], key
    assert "windowStartTime: '1767225600'" in started.diff["after"]
    assert predicted.dataflow_run["status"] == "waiting"
    assert started.dataflow_run["status"] == "running"
    assert started.dataflow_run["id"] == stored["id"]
    # The flow, the runs that there are, the start, and the run unless it was in the answer.
    read = [] if answer == "whole" else [f"GET runs/{stored['id']}"]
    assert targets(lab) == [f"GET flows/{flow}", "GET runs", "POST runs", *read]


def test_a_run_without_parameters_by_name(lab: Lab, flow: str) -> None:
    other = put_flow(lab, flowSpec={"id": "of-another", "version": "1.0"})
    put_flow(lab, state="draft")
    ambiguous = lab.one("dataflow_run", {"dataflow_name": "acme"})
    assert set(ambiguous.ids) == {flow, other}
    assert "set dataflow_id, or flow_spec_id" in ambiguous.msg
    assert lab.writes() == []
    by_id = lab.one("dataflow_run", {"dataflow_name": "acme", "flow_spec_id": CRM.upper()})
    by_name = lab.one("dataflow_run", {"dataflow_name": "acme", "flow_spec_name": "CRMToAEP"})
    assert by_id.dataflow_id == by_name.dataflow_id == flow
    assert posted(lab) == [{"flowId": flow}] * 2
    assert by_id.id != by_name.id, "each task starts another run"


@pytest.mark.proof("module dataflow_run")
def test_waiting_for_a_run(lab: Lab, flow: str) -> None:
    lab.switch(run_time=0.3)
    run = lab.play(task("start", "dataflow_run", dataflow_id=flow, wait=True, **QUICK))
    assert run.status == 0, run.output
    started = run["start"].dataflow_run
    assert started["status"] == "succeeded"
    assert started["records"] == {"read": 3, "written": 3, "failed": 0, "skipped": None}
    assert started["seconds"] == pytest.approx(0.3, abs=0.01)
    assert len(started["batch_ids"]) == 1
    assert run["start"].api["writes"] == 1


def test_a_run_that_failed_in_part_is_no_failure(lab: Lab, flow: str) -> None:
    lab.switch(run_outcome="partial")
    done = lab.one("dataflow_run", {"dataflow_id": flow, "wait": True})
    assert not done.failed
    assert (done.dataflow_run["status"], done.dataflow_run["records"]["failed"]) == ("partly_failed", 1)
    assert done.dataflow_run["errors"] == [
        {
            "code": "CONNECTOR-2001-500",
            "message": "Error occurred at promotion activity.",
            "activity": "Promotion Activity",
        }
    ]


def test_a_run_that_failed_is_a_failure_that_has_changed_something(lab: Lab, flow: str) -> None:
    lab.switch(run_outcome="failed")
    failed = lab.one("dataflow_run", {"dataflow_id": flow, "wait": True})
    (stored,) = lab.state("runs")
    assert (failed.failed, failed.changed, failed.reason) == (True, True, "run_failed")
    assert (failed.id, failed.dataflow_id, failed.dataflow_run["status"]) == (stored["id"], flow, "failed")
    assert "CONNECTOR-1001-500 in Copy Activity: Error occurred at copy activity." in failed.msg
    assert f"retry_id {stored['id']}" in failed.msg
    assert "runs" not in failed.result


def test_a_run_that_takes_longer_than_the_wait(lab: Lab, flow: str) -> None:
    lab.switch(run_time=60.0)
    failed = lab.one("dataflow_run", {"dataflow_id": flow, "wait": True, "wait_timeout": 0.2, **QUICK})
    assert (failed.failed, failed.changed, failed.reason) == (True, True, "not_finished")
    assert failed.dataflow_run["status"] == "running"
    assert "increase wait_timeout" in failed.msg


NOT_TO_BE_STARTED: dict[str, tuple[Spec, str, str]] = {
    "daily": (
        {"scheduleParams": {"frequency": "day", "interval": 1}},
        "1386",
        "only a dataflow with the frequency once",
    ),
    "streaming": ({"scheduleParams": None}, "1385", "streaming dataflow"),
    "disabled": ({"state": "disabled"}, "1388", "enable the dataflow"),
    "draft": ({"state": "draft"}, "1388", "state of the dataflow is draft"),
}


@pytest.mark.parametrize("case", NOT_TO_BE_STARTED)
def test_what_cannot_run_is_rejected_before_the_write(lab: Lab, case: str) -> None:
    changes, code, words = NOT_TO_BE_STARTED[case]
    flow = put_flow(lab, **changes)
    for check in (True, False):
        outcome = lab.one("dataflow_run", {"dataflow_id": flow}, check=check)
        assert (outcome.failed, outcome.changed) == (True, False)
        for word in (f"Could not start a run of dataflow 'acme' ({flow})", code, words, "No changes were made."):
            assert word in outcome.msg
    assert lab.writes() == []


def test_a_dataflow_that_does_not_exist(lab: Lab) -> None:
    for name in ("dataflow_id", "dataflow_name"):
        outcome = lab.one("dataflow_run", {name: "nobody"})
        assert outcome.failed
        assert "has no such dataflow" in outcome.msg
        assert f"check {name} and sandbox_name" in outcome.msg
    assert lab.writes() == []


@pytest.mark.parametrize(
    ("code", "step"),
    [
        ("CONNECTOR-1381-400", "set window_end to a later time"),
        ("CONNECTOR-1382-400", "transformation Copy"),
        ("CONNECTOR-1383-400", "set delta_column"),
        ("CONNECTOR-1384-400", "set window_start and window_end"),
        ("CONNECTOR-1385-400", "starts no run on demand"),
        ("FLOW-1386-400", "frequency once"),
        ("1388-400", "enable the dataflow"),
        ("FLOW-1427-400", "technical account"),
        ("FLOW-1430-400", "check the ID of the dataflow"),
    ],
)
def test_each_code_of_the_service_has_a_next_step(lab: Lab, flow: str, code: str, step: str) -> None:
    body = {"type": f"https://ns.adobe.com/aep/errors/{code}", "report": {"detailed-message": "No."}}
    lab.fault("POST", "runs$", type="status", status=400, body=body)
    outcome = lab.one("dataflow_run", {"dataflow_id": flow})
    assert (outcome.failed, outcome.changed, outcome.code) == (True, False, code)
    assert "Could not create dataflow run" in outcome.msg
    assert step in outcome.msg.split("Next step: ")[1]
    assert len(lab.writes()) == 1


def test_a_connector_without_runs_on_demand(lab: Lab, flow: str) -> None:
    lab.switch(on_demand_runs="unsupported")
    outcome = lab.one("dataflow_run", {"dataflow_id": flow})
    assert outcome.code == "CONNECTOR-1385-400"
    assert "wait for the next run of the schedule" in outcome.msg


BAD: dict[str, tuple[Spec, str]] = {
    "no time": ({"start_time": "soon"}, "start_time: 'soon' is not a time"),
    "before 1970": ({"start_time": "1969-12-31T23:59:59Z"}, "start_time"),
    "negative": ({"start_time": -5}, "start_time"),
    "milliseconds": ({"window_start": 1767225600000, "window_end": 1767225600001}, "window_start: 1767225600000"),
    "no end": ({"window_start": 1}, "set window_end"),
    "no start": ({"window_end": 1}, "set window_start"),
    "backwards": ({"window_start": "2026-01-02", "window_end": "2026-01-01"}, "before it starts"),
    "blank column": ({"delta_column": " "}, "delta_column"),
    "no patience": ({"wait": True, "wait_timeout": 0}, "wait_timeout"),
    "not a number": ({"wait_timeout": "nan"}, "wait_timeout"),
    "no pause": ({"wait_interval": -1}, "wait_interval"),
    "id with a slash": ({"dataflow_id": "a/b"}, "dataflow_id"),
    "flow spec of an id": ({"flow_spec_id": "x"}, "dataflow_name is not set"),
}
BAD_RETRY: dict[str, Spec] = {
    "window of a retry": {"window_start": 1, "window_end": 2},
    "start of a retry": {"start_time": 1},
    "column of a retry": {"delta_column": "x"},
}


@pytest.mark.parametrize("case", [*BAD, *BAD_RETRY])
def test_bad_options_are_rejected_before_the_first_request(lab: Lab, case: str) -> None:
    if case in BAD:
        options, words = BAD[case]
        outcome = lab.one("dataflow_run", {"dataflow_id": "x", **options})
    else:
        outcome, words = lab.one("dataflow_run", {"retry_id": "r", **BAD_RETRY[case]}), "with retry_id"
    assert outcome.failed
    assert words in outcome.msg
    assert "Next step: " in outcome.msg
    assert lab.requests() == lab.requests("ims") == []


# Retry


def test_a_failed_run_is_retried(lab: Lab, flow: str) -> None:
    run = put_run(lab, "failed-notification", flowId=flow, params=PARAMS)
    predicted = lab.one("dataflow_run", {"retry_id": run}, check=True)
    assert lab.writes() == []
    retried = lab.one("dataflow_run", {"retry_id": run, "wait": True})
    assert retried.changed
    assert retried.id != run
    assert retried.dataflow_run["status"] == "succeeded"
    for key in ("changed", "changes", "diff", "dataflow_id"):
        assert predicted.result[key] == retried.result[key], key
    (write,) = lab.writes()
    assert write["path"].endswith(f"/runs/{run}/action")
    assert urllib.parse.unquote(write["query"]) == "op=re-trigger"
    assert next(each for each in lab.state("runs") if each["id"] == retried.id)["params"] == PARAMS


def test_a_run_without_records_is_retried_and_others_are_not(lab: Lab, flow: str) -> None:
    empty: Spec = {"statusSummary": {"status": "success"}, "recordSummary": {"inputRecordCount": 0}}
    assert lab.one("dataflow_run", {"retry_id": put_run(lab, "success", flowId=flow, metrics=empty)}).changed
    lab.forget_requests()
    for published, status in (("success", "succeeded"), ("partial", "partly_failed"), ("on-demand", "waiting")):
        outcome = lab.one("dataflow_run", {"retry_id": put_run(lab, published, flowId=flow)}, check=True)
        assert outcome.failed
        assert f"its status is {status}" in outcome.msg
        assert "1387" in outcome.msg
    assert lab.writes() == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"state": "disabled"}, "1388"),
        ({"scheduleParams": {}}, "1385"),
        (None, "does not exist"),
    ],
)
def test_a_run_whose_dataflow_cannot_run_is_not_retried(lab: Lab, changes: Spec | None, words: str) -> None:
    flow = "of-the-past" if changes is None else put_flow(lab, **changes)
    outcome = lab.one("dataflow_run", {"retry_id": put_run(lab, "failed-notification", flowId=flow)})
    assert outcome.failed
    assert "Could not retry dataflow run" in outcome.msg
    assert words in outcome.msg
    assert lab.writes() == []


def test_an_unknown_run_is_not_retried(lab: Lab) -> None:
    outcome = lab.one("dataflow_run", {"retry_id": "nobody"})
    assert outcome.failed
    assert "has no such run" in outcome.msg


# Look up


def test_runs_are_found_in_every_way(lab: Lab, flow: str) -> None:
    ids = [put_run(lab, "success", flowId=flow, createdAt=1000 + number) for number in (2, 0, 4, 1, 3)]
    newest = [ids[2], ids[4], ids[0], ids[3], ids[1]]
    put_run(lab, "partial")
    expected: dict[str, tuple[Spec, list[str], int]] = {
        "dataflow": ({"dataflow_id": flow}, newest, 1),
        "limit": ({"dataflow_id": flow, "limit": 2}, newest[:2], 1),
        "name": ({"dataflow_name": "acme", "limit": 9}, newest, 2),
        "name and flow spec": ({"dataflow_name": "acme", "flow_spec_name": "CRMToAEP"}, newest, 3),
        "other flow spec": ({"dataflow_name": "acme", "flow_spec_id": "x"}, [], 1),
        "no such flow spec": ({"dataflow_name": "acme", "flow_spec_name": "x"}, [], 1),
        "id": ({"id": ids[0]}, [ids[0]], 1),
        "ids": ({"ids": [ids[1], "nobody", ids[2]]}, [ids[2], ids[1]], 1),
        "no ids": ({"ids": []}, [], 0),
        "unknown id": ({"id": "nobody"}, [], 1),
        "unknown dataflow": ({"dataflow_id": "nobody"}, [], 1),
        "unknown name": ({"dataflow_name": "nobody"}, [], 1),
    }
    run = lab.play(*(task(name, "dataflow_run_info", **options) for name, (options, _ids, _count) in expected.items()))
    assert run.status == 0, run.output
    for name, (_options, found, requests) in expected.items():
        outcome = run[name]
        assert [each["id"] for each in outcome.runs] == found, name
        assert (outcome.count, outcome.changed) == (len(found), False), name
        assert (outcome.api["requests"], outcome.api["writes"]) == (requests, 0), name


@pytest.mark.parametrize("query", ["all", "token_only"])
def test_every_page_of_runs_is_followed_in_order(lab: Lab, flow: str, query: str) -> None:
    lab.switch(page_size=2, next_link_query=query)
    ids = [put_run(lab, "success", flowId=flow, createdAt=1000 + number) for number in range(5)]
    put_run(lab, "partial")
    assert [each["id"] for each in lab.one("dataflow_run_info", {"dataflow_id": flow}).runs] == ids[::-1]
    assert len(lab.requests()) == 3
    limited = lab.one("dataflow_run_info", {"dataflow_id": flow, "limit": 4})
    assert [each["id"] for each in limited.runs] == ids[:0:-1]


def test_a_run_as_the_service_reports_it(lab: Lab) -> None:
    run = put_run(lab, "openapi")
    (plain,) = lab.one("dataflow_run_info", {"id": run}).runs
    (shown,) = lab.one("dataflow_run_info", {"id": run, "show_run": True}).runs
    assert shown["run"]["eTag"] == '"7e08a7b4-0000-0200-0000-6390f6a30000"'
    assert {**plain, "run": shown["run"]} == shown


# Wait


def wait(lab: Lab, **options: t.Any) -> Outcome:
    return lab.one("dataflow_run_info", {"wait": "done", **QUICK, **options})


@pytest.mark.proof("module dataflow_run_info")
def test_waiting_for_the_newest_run_of_a_dataflow(lab: Lab, flow: str) -> None:
    old = put_run(lab, "failed-notification", flowId=flow)
    lab.switch(run_time=0.4)
    start = task("start", "dataflow_run", dataflow_id=flow)
    run = lab.play(start, task("wait", "dataflow_run_info", dataflow_name="acme", wait="done", **QUICK))
    assert run.status == 0, run.output
    assert [each["id"] for each in run["wait"].runs] == [run["start"].id, old]
    assert run["wait"].runs[0]["status"] == "succeeded"
    assert run["wait"].api["writes"] == 0


def test_a_run_that_is_done_is_one_request(lab: Lab, flow: str) -> None:
    put_run(lab, "success", flowId=flow)
    assert wait(lab, dataflow_id=flow, limit=1).count == 1
    assert len(lab.requests()) == 1


def test_no_run_yet_and_a_failed_run_are_different_failures(lab: Lab, flow: str) -> None:
    none = wait(lab, dataflow_id=flow, wait_timeout=0.2)
    assert (none.failed, none.reason, none.runs, none.count) == (True, "no_run", [], 0)
    assert f"Could not wait for a run of the dataflow {flow}: the dataflow has no run after 0.2 s." in none.msg
    run = put_run(lab, "failed-notification", flowId=flow)
    failed = wait(lab, dataflow_id=flow)
    assert (failed.failed, failed.reason, failed.count) == (True, "run_failed", 1)
    assert failed.runs[0]["id"] == run
    assert f"Could not complete dataflow run {run}" in failed.msg
    assert "133 in promotionActivity: We are unable to locate any files" in failed.msg
    assert not failed.changed


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"state": "disabled"}, ("Its state is disabled.", "enable the dataflow")),
        ({"scheduleParams": {"startTime": 4102444800}}, ("It starts at 2100-01-01T00:00:00Z.", "set wait_timeout to")),
        ({"scheduleParams": {"startTime": "soon"}}, ("2 to 3 minutes",)),
        ({"scheduleParams": None}, ("2 to 3 minutes",)),
    ],
)
def test_why_there_is_no_run(lab: Lab, changes: Spec, words: tuple[str, ...]) -> None:
    outcome = wait(lab, dataflow_id=put_flow(lab, **changes), wait_timeout=0.2)
    assert outcome.reason == "no_run"
    for word in words:
        assert word in outcome.msg


def test_a_dataflow_or_a_run_that_does_not_exist_is_not_waited_for(lab: Lab) -> None:
    for options in ({"dataflow_id": "nobody"}, {"dataflow_name": "nobody"}, {"id": "nobody"}):
        outcome = wait(lab, **options, wait_timeout=60)
        assert outcome.failed
        assert "has no such" in outcome.msg


def test_a_run_that_shows_up_during_the_wait(lab: Lab) -> None:
    lab.switch(run_time=0.2, read_delay=0.5)
    flow = put_flow(lab)
    lab.switch(read_delay=0.5)
    run = put_run(lab, "on-demand", flowId=flow, metrics={"statusSummary": {"status": "success"}})
    assert wait(lab, dataflow_id=flow, limit=1).runs[0]["id"] == run


def test_a_run_with_an_unknown_status(lab: Lab, flow: str) -> None:
    metrics = {"statusSummary": {"status": "hibernating"}}
    run = put_run(lab, "success", flowId=flow, metrics=metrics)
    outcome = wait(lab, id=run, wait_timeout=0.3)
    assert (outcome.failed, outcome.reason) == (True, "unknown_status")
    assert outcome.runs[0]["status"] == "unknown"
    assert "'hibernating'" in outcome.msg
    assert len(lab.requests()) > 2, "it kept looking"


def test_several_runs_are_waited_for(lab: Lab, flow: str) -> None:
    done = put_run(lab, "success", flowId=flow)
    lab.switch(run_time=0.5)
    started = lab.one("dataflow_run", {"dataflow_id": flow}).id
    lab.forget_requests()
    outcome = wait(lab, ids=[done, started])
    assert [each["id"] for each in outcome.runs] == [started, done]
    assert targets(lab).count(f"GET runs/{done}") == 1, "what is done is not read again"
    late = wait(lab, ids=[done, put_run(lab, "on-demand", flowId=flow)], wait_timeout=0.2)
    assert late.reason == "not_finished"
    assert "is waiting" in late.msg


def test_check_mode_does_not_wait(lab: Lab, flow: str) -> None:
    outcome = lab.one("dataflow_run_info", {"dataflow_id": flow, "wait": "done"}, check=True)
    assert (outcome.failed, outcome.runs) == (False, [])
    outcome = lab.one("dataflow_run_info", {"dataflow_name": "nobody", "wait": "done"}, check=True)
    assert (outcome.failed, outcome.runs) == (False, [])


def test_the_pauses_of_a_wait(lab: Lab, flow: str) -> None:
    """Four pauses of the interval, then pauses of twice as long."""
    wait(lab, dataflow_id=flow, wait_interval=0.2, wait_timeout=2.5)
    times = [one["time"] for one in lab.requests() if "runs" in one["path"]]
    pauses = [after - before for before, after in itertools.pairwise(times)]
    assert 0.2 <= min(pauses[:4]) < 0.4, pauses
    assert pauses[4] >= 0.4, pauses


def test_a_failure_late_in_a_long_wait_is_tried_again(lab: Lab, flow: str) -> None:
    lab.switch(run_time=2.0)
    # The third look comes after retry_deadline.
    lab.fault("GET", "runs/", skip=2, type="status", status=503)
    options = {"wait": True, "wait_interval": 0.6, "retry_deadline": 0.8}
    outcome = lab.one("dataflow_run", {"dataflow_id": flow, **options})
    assert outcome.dataflow_run["status"] == "succeeded"
    assert outcome.api["retries"] == 1


@pytest.mark.parametrize(("options", "words"), [({"limit": 0}, "limit"), ({"wait_timeout": 0}, "wait_timeout")])
def test_bad_options_of_a_look_up(lab: Lab, options: Spec, words: str) -> None:
    outcome = lab.one("dataflow_run_info", {"dataflow_id": "x", **options})
    assert outcome.failed
    assert f"Could not use {words}" in outcome.msg
    assert lab.requests() == []
