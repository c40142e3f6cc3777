# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Run the checks over files and definitions, and collect findings."""

from __future__ import annotations

import dataclasses
import fnmatch
import typing as t
from collections.abc import Collection, Iterable, Iterator, Sequence

from ansible_collections.aep.flow_service.plugins.module_utils._checks.check import (
    Check,
    Path,
    Problem,
    Severity,
)
from ansible_collections.aep.flow_service.plugins.module_utils._checks.registry import (
    CHECKS,
    iterate_problems,
    recognize_kind,
)
from ansible_collections.aep.flow_service.plugins.module_utils._checks.shape import SHAPES
from ansible_collections.aep.flow_service.plugins.module_utils._checks.text import (
    UNREADABLE,
    Document,
    UnreadableError,
    is_too_large,
    load_file,
)
from ansible_collections.aep.flow_service.plugins.module_utils._json.paths import format_path
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON


@dataclasses.dataclass(frozen=True)
class Finding:
    """One finding: what a check reports, and where."""

    check: str
    severity: Severity
    path: str
    message: str
    definition: str
    """The file or option, and the place in it of the definition."""
    src: str | None = None
    line: int | None = None
    column: int | None = None

    def as_result(self) -> dict[str, JSON]:
        """Return the finding as a task returns it."""
        return {**dataclasses.asdict(self), "severity": self.severity.word}


@dataclasses.dataclass(frozen=True)
class Exemption:
    """A finding that is to be left out, with its reason."""

    check: str
    reason: str
    paths: Sequence[str] = ()
    src: str | None = None

    def matches(self, finding: Finding) -> bool:
        """Return whether it is about a finding."""
        if finding.check != self.check:
            return False
        if self.src is not None and not _matches_file(finding.src or "", self.src):
            return False
        return not self.paths or any(fnmatch.fnmatchcase(finding.path, pattern) for pattern in self.paths)


def _matches_file(path: str, pattern: str) -> bool:
    return any(fnmatch.fnmatchcase(path, form) for form in (pattern, f"*/{pattern}"))


@dataclasses.dataclass(frozen=True)
class Report:
    """All findings, the ones that were left out, each with the reason, and the number of definitions."""

    findings: list[Finding]
    ignored: list[tuple[Finding, Exemption]]
    checked: int

    def count(self, severity: Severity) -> int:
        """Return the number of findings of a severity."""
        return sum(finding.severity is severity for finding in self.findings)

    @property
    def counts(self) -> dict[str, int]:
        """The number of findings by severity, the worst first."""
        return {severity.word: self.count(severity) for severity in sorted(Severity, reverse=True)}

    def reaches(self, severity: Severity) -> bool:
        """Return whether a finding is of this severity, or worse."""
        return any(finding.severity >= severity for finding in self.findings)


class _Definition(t.NamedTuple):
    """A definition, or what is in its place; with its document, if it is from a file."""

    content: JSON
    name: str
    src: str | None = None
    document: Document | None = None
    prefix: Path = ()

    def finding(self, check: Check[t.Any], problem: Problem) -> Finding:
        position = problem.position
        if position is None and self.document is not None:
            position = self.document.locate((*self.prefix, *problem.path))
        line, column = position or (None, None)
        return Finding(
            check.id,
            problem.severity or check.severity,
            format_path(problem.path),
            problem.message,
            self.name,
            self.src,
            line,
            column,
        )


def check_definitions(
    definitions: Sequence[JSON],
    files: Iterable[str],
    kind: str | None,
    exemptions: Sequence[Exemption] = (),
    *,
    is_partial: bool = False,
    skipped: Collection[str] = (),
) -> Report:
    """Check definitions and files of definitions. Without a kind, each one's content tells it.

    Definitions that are partial leave out what they do not manage, so that a field that is missing is no finding.
    ``skipped`` names checks that are not run.
    """
    terms = _Terms(kind, is_partial, skipped)
    checked = 0
    found: list[Finding] = []
    for index, content in enumerate(definitions):
        for definition in _split(f"definitions[{index}]", content):
            checked += 1
            found += _examine(definition, terms)
    for file in files:
        count, findings = check_file(file, kind, is_partial=is_partial, skipped=skipped)
        checked += count
        found += findings
    left: list[Finding] = []
    ignored: list[tuple[Finding, Exemption]] = []
    for finding in found:
        exemption = next((each for each in exemptions if each.matches(finding)), None)
        if exemption is None:
            left.append(finding)
        else:
            ignored.append((finding, exemption))
    return Report(left, ignored, checked)


def check_file(
    path: str, kind: str | None = None, *, is_partial: bool = False, skipped: Collection[str] = ()
) -> tuple[int, list[Finding]]:
    """Check a file, and return the number of its definitions and what was found, in the order of lines."""
    try:
        documents = load_file(path)
    except UnreadableError as error:
        line, column = error.position or (None, None)
        return 1, [Finding(UNREADABLE.id, UNREADABLE.severity, "", error.message, path, path, line, column)]
    if not documents:
        message = "The file is empty: write a definition, or remove it."
        return 1, [Finding(UNREADABLE.id, UNREADABLE.severity, "", message, path, path, 1, 1)]
    count = 0
    terms = _Terms(kind, is_partial, skipped)
    found: list[Finding] = []
    for number, document in enumerate(documents, 1):
        name = path if len(documents) == 1 else f"{path}, document {number}"
        whole = _Definition(document.content, name, path, document)
        found += [whole.finding(CHECKS["AUT001"], problem) for problem in document.duplicates]
        for definition in _split(name, document.content, path, document):
            count += 1
            found += _examine(definition, terms)
    return count, sorted(found, key=lambda finding: (finding.line or 0, finding.column or 0, finding.check))


def _split(name: str, content: JSON, src: str | None = None, document: Document | None = None) -> Iterator[_Definition]:
    """Yield the definitions in a document: itself, or those in a list, or in the ``items`` of an answer."""
    is_wrapped = isinstance(content, dict) and "items" in content and "name" not in content
    items = content["items"] if isinstance(content, dict) and is_wrapped else content
    prefix, place = (("items",), ", items") if is_wrapped else ((), "")
    if isinstance(items, list) and items:
        for index, item in enumerate(items):
            # As the modules name it, where there is more than one.
            suffix = f"{place}[{index}]" if len(items) > 1 else ""
            yield _Definition(item, name + suffix, src, document, (*prefix, str(index)))
    else:
        yield _Definition(content, name, src, document)


class _Terms(t.NamedTuple):
    """How definitions are checked."""

    kind: str | None
    is_partial: bool
    skipped: Collection[str]


def _examine(definition: _Definition, terms: _Terms) -> list[Finding]:
    content = definition.content
    if not isinstance(content, dict):
        noun = "empty" if content is None else "a list" if isinstance(content, list) else "a single value"
        message = f"A definition must be a mapping, the spec as the API has it, and this is {noun}."
        return [definition.finding(UNREADABLE, Problem((), message))]
    reason = is_too_large(content) if definition.document is None else None
    if reason is not None:
        return [definition.finding(UNREADABLE, Problem((), reason))]
    found: list[Finding] = []
    paths: list[Path] = []
    for check, problems in iterate_problems(terms.kind or recognize_kind(content), content):
        if check.id in terms.skipped:
            continue
        is_shape = check in SHAPES
        for problem in problems:
            if terms.is_partial and problem.path and problem.path[0] not in content:
                continue
            if is_shape and any(_overlap(problem.path, path) for path in paths):
                continue
            if not is_shape:
                paths.append(problem.path)
            found.append(definition.finding(check, problem))
    return found


def describe(finding: Finding) -> str:
    """Return a finding as one sentence with its place."""
    place = finding.definition if finding.line is None else f"{finding.src}:{finding.line}"
    path = f", {finding.path}" if finding.path else ""
    return f"{place}{path}: {finding.message} ({finding.check})"


def _overlap(path: Path, other: Path) -> bool:
    return all(step == other_step for step, other_step in zip(path, other, strict=False))
