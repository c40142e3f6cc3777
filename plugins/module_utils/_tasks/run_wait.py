# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Wait until runs of a dataflow are done, and say apart what can keep them from it.

That there is no run yet, that a run failed, that it takes longer, and that its status is not known are different
failures. Each has its own message and its own ``reason``.
"""

from __future__ import annotations

import dataclasses
import math
import time
import typing as t
from collections.abc import Callable, Iterator, Mapping, Sequence

from ansible_collections.aep.flow_service.plugins.module_utils._engine.collection import LiveSpec, Service
from ansible_collections.aep.flow_service.plugins.module_utils._engine.wait import WaitTimeoutError, poll
from ansible_collections.aep.flow_service.plugins.module_utils._errors import (
    FlowServiceError,
    InputError,
    NotFoundError,
)
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON, Params
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.flows import FLOW
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import Spec
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.runs import (
    DONE,
    FAILED,
    RUN,
    UNKNOWN,
    find_errors,
    reported_status,
    status_of,
    summarize_run,
)
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.times import as_text
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.options import ArgumentSpec
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.runs import newest_runs

# What the fact ``reason`` of a failed wait can be.
NO_RUN: t.Final = "no_run"
RUN_FAILED: t.Final = "run_failed"
NOT_FINISHED: t.Final = "not_finished"
UNKNOWN_STATUS: t.Final = "unknown_status"

# After so many pauses, they double.
_PAUSES_AT_FIRST: t.Final = 4
# The service shows a run 2 to 3 minutes after its start.
_SECONDS_UNTIL_SHOWN: t.Final = 180
_SECONDS_BETWEEN_REPORTS: t.Final = 15.0
_QUOTED_ERRORS: t.Final = 3

T = t.TypeVar("T")


@dataclasses.dataclass(frozen=True)
class Patience:
    """How long to wait for a run, and at which intervals to look, in seconds."""

    timeout: float
    interval: float

    @classmethod
    def from_params(cls, params: Params) -> Patience:
        """Return what the options set.

        Raises InputError.
        """
        for option in ("wait_timeout", "wait_interval"):
            if not (math.isfinite(params[option]) and params[option] > 0):
                raise InputError(
                    f"Could not use {option}: it is {params[option]:g}, and must be a number of seconds above 0."
                    " Next step: correct it."
                )
        return cls(params["wait_timeout"], params["wait_interval"])


def patience_options() -> ArgumentSpec:
    """Return the options for waiting."""
    return {
        "wait_timeout": {"type": "float", "default": 600.0},
        "wait_interval": {"type": "float", "default": 15.0},
    }


class RunWait:
    """Reads runs until all of them are done, or until the time is up."""

    def __init__(self, service: Service, patience: Patience, starts_at: float | None = None) -> None:
        """Wait with patience; ``starts_at`` is when a run is to start, in seconds since 1970, where that is known."""
        self._service = service
        self._patience = patience
        self._starts_at = starts_at
        self._began = self._reported = time.monotonic()

    def for_dataflow(self, flow_id: str, label: str) -> LiveSpec:
        """Return the newest run of a dataflow when it is done. Which one that is, the first look that sees any decides.

        Raises FlowServiceError.
        """
        run: LiveSpec | None = None
        flow: Spec | None = None

        def look(service: Service) -> LiveSpec | None:
            nonlocal run, flow
            if run is not None:
                run = service.collection(RUN).get(run.id) or run
            else:
                run = next(iter(newest_runs(service, flow_id, 1)), None)
            if run is None and flow is None:
                flow = _read_flow(service, flow_id, label)
                self._starts_at = _start_time(flow)
            self._report(f"{label}, newest run", run)
            return run if _is_done(run) else None

        done = self._poll(look)
        if run is None:
            current = self._service.collection(FLOW).get(flow_id)
            raise self._no_run(label, current.spec if current else flow or {})
        if done is None:
            raise self._not_done([run])
        check_not_failed([done])
        return done

    def for_runs(self, ids: Sequence[str], are_new: bool = False) -> list[LiveSpec]:
        """Return the runs of these IDs when they are all done. Runs that ``are_new`` may not be shown at first.

        Raises FlowServiceError.
        """
        found: dict[str, LiveSpec] = {}
        looks = 0

        def look(service: Service) -> list[LiveSpec] | None:
            nonlocal looks
            looks += 1
            runs = service.collection(RUN)
            for run_id in ids:
                if not _is_done(found.get(run_id)):
                    live = runs.get(run_id)
                    if live is not None:
                        found[run_id] = live
            missing = [run_id for run_id in ids if run_id not in found]
            if missing and looks > 1 and not are_new:
                raise _not_found(service, missing)
            for run_id in ids:
                self._report(f"{RUN.noun} {run_id}", found.get(run_id))
            return list(found.values()) if len(found) == len(ids) and all(map(_is_done, found.values())) else None

        done = self._poll(look)
        if done is None:
            missing = [run_id for run_id in ids if run_id not in found]
            if missing:
                raise WaitTimeoutError(
                    f"Could not wait for {RUN.noun} {', '.join(missing)}: the service does not show it after"
                    f" {self._patience.timeout:g} s. Next step: look it up with dataflow_run_info later.",
                    reason=NO_RUN,
                )
            raise self._not_done(list(found.values()))
        check_not_failed(done)
        return done

    def _poll(self, look: Callable[[Service], T | None]) -> T | None:
        def look_with_new_deadline() -> T | None:
            # A wait can take longer than retry_deadline, which is for the requests of one look.
            branch = self._service.branch()
            try:
                return look(branch)
            finally:
                self._service.transport.stats.add(branch.transport.stats)

        return poll(look_with_new_deadline, self._patience.timeout, self._pauses())

    def _pauses(self) -> Iterator[float]:
        """Yield the interval, and twice the interval later on and while a run is not to start yet."""
        short = 0
        while True:
            until_start = (self._starts_at or 0) - time.time()
            if until_start > 0:
                yield min(2 * self._patience.interval, until_start)
            else:
                short += 1
                yield self._patience.interval * (1 if short <= _PAUSES_AT_FIRST else 2)

    def _report(self, what: str, run: LiveSpec | None) -> None:
        """Tell the person who watches what is waited for, if that is some time ago."""
        now = time.monotonic()
        if not _is_done(run) and now - self._reported >= _SECONDS_BETWEEN_REPORTS:
            self._reported = now
            status = "none yet" if run is None else status_of(run.spec)
            self._service.tell(f"{what}: {status} after {now - self._began:.0f} s")

    def _no_run(self, label: str, flow: Spec) -> WaitTimeoutError:
        state, starts_at = flow.get("state"), _start_time(flow)
        is_off = isinstance(state, str) and state.casefold() in ("disabled", *FLOW.hidden_states)
        now = time.time()
        is_later = starts_at is not None and starts_at > now
        facts = f" Its state is {state}." if is_off else ""
        facts += f" It starts at {as_text(starts_at)}." if starts_at is not None and is_later else ""
        if is_off:
            step = "enable the dataflow, and run the task again"
        elif starts_at is not None and is_later:
            seconds = math.ceil(starts_at - now) + _SECONDS_UNTIL_SHOWN
            step = f"set wait_timeout to at least {seconds}, or run the task again after the start"
        else:
            step = "run the task again later. The service shows a run 2 to 3 minutes after its start"
        return WaitTimeoutError(
            f"Could not wait for a run of the {label}: the dataflow has no run after {self._patience.timeout:g} s."
            f"{facts} Next step: {step}.",
            reason=NO_RUN,
            runs=[],
            count=0,
        )

    def _not_done(self, runs: Sequence[LiveSpec]) -> WaitTimeoutError:
        left = [live for live in runs if not _is_done(live)]
        facts = run_facts(runs)
        unknown = next((live for live in left if status_of(live.spec) == UNKNOWN), None)
        after = f"after {self._patience.timeout:g} s"
        if unknown is not None:
            return WaitTimeoutError(
                f"Could not wait for {RUN.label(unknown.spec)}: {after}, the service reports the status"
                f" {reported_status(unknown.spec)!r}, which is not a status that its documentation names."
                " Next step: open the run in the monitoring of the platform.",
                reason=UNKNOWN_STATUS,
                **facts,
            )
        told = ", ".join(f"{live.id} is {status_of(live.spec)}" for live in left)
        return WaitTimeoutError(
            f"Could not wait for the end of each {RUN.noun}: {after}, {told}."
            " Next step: run the task again, or increase wait_timeout.",
            reason=NOT_FINISHED,
            **facts,
        )


def check_not_failed(runs: Sequence[LiveSpec]) -> None:
    """Check that no run failed as a whole.

    Raises FlowServiceError that quotes what the service reports.
    """
    failed = [live for live in runs if status_of(live.spec) == FAILED]
    if not failed:
        return
    told = " ".join(map(_describe_failure, failed))
    ids = ", ".join(live.id for live in failed)
    raise FlowServiceError(
        f"Could not complete {RUN.noun} {ids}: {told} Next step: correct the cause, then retry the run with"
        f" dataflow_run and retry_id {failed[0].id}.",
        reason=RUN_FAILED,
        **run_facts(runs),
    )


def _describe_failure(live: LiveSpec) -> str:
    errors = [
        f"{error.code} in {error.activity or 'the run'}: {error.message.rstrip('.')}"
        for error in find_errors(live.spec)
    ]
    more = f", and {len(errors) - _QUOTED_ERRORS} more errors" if len(errors) > _QUOTED_ERRORS else ""
    if not errors:
        return f"the service reports that {live.id} failed, without an error."
    return f"the service reports that it failed, with {'; '.join(errors[:_QUOTED_ERRORS])}{more}."


def run_facts(runs: Sequence[LiveSpec]) -> dict[str, JSON]:
    """Return what a failed wait returns of runs."""
    return {"runs": [summarize_run(live.spec) for live in runs], "count": len(runs)}


def _not_found(service: Service, ids: Sequence[str]) -> NotFoundError:
    return NotFoundError(
        f"Could not find {RUN.noun} {', '.join(ids)}: sandbox {service.settings.sandbox_name} has no such run."
        " Next step: check the ID and sandbox_name."
    )


def _read_flow(service: Service, flow_id: str, label: str) -> Spec:
    live = service.collection(FLOW).get(flow_id)
    if live is None:
        raise NotFoundError(
            f"Could not wait for a run of the {label}: sandbox {service.settings.sandbox_name} has no such dataflow."
            " Next step: check the ID of the dataflow and sandbox_name."
        )
    return live.spec


def _is_done(live: LiveSpec | None) -> bool:
    return live is not None and status_of(live.spec) in DONE


def _start_time(flow: Spec) -> float | None:
    """Return when a flow starts, in seconds since 1970; None where that is not known."""
    schedule = flow.get("scheduleParams")
    value = schedule.get("startTime") if isinstance(schedule, Mapping) else None
    try:
        seconds = float(value)  # type: ignore[arg-type]  # whatever is no number fails
        as_text(seconds)
    except (TypeError, ValueError, OverflowError, OSError):
        return None
    return seconds
