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

from ansible_collections.aep.flow_service.plugins.module_utils._engine.collection import LiveSpec, Service
from ansible_collections.aep.flow_service.plugins.module_utils._engine.definition import Definition, Entry
from ansible_collections.aep.flow_service.plugins.module_utils._engine.listing import Listing
from ansible_collections.aep.flow_service.plugins.module_utils._engine.match import Identity
from ansible_collections.aep.flow_service.plugins.module_utils._errors import (
    AmbiguousNameError,
    FlowServiceError,
    InputError,
)
from ansible_collections.aep.flow_service.plugins.module_utils._http.transport import NoAnswerError, ServiceError
from ansible_collections.aep.flow_service.plugins.module_utils._json.compare import Change
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.identifiers import id_key
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import (
    CONNECTION_SPEC,
    FLOW_SPEC,
    SOURCES,
    TARGETS,
    Kind,
    Spec,
)
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.audit_result import (
    AuditResult,
    FailureResult,
    FindingResult,
    LinksResult,
)
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.finding_classes import ALWAYS_FAILING, FINDINGS
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.rules import Rule

# How the type of a connection spec begins that is a source of the Sources SDK.
_SOURCE_TYPES: t.Final = ("generic-rest", "generic-streaming")


@dataclasses.dataclass(frozen=True)
class AuditTask:
    """What to audit, and by which rules."""

    label: str
    entries: Sequence[tuple[Kind, Sequence[Entry]]]
    rules: Sequence[Rule]
    fail_on: Collection[str]

    @property
    def warnings(self) -> list[str]:
        """Where definitions may not say what their authors meant."""
        return [warning for _kind, entries in self.entries for entry in entries for warning in entry.warnings]


@dataclasses.dataclass(frozen=True)
class _Finding:
    """One thing that was found, of one spec or of none."""

    finding: str
    kind: str
    name: str | None
    message: str
    id: str | None = None
    provider_id: str | None = None
    src: str | None = None
    changes: Sequence[Change] = ()
    connection_spec_ids: Sequence[str] = ()
    ignored: Rule | None = None
    ignored_changes: Sequence[Change] = ()

    def as_result(self, fail_on: Collection[str]) -> FindingResult:
        """The finding as the report has it."""
        fails = self.ignored is None and (self.finding in ALWAYS_FAILING or self.finding in fail_on)
        return {
            "finding": self.finding,
            "kind": self.kind,
            "name": self.name,
            "id": self.id,
            "provider_id": self.provider_id,
            "src": self.src,
            "message": self.message,
            "fails": fails,
            "changes": [change.as_result() for change in self.changes],
            "connection_spec_ids": list(self.connection_spec_ids),
            "ignored": self.ignored.as_result() if self.ignored else None,
            "ignored_changes": [change.as_result() for change in self.ignored_changes],
        }


def audit(service: Service, task: AuditTask) -> AuditResult:
    """What was found in a sandbox, as a report has it.

    Raises FlowServiceError where the sandbox cannot be audited, with the fact ``audit``, which says so in a report.
    """
    started, now = time.monotonic(), datetime.datetime.now(datetime.UTC)
    try:
        findings, links = _look(service, task, now.date())
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
    findings: Sequence[_Finding] = (),
    links: Sequence[LinksResult] = (),
    failure: FlowServiceError | None = None,
) -> AuditResult:
    connection = service.connection
    results = [finding.as_result(task.fail_on) for finding in findings]
    counts = collections.Counter(result["finding"] for result in results if result["ignored"] is None)
    failing = sum(result["fails"] for result in results)
    return {
        "host": task.label,
        "org_id": connection.org_id,
        "sandbox_name": connection.sandbox_name,
        "base_url": connection.base_url,
        "audited_at": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "seconds": round(time.monotonic() - started, 3),
        "result": "not_audited" if failure else "findings" if failing else "clean",
        "failure": _failure(failure) if failure else None,
        "fail_on": sorted(task.fail_on),
        "counts": {finding: counts[finding] for finding in FINDINGS},
        "ignored": sum(result["ignored"] is not None for result in results),
        "failing": failing,
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


def _look(service: Service, task: AuditTask, today: datetime.date) -> tuple[list[_Finding], list[LinksResult]]:
    links = _Links()
    found: list[_Finding] = []
    for kind, entries in task.entries:
        found += _compare(service, kind, entries, links)
    found += links.findings()
    valid = [rule for rule in task.rules if not rule.is_expired(today)]
    found = [_with_rules(finding, valid) for finding in found]
    found += map(_expired, (rule for rule in task.rules if rule.is_expired(today)))
    found.sort(key=lambda one: (FINDINGS.index(one.finding), one.kind, one.name or "", one.id or ""))
    return found, links.as_result()


def _compare(service: Service, kind: Kind, entries: Sequence[Entry], links: _Links) -> Iterator[_Finding]:
    """What is found by setting the live specs of a kind against its definitions."""
    usable = [entry.definition for entry in entries if isinstance(entry.definition, Definition)]
    listing = Listing(service.collection(kind), usable, links.observer(kind))
    taken: dict[str, Entry] = {}
    for entry in entries:
        definition = entry.definition
        if isinstance(definition, InputError):
            yield _Finding("invalid", kind.result_key, None, definition.message, src=entry.src)
            continue
        provider_id = definition.provider_id
        try:
            match = listing.find(definition)
        except AmbiguousNameError as error:
            yield _Finding(
                "invalid", kind.result_key, definition.name, error.message, definition.id, provider_id, entry.src
            )
            continue
        if match is None:
            message = f"It is defined, and no live {kind.noun} is meant by the definition."
            yield _Finding("missing", kind.result_key, definition.name, message, definition.id, provider_id, entry.src)
            continue
        identity, changes = match.identity, match.changes
        provider_id = identity.provider_id
        if identity.id in taken:
            message = f"Two definitions are for it: {taken[identity.id].origin} and {entry.origin}."
            yield _Finding("invalid", kind.result_key, definition.name, message, definition.id, provider_id, entry.src)
            continue
        links.manage(kind, identity.id)
        taken[identity.id] = entry
        if not changes:
            message = "It is as defined."
            yield _of(identity, "in_sync", kind, message, src=entry.src)
        else:
            message = f"It differs from its definition in {_count(len(changes), 'place')}."
            yield _of(identity, "drifted", kind, message, src=entry.src, changes=changes)
    for identity in listing.unmanaged():
        message = "It is live, and no definition is for it."
        yield _of(identity, "unmanaged", kind, message)


def _of(
    identity: Identity,
    finding: str,
    kind: Kind,
    message: str,
    ids: Sequence[str] = (),
    *,
    src: str | None = None,
    changes: Sequence[Change] = (),
) -> _Finding:
    provider_id = identity.provider_id
    return _Finding(finding, kind.result_key, identity.name, message, identity.id, provider_id, src, changes, ids)


class _Links:
    """Which flow specs support which connection specs, gathered from what is listed of both."""

    def __init__(self) -> None:
        self._flow_specs: list[tuple[Identity, list[str], list[str]]] = []
        self._connection_specs: dict[str, Identity] = {}
        self._sources: set[str] = set()
        self._may_be_sources: set[str] = set()
        self._managed: set[str] = set()

    def observer(self, kind: Kind) -> t.Callable[[LiveSpec], None]:
        """What is to see every live spec of a kind."""
        return self._see_flow_spec if kind is FLOW_SPEC else self._see_connection_spec

    def manage(self, kind: Kind, spec_id: str) -> None:
        """Take it that a definition is for this spec."""
        if kind is CONNECTION_SPEC:
            self._managed.add(id_key(spec_id))

    def _see_flow_spec(self, live: LiveSpec) -> None:
        self._flow_specs.append((Identity.of_spec(live.spec), _ids(live.spec, SOURCES), _ids(live.spec, TARGETS)))

    def _see_connection_spec(self, live: LiveSpec) -> None:
        key = id_key(live.id)
        self._connection_specs[key] = Identity.of_spec(live.spec)
        says = _says_source(live.spec)
        if says:
            self._sources.add(key)
        elif says is None:
            self._may_be_sources.add(key)

    def findings(self) -> Iterator[_Finding]:
        """Links that lead nowhere, and sources that nothing leads to."""
        supported, targets = set[str](), set[str]()
        for identity, sources, targeted in self._flow_specs:
            supported.update(map(id_key, sources))
            targets.update(map(id_key, targeted))
            dangling = [one for one in dict.fromkeys(sources) if id_key(one) not in self._connection_specs]
            if dangling:
                message = f"It supports {_count(len(dangling), 'id')} that no connection spec has."
                yield _of(identity, "dangling", FLOW_SPEC, message, dangling)
        # What does not say whether it is a source is one if it is managed here and is nobody's target.
        sources_here = self._sources | (self._may_be_sources & self._managed - targets)
        for key, identity in self._connection_specs.items():
            if key in sources_here and key not in supported:
                message = "It is a source, and no flow spec supports it: no dataflow can be made for it."
                yield _of(identity, "unlinked", CONNECTION_SPEC, message)

    def as_result(self) -> list[LinksResult]:
        """Each flow spec that supports sources, with their names, as a report has it."""
        names = {key: identity.name for key, identity in self._connection_specs.items()}
        return [
            {
                "id": identity.id,
                "name": identity.name,
                "sources": [{"id": one, "name": names.get(id_key(one))} for one in dict.fromkeys(sources)],
            }
            for identity, sources, _targets in sorted(self._flow_specs, key=lambda one: (one[0].name or "", one[0].id))
            if sources
        ]


def _ids(spec: Spec, field: str) -> list[str]:
    value = spec.get(field)
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _says_source(spec: Spec) -> bool | None:
    """Whether a connection spec says that it is a source; None where it leaves that open."""
    attributes = spec.get("attributes")
    said = attributes.get("isSource") if isinstance(attributes, dict) else None
    if isinstance(said, bool):
        return said
    return True if str(spec.get("type") or "").startswith(_SOURCE_TYPES) or spec.get("sourceSpec") else None


def _with_rules(finding: _Finding, rules: Sequence[Rule]) -> _Finding:
    """The finding, let pass in whole or in part where rules say so."""
    fitting = [rule for rule in rules if rule.is_for(finding.finding, finding.kind, finding.name, finding.id)]
    whole = next((rule for rule in fitting if not rule.paths), None)
    if whole:
        return dataclasses.replace(finding, ignored=whole)
    covered: list[Change] = []
    left: list[Change] = []
    for change in finding.changes:
        (covered if any(rule.covers(change.path) for rule in fitting) else left).append(change)
    if not covered:
        return finding
    if not left:
        rule = next(rule for rule in fitting if rule.covers(covered[0].path))
        return dataclasses.replace(finding, ignored=rule)
    message = f"It differs from its definition in {_count(len(left), 'place')}, and in {len(covered)} more, ignored."
    return dataclasses.replace(finding, changes=left, ignored_changes=covered, message=message)


def _expired(rule: Rule) -> _Finding:
    message = f"The rule to ignore it expired on {rule.expires}. Its reason was: {rule.reason}"
    return _Finding("expired_rule", "rule", rule.spec, message)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
