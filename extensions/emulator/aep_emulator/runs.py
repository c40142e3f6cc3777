# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs of flows. Jobs start and finish them: each request carries out the jobs that are due."""

from __future__ import annotations

import secrets
import time
import typing as t
import uuid

from fastapi import Response

from aep_emulator import flows, inlets, objects, rows
from aep_emulator.etags import new_etag
from aep_emulator.listing import Listing
from aep_emulator.objects import ENABLED, PENDING, UPDATING, action_name, mapping_at
from aep_emulator.request_context import RequestContext
from aep_emulator.responses import connector_error, invalid_request, json_response
from aep_emulator.store import Content, Job, Stored

PATH = "runs"
FINISH_RUN = "finish_run"
# The most jobs that one request carries out, so that a fast schedule cannot block it.
_LARGEST_BACKLOG = 500
_BYTES_OF_ROW = 100
_SECONDS_TO_WAIT = 0.05


def _render(_context: RequestContext, stored: Stored) -> str:
    return stored.text


LISTING = Listing(PATH, _render, has_order=True, has_empty_links=True)


def advance(context: RequestContext) -> None:
    """Carry out the jobs of the sandbox that are due."""
    now = time.time()
    for _number in range(_LARGEST_BACKLOG):
        job = context.scope.next_job(now)
        if job is None:
            return
        _HANDLERS[job.action](context, job)


def _set_state(context: RequestContext, job: Job) -> None:
    objects.set_state(context.scope, job)


def _delete(context: RequestContext, job: Job) -> None:
    context.scope.delete(job.data["path"], job.resource_id)


def _start(context: RequestContext, job: Job) -> None:
    stored = context.scope.get(flows.PATH, job.resource_id)
    if stored is None or context.switches.run_outcome == "never":
        return
    flow = stored.content
    if flow["state"] in (PENDING, UPDATING):
        # The flow is enabled soon.
        context.scope.schedule(Job(time.time() + _SECONDS_TO_WAIT, inlets.START_RUN, flow["id"], {}))
    if flow["state"] != ENABLED:
        return
    start_run(context, flow, {}, job.due)
    schedule = mapping_at(flow, "scheduleParams")
    period = flows.SECONDS.get(schedule.get("frequency", ""))
    if period:
        seconds = period * int(schedule.get("interval", 1)) / context.switches.run_speed
        context.scope.schedule(Job(job.due + seconds, inlets.START_RUN, flow["id"], {}))


def start_run(context: RequestContext, flow: Content, params: Content, started: float) -> Content:
    """Store a run that has started, and schedule its end."""
    milliseconds = int(started * 1000)
    run: Content = {
        "id": str(uuid.uuid4()),
        **context.stamps(milliseconds),
        "flowId": flow["id"],
        "flowSpec": flow.get("flowSpec"),
        "providerRefId": f"M-{flow['id']}",
        "etag": new_etag(),
        **({"params": params} if params else {}),
        "metrics": {
            "durationSummary": {"startedAtUTC": milliseconds},
            "statusSummary": {"status": "inProgress"},
        },
        "activities": [],
    }
    context.scope.put(PATH, run)
    context.scope.schedule(Job(started + context.switches.run_time, FINISH_RUN, run["id"], {}))
    return run


def _finish(context: RequestContext, job: Job) -> None:
    stored = context.scope.get(PATH, job.resource_id)
    if stored is None:
        return
    run = stored.content
    flow = context.scope.get(flows.PATH, run["flowId"])
    read = len(_rows_of(context, flow.content if flow else {}))
    outcome = context.switches.run_outcome
    finished = int(job.due * 1000)
    run.update(_results(run, flow.content if flow else {}, read, outcome, finished))
    context.scope.put(PATH, run)
    if flow is not None:
        _show_last_run(context, flow.content, run, outcome)


def _rows_of(context: RequestContext, flow: Content) -> list[Content]:
    source = context.scope.get("sourceConnections", str((flow.get("sourceConnectionIds") or [""])[0]))
    if source is None:
        return []
    content = source.content
    if not mapping_at(flow, "scheduleParams"):
        received = context.scope.get(rows.KIND, content["id"])
        return t.cast(list[Content], received.content.get("rows", [])) if received else []
    spec_id = mapping_at(content, "connectionSpec").get("id")
    return rows.find_rows(context.scope, content["id"], content.get("baseConnectionId"), spec_id)


def _results(run: Content, flow: Content, read: int, outcome: str, finished: int) -> Content:
    failed = {"failed": read, "partial": min(read, 1)}.get(outcome, 0)
    written = read - failed
    started = run["metrics"]["durationSummary"]["startedAtUTC"]
    middle = (started + finished) // 2
    sizes = {"inputBytes": read * _BYTES_OF_ROW, "outputBytes": written * _BYTES_OF_ROW}
    status = "failed" if outcome == "failed" else "success"
    code = "CONNECTOR-1001-500" if outcome == "failed" else "CONNECTOR-2001-500"
    name = "copy" if outcome == "failed" else "promotion"
    errors = [{"code": code, "message": f"Error occurred at {name} activity."}] if failed or status == "failed" else []
    reported: Content = {"errors": errors} if errors else {}
    counts = {"inputRecordCount": read, "outputRecordCount": written, "failedRecordCount": failed}
    copied = {
        "id": "copyActivity",
        "name": "Copy Activity",
        "updatedAtUTC": middle,
        "durationSummary": {"startedAtUTC": started, "completedAtUTC": middle},
        "sizeSummary": sizes,
        "recordSummary": {"inputRecordCount": read, "outputRecordCount": 0 if status == "failed" else read},
        "fileSummary": {"inputFileCount": 1, "outputFileCount": 1},
        "statusSummary": {"status": status, **(reported if name == "copy" else {})},
        "sourceInfo": [{"id": _only(flow, "sourceConnectionIds"), "type": "SourceConnection"}],
    }
    promoted = {
        "id": "promotionActivity",
        "name": "Promotion Activity",
        "updatedAtUTC": finished,
        "durationSummary": {"startedAtUTC": middle, "completedAtUTC": finished},
        "sizeSummary": sizes,
        "recordSummary": counts,
        "fileSummary": {"inputFileCount": 1, "outputFileCount": 1},
        "statusSummary": {"status": status, **(reported if name == "promotion" else {})},
        "targetInfo": [
            {
                "id": _only(flow, "targetConnectionIds"),
                "type": "TargetConnection",
                "reference": {"type": "Batch", "ids": [f"01{secrets.token_hex(12).upper()}"]},
            }
        ],
    }
    return {
        "updatedAt": finished,
        "etag": new_etag(),
        "metrics": {
            "durationSummary": {"startedAtUTC": started, "completedAtUTC": finished},
            "sizeSummary": sizes,
            "recordSummary": counts,
            "fileSummary": {"inputFileCount": 1, "outputFileCount": 1, "activityRefs": ["promotionActivity"]},
            "statusSummary": {"status": status, **reported},
        },
        "activities": [copied] if status == "failed" else [copied, promoted],
    }


def _only(flow: Content, name: str) -> t.Any:
    return (flow.get(name) or [None])[0]


def _show_last_run(context: RequestContext, flow: Content, run: Content, outcome: str) -> None:
    """Store the run in the flow. The etag of a flow moves with its runs."""
    durations = run["metrics"]["durationSummary"]
    state = {"partial": "partialSuccess", "failed": "failed"}.get(outcome, "success")
    flow["lastRunDetails"] = {"id": run["id"], "state": state, **durations}
    flow["etag"] = flow["version"] = new_etag()
    flow["updatedAt"] = max(durations["completedAtUTC"], flow["updatedAt"] + 1)
    context.scope.put(flows.PATH, flow)
    if not mapping_at(flow, "scheduleParams"):
        # The next run of a streaming flow is about the records that arrive after this one.
        context.scope.delete(rows.KIND, _only(flow, "sourceConnectionIds"))


_HANDLERS: dict[str, t.Callable[[RequestContext, Job], None]] = {
    "set_state": _set_state,
    "delete": _delete,
    inlets.START_RUN: _start,
    FINISH_RUN: _finish,
}


def get(context: RequestContext, run_id: str) -> Response:
    """Respond to GET of a run."""
    stored = context.scope.get(PATH, run_id, context.switches.read_delay)
    if stored is None:
        return context.not_found(PATH, run_id)
    return json_response(200, f'{{"items":[{stored.text}]}}')


async def create(context: RequestContext) -> Response:
    """Respond to POST of a run on demand."""
    context.check_write_permission()
    body = await context.body()
    if not body.get("flowId"):
        raise invalid_request("1446-400", "The field flowId is missing or empty.")
    stored = context.scope.get(flows.PATH, str(body["flowId"]))
    if stored is None:
        raise invalid_request("1430-400", f"The flow {body['flowId']} is not found.")
    flow = stored.content
    _check_flow(flow)
    schedule = mapping_at(flow, "scheduleParams")
    if not schedule or context.switches.on_demand_runs == "unsupported":
        raise connector_error("1385-400", "The connector does not support runs on demand.")
    if schedule.get("frequency") != "once":
        raise connector_error("1386-400", "The frequency of the flow does not support runs on demand.")
    params = mapping_at(body, "params")
    start, end = (str(params.get(name, "")) for name in ("windowStartTime", "windowEndTime"))
    if start.isdecimal() and end.isdecimal() and int(end) < int(start):
        raise connector_error("1381-400", "The window of the run ends before it starts.")
    run = start_run(context, flow, params, time.time())
    if context.switches.run_answer == "whole":
        return json_response(201, run)
    answer = {"id": run["id"], "etag": run["etag"]}
    return json_response(201, answer if context.switches.run_answer == "bare" else {"items": [answer]})


def _check_flow(flow: Content) -> None:
    if flow["state"] != ENABLED:
        raise connector_error("1388-400", f"The flow is {flow['state']}, not enabled.")


def act(context: RequestContext, run_id: str) -> Response:
    """Respond to an action on a run: a new run in place of one that failed, or that had no records."""
    context.check_write_permission()
    stored = context.scope.get(PATH, run_id)
    if stored is None:
        return context.not_found(PATH, run_id)
    run, op = stored.content, action_name(context)
    if op != "re-trigger":
        raise connector_error("1398-400", f"The operation {op} is not supported.")
    flow = context.scope.get(flows.PATH, run["flowId"])
    if flow is None:
        raise invalid_request("1430-400", f"The flow {run['flowId']} is not found.")
    _check_flow(flow.content)
    if not mapping_at(flow.content, "scheduleParams"):
        raise connector_error("1385-400", "The connector does not support runs on demand.")
    metrics = run["metrics"]
    status, read = metrics["statusSummary"]["status"], mapping_at(metrics, "recordSummary").get("inputRecordCount")
    if status != "failed" and not (status == "success" and read == 0):
        raise connector_error("1387-400", f"The status {status} does not allow the operation re-trigger.")
    new = start_run(context, flow.content, mapping_at(run, "params"), time.time())
    return json_response(200, {"id": new["id"], "etag": new["etag"]})


def replace(context: RequestContext, run_id: str) -> Response:
    """Respond to PUT of a run, which providers can do and users cannot."""
    if context.scope.get(PATH, run_id) is None:
        return context.not_found(PATH, run_id)
    raise invalid_request("1427-400", "Users cannot update runs.")
