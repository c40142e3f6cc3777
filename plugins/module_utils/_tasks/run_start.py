# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Start a run of a dataflow, or retry one: the task of ``dataflow_run``."""

from __future__ import annotations

import dataclasses
import typing as t
from collections.abc import Mapping

from ansible_collections.aep.flow_service.plugins.module_utils._engine.collection import Collection, LiveSpec, Service
from ansible_collections.aep.flow_service.plugins.module_utils._engine.create import create, create_by, read_new
from ansible_collections.aep.flow_service.plugins.module_utils._engine.outcome import Outcome
from ansible_collections.aep.flow_service.plugins.module_utils._engine.plan import Plan
from ansible_collections.aep.flow_service.plugins.module_utils._errors import (
    FlowServiceError,
    InputError,
    NotFoundError,
)
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON, Params, items_of, mapping_of
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.flows import FLOW
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.identifiers import check_id, check_name
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import Spec
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.runs import (
    RUN,
    can_be_retried,
    created_at,
    is_of,
    may_be_of,
    status_of,
    summarize_run,
)
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.times import check_time
from ansible_collections.aep.flow_service.plugins.module_utils._tasks import options as arguments
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.operation import Operation, Result
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.run_wait import (
    Patience,
    RunWait,
    patience_options,
)
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.runs import (
    DataflowReference,
    find_dataflow,
    newest_runs,
    optional,
    reference_options,
)

# Each option of a run on demand, and its parameter. The service has times as text.
_TIMES: t.Final[Mapping[str, str]] = {
    "start_time": "startTime",
    "window_start": "windowStartTime",
    "window_end": "windowEndTime",
}
# A run whose POST has an unknown outcome is among the newest ones.
_RUNS_TO_COMPARE: t.Final = 20


@dataclasses.dataclass(frozen=True)
class RunTask:
    """Which run to start, or which one to retry."""

    dataflow: DataflowReference | None
    retry_id: str | None
    params: Spec
    starts_at: int | None
    patience: Patience | None
    """How to wait until the run is done; None to return as soon as it is started."""

    @classmethod
    def from_params(cls, params: Params) -> RunTask:
        """Return what the options ask for.

        Raises InputError.
        """
        retry_id = optional(check_id, params, "retry_id")
        given = [option for option in (*_TIMES, "delta_column") if params[option] is not None]
        if retry_id is not None and given:
            raise InputError(
                f"Could not use {given[0]} with retry_id: a retry has the parameters of the run that it repeats."
                " Next step: remove the option, or start a new run with dataflow_id."
            )
        times = {option: check_time(params[option], option) for option in _TIMES if params[option] is not None}
        _check_window(times)
        column = optional(check_name, params, "delta_column")
        patience = Patience.from_params(params)
        return cls(
            dataflow=DataflowReference.from_params(params),
            retry_id=retry_id,
            params={
                **{_TIMES[option]: str(seconds) for option, seconds in times.items()},
                **({"deltaColumn": {"name": column}} if column is not None else {}),
            },
            starts_at=times.get("start_time"),
            patience=patience if params["wait"] else None,
        )


def _check_window(times: Mapping[str, int]) -> None:
    has = [option for option in ("window_start", "window_end") if option in times]
    if len(has) == 1:
        other = "window_end" if has == ["window_start"] else "window_start"
        raise InputError(
            f"Could not use {has[0]}: a window has a start and an end, and {other} is not set. Next step: set {other}."
        )
    if has and times["window_end"] < times["window_start"]:
        raise InputError(
            f"Could not use window_end: the window ends at {times['window_end']}, before it starts at"
            f" {times['window_start']}. Next step: set window_end to a later time than window_start."
        )


def run_operation() -> Operation[RunTask]:
    """Start or retry a run: the operation of ``dataflow_run``."""
    return Operation(
        argument_spec={
            **arguments.connection_options(),
            **reference_options(),
            "retry_id": {"type": "str"},
            **{option: {"type": "str"} for option in _TIMES},
            "delta_column": {"type": "str"},
            "wait": {"type": "bool", "default": False},
            **patience_options(),
        },
        read=RunTask.from_params,
        perform=perform,
        mutually_exclusive=(("dataflow_id", "dataflow_name", "retry_id"), ("flow_spec_id", "flow_spec_name")),
        required_one_of=(("dataflow_id", "dataflow_name", "retry_id"),),
    )


def perform(service: Service, task: RunTask, check_mode: bool) -> Result:
    """Start the run, and wait for it where that is asked.

    Raises FlowServiceError.
    """
    runs = service.collection(RUN)
    if task.retry_id is not None:
        retried = _read_run(service, task.retry_id)
        flow = _flow_of(service, retried)
        _check_can_be_retried(retried)
        params = retried.spec.get("params")
        body: Spec = {"flowId": flow.id, **({"params": params} if isinstance(params, dict) and params else {})}
    else:
        flow = _find(service, task)
        _check_can_run(flow)
        body = {"flowId": flow.id, **({"params": task.params} if task.params else {})}
    if check_mode:
        return _result(body, {**body, "metrics": {"statusSummary": {"status": "scheduled"}}}, [])
    search = _Search(service, body)
    if task.retry_id is None:
        live, _adopted = create(runs, body, search.find)
    else:
        run_id, what = task.retry_id, f"retry {RUN.noun} {task.retry_id}"
        live, _adopted = create_by(runs, lambda: runs.create_by_action(run_id, "re-trigger", what), search.find)
    try:
        run = _read_started(runs, live, task.patience, task.starts_at)
    except FlowServiceError as error:
        shown = next(iter(items_of(error.facts.pop("runs", None))), None)
        error.facts.pop("count", None)
        error.add(id=live.id, dataflow_id=flow.id, **({"dataflow_run": shown} if shown else {}))
        raise
    return _result(body, {"flowId": flow.id, **run}, search.warnings(live))


def _result(body: Spec, run: Spec, warnings: list[str]) -> Result:
    outcome = Outcome(RUN, run, None, Plan(body, RUN.changes({}, body)), ("flowId", "params"))
    return {
        "changed": True,
        "id": run.get("id"),
        "dataflow_id": body["flowId"],
        RUN.result_key: summarize_run(run),
        "changes": outcome.changes,
        "diff": outcome.diff,
        "previous": outcome.previous,
        "warnings": warnings,
    }


def _read_started(runs: Collection, live: LiveSpec, patience: Patience | None, starts_at: int | None) -> Spec:
    """Return a run that was started, when it is done where that is waited for."""
    if patience is not None:
        (done,) = RunWait(runs.service, patience, starts_at).for_runs([live.id], are_new=True)
        return done.spec
    if "metrics" in live.spec:
        return live.spec
    shown = read_new(runs, live)
    return live.spec if shown is None else shown.spec


def _find(service: Service, task: RunTask) -> LiveSpec:
    reference = t.cast(DataflowReference, task.dataflow)
    flow = find_dataflow(service, reference)
    if flow is None:
        raise reference.missing(service)
    return flow


def _read_run(service: Service, run_id: str) -> LiveSpec:
    live = service.collection(RUN).get(run_id)
    if live is None:
        raise NotFoundError(
            f"Could not retry {RUN.noun} {run_id}: sandbox {service.settings.sandbox_name} has no such run."
            " No changes were made. Next step: check retry_id and sandbox_name."
        )
    return live


def _flow_of(service: Service, retried: LiveSpec) -> LiveSpec:
    flow_id = retried.spec.get("flowId")
    flow = service.collection(FLOW).get(flow_id) if isinstance(flow_id, str) and flow_id else None
    if flow is None:
        raise NotFoundError(
            f"Could not retry {RUN.label(retried.spec)}: its dataflow {flow_id} does not exist. No changes were made."
            " Next step: create the dataflow, and let it run."
        )
    what = f"retry {RUN.label(retried.spec)}"
    _check_has_schedule(flow, what)
    _check_is_enabled(flow, what)
    return flow


def _check_can_run(flow: LiveSpec) -> None:
    """Check what the service rejects, so that check mode predicts it.

    Raises InputError.
    """
    what = f"start a run of {_label(flow)}"
    frequency = _check_has_schedule(flow, what)
    if isinstance(frequency, str) and frequency.casefold() != "once":
        raise InputError(
            f"Could not {what}: its frequency is {frequency}, and only a dataflow with the frequency once has runs on"
            " demand (the service answers 1386-400 to others). No changes were made."
            " Next step: wait for the next run of its schedule."
        )
    _check_is_enabled(flow, what)


def _check_has_schedule(flow: LiveSpec, what: str) -> JSON:
    """Check that a dataflow is a batch dataflow. Returns its frequency."""
    schedule = flow.spec.get("scheduleParams")
    if not isinstance(schedule, Mapping) or not schedule:
        raise InputError(
            f"Could not {what}: it is a streaming dataflow, and only batch dataflows have runs on demand (the service"
            " answers 1385-400 to others). No changes were made. Next step: send records, and wait for the next run."
        )
    return schedule.get("frequency")


def _check_is_enabled(flow: LiveSpec, what: str) -> None:
    state = flow.spec.get("state")
    if isinstance(state, str) and state.casefold() != "enabled":
        raise InputError(
            f"Could not {what}: the state of the dataflow is {state}, and only an enabled dataflow runs (the service"
            " answers 1388-400 to others). No changes were made."
            " Next step: enable the dataflow, and run the task again."
        )


def _check_can_be_retried(retried: LiveSpec) -> None:
    if can_be_retried(retried.spec) is False:
        raise InputError(
            f"Could not retry {RUN.label(retried.spec)}: its status is {status_of(retried.spec)}, and only a failed"
            " run, or a successful one without records, can be retried (the service answers 1387-400 to others)."
            " No changes were made. Next step: start a new run with dataflow_id."
        )


def _label(flow: LiveSpec) -> str:
    name = flow.spec.get("name")
    return f"dataflow {name!r} ({flow.id})" if name else f"dataflow {flow.id}"


class _Search:
    """Finds the run that a POST with an unknown outcome started, among the runs since."""

    def __init__(self, service: Service, body: Spec) -> None:
        self._service = service
        self._flow_id = str(body["flowId"])
        self._params = mapping_of(body.get("params"))
        before = self._newest()
        self._known = {live.id for live in before}
        # By the clock of the service.
        self._since = max((created_at(live.spec) for live in before), default=0)
        self._found: list[LiveSpec] = []

    def _newest(self) -> list[LiveSpec]:
        return newest_runs(self._service, self._flow_id, _RUNS_TO_COMPARE)

    def find(self) -> LiveSpec | None:
        """Return the run: the newest one that shows the parameters, or else that can have them."""
        self._found = [
            live
            for live in self._newest()
            if live.id not in self._known
            and created_at(live.spec) >= self._since
            and may_be_of(live.spec, self._params)
        ]
        exact = [live for live in self._found if is_of(live.spec, self._params)]
        return next(iter(exact or self._found), None)

    def warnings(self, started: LiveSpec) -> list[str]:
        """Return the warning about runs with the same parameters that started since."""
        others = [live.id for live in self._found if live.id != started.id]
        if not others:
            return []
        return [
            f"The outcome of a request to start a run was unknown. Besides {started.id}, dataflow {self._flow_id} has"
            f" new runs with the same parameters: {', '.join(others)}. The data of one window can be ingested twice."
            " To stop this warning, start one run at a time."
        ]
