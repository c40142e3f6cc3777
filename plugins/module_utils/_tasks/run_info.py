# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Look runs up, and wait for them: the task of ``dataflow_run_info``."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.aep.flow_service.plugins.module_utils._engine.collection import LiveSpec, Service
from ansible_collections.aep.flow_service.plugins.module_utils._errors import InputError
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import Params
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.identifiers import check_id, check_ids
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import Spec
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.runs import RUN, summarize_run
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
    newest_first,
    newest_runs,
    optional,
    reference_options,
)


@dataclasses.dataclass(frozen=True)
class RunQuery:
    """Which runs to look up, and how."""

    ids: tuple[str, ...]
    """The IDs of runs; none where all runs of a dataflow are meant."""
    dataflow: DataflowReference | None
    limit: int | None
    patience: Patience | None
    """How to wait until the runs are done; None to return them as they are."""
    shows_run: bool

    @classmethod
    def from_params(cls, params: Params) -> RunQuery:
        """Return what the options ask for.

        Raises InputError.
        """
        limit = params["limit"]
        if limit is not None and limit < 1:
            raise InputError(f"Could not use limit: it is {limit}, and must be at least 1. Next step: correct it.")
        patience = Patience.from_params(params)
        run_id = optional(check_id, params, "id")
        ids = tuple(dict.fromkeys(check_ids(params["ids"] or (), "ids")))
        return cls(
            ids=ids if run_id is None else (run_id,),
            dataflow=DataflowReference.from_params(params),
            limit=limit,
            patience=patience if params["wait"] == "done" else None,
            shows_run=params["show_run"],
        )


def run_info_operation() -> Operation[RunQuery]:
    """Look runs up: the operation of ``dataflow_run_info``."""

    def perform(service: Service, query: RunQuery, check_mode: bool) -> Result:
        # What check mode did not start does not end either.
        patience = None if check_mode else query.patience
        found = _of_dataflow(service, query, patience) if query.dataflow else _of_ids(service, query.ids, patience)
        runs = [_shown(live.spec, query.shows_run) for live in newest_first(found)[: query.limit]]
        return {"changed": False, "runs": runs, "count": len(runs)}

    return Operation(
        argument_spec={
            **arguments.connection_options(),
            "id": {"type": "str"},
            "ids": {"type": "list", "elements": "str"},
            **reference_options(),
            "limit": {"type": "int"},
            "wait": {"type": "str", "choices": ["no", "done"], "default": "no"},
            **patience_options(),
            "show_run": {"type": "bool", "default": False},
        },
        read=RunQuery.from_params,
        perform=perform,
        is_read_only=True,
        mutually_exclusive=(("id", "ids", "dataflow_id", "dataflow_name"), ("flow_spec_id", "flow_spec_name")),
        required_one_of=(("id", "ids", "dataflow_id", "dataflow_name"),),
    )


def _of_dataflow(service: Service, query: RunQuery, patience: Patience | None) -> list[LiveSpec]:
    reference = t.cast(DataflowReference, query.dataflow)
    flow_id = reference.id
    if flow_id is None:
        flow = find_dataflow(service, reference)
        if flow is None and patience is not None:
            raise reference.missing(service)
        if flow is None:
            return []
        flow_id = flow.id
    if patience is None:
        return newest_runs(service, flow_id, query.limit)
    done = RunWait(service, patience).for_dataflow(flow_id, str(reference))
    if query.limit == 1:
        return [done]
    # The runs before it, and perhaps one that has started since.
    return [done if live.id == done.id else live for live in newest_runs(service, flow_id, query.limit)]


def _of_ids(service: Service, ids: tuple[str, ...], patience: Patience | None) -> list[LiveSpec]:
    if not ids:
        return []
    if patience is not None:
        return RunWait(service, patience).for_runs(ids)
    runs = service.collection(RUN)
    if len(ids) == 1:
        live = runs.get(ids[0])
        return [live] if live else []
    return runs.find(ids=ids)


def _shown(run: Spec, shows_run: bool) -> Spec:
    return {**summarize_run(run), "run": run} if shows_run else summarize_run(run)
