# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""The approval of a write: a person approved findings of an audit, and only what the audit saw is written over.

Each check is made on the very object that is about to be replaced, so nothing that another client writes after the
audit is lost without a word.
"""

from __future__ import annotations

import hashlib
import typing as t
from collections.abc import Mapping, Sequence

from ansible_collections.aep.flow_service.plugins.module_utils._errors import FlowServiceError, InputError
from ansible_collections.aep.flow_service.plugins.module_utils._json.compare import Change, canonical, is_empty
from ansible_collections.aep.flow_service.plugins.module_utils._json.paths import format_path
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON, Params, items_of, mapping_of
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.identifiers import is_same_id
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import Kind, Spec
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.times import as_text

OPTION: t.Final = "approved_findings"
_MILLISECONDS: t.Final = 10**11
# The fields of a finding that name its sandbox, as the connection options do.
_SANDBOX: t.Final = ("org_id", "sandbox_name")

Finding = Mapping[str, JSON]


class NotApprovedError(FlowServiceError):
    """A write without an approval, or of an object that changed after the audit."""


def digest_of(kind: Kind, spec: Mapping[str, JSON]) -> str:
    """Return a digest of what a client can write of an object: the same for objects that compare as equal."""
    content = {name: value for name, value in kind.writable(spec).items() if not is_empty(value)}
    return hashlib.sha256(canonical(content).encode()).hexdigest()


def last_writer(spec: Mapping[str, JSON]) -> str:
    """Return who last wrote an object and when, as far as the service reports it."""
    user, client, moment = (spec.get(name) for name in ("updatedBy", "updatedClient", "updatedAt"))
    if not user and not client:
        return "The service does not report who wrote it."
    words = [f"user {user}" if user else "", f"client {client}" if client else ""]
    seconds = moment if isinstance(moment, int) else 0
    seconds = seconds // 1000 if seconds >= _MILLISECONDS else seconds
    return f"It was last written by {', '.join(filter(None, words))}{f' at {as_text(seconds)}' if seconds else ''}."


class Approval:
    """The findings that a person approved; without any given, every write is allowed."""

    def __init__(self, findings: Sequence[Finding] | None) -> None:
        """Accept the approved findings; None for a task that requires no approval."""
        self._findings = findings
        # What this task sent itself, by the ID of the object.
        self._sent: dict[str, Spec] = {}

    @classmethod
    def from_params(cls, params: Params) -> Approval:
        """Read the option ``approved_findings``.

        Raises InputError.
        """
        findings = params.get(OPTION)
        sandbox = {name: params.get(name) for name in _SANDBOX}
        for number, finding in enumerate(findings or ()):
            missing = [key for key in ("finding", "kind", "digest") if key not in finding]
            if missing:
                raise InputError(
                    f"Could not use {OPTION}[{number}]: it has no {', '.join(missing)}. No request was sent. Next step:"
                    " pass the findings of an audit of this version of the collection."
                )
            others = {name: finding[name] for name in _SANDBOX if name in finding and finding[name] != sandbox[name]}
            if others:
                seen = ", ".join(f"{name} {value}" for name, value in others.items())
                given = ", ".join(f"{name} {sandbox[name]}" for name in others)
                raise InputError(
                    f"Could not use {OPTION}[{number}]: it is of {seen}, and the task connects to {given}. No request"
                    " was sent. Next step: pass the findings of an audit of this sandbox, or correct the connection."
                )
        return cls(findings)

    def check_creation(self, kind: Kind, definition: Mapping[str, JSON]) -> None:
        """Check that an object that does not exist is to be created, as the audit had it defined.

        Raises NotApprovedError.
        """
        if self._findings is None:
            return
        found = self._missing(kind, definition)
        if not found:
            raise _refusal("create", kind, definition, "no approved finding reports it as missing.")
        if digest_of(kind, definition) not in [finding.get("digest") for finding in found]:
            raise _refusal("create", kind, definition, "its definition changed after the audit that was approved.")

    def record_creation(self, live: Spec, body: Spec) -> None:
        """Record what this task created: it can be repaired without another approval."""
        self._sent[str(live["id"])] = body

    def check_plan(self, kind: Kind, live: Spec, changes: Sequence[Change]) -> None:
        """Check that an object is as the audit saw it, and that nothing else is to be changed than was approved.

        Raises NotApprovedError.
        """
        if self._findings is None or not changes:
            return
        self.check_live(kind, live)
        finding = mapping_of(self._drifted(kind, live))
        approved = {canonical(change) for change in items_of(finding.get("changes"))}
        others = [change for change in changes if canonical(change.as_result()) not in approved]
        if others:
            paths = ", ".join(format_path(change.path) for change in others)
            reason = f"the definition also changes {paths}, which the approved finding does not have."
            raise _refusal("update", kind, live, reason)

    def check_live(self, kind: Kind, live: Spec, body: Spec | None = None) -> None:
        """Check the object that is about to be replaced, by ``body`` if it is.

        Raises NotApprovedError.
        """
        if self._findings is None:
            return
        finding = self._drifted(kind, live)
        if self._is_own(kind, live) or (finding is not None and digest_of(kind, live) == finding.get("digest")):
            if body is not None:
                self._sent[str(live["id"])] = body
            return
        if finding is None and self._missing(kind, live):
            reason = "it did not exist at the audit that was approved."
        elif finding is None:
            reason = "no approved finding reports that it drifted."
        else:
            reason = "it changed after the audit that was approved."
        raise _refusal("update", kind, live, f"{reason} {last_writer(live)}")

    def _is_own(self, kind: Kind, live: Spec) -> bool:
        """Return whether an object is what this task sent, but for what the service dropped of it."""
        sent = self._sent.get(str(live["id"]))
        return sent is not None and all(change.removes for change in kind.changes(sent, live))

    def _of(self, kind: Kind, finding: str) -> list[Finding]:
        return [
            each
            for each in self._findings or ()
            if each.get("kind") == kind.result_key and each.get("finding") == finding and not each.get("ignored")
        ]

    def _drifted(self, kind: Kind, live: Mapping[str, JSON]) -> Finding | None:
        return next((each for each in self._of(kind, "drifted") if is_same_id(each.get("id"), live.get("id"))), None)

    def _missing(self, kind: Kind, spec: Mapping[str, JSON]) -> list[Finding]:
        return [
            each
            for each in self._of(kind, "missing")
            if each.get("name") == spec.get("name")
            and (not each.get("provider_id") or is_same_id(each.get("provider_id"), spec.get("providerId")))
        ]


def _refusal(verb: str, kind: Kind, spec: Mapping[str, JSON], reason: str) -> NotApprovedError:
    return NotApprovedError(
        f"Could not {verb} {kind.label(spec)}: {reason} No changes were made to it. Next step: audit again, and approve"
        " the new report.",
        id=spec.get("id"),
    )
