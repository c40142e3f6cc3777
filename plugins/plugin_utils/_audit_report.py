# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Audits of sandboxes as one report, and the report as JSON, JUnit XML, Markdown and HTML: pure functions.

A report is what ``roles/audit/files/report.schema.json`` describes.
"""

from __future__ import annotations

import collections
import datetime
import json
import typing as t
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator, Mapping

from ansible_collections.aep.flow_service.plugins.module_utils._json.text import dump_json
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON, mapping_of
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.audit_result import (
    AuditResult,
    FindingResult,
    Report,
    Summary,
)
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.finding_classes import (
    FINDINGS,
    OF_DEFINITION,
    describe_counts,
)
from ansible_collections.aep.flow_service.plugins.plugin_utils._report_text import (
    markdown_text,
    xml_text,
)

FORMAT: t.Final = "aep.flow_service.audit"
FORMAT_VERSION: t.Final = "1.1"
# How much of a value Markdown and JUnit show.
_SHOWN: t.Final = 200
_NOT_AUDITED: t.Final = "not audited"
_UNHEARD: t.Final = "No report has this sandbox: its slice has failed, or handed nothing on."


def merged(
    audits: Iterable[JSON], now: datetime.datetime, title: str | None = None, expected: Iterable[str] = ()
) -> Report:
    """Merge audits of sandboxes and whole reports, such as those of slices; the latest audit of a sandbox counts.

    An expected host that none of them has counts as not audited.

    Raises ValueError for what is neither.
    """
    sandboxes: dict[tuple[str | None, ...], AuditResult] = {}
    for one in (_with_message(sandbox) for audit in audits for sandbox in _sandboxes(audit)):
        key = (one["host"], one["org_id"], one["sandbox_name"])
        if key not in sandboxes or (sandboxes[key]["audited_at"] or "") <= (one["audited_at"] or ""):
            sandboxes[key] = one
    heard = {one["host"] for one in sandboxes.values()}
    unheard = [not_audited(host, {"msg": _UNHEARD}) for host in dict.fromkeys(expected) if host not in heard]
    found = sorted([*sandboxes.values(), *unheard], key=lambda one: str(one["host"]))
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "generated_at": now.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "generator": "aep.flow_service",
        "title": title,
        "fail_on": sorted({finding for one in found for finding in one["fail_on"]}),
        "summary": _summary(found),
        "sandboxes": found,
    }


def _sandboxes(audit: JSON) -> list[AuditResult]:
    if not isinstance(audit, Mapping):
        raise ValueError(f"an audit or a report is a mapping, and this is {type(audit).__name__}")
    if audit.get("format") == FORMAT:
        version = str(audit.get("format_version"))
        if version.split(".", maxsplit=1)[0] != FORMAT_VERSION.split(".", maxsplit=1)[0]:
            raise ValueError(f"this is a report of format {version}, and {FORMAT_VERSION} is understood")
        return list(t.cast(Report, audit)["sandboxes"])
    if "findings" not in audit or "host" not in audit:
        raise ValueError("this is neither an audit of a sandbox nor a report of audits")
    return [t.cast(AuditResult, dict(audit))]


def _with_message(audit: AuditResult) -> AuditResult:
    """Return an audit with its message, which an audit of version 0.1.0 does not have."""
    if "message" in audit:
        return audit
    is_done = audit["result"] != "not_audited"
    return {**audit, "message": describe_counts(audit["counts"], audit["ignored"]) if is_done else _NOT_AUDITED}


def not_audited(host: str, result: JSON) -> AuditResult:
    """Return the report entry of a sandbox whose audit failed with ``result``."""
    result = mapping_of(result)
    message = result.get("msg") or "The audit of this sandbox was not run."
    return {
        "host": host,
        "org_id": None,
        "sandbox_name": None,
        "base_url": None,
        "audited_at": None,
        "seconds": 0.0,
        "result": "not_audited",
        "failure": {"cause": "input" if result else "other", "message": str(message), "request_id": None},
        "fail_on": [],
        "counts": dict.fromkeys(FINDINGS, 0),
        "ignored": 0,
        "failing": 0,
        "message": _NOT_AUDITED,
        "findings": [],
        "links": [],
    }


def _summary(sandboxes: list[AuditResult]) -> Summary:
    counts: collections.Counter[str] = collections.Counter()
    for one in sandboxes:
        counts.update(one["counts"])
    left = sum(one["result"] == "not_audited" for one in sandboxes)
    failing = sum(one["failing"] for one in sandboxes)
    # What both a definition and a link were found wrong with is one spec all the same.
    specs = {
        (number, finding["kind"], finding["id"] or finding["src"] or finding["name"])
        for number, one in enumerate(sandboxes)
        for finding in one["findings"]
        if finding["kind"] != "rule"
    }
    ignored = sum(one["ignored"] for one in sandboxes)
    return {
        # Nothing audited is nothing vouched for.
        "result": "incomplete" if left or not sandboxes else "findings" if failing else "clean",
        "sandboxes": len(sandboxes),
        "not_audited": left,
        "specs": len(specs),
        "counts": {finding: counts[finding] for finding in FINDINGS},
        "ignored": ignored,
        "failing": failing,
        "message": describe_counts(counts, ignored),
    }


def without_in_sync(report: Report) -> Report:
    """Return the report without links and without findings in sync; the counts stay as they are."""
    return {
        **report,
        "sandboxes": [
            {**one, "links": [], "findings": [found for found in one["findings"] if found["finding"] != "in_sync"]}
            for one in report["sandboxes"]
        ],
    }


def as_json(report: Report) -> str:
    """Return the report as JSON."""
    return dump_json(report)


def as_html(report: Report, page: str) -> str:
    """Return the report in a page that has the marker C(__REPORT__) in place of the data.

    No text in the data can end the element that it stands in.
    """
    data = json.dumps(report)
    for character in "<>&\u2028\u2029":
        data = data.replace(character, f"\\u{ord(character):04x}")
    before, marker, after = page.partition("__REPORT__")
    if not marker:
        raise ValueError("the page has no marker __REPORT__ for the data")
    return before + data + after


def as_junit(report: Report) -> str:
    """Return the report as JUnit XML: a suite for each sandbox, and a case for each definition and other failure."""
    root = ET.Element("testsuites", name=FORMAT)
    for one in report["sandboxes"]:
        suite = ET.SubElement(root, "testsuite", name=xml_text(one["host"]), time=f"{one['seconds']:.3f}")
        if one["audited_at"]:
            suite.set("timestamp", one["audited_at"].removesuffix("Z"))
        cases = list(_cases(one["findings"]))
        failure = one["failure"]
        if failure:
            case = ET.SubElement(suite, "testcase", classname=xml_text(one["host"]), name="audit")
            ET.SubElement(case, "error", type=failure["cause"], message=xml_text(failure["message"]))
        for name, found in cases:
            _add_case(ET.SubElement(suite, "testcase", classname=xml_text(one["host"]), name=xml_text(name)), found)
        for kind, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            suite.set(kind, str(len(suite.findall(f"testcase/{tag}"))))
        suite.set("tests", str(len(suite.findall("testcase"))))
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _cases(findings: Iterable[FindingResult]) -> Iterator[tuple[str, list[FindingResult]]]:
    """Yield the findings of each definition together, and each other one that fails, with a name."""
    groups: list[list[FindingResult]] = []
    by_id: dict[tuple[str, str | None], list[FindingResult]] = {}
    others: list[FindingResult] = []
    for found in findings:
        if found["finding"] in OF_DEFINITION:
            groups.append([found])
            if found["id"]:
                by_id[found["kind"], found["id"]] = groups[-1]
        else:
            others.append(found)
    for found in others:
        same = by_id.get((found["kind"], found["id"]))
        if same:
            same.append(found)
        elif found["fails"] or found["ignored"]:
            groups.append([found])
    for group in groups:
        first = group[0]
        yield f"{first['kind']} {first['name'] or first['id'] or first['src'] or ''}".strip(), group


def _add_case(case: ET.Element, group: list[FindingResult]) -> None:
    failing = [found for found in group if found["fails"]]
    ignored = [found["ignored"] for found in group if found["ignored"]]
    text = "\n".join(line for found in group for line in _lines(found))
    if failing:
        message = " ".join(found["message"] for found in failing)
        ET.SubElement(case, "failure", type=failing[0]["finding"], message=xml_text(message)).text = xml_text(text)
    elif ignored:
        ET.SubElement(case, "skipped", message=xml_text(ignored[0]["reason"])).text = xml_text(text)
    elif any(found["finding"] != "in_sync" for found in group):
        ET.SubElement(case, "system-out").text = xml_text(text)


def _lines(found: FindingResult) -> Iterator[str]:
    yield f"{found['finding']}: {found['message']}"
    for change in found["changes"]:
        yield f"  {change['path']}: live {_short(change['before'])}, defined {_short(change['after'])}"
    for spec_id in found["connection_spec_ids"]:
        yield f"  {spec_id}"


def _short(value: JSON) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def as_markdown(report: Report) -> str:
    """Return the report as Markdown: the failing findings, then all others except those in sync."""
    return "\n".join(_markdown(report)) + "\n"


def _markdown(report: Report) -> Iterator[str]:
    summary = report["summary"]
    yield f"# {markdown_text(report['title'] or 'Audit of flow specs and connection specs')}"
    yield ""
    verdict = {
        "clean": "Everything is as defined.",
        "findings": f"**{summary['failing']} findings that fail the audit.**",
        "incomplete": f"**{summary['not_audited']} of {summary['sandboxes']} sandboxes could not be audited.**"
        + (f" **{summary['failing']} findings fail the audit.**" if summary["failing"] else ""),
    }
    yield f"{verdict[summary['result']]} {summary['message']}. {report['generated_at']}"
    yield ""
    shown = [finding for finding in FINDINGS if summary["counts"][finding] or finding in ("missing", "drifted")]
    yield f"| Sandbox | Result | {' | '.join(shown)} | ignored |"
    yield f"| --- | --- |{' ---: |' * (len(shown) + 1)}"
    for one in report["sandboxes"]:
        numbers = " | ".join(str(one["counts"].get(finding, 0)) for finding in shown)
        yield f"| {markdown_text(one['host'])} | {one['result'].replace('_', ' ')} | {numbers} | {one['ignored']} |"
    for one in report["sandboxes"]:
        yield from _markdown_of(one)


def _markdown_of(one: AuditResult) -> Iterator[str]:
    findings = [found for found in one["findings"] if found["finding"] != "in_sync"]
    failure = one["failure"]
    if not findings and not failure:
        return
    yield ""
    yield f"## {markdown_text(one['host'])}"
    yield ""
    if failure:
        yield f"**Not audited ({failure['cause']}), which says nothing about drift.**"
        yield markdown_text(failure["message"])
    for found in findings:
        name = markdown_text(found["name"] or found["id"] or found["src"] or "")
        ignored = f" Ignored: {markdown_text(found['ignored']['reason'])}" if found["ignored"] else ""
        mark = f"**{found['finding']}**" if found["fails"] else found["finding"]
        where = f" ({markdown_text(found['src'])})" if found["src"] else ""
        yield f"- {mark} {found['kind'].replace('_', ' ')} {name}{where}: {markdown_text(found['message'])}{ignored}"
        for change in found["changes"]:
            live, defined = markdown_text(_short(change["before"])), markdown_text(_short(change["after"]))
            yield f"  - {markdown_text(change['path'])}: live {live}, defined {defined}"
        for spec_id in found["connection_spec_ids"]:
            yield f"  - {markdown_text(spec_id)}"
