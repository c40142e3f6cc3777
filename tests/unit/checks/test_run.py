# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From files and definitions to findings: kinds, places, exemptions, and the registry of checks."""

from __future__ import annotations

import inspect
import json
import re
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.aep.flow_service.plugins.module_utils._checks.check import Severity
from ansible_collections.aep.flow_service.plugins.module_utils._checks.pages import LEGEND
from ansible_collections.aep.flow_service.plugins.module_utils._checks.registry import CHECKS, recognize_kind
from ansible_collections.aep.flow_service.plugins.module_utils._checks.run import (
    Exemption,
    check_definitions,
    check_file,
)

FIXTURES = Path(__file__).parents[2] / "fixtures"
GOOD = FIXTURES / "checks" / "good"
NAMELESS = {"name": "a", "sourceConnectionSpecIds": []}


def good(name: str) -> t.Any:
    return yaml.safe_load((GOOD / f"{name}.yml").read_text(encoding="utf-8"))


def test_checks_are_declared_alike() -> None:
    for check_id, check in CHECKS.items():
        assert re.fullmatch(r"AUT0[0-9]{2}", check_id)
        assert check.id == check_id
        assert check.summary.endswith(".")
        assert check.severity not in check.milder
        assert all(check.severity > milder for milder in check.milder)
        assert inspect.getdoc(check.find)
        for name in check.source.split("; "):
            assert name in LEGEND or name.endswith(".md"), check_id


def test_no_message_claims_what_adobe_does_not_say() -> None:
    folder = Path(inspect.getfile(check_file)).parent
    for path in folder.glob("*.py"):
        assert not re.search(r"Adobe (refuses|rejects)|service (refuses|rejects)", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ({"authSpec": []}, "connection_spec"),
        ({"type": "generic-rest"}, "connection_spec"),
        ({"transformationSpec": []}, "flow_spec"),
        ({"type": "x", "sourceConnectionSpecIds": [], "optionSpec": {}}, "flow_spec"),
        ({"name": "a"}, None),
    ],
)
def test_a_kind_is_recognized_by_its_fields(content: t.Any, kind: str | None) -> None:
    assert recognize_kind(content) == kind


def test_a_kind_that_is_given_wins() -> None:
    content = {"name": "a", "providerId": "b", "sourceConnectionSpecIds": "x"}
    assert [finding.check for finding in check_definitions([content], [], None).findings] == ["AUT005"]
    (finding,) = check_definitions([content], [], "connection_spec").findings
    assert finding.message == "`sourceConnectionSpecIds` is no documented field of a definition."


def test_a_key_that_is_close_to_a_documented_one_is_told() -> None:
    spec = good("batch-basic-page")
    spec["sourceSpec"]["atributes"] = spec["createdBy"] = {}
    del spec["sourceSpec"]["attributes"]
    (finding,) = (each for each in check_definitions([spec], [], None).findings if each.check == "AUT006")
    assert finding.message == "`atributes` is no documented field of `sourceSpec`. Did you mean `attributes`?"


def test_definitions_are_named_by_their_place() -> None:
    report = check_definitions([good("flow-spec"), NAMELESS, {"items": [NAMELESS]}, [NAMELESS, NAMELESS]], [], None)
    assert report.checked == 5
    assert [(finding.definition, finding.path, finding.src, finding.line) for finding in report.findings] == [
        (name, "providerId", None, None)
        for name in ("definitions[1]", "definitions[2]", "definitions[3][0]", "definitions[3][1]")
    ]


def test_documents_and_lists_of_a_file_are_named_by_their_place(tmp_path: Path) -> None:
    path = tmp_path / "specs.yml"
    path.write_text("name: a\n---\n- name: b\n  providerId: c\n- name: d\n---\nitems:\n- x\n- name: e\n")
    count, findings = check_file(str(path))
    assert count == 5
    assert [(finding.definition, finding.line, finding.check) for finding in findings] == [
        (f"{path}, document 1", 1, "AUT010"),
        (f"{path}, document 2[1]", 5, "AUT010"),
        (f"{path}, document 3, items[0]", 8, "AUT000"),
        (f"{path}, document 3, items[1]", 9, "AUT010"),
    ]


def test_a_report_counts_and_compares() -> None:
    report = check_definitions([NAMELESS, "text"], [], None)
    assert report.counts == {"error": 2, "warning": 0, "hint": 0}
    assert report.reaches(Severity.HINT)
    assert not check_definitions([good("flow-spec")], [], None).reaches(Severity.HINT)
    assert json.loads(json.dumps(report.findings[0].as_result()))["severity"] == "error"


@pytest.mark.parametrize(
    ("exemption", "left"),
    [
        (Exemption("AUT010", "r"), 0),
        (Exemption("AUT011", "r"), 2),
        (Exemption("AUT010", "r", ["prov*"]), 1),
        (Exemption("AUT010", "r", ["x", "name"]), 1),
        (Exemption("AUT010", "r", [], "specs/*"), 2),
    ],
)
def test_exemptions_leave_findings_out(exemption: Exemption, left: int) -> None:
    report = check_definitions([{"optionSpec": {}}], [], None, [exemption])
    assert len(report.findings) == left
    assert len(report.ignored) == 2 - left


def test_content_that_is_too_large_or_deep_is_one_finding() -> None:
    deep: t.Any = {}
    for _level in range(1000):
        deep = {"a": deep}
    circle: dict[str, t.Any] = {}
    circle["a"] = circle
    wide = {"a": [0] * 600_000}
    for content in (deep, circle, wide):
        assert [finding.check for finding in check_definitions([content], [], None).findings] == ["AUT000"]


def test_a_partial_definition_may_lack_fields() -> None:
    content = {"name": "acme", "type": "generic-rest", "sourceSpec": {"attributes": {}}}
    whole = {finding.path for finding in check_definitions([content], [], "connection_spec").findings}
    partial = {
        finding.path for finding in check_definitions([content], [], "connection_spec", is_partial=True).findings
    }
    assert "authSpec" in whole
    assert partial == {path for path in whole if path.startswith("sourceSpec")}
    assert partial
