# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""What a task that writes returns."""

from __future__ import annotations

from ansible_collections.aep.flow_service.plugins.module_utils._engine.backup import Backup
from ansible_collections.aep.flow_service.plugins.module_utils._engine.outcome import Outcome
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import text_of
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.operation import Result


def outcome_result(outcome: Outcome) -> Result:
    """Return the values that every module returns that writes one object."""
    return {
        "changed": outcome.changed,
        "id": outcome.spec.get("id"),
        outcome.kind.result_key: outcome.spec,
        "changes": outcome.changes,
        "diff": outcome.diff,
        "previous": outcome.previous,
        "warnings": outcome.warnings,
    }


def writer_result(outcome: Outcome, backup: Backup) -> Result:
    """Return the values of a module that can write over an object or delete it."""
    object_id = text_of(outcome.spec.get("id")) or text_of((outcome.before or {}).get("id"))
    return {**outcome_result(outcome), "backup_file": backup.file_of(object_id)}
