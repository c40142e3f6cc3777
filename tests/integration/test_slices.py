# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A job in slices: runners that share nothing find what one finds, and take no link from one another."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import jsonschema
import pytest

from lab import BATCH_PROVIDER, CONNECTION_SPECS, FLOW_SPECS, REST_STORAGE, Lab, Spec
from lab.race import Gate
from lab.slices import Slice, findings_of, run_sliced, runners_of, sliced

pytestmark = pytest.mark.real("worker")

SCHEMA = Path(__file__).parents[2] / "roles" / "audit" / "files" / "report.schema.json"
RUNNERS = 3
SANDBOXES, SPECS = 15, 5
DRIFTED, UNREACHABLE = 7, 9
LATENCY = 0.05
# Sources of each runner, all of them to be supported by one flow spec.
SOURCES = 4


def sandboxes(lab: Lab) -> tuple[Path, dict[str, Spec]]:
    """Sandboxes as defined, but for one that has drifted and one that cannot be reached; definitions and inventory."""
    names = [f"sandbox-{number:02}" for number in range(SANDBOXES)]
    for name in names:
        lab.in_sandbox(name).seed(CONNECTION_SPECS, SPECS)
    changed = lab.in_sandbox(names[DRIFTED])
    seeded = [spec for spec in changed.specs(CONNECTION_SPECS) if spec["name"].startswith("seeded")]
    folder = lab.folder / "specs" / "connection_specs"
    folder.mkdir(parents=True)
    for spec in seeded:
        (folder / f"{spec['name']}.json").write_text(json.dumps(spec), encoding="utf-8")
    changed.store(CONNECTION_SPECS, **{**seeded[1], "version": "2.0"})
    hosts = {name: {"aep_sandbox_name": name} for name in names}
    hosts[names[UNREACHABLE]]["aep_base_url"] = "http://127.0.0.1:1"
    return folder.parent, hosts


def audit(lab: Lab, hosts: dict[str, Spec], specs: Path, runners: int) -> tuple[list[Slice], list[Spec]]:
    """Audit the sandboxes by so many runners; what came of each, and its report."""
    folder = lab.folder / f"by-{runners}"
    # As in AWX, all slices are given the same variables.
    report = "{{ lookup('ansible.builtin.env', 'HOME') }}/report"
    variables = {"src": str(specs), "fail_on": ["missing", "drifted"], "report_folder": report}
    slices = run_sliced(
        lab,
        folder,
        hosts,
        runners,
        "aep.flow_service.audit",
        forks=8,
        **{f"audit_{name}": value for name, value in variables.items()},
    )
    files = [folder / f"runner-{number}" / "report" / "audit.json" for number in range(runners)]
    assert all(file.exists() for file in files), "".join(one.output for one in slices)
    return slices, [json.loads(file.read_text("utf-8")) for file in files]


def merge(lab: Lab, name: str, **variables: t.Any) -> Spec:
    """One report of those of the slices."""
    folder = lab.folder / name
    extra = lab.folder / f"{name}.json"
    extra.write_text(json.dumps({**variables, "audit_report_folder": str(folder)}), encoding="utf-8")
    run = lab.run_playbook("aep.flow_service.audit_merge", "-e", f"@{extra}")
    assert run.status == 2, run.output
    report = json.loads((folder / "audit.json").read_text("utf-8"))
    jsonschema.validate(report, json.loads(SCHEMA.read_text("utf-8")))
    return t.cast(Spec, report)


def test_slices_find_what_one_runner_finds(lab: Lab) -> None:
    specs, hosts = sandboxes(lab)
    lab.variables["AEP_RETRIES"] = "1"
    lab.fault(None, None, times=None, type="delay", seconds=LATENCY)
    (alone,), (whole,) = audit(lab, hosts, specs, 1)
    assert alone.status == 2, alone.output
    lab.forget_requests()
    slices, reports = audit(lab, hosts, specs, RUNNERS)
    # One token for each home, two listings for each sandbox that is there, and no write.
    assert len(lab.requests("ims")) == RUNNERS
    assert len(lab.requests()) == 2 * (SANDBOXES - 1)
    assert lab.writes() == []
    # The slices are disjoint, and those fail in which something is wrong.
    parts = [[sandbox["host"] for sandbox in report["sandboxes"]] for report in reports]
    assert parts == [sorted(sliced(hosts, number, RUNNERS)) for number in range(RUNNERS)]
    bad = {DRIFTED % RUNNERS, UNREACHABLE % RUNNERS}
    assert [one.status for one in slices] == [2 if number in bad else 0 for number in range(RUNNERS)]
    assert len(bad) == 2, "the two are to be in slices of their own"

    folder = lab.folder / "reports"
    folder.mkdir()
    for number, report in enumerate(reports):
        (folder / f"{number}.json").write_text(json.dumps(report), encoding="utf-8")
    merged = merge(lab, "of-files", audit_slices=str(folder))
    assert findings_of(merged) == findings_of(whole)
    results = {sandbox["host"]: sandbox["result"] for sandbox in merged["sandboxes"]}
    names = list(hosts)
    assert results == dict.fromkeys(names, "clean") | {names[DRIFTED]: "findings", names[UNREACHABLE]: "not_audited"}
    assert merged["summary"]["counts"]["drifted"] == 1
    assert merged["summary"]["counts"]["in_sync"] == (SANDBOXES - 1) * SPECS - 1

    # The same by the way of a workflow: the slices hand on all but what is in sync.
    handed_on = {name: value for one in slices for name, value in one.stats.items() if name.startswith("audit_slice_")}
    assert len(handed_on) == RUNNERS
    brief = merge(lab, "of-stats", **handed_on)
    assert brief["summary"]["counts"] == whole["summary"]["counts"]
    for one in whole["sandboxes"]:
        one["links"] = []
        one["findings"] = [finding for finding in one["findings"] if finding["finding"] != "in_sync"]
    assert findings_of(brief)["sandboxes"] == findings_of(whole)["sandboxes"]


def source(name: str) -> Spec:
    return {"name": name, "type": "generic-rest", "providerId": BATCH_PROVIDER, "version": "1.0"}


def test_slices_that_write_one_flow_spec_lose_no_link(lab: Lab) -> None:
    """Their locks are in different homes; and reads and writes overtake one another."""
    # The condition of the promise, also where other tests keep the processors busy: a write within it of its read.
    lab.variables["AEP_SETTLE_TIME"] = "2.5"
    lab.fault("PUT", REST_STORAGE, times=None, type="delay", seconds=[0.0, 0.3], when="before")
    lab.fault("GET", REST_STORAGE, times=None, type="delay", seconds=[0.0, 0.15], when="after")
    before = lab.spec(FLOW_SPECS, REST_STORAGE)
    names = [f"source-{number:02}" for number in range(RUNNERS * SOURCES)]
    hosts = {
        name: {"ansible_connection": "local", "source_definitions": [{"definition": source(name)}]} for name in names
    }
    folder = lab.folder / "writers"
    folder.mkdir()
    gate = Gate(folder, RUNNERS)
    with runners_of(lab, folder, hosts, RUNNERS) as runners:
        for number, runner in enumerate(runners):
            role = {"name": "role", "ansible.builtin.include_role": {"name": "aep.flow_service.source"}}
            playbook = runner.lab.write_playbook({**gate.task(number), "run_once": True}, role, play={"hosts": "all"})
            runner.start(playbook, forks=SOURCES)
        gate.open(lambda: any(not runner.is_running for runner in runners))
        for done in [runner.wait() for runner in runners]:
            assert done.status == 0, done.output
    stored = lab.spec(FLOW_SPECS, REST_STORAGE)
    made = {spec["name"]: spec["id"] for spec in lab.specs(CONNECTION_SPECS) if spec["name"] in hosts}
    assert sorted(made) == names
    links = stored.pop("sourceConnectionSpecIds")
    assert sorted(links) == sorted([*before.pop("sourceConnectionSpecIds"), *made.values()])
    assert stored == before
    # Each source was made once, and each link written at least once.
    calls = [f"{write['method']} {write['path'].split('/')[4]}" for write in lab.writes()]
    assert calls.count("POST connectionSpecs") == len(names)
    assert calls.count("PUT flowSpecs") >= len(names)
