# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role remediate: what was approved is written, what changed since is refused, and a kill leaves no half."""

from __future__ import annotations

import json
import random
import typing as t

import pytest
import yaml

from lab import BATCH_PROVIDER, CONNECTION_SPECS, FLOW_SPECS, REST_STORAGE, Lab, Run, Spec, Task
from lab.kills import kill_when

pytestmark = pytest.mark.real("worker")

CONTENT: Spec = {"providerId": BATCH_PROVIDER, "version": "2.0", "type": "generic-rest"}
NAMES = ("drifted", "changed-since", "unlinked", "missing")
THEIRS = {"updatedBy": "erin@AdobeID", "updatedClient": "their-client"}


def define(lab: Lab) -> list[Spec]:
    """Write definitions, store what is live of them, and return the definitions of the sources."""
    folder = lab.folder / "specs" / "connection_specs"
    folder.mkdir(parents=True)
    sources: list[Spec] = []
    for name in NAMES:
        spec = {"name": name, **CONTENT}
        (folder / f"{name}.yml").write_text(yaml.safe_dump(spec), encoding="utf-8")
        sources.append({"src": str(folder / f"{name}.yml")})
        if name != "missing":
            version = "2.0" if name == "unlinked" else "1.0"
            lab.source(*([name] if name == "unlinked" else [name, REST_STORAGE]), **{**CONTENT, "version": version})
    return sources


def role(name: str, **variables: t.Any) -> Task:
    return {"name": name, "ansible.builtin.include_role": {"name": f"aep.flow_service.{name}"}, "vars": variables}


def audited(lab: Lab) -> str:
    """Audit in check mode; the report, as it would be approved."""
    folder = str(lab.folder / "report")
    variables = {"audit_src": str(lab.folder / "specs"), "audit_report_folder": folder, "audit_fail_on": []}
    run = lab.play(role("audit", **variables), arguments=("--check",))
    assert run.status == 0, run.output
    return (lab.folder / "report" / "audit.json").read_text("utf-8")


def remediation(lab: Lab, report: str, sources: list[Spec]) -> Task:
    return role(
        "remediate",
        remediate_reports=[report],
        remediate_src=str(lab.folder / "specs"),
        remediate_source_definitions=sources,
        remediate_backup_dir=str(lab.folder / "backups"),
    )


def remediate(lab: Lab, report: str, sources: list[Spec], *arguments: str) -> Run:
    return lab.play(remediation(lab, report, sources), arguments=arguments)


def live(lab: Lab) -> dict[str, Spec]:
    return {spec["name"]: spec for spec in lab.specs(CONNECTION_SPECS) if spec["name"] in NAMES}


def links(lab: Lab) -> list[str]:
    return t.cast(list[str], lab.spec(FLOW_SPECS, REST_STORAGE)["sourceConnectionSpecIds"])


@pytest.mark.proof("role remediate", "filter remediation_sources")
def test_object_by_object(lab: Lab) -> None:
    sources = define(lab)
    report = audited(lab)
    changed = live(lab)["changed-since"]
    lab.store(CONNECTION_SPECS, **{**changed, **THEIRS, "version": "1.7"})
    # What another team linked in the meantime stays.
    theirs = lab.source("theirs", REST_STORAGE)
    lab.forget_requests()
    predicted = remediate(lab, report, sources, "--check")
    assert lab.writes() == []
    lab.forget_requests()
    run = remediate(lab, report, sources)
    requests = len(lab.requests())
    for one in (predicted, run):
        assert one.status == 2
        assert "it changed after the audit that was approved" in one.output.replace("\n", " ")
        assert "erin@AdobeID" in one.output
    now = live(lab)
    assert {name: spec["version"] for name, spec in now.items()} == {
        "drifted": "2.0",
        "changed-since": "1.7",
        "unlinked": "2.0",
        "missing": "2.0",
    }
    assert {now["unlinked"]["id"], now["missing"]["id"], theirs} <= set(links(lab))
    assert requests <= 16, requests
    assert len(list((lab.folder / "backups").glob("connection_spec_drifted_*"))) == 1
    # What was approved is done: the same report again writes nothing, and still refuses the one.
    lab.forget_requests()
    assert remediate(lab, report, sources).status == 2
    assert lab.writes() == []


def test_a_link_that_was_removed_since_is_not_added_again(lab: Lab) -> None:
    sources = define(lab)
    report = audited(lab)
    removed = live(lab)["drifted"]["id"]
    flow_spec = lab.spec(FLOW_SPECS, REST_STORAGE)
    kept = [link for link in flow_spec["sourceConnectionSpecIds"] if link != removed]
    lab.store(FLOW_SPECS, **{**flow_spec, "sourceConnectionSpecIds": kept})
    assert remediate(lab, report, sources).status == 0
    assert removed not in links(lab)


def test_no_report_of_this_sandbox_writes_nothing(lab: Lab) -> None:
    sources = define(lab)
    report = json.loads(audited(lab))
    report["sandboxes"][0]["host"] = "another"
    lab.forget_requests()
    run = remediate(lab, json.dumps(report), sources)
    assert run.status == 2
    assert "no approved report has an audit of it" in run.output.replace("\n", " ")
    assert lab.requests() == []


def test_a_report_of_another_sandbox_writes_nothing(lab: Lab) -> None:
    sources = define(lab)
    text = audited(lab)
    for field in ("sandbox_name", "org_id"):
        report = json.loads(text)
        report["sandboxes"][0][field] = "another"
        lab.forget_requests()
        run = remediate(lab, json.dumps(report), sources)
        assert run.status == 2
        assert f"it is of {field} another, and the task connects to" in " ".join(run.output.split())
        assert lab.requests() == []
    several = json.loads(text)
    several["sandboxes"].append({**several["sandboxes"][0], "sandbox_name": "another"})
    run = remediate(lab, json.dumps(several), sources)
    assert "audits of several sandboxes of that name" in " ".join(run.output.split())
    assert lab.requests() == []


def test_a_failure_of_a_whole_task_fails_the_role(lab: Lab) -> None:
    sources = define(lab)
    report = audited(lab)
    lab.fault("GET", f"{CONNECTION_SPECS}*", times=None, type="status", status=403)
    run = remediate(lab, report, sources)
    assert run.status == 2
    assert "Could not remediate all approved findings" in run.output
    assert "HTTP 403" in run.output
    assert lab.writes() == []


def check_done(lab: Lab) -> None:
    """Each spec is there one time, as defined, and linked."""
    now = live(lab)
    assert {spec["version"] for spec in now.values()} == {"2.0"}
    assert {spec["id"] for spec in now.values()} <= set(links(lab))
    assert len([spec for spec in lab.specs(CONNECTION_SPECS) if spec["name"] in NAMES]) == len(NAMES)


def test_a_run_that_failed_is_completed_by_the_same_report(lab: Lab) -> None:
    sources = define(lab)
    report = audited(lab)
    lab.fault("PUT", "connectionSpecs/", times=None, type="status", status=403)
    assert remediate(lab, report, sources).status == 2
    lab.end_faults()
    lab.fault("PUT", f"flowSpecs/{REST_STORAGE}", type="reset", when="after")
    assert remediate(lab, report, sources).status == 0
    check_done(lab)


@pytest.mark.parametrize("number", range(3))
def test_a_run_that_was_killed_is_completed_by_the_same_report(
    lab: Lab, number: int, chance: random.Random, record_property: t.Any
) -> None:
    sources = define(lab)
    report = audited(lab)
    for when in ("before", "after"):
        lab.fault(None, None, times=30, type="delay", seconds=[0.0, 0.1], when=when)
    lab.forget_requests()
    # About 16 requests, of which the first write is the second or third.
    moment = chance.randint(1 + 5 * number, 5 + 5 * number)
    process = lab.start(remediation(lab, report, sources))
    was_killed = kill_when(process, lambda: len(lab.requests()) >= moment)
    assert was_killed or number == 2
    lab.end_faults()
    again = remediate(lab, report, sources)
    assert again.status == 0, again.output
    check_done(lab)
    record_property("runs killed", int(was_killed))
