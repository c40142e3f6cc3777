# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""The report of a verification, and the report as JSON, JUnit XML, Markdown, and HTML. Pure functions.

A report is what ``roles/verify/files/report.schema.json`` describes.
"""

from __future__ import annotations

import collections
import datetime
import html
import json
import typing as t
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator, Mapping

from ansible_collections.aep.flow_service.plugins.module_utils._json.text import dump_json, enumerated
from ansible_collections.aep.flow_service.plugins.plugin_utils._report_text import (
    markdown_text,
    xml_text,
)
from ansible_collections.aep.flow_service.plugins.plugin_utils._verification import STEPS, judge
from ansible_collections.aep.flow_service.plugins.plugin_utils._verification_facts import (
    JSON,
    Verification,
    created_objects,
    removed_objects,
    value_at,
)
from ansible_collections.aep.flow_service.plugins.plugin_utils._verification_judgment import (
    FAILED,
    NOT_TRIED,
    PASSED,
)

Report = dict[str, JSON]

FORMAT: t.Final = "aep.flow_service.verification"
FORMAT_VERSION: t.Final = "1.0"
_WORDS: t.Final = {PASSED: "passed", FAILED: "failed", NOT_TRIED: "not tried"}
_HEADLINES: t.Final = {
    PASSED: "Verification passed",
    FAILED: "Verification failed",
    "incomplete": "Verification incomplete",
}


def make_report(
    verification: Verification, host: str, started_at: float, now: datetime.datetime, title: str = ""
) -> Report:
    """Return the report of a verification as far as it has come."""
    spec, flow_spec = verification.connection_spec, verification.flow_spec
    steps = [_step(number, name, verification) for number, name in enumerate(STEPS, start=1)]
    label = str(spec.get("name") or spec.get("id") or verification.wanted.connection_spec)
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "generator": "aep.flow_service",
        "generated_at": now.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "title": title or f"Verification of the source {label}",
        "host": host,
        "sandbox_name": _sandbox(verification),
        "source": {
            "name": label,
            "connection_spec_id": spec.get("id"),
            "type": spec.get("type"),
            "flow_spec_id": flow_spec.get("id"),
            "flow_spec_name": flow_spec.get("name"),
            "is_streaming": verification.is_streaming,
        },
        "check_mode": verification.wanted.is_check_mode,
        "seconds": round(max(0.0, now.timestamp() - started_at), 1),
        "requests": sum(_requests(result) for result in verification.results.values()),
        "summary": _summary(label, steps),
        "steps": steps,
        "removed_before": removed_objects(verification, "earlier"),
        "remaining": _remaining(verification),
    }


def _step(number: int, name: str, verification: Verification) -> Report:
    judgment = judge(name, verification)
    has_account = verification.auth_specs and not verification.is_streaming
    title = STEPS[name].title if has_account else STEPS[name].title_without_account or STEPS[name].title
    results = [verification.results[task] for task in STEPS[name].tasks if task in verification.results]
    request_ids = [one for result in results for one in value_at(result, "api", "request_ids") or []]
    return {
        "number": number,
        "step": name,
        "title": title,
        "verdict": judgment.verdict,
        "reason": judgment.reason,
        "next_step": judgment.next_step if judgment.verdict == FAILED else None,
        "evidence": {name: value for name, value in judgment.evidence.items() if value is not None},
        "request_ids": list(dict.fromkeys(request_ids)),
    }


def _requests(result: Mapping[str, JSON]) -> int:
    count = value_at(result, "api", "requests")
    # The record is sent by a module of another collection, with one request.
    return count if isinstance(count, int) else int("api" not in result and "url" in result)


def _sandbox(verification: Verification) -> str | None:
    dataflow, connection = verification.result("dataflow"), verification.result("connection")
    name = value_at(dataflow, "dataflow", "flow", "sandboxName") or value_at(connection, "connection", "sandboxName")
    return str(name) if name else None


def _remaining(so_far: Verification) -> list[dict[str, str]]:
    """Return what the verification leaves behind, with the reason."""
    removed = [one["id"] for one in removed_objects(so_far, "removed")]
    is_removed = judge("removal", so_far).verdict == PASSED
    why = "It could not be removed." if so_far.wanted.is_removed else "verify_cleanup is false."
    left = [{**one, "reason": why} for one in created_objects(so_far) if not is_removed and one["id"] not in removed]
    mapping = so_far.success("mapping") or {}
    if mapping.get("id"):
        reason = "The service cannot delete mapping sets. The next verification uses it again."
        left.append({"kind": "mapping set", "id": str(mapping["id"]), "reason": reason})
    written = judge("run", so_far).evidence.get("records_written")
    if isinstance(written, int) and written > 0:
        count = f"{written} {'record' if written == 1 else 'records'}"
        reason = f"The dataset keeps the {count} of the run."
        left.append({"kind": "dataset", "id": so_far.wanted.dataset_id, "reason": reason})
    return left


def _summary(label: str, steps: Iterable[Report]) -> Report:
    steps = list(steps)
    counts = collections.Counter(step["verdict"] for step in steps)
    failed = [step for step in steps if step["verdict"] == FAILED]
    has_run = next(step["verdict"] for step in steps if step["step"] == "run") == PASSED
    result = FAILED if failed else PASSED if has_run else "incomplete"
    told = enumerated([f"{counts[verdict]} {word}" for verdict, word in _WORDS.items() if counts[verdict]])
    if failed:
        reasons = " ".join(f"Step {step['number']} ({step['step']}): {step['reason']}" for step in failed)
        message = f"Could not verify source {label!r}: {len(failed)} of {len(steps)} steps failed. {reasons}"
    elif has_run:
        message = f"Verified source {label!r}: {told}."
    else:
        message = f"Could not verify source {label!r} completely: {told}. No step failed, and no run proved the source."
    return {
        "result": result,
        **{verdict: counts[verdict] for verdict in _WORDS},
        "message": message,
        "next_step": " ".join(dict.fromkeys(step["next_step"] for step in failed)) or None,
    }


def as_lines(report: Report) -> list[str]:
    """Return the verdicts as lines, and a last line with their number."""
    lines = []
    for step in report["steps"]:
        reason = f": {step['reason']}" if step["reason"] else ""
        lines.append(f"{step['number']:2}. {step['title']}: {_WORDS[step['verdict']]}{reason}")
    return [*lines, f"{_HEADLINES[report['summary']['result']]}: {_counts(report)}."]


def as_json(report: Report) -> str:
    """Return the report as JSON."""
    return dump_json(report)


def as_junit(report: Report) -> str:
    """Return the report as JUnit XML, with a test case for each step."""
    summary = report["summary"]
    counts = {"tests": len(report["steps"]), "failures": summary[FAILED], "errors": 0, "skipped": summary[NOT_TRIED]}
    root = ET.Element("testsuites", name=FORMAT)
    suite = ET.SubElement(root, "testsuite", name=xml_text(report["title"]), time=f"{report['seconds']:.1f}")
    suite.set("timestamp", report["generated_at"].removesuffix("Z"))
    for attribute, count in counts.items():
        suite.set(attribute, str(count))
    for step in report["steps"]:
        name = f"{step['number']:02} {step['step']}: {step['title']}"
        case = ET.SubElement(suite, "testcase", classname=xml_text(report["source"]["name"]), name=xml_text(name))
        if step["verdict"] == FAILED:
            failure = ET.SubElement(case, "failure", type=step["step"], message=xml_text(step["reason"]))
            failure.text = xml_text(f"{step['reason']} Next step: {step['next_step']}")
        elif step["verdict"] == NOT_TRIED:
            ET.SubElement(case, "skipped", message=xml_text(step["reason"]))
        if step["evidence"]:
            ET.SubElement(case, "system-out").text = xml_text("\n".join(_evidence_lines(step)))
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _evidence(step: Report) -> Iterator[tuple[str, str]]:
    """Yield the evidence of a step as names and values for people."""
    for name, value in step["evidence"].items():
        words = ["ID" if word == "id" else "IDs" if word == "ids" else word for word in name.split("_")]
        yield " ".join(words), _text(value)


def _evidence_lines(step: Report) -> Iterator[str]:
    for name, value in _evidence(step):
        yield f"{name}: {value}"


def _text(value: JSON) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else json.dumps(value)


def _facts(report: Report) -> Iterator[tuple[str, str]]:
    """Yield what a reader needs to know of a report, as names and values."""
    source = report["source"]
    spec_id = source["connection_spec_id"]
    yield "Connection spec", f"{source['name']} ({spec_id})" if spec_id else source["name"]
    if source["flow_spec_id"]:
        yield "Flow spec", f"{source['flow_spec_name']} ({source['flow_spec_id']})"
    yield "Kind", "streaming" if source["is_streaming"] else "batch"
    if report["sandbox_name"]:
        yield "Sandbox", report["sandbox_name"]
    if report["check_mode"]:
        yield "Mode", "check mode: only steps that read are judged"
    yield "Time", f"{report['generated_at']}, after {report['seconds']:g} s and {report['requests']} requests"


def _counts(report: Report) -> str:
    summary = report["summary"]
    return enumerated([f"{summary[verdict]} {word}" for verdict, word in _WORDS.items() if summary[verdict]])


def as_markdown(report: Report) -> str:
    """Return the report as Markdown."""
    return "\n".join(_markdown(report)) + "\n"


def _markdown(report: Report) -> Iterator[str]:
    yield f"# {markdown_text(report['title'])}"
    yield ""
    yield f"**{_HEADLINES[report['summary']['result']]}:** {_counts(report)}."
    yield ""
    for name, value in _facts(report):
        yield f"- {name}: {markdown_text(value)}"
    yield ""
    yield "| Step | Verdict | Evidence |"
    yield "| --- | --- | --- |"
    for step in report["steps"]:
        verdict = _WORDS[step["verdict"]]
        mark = f"**{verdict}**" if step["verdict"] == FAILED else verdict
        told = [step["reason"] or "", "; ".join(_evidence_lines(step))]
        evidence = "<br>".join(markdown_text(text) for text in told if text)
        yield f"| {step['number']}. {markdown_text(step['title'])} | {mark} | {evidence} |"
    failed = [step for step in report["steps"] if step["verdict"] == FAILED]
    if failed:
        yield ""
        yield "## Next steps"
        yield ""
        for step in failed:
            yield f"- Step {step['number']}: {markdown_text(step['next_step'])}"
    for heading, objects in _objects(report):
        yield ""
        yield f"## {heading}"
        yield ""
        for text in objects:
            yield f"- {markdown_text(text)}"


def _objects(report: Report) -> Iterator[tuple[str, list[str]]]:
    """Yield the lists of objects that a report ends with."""
    removed, remaining = report["removed_before"], report["remaining"]
    if removed:
        yield (
            "Removed at the beginning, from an earlier verification",
            [f"{one['kind']} {one['id']}" for one in removed],
        )
    if remaining:
        yield "Remaining", [f"{one['kind']} {one['id']}: {one['reason']}" for one in remaining]


def as_html(report: Report, page: str) -> str:
    """Return the report in a page, which has the markers ``__TITLE__`` and ``__REPORT__`` for title and content."""
    before, marker, after = page.partition("__REPORT__")
    if not marker:
        raise ValueError("the page has no marker __REPORT__ for the report")
    return before.replace("__TITLE__", _h(report["title"])) + "\n".join(_html(report)) + after


def _h(text: JSON) -> str:
    """Return a text that means nothing to HTML."""
    return html.escape(xml_text(text))


def _html(report: Report) -> Iterator[str]:
    summary = report["summary"]
    yield f'<header class="{summary["result"]}">'
    yield f'<p class="title">{_h(report["title"])}</p>'
    yield f"<h1>{_HEADLINES[summary['result']]}</h1>"
    yield f'<p class="counts">{_h(_counts(report))}</p>'
    yield "<dl>"
    for name, value in _facts(report):
        yield f"<div><dt>{name}</dt><dd>{_h(value)}</dd></div>"
    yield "</dl></header>"
    yield '<main><ol class="steps">'
    for step in report["steps"]:
        yield from _html_step(step)
    yield "</ol>"
    for heading, objects in _objects(report):
        yield f"<section><h2>{heading}</h2><ul>"
        yield from (f"<li>{_h(text)}</li>" for text in objects)
        yield "</ul></section>"
    yield "</main>"


def _html_step(step: Report) -> Iterator[str]:
    yield f'<li class="{step["verdict"]}" id="{step["step"]}">'
    yield f'<h2><bdi>{_h(step["title"])}</bdi> <span class="verdict">{_WORDS[step["verdict"]]}</span></h2>'
    if step["reason"]:
        yield f'<p class="reason">{_h(step["reason"])}</p>'
    if step["next_step"]:
        yield f'<p class="next"><strong>Next step:</strong> {_h(step["next_step"])}</p>'
    if step["evidence"]:
        yield "<dl>"
        for name, value in _evidence(step):
            yield f"<div><dt>{_h(name)}</dt><dd>{_h(value)}</dd></div>"
        yield "</dl>"
    if step["request_ids"]:
        count = len(step["request_ids"])
        yield f"<details><summary>{count} request {'ID' if count == 1 else 'IDs'}</summary>"
        yield f'<p class="ids">{_h(", ".join(step["request_ids"]))}</p></details>'
    yield "</li>"
