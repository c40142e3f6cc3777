# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Verdicts on single results of a verification. Pure functions."""

from __future__ import annotations

import dataclasses
import typing as t
from collections.abc import Mapping

from ansible_collections.aep.flow_service.plugins.plugin_utils._verification_facts import (
    JSON,
    Result,
    lookup,
    mappings,
    value_at,
)

Verdict = t.Literal["passed", "failed", "not_tried"]

PASSED: t.Final = "passed"
FAILED: t.Final = "failed"
NOT_TRIED: t.Final = "not_tried"

ENDED: t.Final = "The verification ended before this step."
_MAX_QUOTED_ERRORS: t.Final = 3


@dataclasses.dataclass(frozen=True)
class Judgment:
    """The verdict on a step, with its reason and its evidence."""

    verdict: Verdict
    reason: str | None = None
    next_step: str | None = None
    evidence: Mapping[str, JSON] = dataclasses.field(default_factory=dict)


def judge_lookup(result: Result | None, key: str, noun: str, reference: str) -> Judgment | None:
    """Return the verdict on a look-up that did not find exactly one spec."""
    if result is None:
        return Judgment(NOT_TRIED, ENDED)
    if result.get("failed"):
        return judge_failure(result)
    ids = [str(spec.get("id")) for spec in mappings(result.get(key))]
    if len(ids) == 1:
        return None
    what = f"{noun} with the {next(iter(lookup(reference)))} {reference!r}"
    option = f"verify_{noun.replace(' ', '_')}"
    if ids:
        reason = f"The sandbox has more than one {what}: {', '.join(ids)}."
        return Judgment(FAILED, reason, f"set {option} to one of these IDs.")
    return Judgment(FAILED, f"The sandbox has no {what}.", f"check {option} and sandbox_name.")


def judge_failure(result: Result) -> Judgment:
    """Return the verdict on a step whose task has failed."""
    message = str(result.get("msg") or "The task failed without a message.")
    reason, _separator, step = message.partition(" Next step: ")
    facts = (("http_status", "status"), ("code", "code"), ("request_id", "request_id"), ("cause", "reason"))
    evidence = {name: result[key] for name, key in facts if result.get(key)}
    return Judgment(FAILED, reason.strip(), step.strip() or "correct what the message names, and run again.", evidence)


def failed_object(result: Result) -> str | None:
    """Return the step at which the creation of a dataflow failed."""
    if not result.get("failed"):
        return None
    if result.get("id"):
        return "enabled"
    if result.get("target_connection_id"):
        return "flow"
    if result.get("source_connection_id"):
        return "target_connection"
    # Without a write, all objects were rejected together.
    return "source_connection" if value_at(result, "api", "writes") else "flow"


def run_evidence(run: Result) -> dict[str, JSON]:
    if not run:
        return {}
    records = run.get("records") or {}
    counts = {f"records_{name}": records.get(name) for name in ("read", "written", "failed", "skipped")}
    return {
        "run_id": run.get("id"),
        "status": run.get("status"),
        **{name: count for name, count in counts.items() if count is not None},
        "run_seconds": run.get("seconds"),
        "batch_ids": list(run.get("batch_ids") or []),
    }


def describe_run(run: Result) -> str:
    if not run:
        return "The service shows no run of the flow."
    records = run.get("records") or {}
    counts = f"{records.get('failed')} of {records.get('read')} records failed"
    errors = [f"{error.get('code')}: {error.get('message')}" for error in mappings(run.get("errors"))]
    told = f" The service reports {'; '.join(errors[:_MAX_QUOTED_ERRORS])}" if errors else ""
    return f"The run is {str(run.get('status')).replace('_', ' ')}: {counts}.{told}"


def judge_records(evidence: Mapping[str, JSON], rows: JSON, is_streaming: bool) -> Judgment:
    """Judge a run that succeeded by its counts of records; ``rows`` is their number in the preview."""
    read = evidence.get("records_read")
    if isinstance(read, int) and read > 0:
        return Judgment(PASSED, evidence=evidence)
    if read != 0:
        return Judgment(NOT_TRIED, "The service reports no number of records for the run.", None, evidence)
    sent = "a record was sent to the inlet" if is_streaming else f"the preview shows {rows} rows"
    if is_streaming or rows:
        step = "check verify_source_params, and the paths in sourceSpec of the connection spec."
        return Judgment(FAILED, f"The run read no records, although {sent}.", step, evidence)
    reason = "The run succeeded without records, so it does not prove that records arrive."
    return Judgment(NOT_TRIED, reason, None, evidence)
