# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""One finding of an audit, and the rules that ignore it in whole or in part."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence

from ansible_collections.aep.flow_service.plugins.module_utils._checks.run import Finding as Mistake
from ansible_collections.aep.flow_service.plugins.module_utils._engine.definition import Definition, Entry
from ansible_collections.aep.flow_service.plugins.module_utils._engine.match import Identity
from ansible_collections.aep.flow_service.plugins.module_utils._json.compare import Change
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import Kind
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.audit_result import FindingResult
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.finding_classes import ALWAYS_FAILING
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.rules import Rule


@dataclasses.dataclass(frozen=True)
class Finding:
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
    digest: str | None = None
    """The digest of the live object that the audit saw, or of the definition of what is missing; None for others."""
    check: str | None = None
    """The check that found a mistake in a definition."""
    ignored: Rule | None = None
    ignored_changes: Sequence[Change] = ()

    def as_result(self, fail_on: Collection[str]) -> FindingResult:
        """Return the finding for the report."""
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
            "digest": self.digest,
            "changes": [change.as_result() for change in self.changes],
            "connection_spec_ids": list(self.connection_spec_ids),
            "ignored": self.ignored.as_result() if self.ignored else None,
            "ignored_changes": [change.as_result() for change in self.ignored_changes],
        }


def finding_of(
    identity: Identity,
    finding: str,
    kind: Kind,
    message: str,
    ids: Sequence[str] = (),
    *,
    src: str | None = None,
    changes: Sequence[Change] = (),
    digest: str | None = None,
) -> Finding:
    """Return a finding of a live spec."""
    provider_id = identity.provider_id
    name, kind_name = identity.name, kind.result_key
    return Finding(finding, kind_name, name, message, identity.id, provider_id, src, changes, ids, digest)


def flawed(kind: Kind, entry: Entry, mistake: Mistake) -> Finding:
    """Return the finding of a mistake in a definition."""
    known = entry.definition if isinstance(entry.definition, Definition) else None
    place = ", ".join(each for each in (mistake.line and f"line {mistake.line}", mistake.path) if each)
    return Finding(
        "flawed",
        kind.result_key,
        known.name if known else None,
        f"{mistake.severity.word.capitalize()} {mistake.check}{place and f' at {place}'}: {mistake.message}",
        known.id if known else None,
        known.provider_id if known else None,
        entry.src,
        check=mistake.check,
    )


def with_rules(finding: Finding, rules: Sequence[Rule]) -> Finding:
    """Return the finding as the rules leave it: as it is, ignored, or ignored in part."""
    fitting = [
        rule
        for rule in rules
        if rule.is_for(finding.finding, finding.kind, finding.name, finding.id) and rule.is_for_check(finding.check)
    ]
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
    message = f"It differs from its definition in {count(len(left), 'place')}, and in {len(covered)} more, ignored."
    return dataclasses.replace(finding, changes=left, ignored_changes=covered, message=message)


def expired(rule: Rule) -> Finding:
    """Return the finding that a rule has expired."""
    message = f"The rule to ignore it expired on {rule.expires}. Its reason was: {rule.reason}"
    return Finding("expired_rule", "rule", rule.spec, message)


def count(number: int, noun: str) -> str:
    """Return a number with its noun."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
