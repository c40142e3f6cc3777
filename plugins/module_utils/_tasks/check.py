# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Check definitions without the service: the task of ``definition_check``."""

from __future__ import annotations

import dataclasses
import os
import typing as t
from collections.abc import Sequence

from ansible_collections.aep.flow_service.plugins.module_utils._checks.check import Severity
from ansible_collections.aep.flow_service.plugins.module_utils._checks.registry import CHECKS
from ansible_collections.aep.flow_service.plugins.module_utils._checks.run import (
    Exemption,
    Report,
    check_definitions,
    describe,
)
from ansible_collections.aep.flow_service.plugins.module_utils._checks.suggest import suggest
from ansible_collections.aep.flow_service.plugins.module_utils._errors import FlowServiceError, InputError
from ansible_collections.aep.flow_service.plugins.module_utils._json.documents import find_files
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON, Params
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.operation import Operation, Result
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.options import (
    ArgumentSpec,
    connection_options,
)

# How many findings a message shows.
_SHOWN: t.Final = 5
_NEVER: t.Final = "never"


def check_options() -> ArgumentSpec:
    """Return the options of the module, with those of the connection, which the defaults of the group can set."""
    return {
        **connection_options(),
        "src": {"type": "path"},
        "definitions": {"type": "list", "elements": "dict"},
        "kind": {"type": "str", "choices": ["connection_spec", "flow_spec"]},
        "partial": {"type": "bool", "default": False},
        "fail_on": {
            "type": "str",
            "choices": [*(severity.word for severity in sorted(Severity, reverse=True)), _NEVER],
            "default": Severity.ERROR.word,
        },
        "ignore": {
            "type": "list",
            "elements": "dict",
            "default": [],
            "options": {
                "check": {"type": "str", "required": True},
                "reason": {"type": "str", "required": True},
                "paths": {"type": "list", "elements": "str", "default": []},
                "src": {"type": "str"},
            },
        },
    }


@dataclasses.dataclass(frozen=True)
class CheckTask:
    """What to check, and which findings fail the task; None if none does."""

    definitions: Sequence[JSON]
    files: Sequence[str]
    kind: str | None
    fail_on: Severity | None
    exemptions: Sequence[Exemption]
    is_partial: bool = False

    @classmethod
    def from_params(cls, params: Params) -> CheckTask:
        """Read the parameters of a task.

        Raises InputError.
        """
        src = params["src"]
        if src is not None and not os.path.exists(os.path.expanduser(src)):
            raise InputError(
                f"Could not check src: {src} cannot be read, because there is no such file or directory."
                " Next step: correct src."
            )
        return cls(
            definitions=params["definitions"] or (),
            files=find_files(src) if src is not None else (),
            kind=params["kind"],
            fail_on=None if params["fail_on"] == _NEVER else Severity[params["fail_on"].upper()],
            exemptions=[_exemption(index, entry) for index, entry in enumerate(params["ignore"])],
            is_partial=params["partial"],
        )


def _exemption(index: int, entry: Params) -> Exemption:
    check_id, reason = entry["check"].strip(), entry["reason"].strip()
    if check_id not in CHECKS:
        raise InputError(
            f"Could not ignore {check_id!r} (ignore[{index}].check): there is no such check."
            f"{suggest(check_id, CHECKS, cutoff=0.8)} Next step: write the ID of a check, such as AUT034."
        )
    if not reason:
        raise InputError(
            f"Could not ignore {check_id} (ignore[{index}].reason): the reason is empty."
            " Next step: write why the finding is acceptable."
        )
    return Exemption(check_id, reason, entry["paths"], entry["src"])


def perform_check(task: CheckTask) -> dict[str, JSON]:
    """Check, and return what was found.

    Raises FlowServiceError if that fails the task; the same values are its facts.
    """
    report = check_definitions(task.definitions, task.files, task.kind, task.exemptions, is_partial=task.is_partial)
    values: dict[str, JSON] = {
        "changed": False,
        "findings": [finding.as_result() for finding in report.findings],
        "ignored": [{**finding.as_result(), "reason": exemption.reason} for finding, exemption in report.ignored],
        "counts": report.counts,
        "checked": report.checked,
    }
    if task.fail_on is not None and report.reaches(task.fail_on):
        raise FlowServiceError(_message(report, task.fail_on), **values)
    return values


def _message(report: Report, fail_on: Severity) -> str:
    failing = sorted(
        (finding for finding in report.findings if finding.severity >= fail_on), key=lambda finding: -finding.severity
    )
    counts = [f"{count} {word}{'s' if count > 1 else ''}" for word, count in report.counts.items() if count]
    noun = "definition" if report.checked == 1 else "definitions"
    more = f" And {len(failing) - _SHOWN} more, see findings." if len(failing) > _SHOWN else ""
    return (
        f"Could not accept the {noun}: {', '.join(counts)} in {report.checked} {noun}."
        f" {' '.join(map(describe, failing[:_SHOWN]))}{more}"
        " Next step: correct the definitions, or list a finding in ignore with its reason."
    )


def check_operation() -> Operation[CheckTask]:
    """Check definitions without the service: the operation of ``definition_check``."""

    def perform(_no_service: None, task: CheckTask, _check_mode: bool) -> Result:
        return perform_check(task)

    return Operation(
        argument_spec=check_options(),
        read=CheckTask.from_params,
        perform=perform,
        is_read_only=True,
        is_offline=True,
        required_one_of=(("src", "definitions"),),
    )
