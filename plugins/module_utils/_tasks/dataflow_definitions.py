# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Definitions of dataflows and accounts, as the role ``dataflow`` has them: read from files, and checked."""

from __future__ import annotations

import dataclasses
import typing as t
from collections.abc import Mapping

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.aep.flow_service.plugins.module_utils._errors import InputError
from ansible_collections.aep.flow_service.plugins.module_utils._json.documents import find_files, load_documents
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON, Params, mapping_of
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.connection_params import Account, read_account
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.connections import connection_operation
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.dataflow import dataflow_operation
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.dataflow_options import Dataflow
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.mapping_set_options import read_wanted
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.mapping_sets import mapping_set_operation
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.operation import AnyOperation
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.options import backup_options, connection_options

OPTION: t.Final = "dataflow_definitions"
SECRETS: t.Final = "auth_secrets"
_KEYS: t.Final = ("state", "connection", "mapping", "dataflow")
_STATES: t.Final = ("present", "absent")


@dataclasses.dataclass(frozen=True)
class DataflowEntry:
    """A definition of an account, of a dataflow, or of both; or why it cannot be used."""

    origin: str
    src: str | None
    content: Mapping[str, JSON] = dataclasses.field(default_factory=dict)
    problem: InputError | None = None

    @property
    def is_present(self) -> bool:
        """Whether the objects are to exist."""
        return self.content.get("state", "present") == "present"

    def account(self) -> Account | None:
        """Return the account that the definition has, if it has one.

        Raises InputError.
        """
        part = self.content.get("connection")
        return None if part is None else read_account(self._params("connection", connection_operation(), {}))

    def dataflow(self, account_id: str | None) -> Dataflow | None:
        """Return the dataflow that the definition has, if it has one; ``account_id`` is that of its live account.

        Raises InputError.
        """
        part = self.content.get("dataflow")
        if part is None:
            return None
        account = mapping_of(self.content.get("connection"))
        reference: dict[str, JSON] = {"connection_id": account_id} if account_id else {}
        if account and not account_id:
            reference = {"connection_name": account.get("name")}
        if not self.is_present:
            reference = {}
        return Dataflow.from_params(self._params("dataflow", dataflow_operation(), reference))

    def check(self) -> None:
        """Check each part as its module does, without a request.

        Raises InputError.
        """
        state = self.content.get("state", "present")
        if state not in _STATES:
            raise InputError(
                f"Could not use {self.origin}: state is {state!r}. Next step: set it to {' or '.join(_STATES)}."
            )
        connection = mapping_of(self.content.get("connection"))
        if not self.is_present:
            # The role passes only what names the objects.
            for part, operation in (("connection", connection_operation()), ("dataflow", dataflow_operation())):
                if self.content.get(part) is not None:
                    self._params(part, operation, {})
            return
        if not connection.get("src"):
            # The module reads this file, which ansible-vault can have encrypted.
            self._explain("connection", self.account)
        if self.content.get("mapping") is not None:
            mapping = self._params("mapping", mapping_set_operation(), {})
            self._explain("mapping", lambda: read_wanted(mapping))
        self._explain("dataflow", lambda: self.dataflow(t.cast("str | None", connection.get("id"))))

    def _explain(self, part: str, read: t.Callable[[], object]) -> None:
        """Read a part; a failure of it names the origin of the definition."""
        try:
            read()
        except InputError as error:
            if self.origin in str(error):
                raise
            reason, _separator, step = str(error).partition(" Next step: ")
            raise InputError(
                f"Could not use {self.origin}, {part}: {reason} Next step: {step or 'correct the definition.'}"
            ) from None

    def _params(self, part: str, operation: AnyOperation, more: Mapping[str, JSON]) -> Params:
        """Return a part of the definition as the parameters of its module, checked as Ansible checks them."""
        content = self.content.get(part)
        if not isinstance(content, Mapping):
            raise InputError(f"Could not use {self.origin}: {part} is not a mapping. Next step: write a mapping.")
        others = {**connection_options(), **backup_options()}
        spec = {name: option for name, option in operation.argument_spec.items() if name not in others}
        given = {name: value for name, value in content.items() if name != SECRETS}
        checked = ArgumentSpecValidator(
            spec, mutually_exclusive=operation.mutually_exclusive, required_one_of=operation.required_one_of
        ).validate({**given, **more, **({"state": self.content.get("state", "present")} if "state" in spec else {})})
        if checked.error_messages:
            problems = ". ".join(checked.error_messages)
            raise InputError(f"Could not use {self.origin}, {part}: {problems}. Next step: correct the definition.")
        return t.cast(Params, checked.validated_parameters)


def read_dataflow_files(src: str, option: str) -> list[DataflowEntry]:
    """Return the definitions of a file, or of each file of a directory.

    One that cannot be used does not keep the others from being read.
    Raises InputError where the file or directory cannot be found.
    """
    return [entry for file in find_files(src, option) for entry in _of_file(file, option)]


def _of_file(file: str, option: str) -> list[DataflowEntry]:
    try:
        documents = load_documents(file, option)
    except InputError as error:
        return [DataflowEntry(file, file, problem=error)]
    contents = [document.content for document in documents]
    items: list[JSON] = []
    for content in contents:
        # A file of variables has the list under the name of the variable of the role.
        listed = content.get(OPTION, content) if isinstance(content, Mapping) else content
        items += listed if isinstance(listed, list) else [listed]
    names = [file] if len(items) == 1 else [f"{file}, {number}" for number in range(1, len(items) + 1)]
    return [dataflow_entry(name, file, item) for name, item in zip(names, items, strict=True)]


def dataflow_entry(origin: str, src: str | None, content: JSON) -> DataflowEntry:
    """Return the entry of one definition, or the entry that says why it cannot be used."""
    problem = None
    if not isinstance(content, Mapping) or not (content.get("connection") or content.get("dataflow")):
        problem = "it has neither connection nor dataflow"
    elif not content.keys() <= set(_KEYS):
        problem = f"it has {', '.join(sorted(map(repr, content.keys() - set(_KEYS))))}"
    if problem is None:
        return DataflowEntry(origin, src, mapping_of(content))
    error = InputError(f"Could not use {origin}: {problem}. Next step: write a mapping of {', '.join(_KEYS)}.")
    return DataflowEntry(origin, src, problem=error)
