# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What reports, the hook, and the documentation make of findings."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import yaml
from ansible.errors import AnsibleFilterError

from ansible_collections.aep.flow_service.plugins.filter.checks import check_report
from ansible_collections.aep.flow_service.plugins.module_utils._checks.registry import CHECKS
from ansible_collections.aep.flow_service.plugins.module_utils._checks.run import Exemption
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.check import CheckTask, perform_check

ROOT = Path(__file__).parents[3]
BAD = ROOT / "tests" / "fixtures" / "checks" / "bad"
FILES = [
    str(BAD / f"{name}.yml") for name in ("AUT003-version-number", "AUT034-not-required", "AUT037-host-without-scheme")
]
NAMELESS = {"name": "a", "providerId": "", "optionSpec": {}}


@pytest.fixture
def result() -> dict[str, t.Any]:
    exemption = Exemption("AUT037", "the proxy adds it")
    return perform_check(CheckTask([NAMELESS], FILES, None, None, [exemption]))


def test_lines_lead_to_the_place(result: dict[str, t.Any]) -> None:
    lines = check_report(result, root=str(ROOT))
    assert [line.partition(": ")[0] for line in lines] == [
        "definitions[0]",
        "tests/fixtures/checks/bad/AUT003-version-number.yml:6:1",
        "tests/fixtures/checks/bad/AUT034-not-required.yml:45:7",
        "4 definitions",
    ]
    assert lines[0].startswith("definitions[0]: error AUT010 providerId: ")
    assert lines[-1] == "4 definitions: 2 errors, 1 hint, 1 ignored."


def test_no_findings_are_a_line_as_well() -> None:
    result = perform_check(CheckTask([], [], None, None, []))
    assert check_report(result) == ["0 definitions: no findings."]
    assert ET.fromstring(str(check_report(result, "junit"))).attrib["failures"] == "0"


def test_sarif_has_rules_places_and_what_is_ignored(result: dict[str, t.Any]) -> None:
    (run,) = json.loads(str(check_report(result, "sarif", root=str(ROOT))))["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == list(CHECKS)
    assert {rule["defaultConfiguration"]["level"] for rule in rules} == {"error", "warning", "note"}
    found = run["results"]
    assert all(rules[each["ruleIndex"]]["id"] == each["ruleId"] for each in found)
    assert [(each["ruleId"], each["level"]) for each in found] == [
        ("AUT010", "error"),
        ("AUT003", "error"),
        ("AUT034", "note"),
        ("AUT037", "warning"),
    ]
    assert "physicalLocation" not in found[0]["locations"][0]
    assert found[1]["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "tests/fixtures/checks/bad/AUT003-version-number.yml"},
        "region": {"startLine": 6, "startColumn": 1},
    }
    assert ["suppressions" in each for each in found] == [False, False, False, True]
    assert found[3]["suppressions"] == [{"kind": "external", "justification": "the proxy adds it"}]


def test_sarif_writes_uris(tmp_path: Path) -> None:
    path = tmp_path / "a file%.yml"
    path.write_text("version: 1")
    result = perform_check(CheckTask([], [str(path)], None, None, []))
    for root, uri in ((tmp_path, "a%20file%25.yml"), (tmp_path / "x", f"file://{tmp_path}/a%20file%25.yml")):
        (run,) = json.loads(str(check_report(result, "sarif", root=str(root))))["runs"]
        assert run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri


@pytest.mark.parametrize(("fail_on", "failures"), [("error", 2), ("warning", 2), ("hint", 3), ("never", 0)])
def test_junit_fails_as_the_task_does(result: dict[str, t.Any], fail_on: str, failures: int) -> None:
    suites = ET.fromstring(str(check_report(result, "junit", root=str(ROOT), fail_on=fail_on)))
    assert suites.attrib["tests"] == "3"
    assert suites.attrib["failures"] == str(failures) == str(len(suites.findall(".//failure")))
    names = [case.attrib["name"] for case in suites.iter("testcase")]
    assert names == ["AUT010 providerId", "AUT003 version", "AUT034 sourceSpec.spec.properties.surveyId"]


def test_junit_is_xml_whatever_a_definition_holds() -> None:
    odd = {"name": "a\0<", "providerId": "b", "authSpec": [{"name": "\0&"}, {"name": "\0&"}], "version": 1}
    result = perform_check(CheckTask([odd, "\0"], [], None, None, []))
    ET.fromstring(str(check_report(result, "junit")))


def test_a_report_of_something_else_is_explained() -> None:
    with pytest.raises(AnsibleFilterError, match="registered result"):
        check_report({"changed": False})
    with pytest.raises(AnsibleFilterError, match="lines, sarif, or junit"):
        check_report({}, "html")


WITHOUT_ANSIBLE = """
import runpy, sys
sys.modules["ansible"] = None
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def hook(*arguments: str) -> subprocess.CompletedProcess[str]:
    script = str(ROOT / "extensions" / "hooks" / "definition_check.py")
    command = [sys.executable, "-c", WITHOUT_ANSIBLE, script, *arguments]
    # Without the collection on the path of modules.
    environment = {"PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, cwd=ROOT, env=environment, text=True, capture_output=True, check=False)


def test_the_hook_checks_without_ansible() -> None:
    found = hook(*FILES)
    assert found.stderr == ""
    assert found.returncode == 1
    assert [line.split(": ")[1].split()[:2] for line in found.stdout.splitlines()] == [
        ["error", "AUT003"],
        ["hint", "AUT034"],
        ["warning", "AUT037"],
    ]


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        ([FILES[1]], 0),
        (["--fail-on", "hint", FILES[1]], 1),
        (["--fail-on", "never", *FILES], 0),
        (["--ignore", "AUT003=an old spec", FILES[0]], 0),
        (["--ignore", "AUT003=", FILES[0]], 2),
        (["--ignore", "AUT999=x", FILES[0]], 2),
        (["--kind", "flow_spec", str(ROOT / "tests/fixtures/checks/good/flow-spec.yml")], 0),
        ([], 0),
        (["nowhere.yml"], 1),
    ],
)
def test_the_hook_ends_with_a_status(arguments: list[str], status: int) -> None:
    assert hook(*arguments).returncode == status


def test_the_hook_is_declared() -> None:
    (declared,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    entry = ROOT / declared["entry"]
    assert declared["language"] == "script"
    assert os.access(entry, os.X_OK)
    assert subprocess.run([entry, FILES[0]], cwd=ROOT, capture_output=True, check=False).returncode == 1
