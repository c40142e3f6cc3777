# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Test a connection and explore its source: the task of ``connection_explore_info``.

Both reach a third party with live credentials, and what it responds is data of customers. So nothing of a response is
in a message, not even the words of an error.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.aep.flow_service.plugins.module_utils._engine.collection import (
    LiveSpec,
    Service,
    UnreadableAnswerError,
)
from ansible_collections.aep.flow_service.plugins.module_utils._engine.find import named
from ansible_collections.aep.flow_service.plugins.module_utils._errors import (
    AmbiguousNameError,
    FlowServiceError,
    NotFoundError,
)
from ansible_collections.aep.flow_service.plugins.module_utils._http.transport import (
    Response,
    ServiceError,
    find_next_step,
    short_code,
)
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.auth_spec import spec_id_of
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.connections import CONNECTION
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.explored import (
    ROOT,
    Explored,
    default_object_type,
    read_explored,
    read_test,
)
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.identifiers import is_same_id
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import CONNECTION_SPEC
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.explore_options import (
    Exploration,
    check_object,
    explore_options,
    query_of,
    read_exploration,
)
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.operation import Operation, Result

MAX_ROWS: t.Final = 10
# The service has numbers for codes. Anything else in this place can come from the source.
_CODE: t.Final = re.compile(r"([A-Z]+-)?[0-9]+(-[0-9]+)?")
_REQUEST_ID: t.Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_NOT_EXPLORABLE: t.Final = (
    "take the columns from the documentation of the source. Connections of this connection spec cannot be explored"
)
_SOURCE_REJECTS: t.Final = "check the credentials of the connection, and source_params, against the source"
_STEPS: t.Final = {
    "1308": _SOURCE_REJECTS,
    "1336": _NOT_EXPLORABLE,
    "1337": "set path to an object of the source. With object_type root, the module lists them",
    "1358": "set object_type to a type that this source has",
    "1372": _NOT_EXPLORABLE,
    "1389": "set source_params to the parameters that sourceSpec.spec of the connection spec declares",
    "1439": "check connection_id and sandbox_name",
}


def explore_operation() -> Operation[Exploration]:
    """Test a connection and explore its source: the operation of ``connection_explore_info``."""

    def perform(service: Service, task: Exploration, check_mode: bool) -> Result:
        if check_mode and not task.runs_in_check_mode:
            return {
                **_result(task, task.connection_id, task.object_type, None, Explored()),
                "skipped": True,
                "msg": "The connection is neither tested nor explored in check mode, because both use its credentials"
                " at the source. Set run_in_check_mode to do so.",
            }
        return _Explorer(service, task).run()

    return Operation(
        argument_spec=explore_options(),
        read=read_exploration,
        perform=perform,
        is_read_only=True,
        mutually_exclusive=(("connection_id", "connection_name"), ("connection_spec_id", "connection_spec_name")),
        required_one_of=(("connection_id", "connection_name"),),
    )


class _Explorer:
    """One connection, as far as a task explores it."""

    def __init__(self, service: Service, task: Exploration) -> None:
        self._service = service
        self._task = task
        self._connections = service.collection(CONNECTION)

    def run(self) -> Result:
        task = self._task
        connection = self._find()
        object_type = task.object_type or self._default_object_type(connection)
        check_object(task, object_type)
        connection_id = t.cast(str, connection.id if connection else task.connection_id)
        label = CONNECTION.label(connection.spec if connection else {"id": connection_id})
        url = f"{self._service.settings.base_url}{CONNECTION.api}/{CONNECTION.collection}/{connection_id}"
        result = self._test(url, f"test {label}") if task.is_tested else None
        if result is False:
            warning = f"The test of {label} failed, so its source was not explored. To explore it, set test to false."
            return {**_result(task, connection_id, object_type, result, Explored()), "warnings": [warning]}
        try:
            explored = self._explore(url, f"explore {label}", object_type)
        except FlowServiceError as error:
            error.add(test=result)
            raise
        return _result(task, connection_id, object_type, result, explored)

    def _find(self) -> LiveSpec | None:
        """Return the connection; None where its ID is enough."""
        task, sandbox = self._task, self._service.settings.sandbox_name
        if task.connection_id is not None:
            if task.object_type is not None:
                return None
            live = self._connections.get(task.connection_id)
            if live is None:
                raise NotFoundError(
                    f"Could not explore connection {task.connection_id}: sandbox {sandbox} has no connection with this"
                    " ID. Next step: check connection_id and sandbox_name."
                )
            return live
        found = self._of_name(t.cast(str, task.connection_name))
        if not found:
            raise NotFoundError(
                f"Could not explore connection {task.connection_name!r}: sandbox {sandbox} has no connection with this"
                " name, drafts left out. Next step: check connection_name, the connection spec, and sandbox_name."
            )
        if len(found) > 1:
            ids = [live.id for live in found]
            raise AmbiguousNameError(
                f"Could not explore connection {task.connection_name!r}: {len(found)} connections have this name:"
                f" {', '.join(ids)}. Next step: set connection_id, or connection_spec_id if they are at different"
                " sources.",
                ids=ids,
            )
        return found[0]

    def _of_name(self, name: str) -> list[LiveSpec]:
        """Return the connections of a name, of the wanted connection spec, drafts left out."""
        spec_id = self._wanted_spec_id()
        return [
            live
            for live in self._connections.find(name=name)
            if live.spec.get("state") not in CONNECTION.hidden_states
            and (spec_id is None or is_same_id(spec_id_of(live.spec), spec_id))
        ]

    def _wanted_spec_id(self) -> str | None:
        name = self._task.connection_spec_name
        if name is None:
            return self._task.connection_spec_id
        spec = named(self._service.collection(CONNECTION_SPEC), name)
        if spec is None:
            raise NotFoundError(
                f"Could not explore connection {self._task.connection_name!r}: sandbox"
                f" {self._service.settings.sandbox_name} has no connection spec with the name {name!r}. Next step:"
                " check connection_spec_name. connection_spec_info lists the connection specs."
            )
        return spec.id

    def _default_object_type(self, connection: LiveSpec | None) -> str:
        spec_id = spec_id_of(connection.spec) if connection else None
        spec = self._service.collection(CONNECTION_SPEC).get(spec_id) if spec_id else None
        return default_object_type(spec.spec) if spec else ROOT

    def _test(self, url: str, what: str) -> bool:
        result = read_test(self._read(f"{url}/test", "", what).body)
        if result is None:
            raise self._unreadable(what, f"{url}/test", "without the result")
        return result

    def _explore(self, url: str, what: str, object_type: str) -> Explored:
        answer = self._read(f"{url}/explore", query_of(self._task, object_type), what)
        explored = read_explored(answer.body, object_type)
        if explored is None:
            raise self._unreadable(what, f"{url}/explore", "with neither objects, columns, nor rows")
        return explored

    def _read(self, url: str, query: str, what: str) -> Response:
        def attempt() -> Response:
            try:
                return self._service.request("GET", f"{url}?{query}" if query else url, what)
            except ServiceError as error:
                raise _without_words(error, what, url) from None

        return self._service.transport.with_retries(attempt)

    def _unreadable(self, what: str, url: str, how: str) -> UnreadableAnswerError:
        return UnreadableAnswerError(
            f"Could not {what}: GET {url} answered {how}. The response is not shown, because it can hold data of the"
            " source. Next step: check object_type, path, and base_url."
        )


def _without_words(error: ServiceError, what: str, url: str) -> ServiceError:
    """Return an error without anything that can come from the source: with its status and its code alone."""
    code = error.code if _CODE.fullmatch(error.code) else ""
    request_id = error.facts.get("request_id")
    if not isinstance(request_id, str) or not _REQUEST_ID.fullmatch(request_id):
        request_id = None
    shown = ServiceError(
        f"Could not {what}: GET {url} answered HTTP {error.status}"
        + (f", code {code}. " if code else ". ")
        + (f"Request ID: {request_id}. " if request_id else "")
        + "The response is not shown, because it can hold data of the source."
        + f" Next step: {_next_step(error.status, code)}.",
        error.status,
        code,
        error.retry_after,
        None,
    )
    shown.add(request_id=request_id)
    return shown


def _next_step(status: int, code: str) -> str:
    short = short_code(code)
    step = _STEPS.get(short.partition("-")[0])
    if step:
        return step
    # The general step refers to the words of the service.
    return _SOURCE_REJECTS if status in (400, 422) else find_next_step(status, code)


def _result(
    task: Exploration, connection_id: str | None, object_type: str | None, test: bool | None, explored: Explored
) -> Result:
    shown = {"rows": (explored.rows or [])[:MAX_ROWS]} if task.shows_rows else {}
    return {
        "changed": False,
        "id": connection_id,
        "object_type": object_type,
        "test": test,
        "objects": explored.objects,
        "columns": explored.columns,
        "row_count": None if explored.rows is None else len(explored.rows),
        **shown,
    }
