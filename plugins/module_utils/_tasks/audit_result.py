# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""The shape of an audit, and of the report that many audits are merged into."""

from __future__ import annotations

import typing as t

from ansible_collections.aep.flow_service.plugins.module_utils._json.compare import ChangeResult
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON


class IgnoredResult(t.TypedDict):
    """The rule by which a finding does not count."""

    reason: str
    expires: str | None


class FindingResult(t.TypedDict):
    """A finding as the report has it."""

    finding: str
    kind: str
    name: str | None
    id: str | None
    provider_id: str | None
    src: str | None
    message: str
    fails: bool
    digest: str | None
    changes: list[ChangeResult]
    connection_spec_ids: list[str]
    ignored: IgnoredResult | None
    ignored_changes: list[ChangeResult]


class FailureResult(t.TypedDict):
    """Why a sandbox could not be audited."""

    cause: t.Literal["unreachable", "refused", "input", "other"]
    message: str
    request_id: JSON


class SourceResult(t.TypedDict):
    """A connection spec that a flow spec supports."""

    id: str
    name: str | None


class LinksResult(t.TypedDict):
    """A flow spec that supports sources, as the report has it."""

    id: str
    name: str | None
    sources: list[SourceResult]


class AuditResult(t.TypedDict):
    """What was found in a sandbox, as a report has it."""

    host: str
    org_id: str | None
    sandbox_name: str | None
    base_url: str | None
    audited_at: str | None
    seconds: float
    result: t.Literal["not_audited", "findings", "clean"]
    failure: FailureResult | None
    fail_on: list[str]
    counts: dict[str, int]
    ignored: int
    failing: int
    message: str
    findings: list[FindingResult]
    links: list[LinksResult]


class Summary(t.TypedDict):
    """What all audits of a report found."""

    result: t.Literal["incomplete", "findings", "clean"]
    sandboxes: int
    not_audited: int
    specs: int
    counts: dict[str, int]
    ignored: int
    failing: int
    message: str


class Report(t.TypedDict):
    """One report of many audits."""

    format: str
    format_version: str
    generated_at: str
    generator: str
    title: str | None
    fail_on: list[str]
    summary: Summary
    sandboxes: list[AuditResult]
