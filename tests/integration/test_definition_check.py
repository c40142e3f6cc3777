# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module definition_check and the playbook check: no request, no credentials, findings with their places."""

from __future__ import annotations

import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from lab import FIXTURES, Lab, task

BAD = FIXTURES / "checks" / "bad"
GOOD = FIXTURES / "checks" / "good"
AUT003 = str(BAD / "AUT003-version-number.yml")
AUT034 = str(BAD / "AUT034-not-required.yml")
FRAGMENT = "name: a\ntype: generic-rest\nsourceSpec: {{spec: {{type: object, properties: {{a: {schema}}}}}}}\n"
KEYS = {"check", "severity", "path", "message", "src", "line", "column", "definition"}


def without_credentials(lab: Lab) -> None:
    for name in ("AEP_CLIENT_ID", "AEP_CLIENT_SECRET", "AEP_ORG_ID"):
        lab.variables.pop(name)


@pytest.mark.proof("module definition_check")
def test_it_finds_and_fails_without_credentials_and_requests(lab: Lab) -> None:
    without_credentials(lab)
    tasks = (
        task("good", "definition_check", src=str(GOOD)),
        task("bad", "definition_check", src=AUT003),
        task("never", "definition_check", src=AUT003, fail_on="never"),
        task("check mode", "definition_check", src=AUT003, check=True),
        task("hint", "definition_check", src=AUT034),
        task("hints fail", "definition_check", src=AUT034, fail_on="hint"),
        task("definitions", "definition_check", definitions=[{"name": "a", "version": 1.0}], kind="flow_spec"),
        task("unknown check", "definition_check", src=AUT003, ignore=[{"check": "AUT999", "reason": "x"}]),
        task("no reason", "definition_check", src=AUT003, ignore=[{"check": "AUT003", "reason": " "}]),
        task("ignored", "definition_check", src=AUT003, ignore=[{"check": "AUT003", "reason": "an old spec"}]),
        task("nowhere", "definition_check", src="/nowhere"),
        task("nothing", "definition_check"),
    )
    run = lab.play(*({**each, "ignore_errors": True} for each in tasks))
    assert lab.requests() == []
    assert lab.requests("ims") == []
    failed = {outcome.task for outcome in run.outcomes if outcome.failed}
    assert failed == {
        *("bad", "check mode", "hints fail", "definitions", "unknown check", "no reason", "nowhere", "nothing"),
    }
    assert run["good"].counts == {"error": 0, "warning": 0, "hint": 0}
    assert run["good"].checked == len(list(GOOD.iterdir()))
    (finding,) = run["bad"].findings
    assert finding.keys() == KEYS
    assert (finding["check"], finding["severity"], finding["src"], finding["line"]) == ("AUT003", "error", AUT003, 6)
    for same in ("never", "check mode"):
        assert run[same].findings == run["bad"].findings
    assert run["bad"].msg.startswith("Could not accept the definition: 1 error in 1 definition. ")
    assert f"{AUT003}:6, version: " in run["bad"].msg
    assert "Next step: " in run["bad"].msg
    assert [finding["check"] for finding in run["definitions"].findings] == ["AUT003", "AUT010"]
    assert run["definitions"].findings[0]["definition"] == "definitions[0]"
    assert "'AUT999' (ignore[0].check)" in run["unknown check"].msg
    assert "the reason is empty" in run["no reason"].msg
    assert run["ignored"].findings == []
    assert run["ignored"].ignored[0]["reason"] == "an old spec"
    assert "no such file or directory" in run["nowhere"].msg


# What the module and the hook may be given: the start of the finding that answers it.
HOSTILE: dict[str, tuple[str | bytes, str]] = {
    "no-yaml.yml": ("a: [1", "AUT000"),
    "no-mapping.yml": ("- [1]\n- text\n", "AUT000"),
    "text.json": ('"text"', "AUT000"),
    "large.json": (b'{"a": "' + b"x" * (100 * 1024 * 1024) + b'"}', "AUT000"),
    "deep.yml": ("[" * 100_000, "AUT000"),
    "deep.json": ("[" * 100_000 + "]" * 100_000, "AUT000"),
    "circle.yml": ("a: &x [*x]", "AUT000"),
    "encrypted.yml": ("$ANSIBLE_VAULT;1.1;AES256\n6131\n", "AUT000"),
    "nowhere.yml": (FRAGMENT.format(schema='{"$ref": "#/definitions/none"}'), "AUT061"),
    "round.yml": (FRAGMENT.format(schema='{"$ref": "#/properties/a"}'), "AUT061"),
    "regex.yml": (FRAGMENT.format(schema=f'{{type: string, pattern: "(a+)+$", default: "{"a" * 5000}b"}}'), "AUT061"),
}


def write_hostile(tmp_path: Path, name: str) -> tuple[str, str]:
    content, check = HOSTILE[name]
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path), check


@pytest.mark.parametrize("name", HOSTILE)
def test_the_module_answers_whatever_a_file_holds(lab: Lab, tmp_path: Path, name: str) -> None:
    path, check = write_hostile(tmp_path, name)
    found = lab.one("definition_check", {"src": path, "fail_on": "never"}).findings
    assert {finding["check"] for finding in found} >= {check}
    assert {finding["src"] for finding in found} <= {path}


@pytest.mark.parametrize("name", HOSTILE)
def test_the_hook_answers_whatever_a_file_holds(lab: Lab, tmp_path: Path, name: str) -> None:
    path, check = write_hostile(tmp_path, name)
    hook = Path(__file__).parents[2] / "extensions/hooks/definition_check.py"
    run = subprocess.run([sys.executable, str(hook), path], capture_output=True, text=True, check=False, timeout=60)
    assert run.stderr == ""
    assert run.returncode == 1
    assert check in run.stdout


@pytest.mark.real("worker")
def test_it_runs_on_the_controller_whatever_the_task_says(lab: Lab) -> None:
    twin = lab.as_modules()
    outcome = twin.one("definition_check", {"src": AUT003, "fail_on": "never", "org_id": "by module_defaults"})
    assert [finding["check"] for finding in outcome.findings] == ["AUT003"]
    assert twin.module_runs == 0


@pytest.mark.proof("filter check_report")
@pytest.mark.real
@pytest.mark.parametrize("fail_on", ["error", "never"])
def test_the_playbook_writes_reports_and_fails_afterwards(lab: Lab, tmp_path: Path, fail_on: str) -> None:
    without_credentials(lab)
    sarif, junit = tmp_path / "checks.sarif", tmp_path / "checks.xml"
    variables = {"check_src": str(BAD), "check_sarif": str(sarif), "check_junit": str(junit), "check_fail_on": fail_on}
    run = lab.run_playbook("aep.flow_service.check", "-e", json.dumps(variables), folder=tmp_path)
    assert run.status == (2 if fail_on == "error" else 0), run.output
    assert f"{BAD}/AUT031-undefined-placeholder.yml:25:7: error AUT031 " in run.output
    results = json.loads(sarif.read_text(encoding="utf-8"))["runs"][0]["results"]
    assert len(results) == len(list(BAD.iterdir()))
    failures = ET.parse(junit).getroot().attrib["failures"]
    assert failures == ("0" if fail_on == "never" else str(sum(each["level"] == "error" for each in results)))
    assert lab.requests() == []


@pytest.mark.real
def test_the_playbook_stops_at_input_that_cannot_be_used(lab: Lab, tmp_path: Path) -> None:
    run = lab.run_playbook("aep.flow_service.check", "-e", "check_src=/nowhere", folder=tmp_path)
    assert run.status == 2
    assert "no such file or directory" in run.output
