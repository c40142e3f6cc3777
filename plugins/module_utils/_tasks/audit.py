# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Audit a sandbox: set its live specs against definitions, and its links against its specs. Nothing here writes."""

from __future__ import annotations

import collections
import dataclasses
import datetime
import time
import typing as t
from collections.abc import Collection, Iterator, Sequence

from ansible_collections.aep.flow_service.plugins.module_utils._engine.approval import digest_of
from ansible_collections.aep.flow_service.plugins.module_utils._engine.collection import Service
from ansible_collections.aep.flow_service.plugins.module_utils._engine.definition import Definition, Entry
from ansible_collections.aep.flow_service.plugins.module_utils._engine.listing import Listing
from ansible_collections.aep.flow_service.plugins.module_utils._engine.snapshot import Snapshot
from ansible_collections.aep.flow_service.plugins.module_utils._errors import (
    AmbiguousNameError,
    FlowServiceError,
    InputError,
)
from ansible_collections.aep.flow_service.plugins.module_utils._http.transport import NoAnswerError, ServiceError
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import Kind
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.audit_dataflows import DataflowAudit
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.audit_findings import (
    Finding,
    count,
    expired,
    finding_of,
    flawed,
    with_rules,
)
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.audit_health import LISTED, Listed, find_health
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.audit_links import Links
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.audit_result import (
    AuditResult,
    FailureResult,
    LinksResult,
)
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.dataflow_definitions import DataflowEntry
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.finding_classes import FINDINGS, describe_counts
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.mistakes import find_mistakes
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.rules import Rule


@dataclasses.dataclass(frozen=True)
class AuditTask:
    """What to audit, and by which rules."""

    label: str
    entries: Sequence[tuple[Kind, Sequence[Entry]]]
    rules: Sequence[Rule]
    fail_on: Collection[str]
    has_checks: bool = False
    """Whether the checks of definitions are run as well."""
    has_dataflows: bool = False
    """Whether the health of the dataflows is audited as well."""
    dataflow_entries: Sequence[DataflowEntry] = ()

    @property
    def warnings(self) -> list[str]:
        """Where definitions may not say what their authors meant."""
        return [warning for _kind, entries in self.entries for entry in entries for warning in entry.warnings]


def audit(service: Service, task: AuditTask) -> AuditResult:
    """Return the findings of a sandbox in the form of a report.

    Raises FlowServiceError where the sandbox cannot be audited, with the fact ``audit``, which says so in a report.
    """
    started, now = time.monotonic(), datetime.datetime.now(datetime.UTC)
    try:
        findings, links = _look(service, task, now)
    except FlowServiceError as error:
        error.add(audit=_as_result(service, task, now, started, failure=error))
        raise
    return _as_result(service, task, now, started, findings=findings, links=links)


def _as_result(
    service: Service,
    task: AuditTask,
    now: datetime.datetime,
    started: float,
    *,
    findings: Sequence[Finding] = (),
    links: Sequence[LinksResult] = (),
    failure: FlowServiceError | None = None,
) -> AuditResult:
    settings = service.settings
    results = [finding.as_result(task.fail_on) for finding in findings]
    counts = collections.Counter(result["finding"] for result in results if result["ignored"] is None)
    failing = sum(result["fails"] for result in results)
    ignored = sum(result["ignored"] is not None for result in results)
    return {
        "host": task.label,
        "org_id": settings.org_id,
        "sandbox_name": settings.sandbox_name,
        "base_url": settings.base_url,
        "audited_at": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "seconds": round(time.monotonic() - started, 3),
        "result": "not_audited" if failure else "findings" if failing else "clean",
        "failure": _failure(failure) if failure else None,
        "fail_on": sorted(task.fail_on),
        "counts": {finding: counts[finding] for finding in FINDINGS},
        "ignored": ignored,
        "failing": failing,
        "message": "not audited" if failure else describe_counts(counts, ignored),
        "findings": results,
        "links": list(links),
    }


def _failure(error: FlowServiceError) -> FailureResult:
    cause: t.Literal["refused", "input", "other"] = (
        "refused" if isinstance(error, ServiceError) else "input" if isinstance(error, InputError) else "other"
    )
    return {
        "cause": "unreachable" if isinstance(error, NoAnswerError) else cause,
        "message": error.message,
        "request_id": error.facts.get("request_id"),
    }


def _look(service: Service, task: AuditTask, now: datetime.datetime) -> tuple[list[Finding], list[LinksResult]]:
    links = Links()
    found: list[Finding] = []
    if task.dataflow_entries:
        service = Snapshot(service)
    for kind, entries in task.entries:
        found += _compare(service, kind, entries, links)
        if task.has_checks:
            found += (flawed(kind, *mistake) for mistake in find_mistakes(kind, entries))
    found += links.findings()
    found += _look_at_dataflows(service, task, links, now.timestamp())
    today = now.date()
    valid = [rule for rule in task.rules if not rule.is_expired(today)]
    found = [with_rules(finding, valid) for finding in found]
    found += map(expired, (rule for rule in task.rules if rule.is_expired(today)))
    found.sort(key=lambda one: (FINDINGS.index(one.finding), one.kind, one.name or "", one.id or ""))
    return found, links.as_result()


def _look_at_dataflows(service: Service, task: AuditTask, links: Links, now: float) -> Iterator[Finding]:
    """Yield the findings of dataflows and accounts, from one listing of each kind."""
    if not task.has_dataflows and not task.dataflow_entries:
        return
    listed = Listed.of_kinds({kind: [live.spec for live in service.collection(kind).listing()] for kind in LISTED})
    if task.has_dataflows:
        yield from find_health(listed, links, now)
    if isinstance(service, Snapshot):
        yield from DataflowAudit(service, listed).findings(task.dataflow_entries)


def _compare(service: Service, kind: Kind, entries: Sequence[Entry], links: Links) -> Iterator[Finding]:
    """Yield the findings of the live specs of a kind and their definitions."""
    usable = [entry.definition for entry in entries if isinstance(entry.definition, Definition)]
    listing = Listing(service.collection(kind), usable, links.observer(kind))
    taken: dict[str, Entry] = {}
    for entry in entries:
        definition = entry.definition
        if isinstance(definition, InputError):
            yield Finding("invalid", kind.result_key, None, definition.message, src=entry.src)
            continue
        provider_id = definition.provider_id
        try:
            match = listing.find(definition)
        except AmbiguousNameError as error:
            yield Finding(
                "invalid", kind.result_key, definition.name, error.message, definition.id, provider_id, entry.src
            )
            continue
        if match is None:
            message = f"It is defined, and no live {kind.noun} is meant by the definition."
            yield Finding(
                *("missing", kind.result_key, definition.name, message, definition.id, provider_id, entry.src),
                digest=digest_of(kind, definition.fields),
            )
            continue
        identity, changes = match.identity, match.changes
        provider_id = identity.provider_id
        if identity.id in taken:
            message = f"Two definitions are for it: {taken[identity.id].origin} and {entry.origin}."
            yield Finding("invalid", kind.result_key, definition.name, message, definition.id, provider_id, entry.src)
            continue
        links.manage(kind, identity.id)
        taken[identity.id] = entry
        if not changes:
            message = "It is as defined."
            yield finding_of(identity, "in_sync", kind, message, src=entry.src)
        else:
            message = f"It differs from its definition in {count(len(changes), 'place')}."
            digest = digest_of(kind, match.live.spec) if match.live else None
            yield finding_of(identity, "drifted", kind, message, src=entry.src, changes=changes, digest=digest)
    for identity in listing.unmanaged():
        message = "It is live, and no definition is for it."
        yield finding_of(identity, "unmanaged", kind, message)
