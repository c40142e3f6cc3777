# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Mapping, Sequence

from ansible.errors import AnsibleFilterError

from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.audit_result import Report
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.finding_classes import describe_counts
from ansible_collections.aep.flow_service.plugins.plugin_utils import _audit_report as reports
from ansible_collections.aep.flow_service.plugins.plugin_utils._plain import plain
from ansible_collections.aep.flow_service.plugins.plugin_utils._remediation import sources_to_link

_FORMATS: dict[str, Callable[[Report], str]] = {
    "json": reports.as_json,
    "junit": reports.as_junit,
    "markdown": reports.as_markdown,
}


def audit_merge(
    audits: JSON, title: str | None = None, expected: Sequence[str] = (), with_in_sync: bool = True
) -> Report:
    """Merge audits into one report; a mapping has the result of a task for each host."""
    audits = plain(audits)
    if isinstance(audits, Mapping):
        audits = [_audit_of(host, result) for host, result in audits.items()]
    if not isinstance(audits, list):
        raise AnsibleFilterError(
            "Could not merge audits: the input is neither a list nor a mapping."
            " Next step: pass a list of audits and reports, or a mapping of results by host."
        )
    try:
        # A workflow passes a report as JSON: AWX writes variables such that Ansible reads a time as a date.
        audits = [json.loads(audit) if isinstance(audit, str) else audit for audit in audits]
        report = reports.merged(audits, datetime.datetime.now(datetime.UTC), plain(title), plain(expected))
        return report if with_in_sync else reports.without_in_sync(report)
    except (ValueError, KeyError) as error:
        raise AnsibleFilterError(
            f"Could not merge audits: {error}. Next step: pass what audit_info returns as audit, or whole reports."
        ) from error


def _audit_of(host: str, result: JSON) -> JSON:
    if isinstance(result, Mapping) and isinstance(result.get("audit"), Mapping):
        return {**result["audit"], "host": host}
    return reports.not_audited(host, result)


def audit_report(report: JSON, form: str = "json", page: str | None = None) -> str:
    """Return a report as text of the given format."""
    try:
        if form == "html":
            return reports.as_html(plain(report), plain(page) or "")
        if form in _FORMATS:
            return _FORMATS[form](plain(report))
    except (ValueError, KeyError, TypeError) as error:
        raise AnsibleFilterError(
            f"Could not write the report: {error!r}. Next step: pass a report that audit_merge returned."
        ) from error
    raise AnsibleFilterError(
        f"Could not write the report: there is no format {form!r}. Next step: use {', '.join([*_FORMATS, 'html'])}."
    )


def audit_brief(report: JSON) -> Report:
    """Return a report without the specs that are in sync."""
    return reports.without_in_sync(plain(report))


def audit_sentence(counts: JSON, ignored: int = 0) -> str:
    """Return a summary of an audit."""
    return describe_counts(plain(counts), ignored)


def remediation_sources(definitions: JSON, results: JSON, findings: JSON, folder: str) -> JSON:
    """Return the definitions of sources whose links were approved."""
    try:
        return sources_to_link(plain(definitions), plain(results), plain(findings), str(folder))
    except ValueError as error:
        raise AnsibleFilterError(
            f"Could not select the sources to link: {error}. Next step: define the source by src, or add its ID."
        ) from error


class FilterModule:
    """Filters for what the role C(audit) finds."""

    def filters(self) -> dict[str, Callable[..., JSON]]:
        """Return the filters by name."""
        return {
            "audit_merge": audit_merge,
            "audit_report": audit_report,
            "audit_brief": audit_brief,
            "audit_sentence": audit_sentence,
            "remediation_sources": remediation_sources,
        }
