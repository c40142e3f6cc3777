# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""What the checks find in definitions that a task is about to use: for its warnings, and for an audit."""

from __future__ import annotations

import dataclasses
import functools
import typing as t
from collections.abc import Iterable, Iterator

from ansible_collections.aep.flow_service.plugins.module_utils._checks.check import Severity
from ansible_collections.aep.flow_service.plugins.module_utils._checks.run import (
    Finding,
    check_definitions,
    check_file,
    describe,
)
from ansible_collections.aep.flow_service.plugins.module_utils._checks.shape import SHAPES
from ansible_collections.aep.flow_service.plugins.module_utils._engine.definition import Definition, Entry
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import Kind

# Reading a definition reports the first two already. The others read the schemas, which a packed module lacks.
_LEFT_OUT: t.Final = frozenset({"AUT000", "AUT004", *(check.id for check in SHAPES)})
_MOST_WARNINGS: t.Final = 5


def find_mistakes(kind: Kind, entries: Iterable[Entry]) -> Iterator[tuple[Entry, Finding]]:
    """Yield the errors and warnings of the checks, each with its definition. What cannot be used is left out.

    A definition can leave out what it does not manage. Only a file with such a finding is read again, for its lines.
    """
    in_file = functools.cache(functools.partial(_check_file, kind.result_key))
    for entry in entries:
        if not isinstance(entry.definition, Definition):
            continue
        report = check_definitions([entry.definition.content], (), kind.result_key, is_partial=True, skipped=_LEFT_OUT)
        found = [dataclasses.replace(finding, definition=entry.origin, src=entry.src) for finding in report.findings]
        found = _without_hints(found)
        if found and entry.src is not None:
            found = [finding for finding in in_file(entry.src) if finding.definition == entry.origin] or found
        yield from ((entry, finding) for finding in found)


def _check_file(kind: str, path: str) -> list[Finding]:
    return _without_hints(check_file(path, kind, is_partial=True, skipped=_LEFT_OUT)[1])


def _without_hints(findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.severity >= Severity.WARNING]


def mistake_warnings(kind: Kind, entries: Iterable[Entry]) -> list[str]:
    """Return a warning for each of the first mistakes, and how to see the others."""
    found = [finding for _entry, finding in find_mistakes(kind, entries)]
    warnings = [describe(finding) for finding in found[:_MOST_WARNINGS]]
    if len(found) > _MOST_WARNINGS:
        warnings.append(
            f"The checks found {len(found) - _MOST_WARNINGS} more mistakes in the definitions of {kind.noun}s. To list"
            " all of them, run aep.flow_service.definition_check."
        )
    return warnings
