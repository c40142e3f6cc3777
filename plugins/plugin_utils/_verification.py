# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""The verification of a source: which task can run next, and the verdict on each step. Pure functions.

The role runs one task after the other. Each of them runs if :func:`obstacle_to` finds nothing against it, and a step
is judged by the results of its tasks alone. A verdict never states more than these results show.
"""

from __future__ import annotations

import dataclasses
import typing as t
from collections.abc import Callable, Mapping

from ansible_collections.aep.flow_service.plugins.module_utils._kinds.identifiers import has_id
from ansible_collections.aep.flow_service.plugins.plugin_utils._verification_facts import (
    JSON,
    Result,
    Verification,
    created_objects,
    mappings,
    removed_objects,
    value_at,
)
from ansible_collections.aep.flow_service.plugins.plugin_utils._verification_judgment import (
    ENDED,
    FAILED,
    NOT_TRIED,
    PASSED,
    Judgment,
    describe_run,
    failed_object,
    judge_failure,
    judge_lookup,
    judge_records,
    run_evidence,
)

_CHECK_MODE: t.Final = "Check mode makes no changes, and uses no credentials at the source."
_STREAMING: t.Final = "A streaming source has no account."


# Which task can run


def obstacle_to(task: str, so_far: Verification) -> str | None:
    """Return why a task is not to run; None if it can run."""
    return _OBSTACLES[task](so_far)


def _nothing_to_check(so_far: Verification) -> str | None:
    return None if so_far.connection_spec else "Step connection_spec did not find the connection spec."


def _no_connection_spec(so_far: Verification) -> str | None:
    has_errors = bool((so_far.result("check") or {}).get("failed"))
    return _nothing_to_check(so_far) or ("The checks found errors in the connection spec." if has_errors else None)


def _no_flow_spec(so_far: Verification) -> str | None:
    has_reference = bool(so_far.flow_spec_reference)
    return _no_connection_spec(so_far) or (None if has_reference else "The flow spec is not known.")


def _earlier_objects(so_far: Verification) -> str | None:
    for task in ("earlier_dataflow", "earlier_connection"):
        if so_far.success(task) is None:
            return "The objects of an earlier verification of this source could not be removed."
    return None


def _no_connection(so_far: Verification) -> str | None:
    if so_far.is_streaming:
        return _STREAMING
    return _failed_before(so_far, "connection_spec") or _earlier_objects(so_far)


def _no_exploration(so_far: Verification) -> str | None:
    if so_far.is_streaming:
        return _STREAMING
    return _CHECK_MODE if so_far.wanted.is_check_mode else _failed_before(so_far, "connection")


def _no_second_preview(so_far: Verification) -> str | None:
    obstacle = _no_exploration(so_far)
    explored = so_far.result("explore")
    if obstacle is None and explored is not None and explored.get("test") is True:
        return "The source was explored already."
    return obstacle


def _no_mapping(so_far: Verification) -> str | None:
    if so_far.wanted.mapping_id:
        return f"verify_mapping sets mapping set {so_far.wanted.mapping_id}, which exists already."
    if not so_far.wanted.has_mappings:
        return "Neither verify_mappings nor verify_mapping is set."
    return _no_connection_spec(so_far)


def _no_dataflow(so_far: Verification) -> str | None:
    obstacle = _failed_before(so_far, "flow_spec") or _earlier_objects(so_far)
    if obstacle is None and not so_far.is_streaming and so_far.success("connection") is None:
        obstacle = _failed_before(so_far, "connection")
    if obstacle is None and so_far.wanted.has_mappings and so_far.success("mapping") is None:
        obstacle = _failed_before(so_far, "mapping")
    return obstacle


def _no_record(so_far: Verification) -> str | None:
    if not so_far.is_streaming:
        return "A batch source has no inlet."
    if so_far.wanted.is_check_mode:
        return _CHECK_MODE
    if not so_far.wanted.has_record:
        return "verify_record is not set, so no record was sent to the inlet."
    return _failed_before(so_far, "enabled")


def _no_run(so_far: Verification) -> str | None:
    if so_far.wanted.is_check_mode:
        return _CHECK_MODE
    obstacle = _failed_before(so_far, "enabled")
    if obstacle is None and so_far.is_streaming and so_far.success("record") is None:
        return _no_record(so_far) or "No record was sent to the inlet."
    return obstacle


def _no_removal(so_far: Verification) -> str | None:
    if so_far.wanted.is_check_mode:
        return _CHECK_MODE
    if not so_far.wanted.is_removed:
        return "verify_cleanup is false."
    created = any(so_far.result(task) is not None for task in ("connection", "dataflow"))
    return None if created else "Nothing was created."


_OBSTACLES: t.Final[Mapping[str, Callable[[Verification], str | None]]] = {
    "check": _nothing_to_check,
    "flow_spec": _no_flow_spec,
    "earlier": _no_connection_spec,
    "connection": _no_connection,
    "explore": _no_exploration,
    "preview": _no_second_preview,
    "mapping": _no_mapping,
    "dataflow": _no_dataflow,
    "record": _no_record,
    "run": _no_run,
    "removal": _no_removal,
}
TASKS_TO_RUN: t.Final = tuple(_OBSTACLES)


def _failed_before(so_far: Verification, name: str) -> str | None:
    """Return that a step has not passed; None if it has."""
    step = judge(name, so_far)
    if step.verdict == PASSED:
        return None
    return f"Step {name} {'failed' if step.verdict == FAILED else 'was not tried'}."


# Verdicts


def judge(name: str, so_far: Verification) -> Judgment:
    """Return the verdict on a step."""
    return STEPS[name].judge(so_far)


def _judge_connection_spec(so_far: Verification) -> Judgment:
    wanted = so_far.wanted
    found = judge_lookup(
        so_far.result("connection_spec"), "connection_specs", "connection spec", wanted.connection_spec
    )
    if found is not None:
        return found
    spec, names = so_far.connection_spec, so_far.auth_specs
    evidence = {
        "connection_spec_id": spec.get("id"),
        "name": spec.get("name"),
        "type": spec.get("type"),
        "auth_specs": names,
    }
    checked = so_far.result("check")
    if checked is not None and checked.get("failed"):
        return Judgment(FAILED, _describe_errors(checked), _CHECK_STEP, evidence)
    if so_far.is_streaming or (not wanted.auth_spec_name and len(names) < 2) or wanted.auth_spec_name in names:
        return Judgment(PASSED, evidence=evidence)
    has = f"has {', '.join(names)}" if names else "has none"
    if wanted.auth_spec_name:
        reason = f"The connection spec has no authentication spec named {wanted.auth_spec_name!r}. It {has}."
        step = (
            "set verify_auth_spec_name exactly as in authSpec of the connection spec, or correct the connection spec."
        )
    else:
        reason = f"The connection spec has several authentication specs. It {has}."
        step = "set verify_auth_spec_name to one of them."
    return Judgment(FAILED, reason, step, evidence)


_CHECK_STEP: t.Final = (
    "correct the definition, and apply it by the role source. To verify the source all the same, set source_check to"
    " false."
)


def _describe_errors(checked: Result) -> str:
    found = [finding for finding in mappings(checked.get("findings")) if finding.get("severity") == "error"]
    if not found:
        return str(checked.get("msg") or "")
    described = " ".join(
        f"{finding.get('path')}: {finding.get('message')} ({finding.get('check')})" for finding in found
    )
    return f"The checks found errors in the connection spec. {described}"


def _judge_flow_spec(so_far: Verification) -> Judgment:
    obstacle = _no_connection_spec(so_far)
    if obstacle is not None:
        return Judgment(NOT_TRIED, obstacle)
    reference, spec = so_far.flow_spec_reference, so_far.connection_spec
    if not reference:
        return Judgment(
            FAILED,
            f"No flow spec is known for the type {str(spec.get('type') or '')!r} of the connection spec.",
            "set verify_flow_spec to the ID or the name of the flow spec.",
        )
    found = judge_lookup(so_far.result("flow_spec"), "flow_specs", "flow spec", reference)
    if found is not None:
        return found
    evidence = {"flow_spec_id": so_far.flow_spec.get("id"), "name": so_far.flow_spec.get("name")}
    if has_id(so_far.flow_spec.get("sourceConnectionSpecIds"), str(spec.get("id"))):
        return Judgment(PASSED, evidence=evidence)
    return Judgment(
        FAILED,
        f"Flow spec {so_far.flow_spec.get('name')} does not list connection spec {spec.get('id')} as a source.",
        "link the source with the role source or the module flow_spec_source_link.",
        evidence,
    )


def _judge_task(so_far: Verification, task: str, evidence: Callable[[Result], Mapping[str, JSON]]) -> Judgment:
    """Judge a step by the outcome of its task alone."""
    result = so_far.result(task)
    if result is None:
        return _skipped(so_far, task)
    if result.get("failed"):
        return judge_failure(result)
    if so_far.wanted.is_check_mode:
        return Judgment(NOT_TRIED, _CHECK_MODE)
    return Judgment(PASSED, evidence=evidence(result))


def _judge_connection(so_far: Verification) -> Judgment:
    def evidence(result: Result) -> Mapping[str, JSON]:
        return {"connection_id": result.get("id"), "auth_spec_name": value_at(result, "connection", "auth", "specName")}

    return _judge_task(so_far, "connection", evidence)


def _judge_test(so_far: Verification) -> Judgment:
    result = so_far.result("explore")
    if result is None:
        return _skipped(so_far, "explore")
    if result.get("test") is True:
        return Judgment(PASSED, evidence={"result": True})
    if result.get("failed"):
        return judge_failure(result)
    return Judgment(
        FAILED,
        "The service reports that the test of the account failed.",
        "check verify_auth_params and verify_auth_secrets against the source.",
        {"result": False},
    )


def _judge_preview(so_far: Verification) -> Judgment:
    # The first task does not explore a source whose test fails.
    result = so_far.result("preview") or so_far.result("explore")
    if result is None:
        return _skipped(so_far, "explore")
    if result.get("failed"):
        return judge_failure(result)
    rows = result.get("row_count")
    evidence = {"rows": rows, "columns": len(mappings(result.get("columns")))}
    if isinstance(rows, int) and rows > 0:
        return Judgment(PASSED, evidence=evidence)
    return Judgment(NOT_TRIED, "The preview shows no rows, so it does not prove that rows can be read.", None, evidence)


def _judge_object(so_far: Verification, name: str, key: str, more: Callable[[Result], Mapping[str, JSON]]) -> Judgment:
    """Judge the creation of one object of the dataflow."""
    result = so_far.result("dataflow")
    if result is None:
        return _skipped(so_far, "dataflow")
    failed_at = failed_object(result)
    if failed_at == name:
        return judge_failure(result)
    if so_far.wanted.is_check_mode:
        return Judgment(NOT_TRIED, _CHECK_MODE if failed_at is None else f"Step {failed_at} failed.")
    if result.get(key):
        return Judgment(PASSED, evidence={key if key != "id" else "flow_id": result[key], **more(result)})
    return Judgment(NOT_TRIED, f"Step {failed_at} failed.")


def _judge_source_connection(so_far: Verification) -> Judgment:
    return _judge_object(so_far, "source_connection", "source_connection_id", lambda _result: {})


def _judge_target_connection(so_far: Verification) -> Judgment:
    dataset = {"dataset_id": so_far.wanted.dataset_id}
    return _judge_object(so_far, "target_connection", "target_connection_id", lambda _result: dataset)


def _judge_flow(so_far: Verification) -> Judgment:
    name = {"name": so_far.object_name}
    return _judge_object(so_far, "flow", "id", lambda _result: name)


def _judge_enabled(so_far: Verification) -> Judgment:
    result = so_far.result("dataflow")
    created = judge("flow", so_far)
    if result is None or created.verdict != PASSED:
        reason = created.reason if created.verdict == NOT_TRIED else "Step flow failed."
        return Judgment(NOT_TRIED, reason)
    if result.get("failed"):
        return judge_failure(result)
    state = value_at(result, "dataflow", "flow", "state")
    evidence: dict[str, JSON] = {"state": state}
    if so_far.is_streaming:
        # Anyone can send records to the URL, so it is not part of the report.
        evidence["has_inlet_url"] = bool(result.get("inlet_url"))
    if str(state).casefold() != "enabled":
        step = "look up the dataflow in the platform, and raise verify_wait_timeout if it needs more time."
        return Judgment(FAILED, f"The flow has the state {state!r}.", step, evidence)
    if evidence.get("has_inlet_url") is False:
        step = "send the ID of the flow to Adobe support."
        return Judgment(FAILED, "The service gave the flow no inlet URL.", step, evidence)
    return Judgment(PASSED, evidence=evidence)


def _judge_mapping(so_far: Verification) -> Judgment:
    def evidence(result: Result) -> Mapping[str, JSON]:
        return {
            "mapping_set_id": result.get("id"),
            "version": result.get("version"),
            # An equal mapping set of an earlier verification was validated when it was created.
            "is_reused": not result.get("changed"),
        }

    return _judge_task(so_far, "mapping", evidence)


def _judge_run(so_far: Verification) -> Judgment:
    record = so_far.result("record")
    if record is not None and record.get("failed"):
        status = record.get("status")
        answered = f"responded with HTTP {status}" if isinstance(status, int) and status > 0 else "did not respond"
        step = "check verify_record against the documentation of the source."
        return Judgment(FAILED, f"The inlet {answered} to the record.", step, {"http_status": status})
    result = so_far.result("run")
    if result is None:
        return _skipped(so_far, "run")
    runs = mappings(result.get("runs"))
    run = runs[0] if runs else {}
    evidence = run_evidence(run)
    if result.get("failed"):
        failure = judge_failure(result)
        return dataclasses.replace(failure, evidence={**evidence, **failure.evidence})
    if run.get("status") != "succeeded":
        step = "correct the source, the mapping, or the schema so that all records arrive."
        return Judgment(FAILED, describe_run(run), step, evidence)
    return judge_records(evidence, judge("preview", so_far).evidence.get("rows"), so_far.is_streaming)


def _judge_removal(so_far: Verification) -> Judgment:
    failures = [
        judge_failure(result)
        for task in ("earlier_dataflow", "earlier_connection", "removed_dataflow", "removed_connection")
        if (result := so_far.result(task)) is not None and result.get("failed")
    ]
    removed = removed_objects(so_far, "removed")
    evidence = {"removed": [f"{one['kind']} {one['id']}" for one in removed]}
    if failures:
        reason = " ".join(dict.fromkeys(str(failure.reason) for failure in failures))
        return Judgment(FAILED, reason, failures[0].next_step, {**failures[0].evidence, **evidence})
    obstacle = obstacle_to("removal", so_far)
    if obstacle is not None:
        return Judgment(NOT_TRIED, obstacle)
    if so_far.success("removed_dataflow") is None or so_far.success("removed_connection") is None:
        return Judgment(NOT_TRIED, ENDED)
    if not removed and not created_objects(so_far):
        return Judgment(NOT_TRIED, "Nothing was created.")
    return Judgment(PASSED, evidence=evidence)


def _skipped(so_far: Verification, task: str) -> Judgment:
    """Return the verdict on a step whose task has not run."""
    return Judgment(NOT_TRIED, obstacle_to(task, so_far) or ENDED)


# The steps


@dataclasses.dataclass(frozen=True)
class Step:
    """A step of a verification: what it shows, how it is judged, and the tasks whose results decide."""

    title: str
    judge: Callable[[Verification], Judgment]
    tasks: tuple[str, ...]
    title_without_account: str = ""
    """The title for a source that has no account, or whose account needs no authentication."""


STEPS: t.Final[Mapping[str, Step]] = {
    "connection_spec": Step(
        "The connection spec has the authentication spec",
        _judge_connection_spec,
        ("connection_spec", "check"),
        "The connection spec exists",
    ),
    "flow_spec": Step("The flow spec lists the connection spec", _judge_flow_spec, ("flow_spec",)),
    "connection": Step("An account can be created", _judge_connection, ("connection",)),
    "test": Step("The test of the account succeeds", _judge_test, ("explore",)),
    "preview": Step("The preview of the source has rows", _judge_preview, ("explore", "preview")),
    "source_connection": Step("A source connection can be created", _judge_source_connection, ("dataflow",)),
    "target_connection": Step("A target connection can be created", _judge_target_connection, ("dataflow",)),
    "mapping": Step("The mapping is valid", _judge_mapping, ("mapping",)),
    "flow": Step("A flow can be created", _judge_flow, ("dataflow",)),
    "enabled": Step("The flow is enabled", _judge_enabled, ("dataflow",)),
    "run": Step("A run reads records, and none of them fails", _judge_run, ("record", "run")),
    "removal": Step(
        "All objects of the verification are gone",
        _judge_removal,
        ("earlier_dataflow", "earlier_connection", "removed_dataflow", "removed_connection"),
    ),
}
