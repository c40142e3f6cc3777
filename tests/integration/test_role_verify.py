# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role verify: a source is proven by a dataflow, each step is judged, and nothing of it stays."""

from __future__ import annotations

import json
import typing as t
import xml.etree.ElementTree as ET
from pathlib import Path

import jsonschema
import pytest
import yaml

from lab import CONNECTION_SPECS, GENERIC_STREAMING, Lab, Run, Spec
from lab.verifications import CREATED, ROW, SECRET, batch, left, role, streaming

pytestmark = pytest.mark.real("worker")

SCHEMA_OF_REPORTS = Path(__file__).parents[2] / "roles" / "verify" / "files" / "report.schema.json"
STEPS = [
    "connection_spec",
    "flow_spec",
    "connection",
    "test",
    "preview",
    "source_connection",
    "target_connection",
    "mapping",
    "flow",
    "enabled",
    "run",
    "removal",
]


@pytest.fixture(autouse=True)
def quick(lab: Lab) -> None:
    """Runs end immediately."""
    lab.switch(run_delay=0.0, run_time=0.0)


def verify(lab: Lab, variables: dict[str, t.Any], *arguments: str) -> tuple[Run, Spec]:
    """Run the role; returns the run, and the report that it wrote."""
    folder = lab.folder / "report"
    values = {"report_folder": str(folder), **variables}
    run = lab.play(role(values), arguments=arguments)
    assert (folder / "verify.json").exists(), run.output
    report = json.loads((folder / "verify.json").read_text("utf-8"))
    jsonschema.validate(report, json.loads(SCHEMA_OF_REPORTS.read_text("utf-8")))
    assert run["Judge the steps"].ansible_facts["verify_results"] == report["steps"]
    assert [step["step"] for step in report["steps"]] == STEPS
    assert run.status == (2 if report["summary"]["failed"] else 0), run.output
    for text in (run.output, *(file.read_text("utf-8") for file in folder.iterdir())):
        assert SECRET not in text
        assert ROW not in text
    return run, report


def verdicts(report: Spec) -> dict[str, str]:
    return {step["step"]: step["verdict"] for step in report["steps"]}


def step(report: Spec, name: str) -> Spec:
    return next(step for step in t.cast(list[Spec], report["steps"]) if step["step"] == name)


@pytest.mark.proof("role verify", "filter verification", "filter verification_report")
def test_a_source_that_works(lab: Lab) -> None:
    variables = batch(lab)
    run, report = verify(lab, variables, "-vvv")
    assert verdicts(report) == dict.fromkeys(STEPS, "passed"), run.output
    assert step(report, "preview")["evidence"] == {"rows": 3, "columns": 2}
    evidence = step(report, "run")["evidence"]
    assert (evidence["status"], evidence["records_read"], evidence["records_failed"]) == ("succeeded", 3, 0)
    assert left(lab) == {}
    removed = step(report, "removal")["evidence"]["removed"]
    assert [one.rpartition(" ")[0] for one in removed] == [
        "flow",
        "target connection",
        "source connection",
        "connection",
    ]
    assert [one["kind"] for one in report["remaining"]] == ["mapping set", "dataset"]
    assert report["summary"]["result"] == "passed"
    assert report["requests"] == len(lab.requests())
    assert report["source"]["flow_spec_name"] == "RestStorageToAEP"
    suite = ET.parse(lab.folder / "report" / "verify.xml").getroot()
    assert len(suite.findall("*/testcase")) == len(STEPS)
    for suffix in ("md", "html"):
        assert "A run reads records" in (lab.folder / "report" / f"verify.{suffix}").read_text("utf-8")
    assert "changed=1 " in run.output, "the mapping set stays"

    again, report = verify(lab, variables)
    assert verdicts(report) == dict.fromkeys(STEPS, "passed"), again.output
    assert step(report, "mapping")["evidence"]["is_reused"] is True
    assert "changed=0 " in again.output
    assert len(lab.state("mappingSets")) == 1


def not_passed(report: Spec) -> dict[str, str]:
    return {name: verdict for name, verdict in verdicts(report).items() if verdict != "passed"}


DATAFLOW = ("source_connection", "target_connection", "flow", "enabled", "run")


def fail_connection_test(lab: Lab) -> dict[str, str]:
    lab.switch(connection_test="false", run_outcome="partial")
    return {"test": "failed", "run": "failed"}


def fail_credentials(lab: Lab) -> dict[str, str]:
    lab.switch(credential_check="fail")
    return {
        "connection": "failed",
        **dict.fromkeys(("test", "preview", *DATAFLOW), "not_tried"),
        "removal": "not_tried",
    }


def fail_exploration(lab: Lab) -> dict[str, str]:
    lab.switch(explore_error=True, run_outcome="failed")
    return {"preview": "failed", "run": "failed"}


def fail_creation_of_target(lab: Lab) -> dict[str, str]:
    lab.fault("POST", "targetConnections$", times=None, type="status", status=400)
    return {"target_connection": "failed", **dict.fromkeys(("flow", "enabled", "run"), "not_tried")}


def fail_creation_of_flow(lab: Lab) -> dict[str, str]:
    lab.fault("POST", "flows$", times=None, type="status", status=400)
    return {"flow": "failed", "enabled": "not_tried", "run": "not_tried"}


@pytest.mark.parametrize(
    "fail",
    [fail_connection_test, fail_credentials, fail_exploration, fail_creation_of_target, fail_creation_of_flow],
)
def test_a_step_that_fails_does_not_keep_others_from_being_tried(
    lab: Lab, fail: t.Callable[[Lab], dict[str, str]]
) -> None:
    variables = batch(lab)
    expected = fail(lab)
    run, report = verify(lab, variables)
    assert not_passed(report) == expected, run.output
    assert left(lab) == {}
    message = run["Fail if a step failed"].msg
    for one in report["steps"]:
        if one["verdict"] == "failed":
            assert f"({one['step']}): {one['reason']}" in message
            assert one["next_step"] in message
        elif one["verdict"] == "not_tried":
            assert one["reason"]
    failures = ET.parse(lab.folder / "report" / "verify.xml").getroot().findall("*/testcase/failure")
    assert len(failures) == list(expected.values()).count("failed")


BEHIND_FLOW: t.Final = ("flow", "enabled", "run")
REFUSED: dict[str, tuple[tuple[str, str, int], str, tuple[str, ...]]] = {
    # The fault, what the report names as attempted, and the steps that depend on it.
    "connection_spec": (
        ("GET", "connectionSpecs", 403),
        "Could not list connection specs",
        ("flow_spec", "connection", "test", "preview", "mapping", *DATAFLOW, "removal"),
    ),
    "flow_spec": (("GET", "flowSpecs", 403), "Could not read flow spec", DATAFLOW),
    "source_connection": (
        ("POST", "sourceConnections$", 400),
        "Could not create source connection",
        ("target_connection", *BEHIND_FLOW),
    ),
    "mapping": (
        ("POST", "mappingSets", 400),
        "Could not validate mapping set",
        ("source_connection", "target_connection", *BEHIND_FLOW),
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_the_report_names_what_was_refused_and_the_steps_that_depend_on_it(lab: Lab, name: str) -> None:
    (method, path, status), attempted, dependent = REFUSED[name]
    variables = batch(lab)
    lab.fault(method, path, times=None, type="status", status=status, body={"title": "Refused", "detail": "by a test"})
    run, report = verify(lab, variables)
    assert not_passed(report) == {name: "failed", **dict.fromkeys(dependent, "not_tried")}, run.output
    reason = step(report, name)["reason"]
    assert reason.startswith(attempted)
    assert f"answered HTTP {status}: by a test." in reason
    assert step(report, name)["next_step"]
    assert all(step(report, other)["reason"] for other in dependent)
    assert left(lab) == {}


def test_a_flow_that_is_never_enabled_is_reported_and_removed_later(lab: Lab) -> None:
    variables = batch(lab)
    lab.switch(enable_time=3600.0)
    _run, report = verify(lab, {**variables, "wait_timeout": 1})
    assert not_passed(report) == {"enabled": "failed", "run": "not_tried", "removal": "failed"}
    assert "still in the state pending after 1 s" in step(report, "enabled")["reason"]
    # A flow is deleted only after it left this state, so the report lists all objects.
    assert left(lab) == dict.fromkeys(CREATED, 1)
    assert {"flow", "connection"} <= {one["kind"] for one in report["remaining"]}
    lab.switch(enable_time=0.0)
    (flow,) = lab.state("flows")
    lab.put_state("flows", flow["id"], {**flow, "state": "enabled"})

    _run, report = verify(lab, variables)
    assert not_passed(report) == {}
    assert flow["id"] in [one["id"] for one in report["removed_before"]]
    assert left(lab) == {}


def test_what_is_wrong_with_the_definitions(lab: Lab) -> None:
    variables = {
        **batch(lab, GENERIC_STREAMING),
        "auth_spec_name": "Basic",
        "mappings": [{"source": "concat(id", "destination": "_id", "type": "expression"}],
    }
    _run, report = verify(lab, variables)
    assert not_passed(report) == {
        **dict.fromkeys(("connection_spec", "flow_spec", "mapping"), "failed"),
        **dict.fromkeys(("connection", "test", "preview", *DATAFLOW, "removal"), "not_tried"),
    }
    assert "It has Basic Authentication" in step(report, "connection_spec")["reason"]
    assert "does not list connection spec" in step(report, "flow_spec")["reason"]
    assert "concat(id" in step(report, "mapping")["reason"] or "_id" in step(report, "mapping")["reason"]
    assert lab.state("mappingSets") == []


def test_errors_of_the_checks_stop_before_anything_is_created(lab: Lab) -> None:
    variables = batch(lab)
    (live,) = lab.named(CONNECTION_SPECS, "acme-crm")
    live["sourceSpec"]["attributes"]["urlParams"]["path"] = "/lists/${list}/members"
    lab.store(CONNECTION_SPECS, **live)
    run, report = verify(lab, variables)
    assert verdicts(report) == {**dict.fromkeys(STEPS, "not_tried"), "connection_spec": "failed"}, run.output
    assert "sourceSpec.attributes.urlParams.path: `${list}`" in step(report, "connection_spec")["reason"]
    assert "source_check" in step(report, "connection_spec")["next_step"]
    assert lab.calls() == ["GET connectionSpecs"]
    for name in ("source_check", "verify_source_check"):
        _run, report = verify(lab, variables, "-e", f"{name}=false")
        assert not_passed(report) == {}


def test_a_source_without_rows_is_neither_proven_nor_wrong(lab: Lab) -> None:
    _run, report = verify(lab, batch(lab, rows=0))
    assert not_passed(report) == {"preview": "not_tried", "run": "not_tried"}
    assert report["summary"]["result"] == "incomplete"
    assert left(lab) == {}


def test_objects_of_an_interrupted_verification_are_removed_by_the_next(lab: Lab) -> None:
    variables = batch(lab)
    lab.switch(run_outcome="never")
    kept, report = verify(lab, {**variables, "cleanup": False, "wait_timeout": 1})
    assert not_passed(report) == {"run": "failed", "removal": "not_tried"}
    assert step(report, "run")["evidence"] == {"cause": "no_run"}
    assert left(lab) == dict.fromkeys(CREATED, 1)
    assert {one["kind"] for one in report["remaining"]} == {
        *("flow", "source connection", "target connection", "connection", "mapping set"),
    }
    assert "changed=3 " in kept.output
    # A kill between two requests leaves connections without a flow.
    (flow,) = lab.state("flows")
    lab.remove("flows", flow["id"])
    ids = [lab.state(kind)[0]["id"] for kind in ("targetConnections", "sourceConnections", "connections")]
    lab.switch(run_outcome="success")

    _run, report = verify(lab, variables)
    assert not_passed(report) == {}
    assert [one["id"] for one in report["removed_before"]] == ids
    assert left(lab) == {}


def test_what_cannot_be_removed_is_reported_and_nothing_is_created_beside_it(lab: Lab) -> None:
    variables = batch(lab)
    lab.fault("DELETE", "/flows/", times=None, type="status", status=400)
    _run, report = verify(lab, variables)
    assert not_passed(report) == {"removal": "failed"}
    assert left(lab) == dict.fromkeys(CREATED, 1)
    assert {"flow", "connection"} <= {one["kind"] for one in report["remaining"]}

    _run, report = verify(lab, variables)
    assert not_passed(report) == {
        **dict.fromkeys(("connection", "test", "preview", *DATAFLOW), "not_tried"),
        "removal": "failed",
    }
    assert "earlier verification" in step(report, "connection")["reason"]
    assert left(lab) == dict.fromkeys(CREATED, 1)


def test_a_streaming_source_gets_a_record(lab: Lab) -> None:
    variables = streaming(lab)
    run, report = verify(lab, variables)
    assert not_passed(report) == dict.fromkeys(("connection", "test", "preview"), "not_tried"), run.output
    assert report["summary"]["result"] == "passed"
    assert step(report, "run")["evidence"]["records_read"] == 1
    assert left(lab) == {}
    assert "/collection/" not in (lab.folder / "report" / "verify.json").read_text("utf-8")

    _run, report = verify(lab, {**variables, "record": {}})
    assert verdicts(report)["run"] == "not_tried"
    assert report["summary"]["result"] == "incomplete"


def test_check_mode_reads_and_predicts(lab: Lab) -> None:
    variables = batch(lab)
    run, report = verify(lab, variables, "--check", "--diff")
    assert lab.writes() == []
    assert verdicts(report) == {**dict.fromkeys(STEPS, "not_tried"), "connection_spec": "passed", "flow_spec": "passed"}
    assert "changed=1 " in run.output, "the mapping set would stay"
    assert report["check_mode"] is True

    _run, report = verify(lab, {**variables, "dataset_id": "no-such-dataset"}, "--check")
    assert verdicts(report)["flow"] == "failed"
    assert "no-such-dataset" in step(report, "flow")["reason"]
    assert lab.writes() == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"mapping": {"id": "x"}}, "Could not use the mapping"),
        ({"schema_id": ""}, "Could not use the mapping"),
        ({"auth_secrets": SECRET}, "Validation of arguments failed"),
    ],
)
def test_variables_that_contradict_each_other_are_rejected(lab: Lab, changes: dict[str, t.Any], expected: str) -> None:
    values = {**batch(lab), **changes}
    run = lab.play(role(values), arguments=("-vvv",))
    assert run.status == 2
    assert expected in run.output
    assert SECRET not in run.output
    assert lab.requests() == []


def test_the_playbook_verifies_twenty_sources_side_by_side(lab: Lab) -> None:
    hosts: dict[str, t.Any] = {}
    for number in range(20):
        variables = {**batch(lab, name=f"acme-{number}"), "report_folder": "report"}
        hosts[f"source-{number}"] = {f"verify_{name}": value for name, value in variables.items()}
    inventory = lab.folder / "sources.yml"
    inventory.write_text(yaml.safe_dump({"all": {"hosts": hosts}}), encoding="utf-8")
    run = lab.run_playbook("-i", str(inventory), "-e", "verify_hosts=all", "aep.flow_service.verify", folder=lab.folder)
    assert run.status == 0, run.output
    assert SECRET not in run.output
    reports = {file.name for file in (lab.folder / "report").iterdir()}
    assert reports == {f"verify-{host}.{suffix}" for host in hosts for suffix in ("html", "json", "md", "xml")}
    for number in range(20):
        report = json.loads((lab.folder / "report" / f"verify-source-{number}.json").read_text("utf-8"))
        assert (report["source"]["name"], not_passed(report)) == (f"acme-{number}", {})
    assert left(lab) == {}
