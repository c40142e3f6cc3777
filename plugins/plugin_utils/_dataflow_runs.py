# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""The verdict of the playbook dataflow_runs on the last run of each dataflow: pure functions."""

from __future__ import annotations

import collections
import typing as t
from collections.abc import Mapping, Sequence

from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON, items_of, mapping_of
from ansible_collections.aep.flow_service.plugins.module_utils._kinds import runs as kinds

Entry = Mapping[str, JSON]

_NO_RUN: t.Final = "none"
STATUSES: t.Final = (
    *(kinds.SUCCEEDED, kinds.PARTLY_FAILED, kinds.FAILED, kinds.RUNNING, kinds.WAITING, kinds.UNKNOWN),
    _NO_RUN,
)


def judge(dataflows: Sequence[Entry], runs: Sequence[Entry], fail_on: JSON) -> dict[str, JSON]:
    """Return the last run of each dataflow, those that fail, and both as text.

    Raises ValueError where ``fail_on`` is not a list of statuses.
    """
    if not isinstance(fail_on, list) or any(status not in STATUSES for status in fail_on):
        raise ValueError(f"fail_on must be a list of {', '.join(STATUSES)}, and is {fail_on!r}")
    found = {str(run.get("id")): run for run in runs}
    rows = [_row(dataflow, found) for dataflow in dataflows]
    failed = [row for row in rows if row["status"] in fail_on]
    return {
        "runs": rows,
        "failed": failed,
        "summary": dict(collections.Counter(str(row["status"]) for row in rows)),
        "lines": [_line(row) for row in rows],
        "message": _message(len(rows), failed),
    }


def _row(dataflow: Entry, runs: Mapping[str, Entry]) -> dict[str, JSON]:
    last = mapping_of(dataflow.get("last_run"))
    # The flow has no counts of records, so the run itself shows more. Without it, the flow has the status.
    run = runs.get(str(last.get("id")), last)
    return {
        "dataflow": dataflow.get("name"),
        "dataflow_id": dataflow.get("id"),
        "run_id": last.get("id"),
        "status": run.get("status") or _NO_RUN,
        "records": run.get("records"),
        "errors": run.get("errors") or [],
    }


def _line(row: Entry) -> str:
    errors = [mapping_of(error) for error in items_of(row["errors"])]
    # The first error is that of the run. The others are its causes.
    shown = "".join(
        f", {error.get('code')} in {error.get('activity') or 'the run'}: {str(error.get('message')).rstrip('.')}"
        for error in errors[:1]
    )
    run = f" (run {row['run_id']})" if row["run_id"] else ""
    return f"{row['dataflow']}: {'no run yet' if row['status'] == _NO_RUN else row['status']}{run}{shown}"


def _message(count: int, failed: Sequence[Entry]) -> str:
    checked = "the last run of 1 dataflow" if count == 1 else f"the last runs of {count} dataflows"
    if not failed:
        return f"Checked {checked}: none fails the check."
    lines = "; ".join(_line(row) for row in failed)
    failing = "1 fails" if len(failed) == 1 else f"{len(failed)} fail"
    return f"Could not pass {checked}: {failing} the check. {lines}."
