# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role audit: what it finds, what fails it, its reports, and many sandboxes at once."""

from __future__ import annotations

import datetime
import json
import typing as t
import xml.etree.ElementTree as ET
from pathlib import Path

import jsonschema
import pytest
import yaml

from lab import BATCH_PROVIDER, CONNECTION_SPECS, FLOW_SPECS, REST_STORAGE, Lab, Run, Spec, Task, task

pytestmark = pytest.mark.real

SCHEMA = Path(__file__).parents[2] / "roles" / "audit" / "files" / "report.schema.json"
FOLDERS = {FLOW_SPECS: "flow_specs", CONNECTION_SPECS: "connection_specs"}
HOSTILE = "</script><script>alert(1)</script> | `x` <b>*y*</b> {{ 1 + 1 }} \u202e \x01"


def define(lab: Lab, kind: str, *specs: Spec, name: str | None = None) -> Path:
    """Write definitions to the folder of the lab; the folder for all of them."""
    folder = lab.folder / "specs" / FOLDERS[kind]
    folder.mkdir(parents=True, exist_ok=True)
    for spec in specs:
        file = folder / f"{name or spec['name']}.yml"
        file.write_text(yaml.safe_dump(spec, allow_unicode=True), encoding="utf-8")
    return folder.parent


def role(**variables: t.Any) -> list[Task]:
    """Have the role audit, and show its report."""
    include = {"ansible.builtin.include_role": {"name": "aep.flow_service.audit"}}
    return [{"name": "audit", **include, "vars": {f"audit_{name}": value for name, value in variables.items()}}]


def audit(lab: Lab, *arguments: str, **variables: t.Any) -> tuple[Run, Spec]:
    """Run the role, and read its report."""
    folder = lab.folder / "report"
    variables = {"src": str(lab.folder / "specs"), "report_folder": str(folder), **variables}
    run = lab.play(*role(**variables), arguments=arguments)
    report = json.loads((folder / "audit.json").read_text("utf-8"))
    jsonschema.validate(report, json.loads(SCHEMA.read_text("utf-8")))
    return run, report


def found(report: Spec, finding: str) -> list[Spec]:
    return [one for sandbox in report["sandboxes"] for one in sandbox["findings"] if one["finding"] == finding]


def message(run: Run) -> str:
    return t.cast(str, next(outcome.msg for outcome in run.outcomes if outcome.failed))


def test_as_defined_is_clean(lab: Lab) -> None:
    lab.source("acme", REST_STORAGE)
    define(lab, CONNECTION_SPECS, {"name": "acme", "providerId": BATCH_PROVIDER, "version": "1.0"})
    run, report = audit(lab)
    assert run.status == 0, run.output
    assert report["summary"]["result"] == "clean"
    assert [one["name"] for one in found(report, "in_sync")] == ["acme"]
    assert found(report, "unmanaged")
    assert lab.writes() == []
    # Both kinds are listed once.
    assert lab.calls() == ["GET flowSpecs", "GET connectionSpecs"]


@pytest.mark.parametrize("arguments", [(), ("--check",)])
def test_everything_that_can_be_found(lab: Lab, arguments: tuple[str, ...]) -> None:
    live = lab.spec(FLOW_SPECS, REST_STORAGE)
    live["sourceConnectionSpecIds"].append("of-nobody")
    lab.store(FLOW_SPECS, **live)
    lab.store(FLOW_SPECS, id="nameless", sourceConnectionSpecIds=["of-nobody-either"])
    lab.source("drifted", REST_STORAGE, version="0.9", attributes={"a": 1, "b": {"c": [1, 2]}})
    lab.source("unlinked")
    lab.source("theirs", attributes={"isSource": True})
    lab.source("no-source", attributes={"isSource": False})
    for _time in range(2):
        lab.store(FLOW_SPECS, name="twice")
    new = {"providerId": BATCH_PROVIDER, "version": "1.0"}
    define(
        lab,
        CONNECTION_SPECS,
        {**new, "name": "drifted", "attributes": {"a": 1, "b": {"c": [1, 3]}}},
        {**new, "name": "unlinked"},
        {**new, "name": "no-source"},
        {**new, "name": "missing"},
    )
    define(lab, FLOW_SPECS, {**new, "name": "twice"})
    (define(lab, FLOW_SPECS) / "flow_specs" / "broken.yml").write_text("a: [", encoding="utf-8")
    run, report = audit(lab, *arguments)
    assert run.status == 2
    (drifted,) = found(report, "drifted")
    assert drifted["name"] == "drifted"
    assert drifted["changes"] == [
        {"path": "attributes.b.c.1", "before": 2, "after": 3},
        {"path": "version", "before": "0.9", "after": "1.0"},
    ]
    assert drifted["src"].endswith("specs/connection_specs/drifted.yml")
    assert [one["name"] for one in found(report, "missing")] == ["missing"]
    assert [one["name"] for one in found(report, "unlinked")] == ["theirs", "unlinked"]
    dangling = [(one["id"], one["connection_spec_ids"]) for one in found(report, "dangling")]
    assert dangling == [("nameless", ["of-nobody-either"]), (REST_STORAGE, ["of-nobody"])]
    invalid = found(report, "invalid")
    assert any("broken.yml" in one["message"] for one in invalid)
    assert any("2 flow specs have the name 'twice'" in one["message"] for one in invalid)
    assert [one["name"] for one in found(report, "in_sync")] == ["no-source", "unlinked"]
    assert "theirs" in [one["name"] for one in found(report, "unmanaged")]
    for word in (
        "Could not pass the audit of",
        "2 unlinked",
        "missing missing",
        "drifted drifted",
        "dangling RestStorageToAEP",
    ):
        assert word.replace("2 unlinked", "2 sources that no flow spec supports") in message(run)
    # A definition that cannot be used is called by its file: nothing is known of its name.
    assert "broken.yml" in message(run)
    assert "dangling nameless" in message(run)
    assert "None" not in message(run)
    assert lab.writes() == []


def test_what_fails_an_audit_is_chosen(lab: Lab) -> None:
    lab.source("acme", REST_STORAGE, version="0.9")
    define(lab, CONNECTION_SPECS, {"name": "acme", "version": "1.0"}, {"name": "new", "providerId": "p"})
    assert audit(lab, fail_on=["unlinked"])[0].status == 0
    assert audit(lab, fail_on=["missing"])[0].status == 2
    assert audit(lab, fail_on=["unmanaged"])[0].status == 2
    run, report = audit(lab, fail_on=[])
    assert run.status == 0
    assert report["summary"]["result"] == "clean"
    assert report["summary"]["counts"]["drifted"] == report["summary"]["counts"]["missing"] == 1
    lab.forget_requests()
    refused = lab.play(*role(fail_on=["drift"]))
    assert refused.status == 2
    assert "drift" in message(refused)
    assert lab.requests() == []


def test_rules_let_pass_with_a_reason_until_they_expire(lab: Lab) -> None:
    today = datetime.datetime.now(datetime.UTC).date()
    past, future = (str(today + datetime.timedelta(days=days)) for days in (-2, 2))
    for name in ("whole", "in-part", "by-path", "expired"):
        lab.source(name, REST_STORAGE, version="0.9", attributes={"ui": {"label": "old"}})
        define(
            lab,
            CONNECTION_SPECS,
            {"name": name, "attributes": {"ui": {"label": "new"}}, **({} if name == "by-path" else {"version": "1"})},
        )
    rules = [
        {"spec": "who*", "reason": "agreed", "expires": future},
        {"spec": "in-part", "kind": "connection_spec", "paths": ["attributes.*"], "reason": "labels are theirs"},
        {"spec": "by-path", "paths": ["attributes.other"], "reason": "has nothing to do with it"},
        {"spec": "by-path", "paths": ["attributes.ui"], "reason": "labels are theirs"},
        {"spec": "expired", "reason": "for the migration", "expires": past},
    ]
    file = lab.folder / "rules.yml"
    file.write_text(yaml.safe_dump({"rules": rules[2:]}), encoding="utf-8")
    run, report = audit(lab, ignore_rules=rules[:2], ignore_rules_src=str(file))
    assert run.status == 2
    drifted = {one["name"]: one for one in found(report, "drifted")}
    assert drifted["whole"]["ignored"] == {"reason": "agreed", "expires": future}
    assert drifted["by-path"]["ignored"]["reason"] == "labels are theirs"
    assert [change["path"] for change in drifted["in-part"]["changes"]] == ["version"]
    assert [change["path"] for change in drifted["in-part"]["ignored_changes"]] == ["attributes.ui.label"]
    assert [name for name, one in drifted.items() if one["fails"]] == ["expired", "in-part"]
    (expired,) = found(report, "expired_rule")
    assert "for the migration" in expired["message"]
    assert report["summary"]["ignored"] == 2
    file.write_text("rules: [{spec: x, reason: y, path: z}]", encoding="utf-8")
    refused = lab.play(*role(ignore_rules_src=str(file)))
    assert refused.status == 2
    assert "rules.yml, rule 1: unsupported key 'path'" in message(refused)


MISTAKEN: Spec = {
    "name": "mistaken",
    "type": "generic-rest",
    "authSpec": [{"name": "Basic", "type": "BasicAuthentication", "spec": {"properties": {"password": {}}}}],
    "sourceSpec": {"attributes": {"urlParams": {"host": "https://x", "path": "/${id}", "method": "GET"}}},
}


def test_mistakes_in_definitions_are_reported_and_can_be_ignored(lab: Lab) -> None:
    lab.source(**MISTAKEN)
    define(lab, CONNECTION_SPECS, MISTAKEN)
    rules: list[Spec] = [{"spec": "mistaken", "findings": ["unlinked"], "reason": "r"}]
    run, report = audit(lab, ignore_rules=rules)
    assert found(report, "flawed") == [], "the definitions are checked on request only"
    rules.append({"spec": "*", "checks": ["AUT023"], "reason": "a public password"})
    run, report = audit(lab, ignore_rules=rules, definition_checks=True)
    assert run.status == 0, run.output
    flawed = found(report, "flawed")
    by_check = {one["message"].split()[1]: one for one in flawed}
    assert by_check["AUT023"]["ignored"]["reason"] == "a public password"
    placeholder = by_check["AUT031"]
    assert (placeholder["name"], placeholder["kind"], placeholder["ignored"]) == ("mistaken", "connection_spec", None)
    file = Path(placeholder["src"])
    line = next(number for number, text in enumerate(file.read_text("utf-8").splitlines(), 1) if "${id}" in text)
    assert placeholder["message"].startswith(
        f"Error AUT031 at line {line}, sourceSpec.attributes.urlParams.path: `${{id}}`"
    )
    assert report["summary"]["counts"]["flawed"] == len(flawed) - 1
    for format_ in ("html", "json", "md"):
        assert "AUT031" in (lab.folder / "report" / f"audit.{format_}").read_text("utf-8"), format_
    run, report = audit(lab, fail_on=["flawed"])
    assert run.status == 2
    assert "mistakes in definitions" in message(run)
    assert "AUT031" in (lab.folder / "report" / "audit.xml").read_text("utf-8")
    refused = lab.play(*role(ignore_rules=[{"spec": "x", "checks": ["AUT999"], "reason": "r"}]))
    assert "there is no check 'AUT999'" in message(refused)


def test_a_folder_without_definitions_is_no_clean_audit(lab: Lab) -> None:
    (lab.folder / "specs" / "flow_spec").mkdir(parents=True)
    run = lab.play(*role(src=str(lab.folder / "specs"), fail_on=[]))
    assert run.status == 2
    assert f"{lab.folder}/specs/flow_specs" in message(run)


@pytest.mark.parametrize("kind", [FLOW_SPECS, CONNECTION_SPECS])
def test_a_folder_of_one_kind_below_the_home_is_enough(lab: Lab, kind: str) -> None:
    name = "RestStorageToAEP" if kind == FLOW_SPECS else "acme"
    lab.source("acme", REST_STORAGE)
    define(lab, kind, {"name": name, "version": "9.9"}).rename(lab.folder / "in-the-home")
    run = lab.play(*role(src="~/in-the-home", fail_on=["drifted"]))
    assert run.status == 2
    assert f"drifted {name}" in message(run)


UNREACHABLE: dict[str, tuple[dict[str, t.Any], str, str]] = {
    "nobody listens": ({"AEP_BASE_URL": "http://127.0.0.1:1", "AEP_RETRIES": "1"}, "unreachable", "Connection refused"),
    "wrong secret": ({"AEP_CLIENT_SECRET": "wrong"}, "other", "client_secret"),
    "no credentials": ({"AEP_CLIENT_SECRET": "", "AEP_ACCESS_TOKEN": ""}, "input", "there are no credentials"),
    "no permission": ({"AEP_ACCESS_TOKEN": "of-another"}, "refused", "HTTP 401"),
}


@pytest.mark.parametrize("case", UNREACHABLE)
def test_not_audited_is_told_apart_from_drift(lab: Lab, case: str) -> None:
    variables, cause, words = UNREACHABLE[case]
    folder = lab.folder / "report"
    run = lab.play(*role(report_folder=str(folder)), **variables)
    assert run.status == 2
    assert "the sandbox was not audited, so its state is not known" in message(run)
    assert words in message(run)
    report = json.loads((folder / "audit.json").read_text("utf-8"))
    jsonschema.validate(report, json.loads(SCHEMA.read_text("utf-8")))
    assert report["summary"]["result"] == "incomplete"
    (sandbox,) = report["sandboxes"]
    assert sandbox["result"] == "not_audited"
    assert sandbox["failure"]["cause"] == cause
    assert words in sandbox["failure"]["message"]
    suite = ET.parse(folder / "audit.xml").getroot()[0]
    assert (suite.get("errors"), suite.get("failures")) == ("1", "0")
    assert "Not audited" in (folder / "audit.md").read_text("utf-8")


@pytest.mark.proof("filter audit_sentence", "filter audit_brief", "filter audit_merge")
def test_deprecated_filters_return_what_fields_of_the_audit_have(lab: Lab) -> None:
    lab.source("new")
    define(lab, CONNECTION_SPECS, {"name": "gone"}, {"name": "new", "version": "1.0"})
    _run, report = audit(lab)
    summary = report["summary"]
    unmanaged = summary["counts"]["unmanaged"]
    told = f"1 missing, 1 source that no flow spec supports, {unmanaged} unmanaged, and 1 in sync"
    assert summary["message"] == told
    merge = "[report] | aep.flow_service.audit_merge(none, with_in_sync=false)"
    same = "counts | aep.flow_service.audit_sentence(summary.ignored) == summary.message"
    brief = f"(report | aep.flow_service.audit_brief).sandboxes == ({merge}).sandboxes"
    check = {"that": [f"summary.{same}", brief, f"({merge}).sandboxes[0].findings | length > 1"]}
    run = lab.play({"name": "it", "ansible.builtin.assert": check, "vars": {"report": report, "summary": summary}})
    assert run.status == 0, run.output
    assert "Use aep.flow_service.audit_merge with with_in_sync set to false." in " ".join(run.output.split())
    assert "in_sync" in {one["finding"] for one in report["sandboxes"][0]["findings"]}


@pytest.mark.proof("role audit", "filter audit_report")
def test_every_format_of_the_report(lab: Lab) -> None:
    lab.source(HOSTILE, REST_STORAGE, version="0.9")
    lab.source("ignored")
    define(
        lab,
        CONNECTION_SPECS,
        {"name": HOSTILE, "version": HOSTILE},
        name="hostile",
    )
    define(lab, CONNECTION_SPECS, {"name": "ignored"}, {"name": "gone", "providerId": "p"})
    rules = [{"spec": "ignored", "findings": ["unlinked"], "reason": HOSTILE}]
    run, report = audit(lab, ignore_rules=rules, report_title=HOSTILE)
    assert run.status == 2
    folder = lab.folder / "report"
    assert sorted(file.name for file in folder.iterdir()) == ["audit.html", "audit.json", "audit.md", "audit.xml"]
    (drifted,) = found(report, "drifted")
    assert drifted["changes"] == [{"path": "version", "before": "0.9", "after": HOSTILE}]
    # One case for each definition.
    (suite,) = ET.parse(folder / "audit.xml").getroot()
    cases = {case.get("name"): case for case in suite}
    assert set(cases) == {
        f"connection_spec {HOSTILE}".replace("\x01", "\ufffd"),
        "connection_spec ignored",
        "connection_spec gone",
    }
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("3", "2", "1")
    markdown = (folder / "audit.md").read_text("utf-8")
    assert "<script>" not in markdown
    assert "<b>" not in markdown
    assert "| localhost | findings |" in markdown
    page = (folder / "audit.html").read_text("utf-8")
    data = page.partition('<script type="application/json" id="report">')[2].partition("</script>")[0]
    assert json.loads(data) == report
    assert "alert(1)</script>" not in page


def playbook(lab: Lab, name: str, *arguments: str, **variables: t.Any) -> Run:
    """Run a playbook of the collection by its name."""
    return lab.run_playbook(f"aep.flow_service.{name}", *arguments, "-e", json.dumps(variables))


SANDBOXES, SPECS = 50, 200


def test_fifty_sandboxes_of_two_hundred_specs(lab: Lab) -> None:
    names = [f"sandbox-{number:02}" for number in range(SANDBOXES)]
    for name in names:
        lab.in_sandbox(name).seed(CONNECTION_SPECS, SPECS)
    seeded = [spec for spec in lab.in_sandbox(names[0]).specs(CONNECTION_SPECS) if spec["name"].startswith("seeded")]
    changed = lab.in_sandbox(names[7])
    changed.store(CONNECTION_SPECS, **{**seeded[3], "version": "2.0"})
    changed.remove(CONNECTION_SPECS, seeded[4]["id"])
    folder = define(lab, CONNECTION_SPECS, *seeded)
    hosts = {name: {"aep_sandbox_name": name} for name in names}
    hosts["sandbox-09"]["aep_base_url"] = "http://127.0.0.1:1"
    arguments = ("-i", lab.inventory(hosts), "--forks", "20")
    report_folder = lab.folder / "report"
    variables = {"audit_src": str(folder), "audit_fail_on": ["missing", "drifted"]}
    run = playbook(lab, "audit", *arguments, **variables, audit_report_folder=str(report_folder))
    assert run.status == 2, run.output[-3000:]
    report = json.loads((report_folder / "audit.json").read_text("utf-8"))
    jsonschema.validate(report, json.loads(SCHEMA.read_text("utf-8")))
    assert (report["summary"]["sandboxes"], report["summary"]["not_audited"]) == (SANDBOXES, 1)
    assert report["summary"]["counts"]["in_sync"] == (SANDBOXES - 1) * SPECS - 2
    results = {sandbox["host"]: sandbox["result"] for sandbox in report["sandboxes"]}
    bad = {"sandbox-07": "findings", "sandbox-09": "not_audited"}
    assert results == {name: bad.get(name, "clean") for name in names}
    assert {outcome.host for outcome in run.outcomes if outcome.failed} == set(bad)
    # One token for all of them, and two requests for each.
    assert len(lab.requests("ims")) == 1
    assert len(lab.requests()) == 2 * (SANDBOXES - 1)
    assert lab.writes() == []


@pytest.mark.proof("filter audit_merge")
def test_slices_of_a_job_make_one_report(lab: Lab) -> None:
    """As AWX slices a job: each node runs on a part of the inventory, and hands its report on."""
    hosts = {f"s-{number}": {"aep_sandbox_name": f"s-{number}"} for number in range(4)}
    lab.in_sandbox("s-2").store(FLOW_SPECS, id="x", name="OnlyHere", sourceConnectionSpecIds=["of-nobody"])
    slices, whole = lab.folder / "slices", lab.folder / "whole"
    artifacts: dict[str, t.Any] = {}
    for number, limit in enumerate(("s-0,s-1", "s-2,s-3")):
        run = playbook(
            lab,
            "audit",
            *("-i", lab.inventory(hosts), "--limit", limit),
            audit_report_folder=str(slices),
            audit_report_name=f"slice-{number}",
            audit_report_formats=["json"],
        )
        assert run.status == 2 * number, run.output
        artifacts |= run.stats
    assert len([name for name in artifacts if name.startswith("audit_slice_")]) == 2
    for variables in ({"audit_slices": str(slices)}, artifacts):
        merged = playbook(lab, "audit_merge", **variables, audit_report_folder=str(whole))
        assert merged.status == 2, merged.output
        report = json.loads((whole / "audit.json").read_text("utf-8"))
        jsonschema.validate(report, json.loads(SCHEMA.read_text("utf-8")))
        assert [sandbox["host"] for sandbox in report["sandboxes"]] == sorted(hosts)
        assert report["summary"]["counts"]["dangling"] == 1
        assert report["summary"]["failing"] == 1
    # A slice that was lost is noticed by who says what there is.
    lost = playbook(lab, "audit_merge", audit_slices=str(slices / "slice-0.json"), audit_expected=sorted(hosts))
    assert lost.status == 2
    assert "Could not pass the audit of 4 sandboxes: 2 not audited." in lost.output
    assert playbook(lab, "audit_merge", audit_slices=str(slices / "slice-0.json")).status == 0
    # Nothing audited is nothing vouched for.
    empty = lab.folder / "empty"
    empty.mkdir()
    assert playbook(lab, "audit_merge", audit_slices=str(empty)).status == 2


def test_the_module_tells_what_it_finds_and_does_not_fail(lab: Lab) -> None:
    run = lab.play(task("it", "audit_info", flow_specs=[{"name": "NotThere", "providerId": "p"}], label="here"))
    assert run.status == 0
    assert run["it"].audit["host"] == "here"
    assert run["it"].audit["counts"]["missing"] == 1
    assert run["it"].audit["result"] == "findings"
    assert run["it"].api["requests"] == 2


@pytest.mark.real("worker")
def test_a_relative_report_folder_starts_where_ansible_was_started(lab: Lab) -> None:
    """Not at the playbook, which is that of the installed collection."""
    folder = lab.folder / "started-here"
    folder.mkdir()
    variables = {"audit_report_folder": "reports/today"}
    run = lab.run_playbook("aep.flow_service.audit", "-e", json.dumps(variables), folder=folder)
    assert run.status == 0, run.output
    assert (folder / "reports" / "today" / "audit.json").exists()
    assert {file.name for file in folder.iterdir()} == {"reports"}
