# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Create or update many specs: the operation of ``flow_specs`` and ``connection_specs``."""

from __future__ import annotations

import typing as t
from collections.abc import Sequence

from ansible_collections.aep.flow_service.plugins.module_utils._engine.backup import Backup
from ansible_collections.aep.flow_service.plugins.module_utils._engine.bulk import (
    BulkResult,
    Definitions,
    EntryResult,
    ensure_many,
)
from ansible_collections.aep.flow_service.plugins.module_utils._engine.collection import Service
from ansible_collections.aep.flow_service.plugins.module_utils._engine.definition import (
    read_entries,
)
from ansible_collections.aep.flow_service.plugins.module_utils._errors import (
    FlowServiceError,
    InputError,
    NotAttemptedError,
)
from ansible_collections.aep.flow_service.plugins.module_utils._http.transport import MOST_CONNECTIONS
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import Params
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import (
    Kind,
)
from ansible_collections.aep.flow_service.plugins.module_utils._tasks import options as arguments
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.mistakes import mistake_warnings
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.operation import Operation, Result

# How many failed definitions a message tells of.
_TOLD: t.Final = 5


def ensure_many_operation(kind: Kind) -> Operation[Definitions]:
    """Create or update many specs: the operation of ``flow_specs`` and ``connection_specs``."""

    def read(params: Params) -> Definitions:
        if not 1 <= params["concurrency"] <= MOST_CONNECTIONS:
            raise InputError(
                f"Could not use concurrency: it is {params['concurrency']}, and must be between 1 and"
                f" {MOST_CONNECTIONS}. Next step: set a number in this range."
            )
        return Definitions(read_entries(kind, params), params["concurrency"], params["fail_fast"])

    def perform(service: Service, definitions: Definitions, check_mode: bool) -> Result:
        many = ensure_many(service, kind, definitions, check_mode)
        # Where nothing is written, there is time to correct them.
        mistakes = mistake_warnings(kind, definitions.entries) if check_mode else []
        return _many_result(kind, many, service.backup, service.transport.stats.has_changed, mistakes)

    return Operation(
        argument_spec={
            **arguments.connection_options(),
            "definitions": {"type": "list", "elements": "dict"},
            "src": {"type": "path"},
            "ignore_paths": {"type": "list", "elements": "str", "default": []},
            "match_on": {"type": "list", "elements": "str"},
            "concurrency": {"type": "int", "default": 8},
            "fail_fast": {"type": "bool", "default": False},
            **arguments.backup_options(),
            **arguments.approval_options(),
        },
        read=read,
        perform=perform,
        required_one_of=(("definitions", "src"),),
    )


def _many_result(kind: Kind, many: BulkResult, backup: Backup, has_changed: bool, mistakes: Sequence[str]) -> Result:
    values: Result = {
        "changed": has_changed or any(result.action in ("created", "updated") for result in many.results),
        "summary": many.summary,
        "results": [_entry_result(result, backup) for result in many.results],
        "unmanaged": [identity._asdict() for identity in many.unmanaged],
        "diff": [result.diff for result in many.results if result.diff],
        "warnings": [
            *(warning for result in many.results for warning in (*result.entry.warnings, *result.warnings)),
            *mistakes,
        ],
    }
    failures = [result for result in many.results if result.failure]
    if not failures:
        return values
    told = [result for result in failures if not isinstance(result.failure, NotAttemptedError)]
    left = len(failures) - len(told)
    parts = [_failure_of(result).partition(" Next step: ") for result in told]
    reasons, steps = (
        [reason for reason, _separator, _step in parts[:_TOLD]],
        {step for _reason, _separator, step in parts},
    )
    step = (
        steps.pop() if len(steps) == 1 else "correct each definition as described in results, and run the task again."
    )
    raise FlowServiceError(
        f"Could not create or update {len(told)} of {len(many.results)} {kind.noun}s"
        + (f", and {left} were not attempted: " if left else ": ")
        + " ".join(reasons)
        + (f" And {len(told) - _TOLD} more, see results." if len(told) > _TOLD else "")
        + f" Next step: {step}",
        **values,
        **next((facts for facts in map(_traceback_of, told) if facts), {}),
    )


def _traceback_of(result: EntryResult) -> Result:
    facts = result.failure.facts if result.failure else {}
    return {name: value for name, value in facts.items() if name == "traceback"}


def _failure_of(result: EntryResult) -> str:
    """Return the message of one definition. What other definitions changed is stated for the task."""
    message = result.failure.message.replace(" No changes were made.", "") if result.failure else ""
    origin = result.entry.origin
    return message if not message or origin in message else f"{origin}: {message}"


def _entry_result(result: EntryResult, backup: Backup) -> Result:
    facts = result.failure.facts if result.failure else {}
    return {
        **{name: value for name, value in facts.items() if name != "traceback"},
        "id": result.id,
        "name": result.name,
        "src": result.entry.src,
        "action": result.action,
        "changes": result.changes,
        "previous": result.previous,
        "backup_file": backup.file_of(result.id),
        "msg": _failure_of(result),
    }
