# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a run is summarized: by what Adobe's documentation shows of runs, and by what may be wrong in a response."""

from __future__ import annotations

import json
import random
import typing as t

import pytest

from ansible_collections.aep.flow_service.plugins.module_utils._kinds.runs import (
    DONE,
    OPEN,
    UNKNOWN,
    can_be_retried,
    fold_status,
    is_of,
    may_be_of,
    status_of,
    summarize_run,
)
from lab import FIXTURES

Run = dict[str, t.Any]
COPY, PROMOTION = "copyActivity", "promotionActivity"


def published(name: str) -> Run:
    """A run as Adobe publishes it."""
    return t.cast(Run, json.loads((FIXTURES / "runs" / f"{name}.json").read_text("utf-8")))


def run(status: t.Any = "success", **counts: t.Any) -> Run:
    """A run with a status and counts."""
    metrics: Run = {"statusSummary": {"status": status}, "recordSummary": counts}
    return {"id": "r", "flowId": "f", "metrics": metrics, "activities": []}


def counts(read: int | None, written: int | None, failed: int | None, skipped: int | None = None) -> Run:
    return {"read": read, "written": written, "failed": failed, "skipped": skipped}


def error(code: str, message: str, activity: str) -> Run:
    return {"code": code, "message": message, "activity": activity}


SUMMARIES: dict[str, Run] = {
    "success": {
        "id": "65b7cfcc-6b2e-47c8-8194-13005b792752",
        "dataflow_id": "f00c8762-df2f-432b-a7d7-38999fef5e8e",
        "status": "succeeded",
        "records": counts(26758, 26758, 0),
        "errors": [],
        "started_at": "2020-12-09T13:23:25Z",
        "seconds": 56.491,
        "batch_ids": [],
    },
    "partial": {
        "id": "9830305a-985f-47d0-b030-5a985fd7d004",
        "dataflow_id": "c9cef9cb-c934-4467-8ef9-cbc934546741",
        "status": "partly_failed",
        "records": counts(100, 99, 1),
        "errors": [
            error("CONNECTOR-2001-500", "Error occurred at promotion activity.", PROMOTION),
            error(
                "INGEST-1212-400",
                "Encountered 1 errors in the data. Successfully ingested 99 rows. Review the associated diagnostic"
                " files for additional details.",
                PROMOTION,
            ),
            error("MAPPER-3700-400", "Mapper Transform Error", PROMOTION),
        ],
        "started_at": "2020-08-05T19:34:18Z",
        "seconds": 55.108,
        "batch_ids": ["01EF01X41KJD82Y9ZX6ET54PCZ"],
    },
    "failed-notification": {
        "id": "d9024c32-2174-4271-824c-322174627101",
        "dataflow_id": "cf4fce79-8822-456d-8fce-798822556dc6",
        "status": "failed",
        "records": counts(None, None, None),
        "errors": [
            error(
                "CONNECTOR-2001-500",
                "Error in processing (parsing, validation or transformation) the copied data.",
                PROMOTION,
            ),
            error(
                "133",
                "We are unable to locate any files uploaded for this batch. Please upload files to ingest.",
                PROMOTION,
            ),
        ],
        "started_at": "2020-08-14T19:42:27Z",
        "seconds": None,
        "batch_ids": ["6f6a900f-e40d-4f0e-9bb9-b614436c3465"],
    },
    "failed-destination": {
        "id": "850a3a02-ba0d-452a-aeb3-e9fcc8361342",
        "dataflow_id": "df8d079d-11eb-466a-9731-6b5948a009e4",
        "status": "failed",
        "records": counts(None, None, None),
        "errors": [error("ACTIVATION_BATCH-0000-FAILED", "Job aborted.", "Activation Batch XdmProcessor Activity")],
        "started_at": "2022-06-09T14:32:07Z",
        "seconds": 5905.791,
        "batch_ids": [],
    },
    "openapi": {
        "id": "7af3ba45-4952-4371-8361-1b30134be7eb",
        "dataflow_id": "3d17a4ff-9e0a-4f7c-94bb-bc0b61a3a76d",
        "status": "succeeded",
        "records": counts(2, 2, 0),
        "errors": [],
        "started_at": "2022-12-07T20:24:14Z",
        "seconds": 31.419,
        "batch_ids": [],
    },
    "on-demand": {
        "id": "3fb0418e-1804-45d6-8d56-dd51f05c0baf",
        "dataflow_id": "3abea21c-7e36-4be1-bec1-d3bad0e3e0de",
        "status": "waiting",
        "records": counts(None, None, None),
        "errors": [],
        "started_at": None,
        "seconds": None,
        "batch_ids": [],
    },
}


@pytest.mark.parametrize("name", SUMMARIES)
def test_a_published_run(name: str) -> None:
    assert summarize_run(published(name)) == SUMMARIES[name]


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("success", "SUCCESS", "Completed", "COMPLETED"), "succeeded"),
        (("partialSuccess", "PARTIAL_SUCCESS", "partial-success", "Partial Failure"), "partly_failed"),
        (("failed", "Failed", "FAILED"), "failed"),
        (("inProgress", "IN_PROGRESS", "in-progress", "Processing"), "running"),
        (("scheduled", "QUEUED", "Waiting"), "waiting"),
        (("", "succeeding", "ok", None, 5, ["success"], {}), UNKNOWN),
    ],
)
def test_a_status_is_folded(words: tuple[t.Any, ...], status: str) -> None:
    assert {fold_status(word) for word in words} == {status}


@pytest.mark.parametrize(
    ("failed", "status"),
    [(0, "succeeded"), (1, "partly_failed"), ("1", "partly_failed"), (-1, "succeeded"), (None, "succeeded")],
)
def test_success_with_failed_records_failed_in_part(failed: t.Any, status: str) -> None:
    assert status_of(run(failedRecordCount=failed)) == status
    assert status_of(run("failed", failedRecordCount=failed)) == "failed"
    assert status_of(run("IN_PROGRESS", failedRecordCount=failed)) == "running"


def test_a_count_of_minus_one_is_not_known() -> None:
    known = run(inputRecordCount=-1, outputRecordCount="7", failedRecordCount=2.0, skippedRecordCount=True)
    assert summarize_run(known)["records"] == counts(None, 7, 2)


def test_the_same_words_of_two_activities_are_two_errors() -> None:
    errors = [{"code": "C-1", "message": "no"}]
    both = [{"id": name, "statusSummary": {"status": "failed", "errors": errors}} for name in (COPY, PROMOTION)]
    found = {**run("failed"), "activities": both}
    found["metrics"]["statusSummary"]["errors"] = [*errors, {"code": "C-2"}]
    assert summarize_run(found)["errors"] == [
        error("C-1", "no", COPY),
        error("C-1", "no", PROMOTION),
        {"code": "C-2", "message": "", "activity": None},
    ]


def test_a_status_without_metrics() -> None:
    assert status_of({"state": "partialSuccess"}) == "partly_failed"
    assert status_of({}) == UNKNOWN


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (run("failed", inputRecordCount=5), True),
        (run("SUCCESS", inputRecordCount=0), True),
        (run("success", inputRecordCount=5), False),
        (run("success", inputRecordCount=5, failedRecordCount=1), False),
        (run("IN_PROGRESS"), False),
        (run("queued"), False),
        (run("success", inputRecordCount=-1), None),
        (run("partialFailure"), None),
        (run("odd"), None),
    ],
)
def test_which_runs_can_be_retried(found: Run, expected: bool | None) -> None:
    assert can_be_retried(found) is expected


SENT = {"startTime": "9", "windowStartTime": "1", "windowEndTime": "2"}


@pytest.mark.parametrize(
    ("shown", "may_be", "is_it"),
    [
        (SENT, True, True),
        ({"startTime": 9, "windowStartTime": 1, "windowEndTime": 2}, True, True),
        # As the published answer shows it.
        ({"windowStartTime": "1", "windowEndTime": "2"}, True, False),
        ({}, True, False),
        (None, True, False),
        ("odd", True, False),
        ({**SENT, "windowEndTime": "3"}, False, False),
        ({**SENT, "deltaColumn": {"name": "x"}}, False, True),
    ],
)
def test_whether_a_run_came_from_a_request(shown: t.Any, may_be: bool, is_it: bool) -> None:
    assert may_be_of({"params": shown}, SENT) is may_be
    assert is_of({"params": shown}, SENT) is is_it


def test_any_response_can_be_summarized(chance: random.Random) -> None:
    samples = [published(name) for name in SUMMARIES]
    odd: list[t.Any] = [
        None,
        True,
        -1,
        10**400,
        1e308,
        float("inf"),
        "",
        "x",
        "9" * 5000,
        [],
        [None],
        {},
        {"id": []},
        [[1]],
    ]

    def mangled(value: t.Any) -> t.Any:
        if chance.random() < 0.08:
            return chance.choice(odd)
        if isinstance(value, dict):
            return {key: mangled(item) for key, item in value.items() if chance.random() > 0.03}
        return [mangled(item) for item in value] if isinstance(value, list) else value

    for _number in range(3000):
        summary: dict[str, t.Any] = summarize_run(
            odd_run if isinstance(odd_run := mangled(chance.choice(samples)), dict) else {}
        )
        assert summary.keys() == SUMMARIES["success"].keys()
        assert summary["status"] in DONE | OPEN | {UNKNOWN}
        assert all(value is None or value >= 0 for value in summary["records"].values())
        assert all(isinstance(each["code"], str) for each in summary["errors"])
        assert all(isinstance(each, str) for each in summary["batch_ids"])
