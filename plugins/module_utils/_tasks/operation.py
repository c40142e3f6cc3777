# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""An operation: what one module does, and how it is carried out.

An operation knows nothing of who calls it: a module of its own process, or an action in Ansible's worker process.
"""

from __future__ import annotations

import dataclasses
import typing as t
from collections.abc import Callable

from ansible_collections.aep.flow_service.plugins.module_utils._engine.approval import Approval
from ansible_collections.aep.flow_service.plugins.module_utils._engine.backup import Backup
from ansible_collections.aep.flow_service.plugins.module_utils._engine.collection import Service
from ansible_collections.aep.flow_service.plugins.module_utils._errors import as_flow_service_error
from ansible_collections.aep.flow_service.plugins.module_utils._http.redact import Redactor
from ansible_collections.aep.flow_service.plugins.module_utils._http.settings import Settings, find_secrets
from ansible_collections.aep.flow_service.plugins.module_utils._json.text import escape_lone_surrogates
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON, Params, mapping_of, texts_of
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.options import ArgumentSpec

# The verbosity of -vvv.
_VERBOSE: t.Final = 3
_NO_CHANGES: t.Final = " No changes were made."
# What implies it.
_NOTHING_SENT: t.Final = ("No request was sent.", "files were written.")

Result = dict[str, JSON]
Task = t.TypeVar("Task")


@dataclasses.dataclass(frozen=True)
class Operation(t.Generic[Task]):
    """What one module does.

    ``read`` checks the parameters without a request; what it makes of them is handed to ``perform``, with the
    service and whether this is check mode.
    """

    argument_spec: ArgumentSpec
    read: Callable[[Params], Task]
    # Any: the service, or None for an operation that is offline.
    perform: Callable[[t.Any, Task, bool], Result]
    is_read_only: bool = False
    """Whether it never changes the service, so that its failures need not say that they changed nothing."""
    is_offline: bool = False
    """Whether it is carried out without the service, so that no option of the connection is needed."""
    mutually_exclusive: tuple[tuple[str, ...], ...] = ()
    required_one_of: tuple[tuple[str, ...], ...] = ()


# Any: what an operation makes of its parameters concerns that operation alone.
AnyOperation = Operation[t.Any]


@dataclasses.dataclass
class Report:
    """How an operation ended: the values that the task returns, and what to warn of."""

    values: Result
    warnings: list[str]
    secrets: set[str]
    """What Ansible is to censor in whatever is returned."""
    failed: bool = False

    def returned(self, verbosity: int) -> Result:
        """Return the result of the task, with a traceback only at -vvv."""
        shown = {name: value for name, value in self.values.items() if name != "traceback" or verbosity >= _VERBOSE}
        return {**shown, "failed": True} if self.failed else shown


def execute(
    operation: AnyOperation, params: Params, check_mode: bool, tell: Callable[[str], None] = lambda _text: None
) -> Report:
    """Carry out an operation with checked parameters; any failure becomes a report as well.

    ``tell`` is told how far a long task is.
    """
    redact = Redactor(*find_secrets(params))
    try:
        if operation.is_offline:
            return Report(operation.perform(None, operation.read(params), check_mode), [], redact.secrets)
        settings = Settings.from_params(params)
        task = operation.read(params)
        service = Service(
            settings, tell, Backup.from_params(params, settings.sandbox_name), Approval.from_params(params)
        )
        redact = service.transport.redact
        stats = service.transport.stats
        try:
            values = operation.perform(service, task, check_mode)
        except Exception as error:
            failure = as_flow_service_error(error)
            failure.add(api=stats.as_result(), changed=stats.has_changed)
            if service.backup.files:
                failure.add(backup_file=service.backup.files[0])
            failure.facts["warnings"] = [*service.transport.warnings, *texts_of(failure.facts.get("warnings"))]
            raise failure from None
        warnings = [*service.transport.warnings, *texts_of(values.pop("warnings", []))]
        return _report({**values, "warnings": warnings, "api": stats.as_result()}, redact.secrets)
    except Exception as error:
        failure = as_flow_service_error(error)
        values = {"changed": False, **failure.facts}
        values["msg"] = redact(with_effect(failure.message, operation.is_read_only or bool(values["changed"])))
        if "traceback" in values:
            values["traceback"] = list(map(redact, texts_of(values["traceback"])))
        return _report(values, redact.secrets | failure.secrets, failed=True)


def with_effect(message: str, is_open: bool) -> str:
    """Return a message that states that no changes were made; none that states it where this is open or no news."""
    if is_open:
        return message.replace(_NO_CHANGES, "")
    if any(effect in message for effect in (_NO_CHANGES, *_NOTHING_SENT)):
        return message
    reason, step, rest = message.rpartition(" Next step: ")
    return f"{reason}{_NO_CHANGES}{step}{rest}" if step else message


def _report(values: Result, secrets: set[str], failed: bool = False) -> Report:
    # A live spec may hold what no terminal and no file can show.
    shown = dict(mapping_of(escape_lone_surrogates(values)))
    return Report(shown, texts_of(shown.pop("warnings", [])), secrets, failed)
