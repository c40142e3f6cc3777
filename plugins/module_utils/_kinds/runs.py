# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""A run of a dataflow, declared, and how it is summarized: pure functions.

Source: Adobe's published OpenAPI description of the Flow Service, and the payloads in its documentation. Statuses are
written in several ways there, a successful run can have failed records, and a count of -1 is not known.
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Iterator, Mapping

from ansible_collections.aep.flow_service.plugins.module_utils._json.overlay import means_the_same
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import Field, Kind, ReadOnly, Spec
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.times import as_text

RUN: t.Final = Kind(
    noun="dataflow run",
    collection="runs",
    fields=(Field("flowId", "str", refers_to="dataflow", is_required=True), Field("params", "dict")),
    sets=(),
    writes=ReadOnly(),
    identity=(("id",),),
)

SUCCEEDED: t.Final = "succeeded"
PARTLY_FAILED: t.Final = "partly_failed"
FAILED: t.Final = "failed"
RUNNING: t.Final = "running"
WAITING: t.Final = "waiting"
UNKNOWN: t.Final = "unknown"
DONE: t.Final = frozenset((SUCCEEDED, PARTLY_FAILED, FAILED))
OPEN: t.Final = frozenset((RUNNING, WAITING))

# By the words of the service in lower case, without separators.
_STATUSES: t.Final[Mapping[str, str]] = {
    "success": SUCCEEDED,
    "completed": SUCCEEDED,
    "partialsuccess": PARTLY_FAILED,
    "partialfailure": PARTLY_FAILED,
    "failed": FAILED,
    "inprogress": RUNNING,
    "processing": RUNNING,
    "scheduled": WAITING,
    "queued": WAITING,
    "waiting": WAITING,
}
_DIGITS: t.Final = re.compile(r"[0-9]{1,15}")
_MAX_NUMBER: t.Final = 10**15
_SEPARATORS: t.Final = re.compile(r"[\s_-]+")
_COUNTS: t.Final[Mapping[str, str]] = {
    "read": "inputRecordCount",
    "written": "outputRecordCount",
    "failed": "failedRecordCount",
    "skipped": "skippedRecordCount",
}
# The parameters that make one run on demand different from another. A response can lack the start time.
_WINDOW: t.Final = ("windowStartTime", "windowEndTime", "deltaColumn")


class RunError(t.NamedTuple):
    """An error of a run, as a task returns it."""

    code: str
    message: str
    activity: str | None = None
    """The activity that it is of; None for the whole run."""


def summarize_run(run: Mapping[str, JSON]) -> Spec:
    """Return what a task reports of a run."""
    metrics = _mapping(run, "metrics")
    records = count_records(run)
    durations = _mapping(metrics, "durationSummary")
    started, ended = (_number(durations.get(name)) for name in ("startedAtUTC", "completedAtUTC"))
    return {
        "id": run.get("id"),
        "dataflow_id": run.get("flowId"),
        "status": status_of(run),
        "records": records,
        "errors": [error._asdict() for error in find_errors(run)],
        "started_at": as_time(started),
        "seconds": None if started is None or ended is None or ended < started else (ended - started) / 1000,
        "batch_ids": list(dict.fromkeys(_batch_ids(run))),
    }


def status_of(run: Mapping[str, JSON]) -> str:
    """Return the folded status of a run. A run that succeeded with failed records failed in part."""
    status = fold_status(reported_status(run))
    return PARTLY_FAILED if status == SUCCEEDED and (count_records(run)["failed"] or 0) > 0 else status


def fold_status(text: JSON) -> str:
    """Return the status that a word of the service stands for, in whatever way it is written."""
    return _STATUSES.get(_SEPARATORS.sub("", text).casefold(), UNKNOWN) if isinstance(text, str) else UNKNOWN


def reported_status(run: Mapping[str, JSON]) -> str:
    """Return the status in the words of the service; empty where it reports none."""
    status = _mapping(_mapping(run, "metrics"), "statusSummary").get("status")
    # The guides filter by a field that no published payload has.
    found = status if status is not None else run.get("state")
    return found if isinstance(found, str) else ""


def count_records(run: Mapping[str, JSON]) -> dict[str, int | None]:
    """Return the counts of records of a run; None for each that is not known."""
    counts = _mapping(_mapping(run, "metrics"), "recordSummary")
    return {name: _number(counts.get(field)) for name, field in _COUNTS.items()}


def can_be_retried(run: Mapping[str, JSON]) -> bool | None:
    """Return whether the service retries a run: a failed one, or one without records. None where that is not known."""
    status, read = status_of(run), count_records(run)["read"]
    if status == FAILED:
        return True
    if status in OPEN:
        return False
    if fold_status(reported_status(run)) == SUCCEEDED and read is not None:
        return read == 0
    return None


def created_at(run: Mapping[str, JSON]) -> int:
    """Return when a run was created, in milliseconds; 0 where that is not known."""
    return _number(run.get("createdAt")) or 0


def may_be_of(run: Mapping[str, JSON], params: Mapping[str, JSON]) -> bool:
    """Return whether a run can have come from a request with these parameters: whether no shown value differs."""
    shown = _mapping(run, "params")
    return all(
        shown.get(name) is None or (name in params and means_the_same(shown[name], params[name])) for name in _WINDOW
    )


def is_of(run: Mapping[str, JSON], params: Mapping[str, JSON]) -> bool:
    """Return whether a run shows all of these parameters."""
    shown = _mapping(run, "params")
    return all(name in shown and means_the_same(shown[name], value) for name, value in params.items())


def find_errors(run: Mapping[str, JSON]) -> Iterator[RunError]:
    """Yield the errors of a run, each with the activity that it is of: first those of the run, then their causes."""
    activities = _activities(run)
    of_activities = [
        error._replace(activity=_name_of(activity)) for activity in activities for error in _activity_errors(activity)
    ]
    summary = _mapping(_mapping(run, "metrics"), "statusSummary")
    references = [each for each in _list(summary, "activityRefs") if isinstance(each, str)]
    names = {_as_text(activity.get("id")): _name_of(activity) for activity in activities}
    only = names.get(references[0], references[0]) if len(references) == 1 else None
    reported: list[RunError] = []
    for error in _read_errors(_list(summary, "errors")):
        same = [each for each in of_activities if each._replace(activity=None) == error]
        reported += same or [error._replace(activity=only)]
    # The run repeats the errors of its activities.
    seen: list[RunError] = []
    for error in (*reported, *of_activities):
        if error not in seen:
            seen.append(error)
            yield error


def _activity_errors(activity: Mapping[str, JSON]) -> Iterator[RunError]:
    summary = _mapping(activity, "statusSummary")
    yield from _read_errors(_list(summary, "errors"))
    yield from _read_errors(_list(_mapping(summary, "extensions"), "errors"))


def _read_errors(errors: list[JSON]) -> Iterator[RunError]:
    for error in errors:
        if isinstance(error, Mapping):
            yield RunError(_as_text(error.get("code")), _as_text(error.get("message")))


def _batch_ids(run: Mapping[str, JSON]) -> Iterator[str]:
    for activity in _activities(run):
        for target in _list(activity, "targetInfo"):
            reference = _mapping(target, "reference")
            if _as_text(reference.get("type")).casefold() == "batch":
                yield from (each for each in _list(reference, "ids") if isinstance(each, str))


def _activities(run: Mapping[str, JSON]) -> list[Mapping[str, JSON]]:
    # The OpenAPI description leaves out a letter.
    found = _list(run, "activities") or _list(run, "activites")
    return [each for each in found if isinstance(each, Mapping)]


def _name_of(activity: Mapping[str, JSON]) -> str:
    return _as_text(activity.get("name")) or _as_text(activity.get("id"))


def _mapping(holder: JSON, name: str) -> Mapping[str, JSON]:
    value = holder.get(name) if isinstance(holder, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def _list(holder: JSON, name: str) -> list[JSON]:
    value = holder.get(name) if isinstance(holder, Mapping) else None
    return value if isinstance(value, list) else []


def _as_text(value: JSON) -> str:
    return "" if value is None or isinstance(value, (Mapping, list)) else str(value)


def _number(value: JSON) -> int | None:
    """Return a count or a time; None where it is not known, for which the service writes -1."""
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MAX_NUMBER else None


def as_time(milliseconds: int | None) -> str | None:
    """Return a time as text; None where there is none, or where it is no time of the calendar."""
    if milliseconds is None:
        return None
    try:
        return as_text(milliseconds / 1000)
    except (OverflowError, ValueError, OSError):
        return None
