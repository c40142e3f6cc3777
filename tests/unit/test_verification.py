# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The verdicts of a verification follow from the results of its tasks, and never state more than these show."""

from __future__ import annotations

import datetime
import json
import typing as t
import xml.etree.ElementTree as ET
from pathlib import Path

import jsonschema
import pytest

from ansible_collections.aep.flow_service.plugins.plugin_utils import _verification_report as reports
from ansible_collections.aep.flow_service.plugins.plugin_utils._verification import STEPS, obstacle_to
from ansible_collections.aep.flow_service.plugins.plugin_utils._verification_facts import Verification, Wanted

ROLE = Path(__file__).parents[2] / "roles" / "verify"
REST_STORAGE = "6499120c-0b15-42dc-936e-847ea3c24d72"
SPEC = {"id": "spec-1", "name": "acme", "type": "generic-rest", "authSpec": [{"name": "Basic"}]}
STREAMING = {"id": "spec-2", "name": "generic-streaming", "type": "generic-streaming-acme", "authSpec": []}
HOSTILE = "</li><script>alert(1)</script> | `x` <b>*y*</b> \u202e \x01"

Result = dict[str, t.Any]


def found(key: str, *specs: Result) -> Result:
    return {key: list(specs), "count": len(specs), "api": {"requests": 1, "request_ids": [f"of-{key}"]}}


def run(status: str = "succeeded", **records: int | None) -> Result:
    counts = {"read": 3, "written": 3, "failed": 0, "skipped": None, **records}
    error = {"code": "MAPPER-1", "message": "No.", "activity": None}
    errors = [] if status == "succeeded" else [error]
    return {"runs": [{"id": "run-1", "status": status, "records": counts, "errors": errors, "batch_ids": ["b"]}]}


def failure(reason: str = "Could not do it.", **facts: t.Any) -> Result:
    return {"failed": True, "msg": f"{reason} Next step: do otherwise.", **facts}


IDS: Result = {"id": "flow-1", "source_connection_id": "source-1", "target_connection_id": "target-1"}
GONE: Result = {**IDS, "changes": [{"path": "flow"}]}
RESULTS: dict[str, Result] = {
    "connection_spec": found("connection_specs", SPEC),
    "flow_spec": found("flow_specs", {"id": REST_STORAGE, "name": "Rest", "sourceConnectionSpecIds": ["SPEC-1"]}),
    "earlier_dataflow": {"changed": False, "changes": [], "id": None},
    "earlier_connection": {"changed": False, "changes": [], "id": None},
    "connection": {"changed": True, "id": "account-1", "connection": {"sandboxName": "dev"}},
    "explore": {"test": True, "row_count": 3, "columns": [{}, {}]},
    "preview": {"skipped": True},
    "mapping": {"changed": True, "id": "mapping-1", "version": 0},
    "dataflow": {**IDS, "changed": True, "dataflow": {"flow": {"state": "enabled"}}},
    "record": {"skipped": True},
    "run": run(),
    "removed_dataflow": GONE,
    "removed_connection": {"id": "account-1", "changes": [{"path": "name"}]},
}
WANTED: dict[str, t.Any] = {"connection_spec": "acme", "dataset_id": "dataset-1", "has_mappings": True}
FLOW_SPEC = RESULTS["flow_spec"]["flow_specs"][0]
STREAMING_RESULTS: dict[str, Result] = {
    "connection_spec": found("connection_specs", STREAMING),
    "flow_spec": found("flow_specs", {**FLOW_SPEC, "sourceConnectionSpecIds": ["spec-2"]}),
    **{key: {"skipped": True} for key in ("connection", "explore")},
    "dataflow": {**RESULTS["dataflow"], "inlet_url": "https://inlet"},
    "record": {"status": 200, "url": "https://inlet"},
    "removed_connection": {"id": None, "changes": []},
}


def judged(changes: dict[str, Result] | None = None, **wanted: t.Any) -> Result:
    """The report of a verification of which all steps pass, but for these results."""
    verification = Verification(Wanted(**{**WANTED, **wanted}), {**RESULTS, **(changes or {})})
    now = datetime.datetime(2026, 11, 26, tzinfo=datetime.UTC)
    report = reports.make_report(verification, "localhost", now.timestamp() - 2.5, now)
    jsonschema.validate(report, json.loads((ROLE / "files" / "report.schema.json").read_text("utf-8")))
    return report


def not_passed(report: Result) -> dict[str, str]:
    return {step["step"]: step["verdict"] for step in report["steps"] if step["verdict"] != "passed"}


def step(report: Result, name: str) -> Result:
    return next(one for one in t.cast(list[Result], report["steps"]) if one["step"] == name)


def test_everything_passes() -> None:
    report = judged()
    assert not_passed(report) == {}
    assert report["summary"]["message"] == "Verified source 'acme': 12 passed."
    assert (report["seconds"], report["requests"], report["sandbox_name"]) == (2.5, 2, "dev")
    assert [(one["kind"], one["id"]) for one in report["remaining"]] == [
        ("mapping set", "mapping-1"),
        ("dataset", "dataset-1"),
    ]
    assert not_passed(judged(STREAMING_RESULTS, has_record=True)) == dict.fromkeys(
        ("connection", "test", "preview"), "not_tried"
    )


NOT_SEEN = dict.fromkeys(("flow", "enabled", "run"), "not_tried")
NO_DATAFLOW = {"source_connection": "not_tried", "target_connection": "not_tried", **NOT_SEEN}
NO_OBJECTS = {**dict.fromkeys(("connection", "test", "preview"), "not_tried"), **NO_DATAFLOW, "removal": "not_tried"}
NONE: dict[str, Result] = {
    key: {"skipped": True}
    for key in ("connection", "explore", "dataflow", "run", "removed_dataflow", "removed_connection")
}


@pytest.mark.parametrize(
    ("changes", "wanted", "expected"),
    [
        # Specs
        (
            {**NONE, "connection_spec": found("connection_specs"), "flow_spec": {}, "mapping": {}},
            {},
            {"connection_spec": "failed", "flow_spec": "not_tried", "mapping": "not_tried", **NO_OBJECTS},
        ),
        (
            {**NONE, "connection_spec": found("connection_specs", SPEC, SPEC), "flow_spec": {}, "mapping": {}},
            {},
            {"connection_spec": "failed", "flow_spec": "not_tried", "mapping": "not_tried", **NO_OBJECTS},
        ),
        (
            {**NONE, "connection_spec": failure(), "flow_spec": {}, "mapping": {}},
            {},
            {"connection_spec": "failed", "flow_spec": "not_tried", "mapping": "not_tried", **NO_OBJECTS},
        ),
        ({**NONE}, {"auth_spec_name": "basic"}, {"connection_spec": "failed", **NO_OBJECTS}),
        (
            {
                "flow_spec": found("flow_specs", {**FLOW_SPEC, "sourceConnectionSpecIds": ["x"]}),
                "dataflow": {},
                "run": {},
            },
            {},
            {"flow_spec": "failed", **NO_DATAFLOW},
        ),
        ({"flow_spec": found("flow_specs"), "dataflow": {}, "run": {}}, {}, {"flow_spec": "failed", **NO_DATAFLOW}),
        # Account
        (
            {
                **NONE,
                "connection": failure(),
                "removed_dataflow": {"changes": []},
                "removed_connection": {"changes": []},
            },
            {},
            {**NO_OBJECTS, "connection": "failed"},
        ),
        ({"explore": {"test": False, "row_count": None}, "preview": {"row_count": 2}}, {}, {"test": "failed"}),
        ({"explore": failure(), "preview": {"row_count": 2}}, {}, {"test": "failed"}),
        ({"explore": failure(), "preview": failure()}, {}, {"test": "failed", "preview": "failed"}),
        ({"explore": failure(test=True)}, {}, {"preview": "failed"}),
        ({"explore": {"test": True, "row_count": 0}}, {}, {"preview": "not_tried"}),
        # Mapping
        ({"mapping": failure(), "dataflow": {}, "run": {}}, {}, {"mapping": "failed", **NO_DATAFLOW}),
        ({"mapping": {}}, {"has_mappings": False, "mapping_id": "m"}, {"mapping": "not_tried"}),
        ({"mapping": {}}, {"has_mappings": False}, {"mapping": "not_tried"}),
        # Dataflow
        ({"dataflow": failure(api={"writes": 0}), "run": {}}, {}, {**NO_DATAFLOW, "flow": "failed"}),
        ({"dataflow": failure(api={"writes": 1}), "run": {}}, {}, {**NO_DATAFLOW, "source_connection": "failed"}),
        (
            {"dataflow": failure(source_connection_id="source-1", api={"writes": 2}), "run": {}},
            {},
            {"target_connection": "failed", **NOT_SEEN},
        ),
        (
            {"dataflow": failure(source_connection_id="s", target_connection_id="t"), "run": {}},
            {},
            {**NOT_SEEN, "flow": "failed"},
        ),
        ({"dataflow": failure(**IDS), "run": {}}, {}, {"enabled": "failed", "run": "not_tried"}),
        (
            {"dataflow": {**IDS, "dataflow": {"flow": {"state": "updating"}}}, "run": {}},
            {},
            {"enabled": "failed", "run": "not_tried"},
        ),
        # Run
        ({"run": run("partly_failed", failed=1)}, {}, {"run": "failed"}),
        ({"run": {**run("failed"), **failure(reason="run_failed")}}, {}, {"run": "failed"}),
        ({"run": {"runs": [], **failure(reason="no_run")}}, {}, {"run": "failed"}),
        ({"run": {"runs": []}}, {}, {"run": "failed"}),
        ({"run": run(read=None)}, {}, {"run": "not_tried"}),
        # The preview shows rows, and the run reads none of them.
        ({"run": run(read=0, written=0)}, {}, {"run": "failed"}),
        (
            {"run": run(read=0, written=0), "explore": {"test": True, "row_count": 0}},
            {},
            {"run": "not_tried", "preview": "not_tried"},
        ),
        # Removal
        ({"removed_dataflow": failure()}, {}, {"removal": "failed"}),
        ({"removed_connection": failure()}, {}, {"removal": "failed"}),
        ({"removed_dataflow": {}, "removed_connection": {}}, {"is_removed": False}, {"removal": "not_tried"}),
        ({"removed_dataflow": {}, "removed_connection": {}}, {}, {"removal": "not_tried"}),
        (
            {**NONE, "earlier_connection": failure()},
            {},
            {**NO_OBJECTS, "removal": "failed"},
        ),
        # Nothing has run
        ({key: {} for key in RESULTS}, {}, dict.fromkeys(STEPS, "not_tried")),
    ],
)
def test_verdicts(changes: dict[str, Result], wanted: dict[str, t.Any], expected: dict[str, str]) -> None:
    report = judged(changes, **wanted)
    assert not_passed(report) == expected
    failed = "failed" in expected.values()
    has_run = "run" not in expected
    assert report["summary"]["result"] == ("failed" if failed else "passed" if has_run else "incomplete")
    for one in report["steps"]:
        if one["verdict"] == "failed":
            assert one["reason"] in report["summary"]["message"]
            assert one["next_step"] in report["summary"]["next_step"]
            assert "Next step" not in one["reason"]


@pytest.mark.parametrize(
    ("changes", "wanted", "expected"),
    [
        ({"record": {}, "run": {}}, {}, {"run": "not_tried"}),
        ({"record": {"failed": True, "status": 403, "url": "u"}, "run": {}}, {"has_record": True}, {"run": "failed"}),
        ({"record": {"failed": True, "status": -1, "url": "u"}, "run": {}}, {"has_record": True}, {"run": "failed"}),
        ({"run": run(read=0)}, {"has_record": True}, {"run": "failed"}),
        (
            {"dataflow": RESULTS["dataflow"], "record": {}, "run": {}},
            {"has_record": True},
            {"enabled": "failed", "run": "not_tried"},
        ),
    ],
)
def test_verdicts_on_a_streaming_source(
    changes: dict[str, Result], wanted: dict[str, t.Any], expected: dict[str, str]
) -> None:
    report = judged({**STREAMING_RESULTS, **changes}, **wanted)
    account = dict.fromkeys(("connection", "test", "preview"), "not_tried")
    assert not_passed(report) == {**account, **expected}


def test_the_tasks_of_a_verification_run_one_after_the_other() -> None:
    order = ["connection_spec", "flow_spec", "earlier_dataflow", "earlier_connection", "connection", "explore"]
    so_far: dict[str, Result] = {}
    ready = {}
    for task in order:
        so_far[task] = RESULTS[task]
        verification = Verification(Wanted(**WANTED), so_far)
        tasks = ("flow_spec", "earlier", "connection", "explore", "preview", "mapping", "dataflow", "run", "removal")
        ready[task] = [name for name in tasks if obstacle_to(name, verification) is None]
    assert ready["connection_spec"] == ["flow_spec", "earlier", "mapping"]
    assert "connection" not in ready["earlier_dataflow"]
    assert "connection" in ready["earlier_connection"]
    assert "explore" in ready["connection"]
    assert "preview" not in ready["explore"]
    assert "removal" in ready["connection"]


def test_check_mode_judges_what_is_read_and_predicts_failures() -> None:
    none: dict[str, Result] = {
        key: {"skipped": True} for key in ("explore", "run", "removed_dataflow", "removed_connection")
    }
    predicted: Result = {"changed": True, "id": None, "dataflow": {"flow": {"id": None}}}
    changes = {**none, "connection": predicted, "mapping": predicted, "dataflow": predicted}
    report = judged(changes, is_check_mode=True)
    assert {name for name, verdict in not_passed(report).items() if verdict == "failed"} == set()
    assert len(not_passed(report)) == 10
    report = judged({**changes, "dataflow": failure(api={"writes": 0})}, is_check_mode=True)
    assert step(report, "flow")["verdict"] == "failed"


def test_a_flow_spec_follows_from_the_type() -> None:
    def reference(spec: Result, **wanted: t.Any) -> str:
        results = {"connection_spec": found("connection_specs", spec)}
        return Verification(Wanted(**{**WANTED, **wanted}), results).flow_spec_reference

    assert reference(SPEC) == REST_STORAGE
    assert reference(STREAMING) == "e77fde5a-22a8-11ed-861d-0242ac120002"
    assert reference(SPEC, flow_spec="mine") == "mine"
    assert reference({**SPEC, "type": "of-our-own"}) == ""
    report = judged({"connection_spec": found("connection_specs", {**SPEC, "type": None})})
    assert "set verify_flow_spec" in step(report, "flow_spec")["next_step"]


def test_hostile_texts_are_only_texts() -> None:
    spec = {**SPEC, "name": HOSTILE}
    report = judged(
        {"connection_spec": found("connection_specs", spec), "mapping": failure(HOSTILE), "dataflow": {}, "run": {}}
    )
    page = reports.as_html(report, (ROLE / "files" / "report.html").read_text("utf-8"))
    assert "<script" not in page
    assert "<b>" not in page
    assert "\x01" not in page
    assert "<script" not in reports.as_markdown(report)
    suite = ET.fromstring(reports.as_junit(report))
    assert suite.find("*/testcase/failure") is not None
    with pytest.raises(ValueError, match="__REPORT__"):
        reports.as_html(report, "no marker")
