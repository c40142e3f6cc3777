# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Rules that exclude findings of an audit: the spec, the reason, and the last day."""

from __future__ import annotations

import dataclasses
import datetime
import fnmatch
import typing as t
from collections.abc import Mapping, Sequence

from ansible_collections.aep.flow_service.plugins.module_utils._checks.registry import CHECKS
from ansible_collections.aep.flow_service.plugins.module_utils._checks.suggest import suggest
from ansible_collections.aep.flow_service.plugins.module_utils._errors import InputError
from ansible_collections.aep.flow_service.plugins.module_utils._json.documents import load_file
from ansible_collections.aep.flow_service.plugins.module_utils._json.paths import Path, is_below, parse_path
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.connections import CONNECTION
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.flows import SOURCE_CONNECTION, TARGET_CONNECTION
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.identifiers import is_same_id
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import CONNECTION_SPEC, FLOW_SPEC
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.audit_result import IgnoredResult
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.finding_classes import FLAWED, IGNORABLE

KINDS: t.Final = (
    *(FLOW_SPEC.result_key, CONNECTION_SPEC.result_key, "dataflow"),
    *(CONNECTION.result_key, SOURCE_CONNECTION.result_key, TARGET_CONNECTION.result_key),
)
_KEYS: t.Final = frozenset(("spec", "kind", "findings", "paths", "checks", "reason", "expires"))


@dataclasses.dataclass(frozen=True)
class Rule:
    """One rule. ``spec`` is an id or a name, in which ``*`` and ``?`` stand for any characters."""

    spec: str
    kind: str | None
    findings: tuple[str, ...]
    paths: tuple[Path, ...]
    checks: tuple[str, ...]
    """The checks whose mistakes it ignores; empty for all."""
    reason: str
    expires: datetime.date | None

    def is_expired(self, today: datetime.date) -> bool:
        """Return whether the last day of the rule has passed."""
        return self.expires is not None and self.expires < today

    def is_for(self, finding: str, kind: str, name: str | None, spec_id: str | None) -> bool:
        """Return whether the rule ignores this finding, or if it has paths, a part of the finding."""
        return (
            finding in self.findings
            and self.kind in (None, kind)
            and (is_same_id(self.spec, spec_id) or fnmatch.fnmatchcase(name or "", self.spec))
        )

    def is_for_check(self, check: str | None) -> bool:
        """Return whether the rule ignores the findings of this check."""
        return not self.checks or check in self.checks

    def covers(self, path: Path) -> bool:
        """Return whether the rule ignores a change at this path."""
        return not self.paths or any(is_below(path, pattern) for pattern in self.paths)

    def as_result(self) -> IgnoredResult:
        """Return the reason and the last day for a report."""
        return {"reason": self.reason, "expires": self.expires.isoformat() if self.expires else None}


def read_rules(rules: Sequence[JSON], src: str | None) -> list[Rule]:
    """Return the rules of an option, and then those of a file: a list, or a mapping that has it as ``rules``.

    Raises InputError that names the rule and what is wrong with it.
    """
    found = [_read(rule, f"ignore_rules[{index}]") for index, rule in enumerate(rules)]
    if src is not None:
        content = load_file(src, "ignore_rules_src").content
        listed = content.get("rules") if isinstance(content, Mapping) else content
        if not isinstance(listed, list):
            raise InputError(
                f"Could not use ignore_rules_src: {src} has no list of rules. Next step: write a list, or a mapping"
                " with the key rules."
            )
        found += [_read(rule, f"{src}, rule {number}") for number, rule in enumerate(listed, 1)]
    return found


def _read(rule: JSON, origin: str) -> Rule:
    if not isinstance(rule, Mapping):
        raise InputError(
            f"Could not use {origin}: it is not a mapping. Next step: write a mapping with spec and reason."
        )
    unknown = sorted(rule.keys() - _KEYS)
    if unknown:
        raise InputError(
            f"Could not use {origin}: unsupported key {', '.join(map(repr, unknown))}. Next step: remove or correct it."
            f" Supported keys: {', '.join(sorted(_KEYS))}."
        )
    for key in ("spec", "reason"):
        if not isinstance(rule.get(key), str) or not rule[key].strip():
            raise InputError(
                f"Could not use {origin}: {key} is not set. Next step: set spec to the spec to ignore, and reason to"
                " the reason."
            )
    kind = rule.get("kind")
    if kind not in (None, *KINDS):
        raise InputError(
            f"Could not use {origin}: kind is {kind!r}. Next step: set {' or '.join(KINDS)}, or remove it."
        )
    paths = _texts(rule, "paths", origin)
    checks = _texts(rule, "checks", origin)
    findings = _texts(rule, "findings", origin) or _default_findings(paths, checks)
    for finding in findings:
        if finding not in IGNORABLE:
            raise InputError(
                f"Could not use {origin}: a rule cannot ignore the finding {finding!r}."
                f" Next step: use {', '.join(IGNORABLE)}."
            )
    if paths and findings != ("drifted",):
        raise InputError(
            f"Could not use {origin}: paths apply only to the finding drifted, and not to {', '.join(findings)}."
            " Next step: remove paths, or set findings to drifted."
        )
    _check_checks(checks, findings, origin)
    try:
        patterns = tuple(map(parse_path, paths))
    except ValueError as error:
        raise InputError(
            f"Could not use {origin}: paths: {error}. Next step: write a dotted path, such as attributes.uiAttributes."
        ) from None
    return Rule(rule["spec"], kind, tuple(findings), patterns, checks, rule["reason"].strip(), _day(rule, origin))


def _default_findings(paths: Sequence[str], checks: Sequence[str]) -> tuple[str, ...]:
    return ("drifted",) if paths else (FLAWED,) if checks else IGNORABLE


def _check_checks(checks: Sequence[str], findings: Sequence[str], origin: str) -> None:
    for check_id in checks:
        if check_id not in CHECKS:
            raise InputError(
                f"Could not use {origin}: there is no check {check_id!r}.{suggest(check_id, CHECKS, cutoff=0.8)} Next"
                " step: write the ID of a check, such as AUT034."
            )
    if checks and tuple(findings) != (FLAWED,):
        raise InputError(
            f"Could not use {origin}: checks apply only to the finding {FLAWED}. Next step: remove checks, or set"
            f" findings to {FLAWED}."
        )


def _texts(rule: Mapping[str, JSON], key: str, origin: str) -> tuple[str, ...]:
    value = rule.get(key)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise InputError(f"Could not use {origin}: {key} is not a list of strings. Next step: write a list.")
    return tuple(value)


def _day(rule: Mapping[str, JSON], origin: str) -> datetime.date | None:
    value = rule.get("expires")
    if value is None:
        return None
    try:
        return datetime.date.fromisoformat(str(value))
    except ValueError:
        raise InputError(
            f"Could not use {origin}: expires is {value!r}, which is not a date. Next step: write a date such as"
            " 2027-01-31."
        ) from None
