# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Reports of checks of definitions, from what ``definition_check`` returns: pure functions, without Ansible."""

from __future__ import annotations

import json
import os
import typing as t
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping, Sequence

from ansible_collections.aep.flow_service.plugins.module_utils._checks.check import Severity
from ansible_collections.aep.flow_service.plugins.module_utils._checks.registry import CHECKS
from ansible_collections.aep.flow_service.plugins.plugin_utils._report_text import xml_text

# Any: the result of definition_check, which is documented.
JSON = t.Any
Finding = Mapping[str, JSON]
Result = Mapping[str, JSON]

PAGE: t.Final = "https://github.com/aep-flow-service/aep.flow_service/blob/main/docs/checks.md"
NEVER: t.Final = "never"
_LEVELS: t.Final = {"error": "error", "warning": "warning", "hint": "note"}


def as_line(finding: Finding, root: str) -> str:
    """Return a finding as one line, in the form that editors and terminals link to the place."""
    place = _place(finding, root)
    if finding["line"] is not None:
        place += f":{finding['line']}:{finding['column']}"
    path = f"{finding['path']}: " if finding["path"] else ""
    return f"{place}: {finding['severity']} {finding['check']} {path}{finding['message']}"


def as_lines(result: Result, root: str) -> list[str]:
    """Return every finding as a line, and a last line with their number."""
    lines = [as_line(finding, root) for finding in result["findings"]]
    counts = [f"{count} {word}{'' if count == 1 else 's'}" for word, count in result["counts"].items() if count]
    if result["ignored"]:
        counts.append(f"{len(result['ignored'])} ignored")
    noun = "definition" if result["checked"] == 1 else "definitions"
    return [*lines, f"{result['checked']} {noun}: {', '.join(counts) or 'no findings'}."]


def reaches(finding: Finding, fail_on: str) -> bool:
    """Return whether a finding is of the severity that fails, or worse."""
    return fail_on != NEVER and Severity[finding["severity"].upper()] >= Severity[fail_on.upper()]


def as_sarif(result: Result, root: str) -> str:
    """Return the findings in SARIF 2.1.0, with paths relative to the root of the repository."""
    found = [(finding, None) for finding in result["findings"]]
    found += [(finding, finding["reason"]) for finding in result["ignored"]]
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "aep.flow_service.definition_check",
                        "informationUri": PAGE,
                        "rules": [_sarif_rule(check_id) for check_id in CHECKS],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [_sarif_result(finding, reason, root) for finding, reason in found],
            }
        ],
    }
    return json.dumps(log, indent=2) + "\n"


def _sarif_rule(check_id: str) -> JSON:
    check = CHECKS[check_id]
    return {
        "id": check_id,
        "shortDescription": {"text": check.summary},
        "helpUri": f"{PAGE}#{check_id.lower()}",
        "defaultConfiguration": {"level": _LEVELS[check.severity.word]},
    }


def _sarif_result(finding: Finding, reason: str | None, root: str) -> JSON:
    place: JSON = {"logicalLocations": [{"fullyQualifiedName": finding["path"] or finding["definition"]}]}
    if finding["src"] is not None:
        physical: JSON = {"artifactLocation": {"uri": _uri(_place(finding, root))}}
        if finding["line"] is not None:
            physical["region"] = {"startLine": finding["line"], "startColumn": finding["column"]}
        place["physicalLocation"] = physical
    result = {
        "ruleId": finding["check"],
        "ruleIndex": list(CHECKS).index(finding["check"]),
        "level": _LEVELS[finding["severity"]],
        "message": {"text": finding["message"]},
        "locations": [place],
    }
    if reason is not None:
        result["suppressions"] = [{"kind": "external", "justification": reason}]
    return result


def as_junit(result: Result, root: str, fail_on: str = "error") -> str:
    """Return the findings as JUnit XML: a test case for each, which fails if it reaches the severity that fails."""
    found: Sequence[Finding] = result["findings"]
    failures = [finding for finding in found if reaches(finding, fail_on)]
    attributes = {"name": "Definitions", "tests": str(len(found) or 1), "failures": str(len(failures)), "errors": "0"}
    suites = ET.Element("testsuites", attributes)
    suite = ET.SubElement(suites, "testsuite", attributes)
    if not found:
        ET.SubElement(suite, "testcase", {"classname": "definition_check", "name": as_lines(result, root)[-1]})
    for finding in found:
        name = " ".join(filter(None, (finding["check"], finding["path"])))
        case = ET.SubElement(suite, "testcase", {"classname": _place(finding, root), "name": xml_text(name)})
        line = xml_text(as_line(finding, root))
        if reaches(finding, fail_on):
            failure = ET.SubElement(
                case, "failure", {"type": finding["severity"], "message": xml_text(finding["message"])}
            )
            failure.text = line
        else:
            ET.SubElement(case, "system-out").text = line
    ET.indent(suites)
    return ET.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _place(finding: Finding, root: str) -> str:
    """Return the file of a finding, relative to the root if it lies below it, or else its definition."""
    src = finding["src"]
    if src is None:
        return str(finding["definition"])
    relative = os.path.relpath(src, root)
    return str(src) if relative.startswith(os.pardir) else relative


def _uri(path: str) -> str:
    quoted = "".join(_quote(path.replace(os.sep, "/")))
    return f"file://{quoted}" if path.startswith("/") else quoted


def _quote(path: str) -> Iterable[str]:
    safe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/"
    for character in path:
        yield character if character in safe else "".join(f"%{byte:02X}" for byte in character.encode())
