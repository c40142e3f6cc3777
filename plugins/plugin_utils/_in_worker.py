# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Run an operation as an action, in Ansible's worker process.

That saves what a module costs: to be packed, copied and started in a process of its own, for every item of a loop.
Whatever a task sees of it is the same.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
import typing as t
from collections.abc import Callable, Iterable, Iterator, Mapping

from ansible import constants
from ansible.errors import AnsibleActionFail, AnsibleFileNotFound
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator, ValidationResult
from ansible.module_utils.common.json import Direction, get_module_decoder, get_module_encoder
from ansible.module_utils.common.parameters import remove_values
from ansible.module_utils.errors import UnsupportedError
from ansible.plugins.action.normal import ActionModule as NormalAction

from ansible_collections.aep.flow_service.plugins.module_utils._errors import InputError
from ansible_collections.aep.flow_service.plugins.module_utils._http.settings import find_secrets, secret_texts
from ansible_collections.aep.flow_service.plugins.module_utils._json.documents import decrypting
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.identifiers import check_id, check_ids
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.operation import AnyOperation, Result, execute
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.options import name_variables

# Any: Ansible has no types.
Variables = Mapping[str, t.Any]
# How Ansible hands parameters to a Python module.
_PROFILE: t.Final = ("legacy", Direction.CONTROLLER_TO_MODULE)
_HIDDEN: t.Final = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"


class InWorker(NormalAction):  # type: ignore[misc]  # Ansible has no types
    """The action for one operation: steps aside for the module wherever the task is to run elsewhere or otherwise."""

    operation: t.ClassVar[AnyOperation]

    def run(self, tmp: str | None = None, task_vars: dict[str, JSON] | None = None) -> Result:
        """Carry out the operation here, or hand the task to the module."""
        if self.operation.is_offline and self._task.async_val:
            name = self._task.action.rpartition(".")[2]
            raise AnsibleActionFail(
                f"Could not run {name}: it runs on the controller, where async is not supported."
                " No changes were made. Next step: remove async from the task."
            )
        variables = task_vars or {}
        is_here = self._is_for_this_process(variables)
        try:
            if not is_here:
                _check_null_ids(self.operation, self._task.args)
            if self._connection.transport == "local":
                self._find_sources()
        except InputError as error:
            return _refused(error)
        if not is_here:
            return t.cast(Result, super().run(tmp, task_vars))
        with self._task_environment(), decrypting(self._decrypt):
            return self._carry_out(variables)

    def _decrypt(self, content: bytes) -> bytes:
        """Decrypt the content of a file by the passwords that this run of Ansible has."""
        return t.cast(bytes, self._loader._vault.decrypt(content))

    def _find_sources(self) -> None:
        """Look for files that are not in the working directory where Ansible's own modules look for theirs.

        Raises InputError that names every place.
        """
        for name in self.operation.argument_spec:
            given = self._task.args.get(name)
            if not name.endswith("src") or not isinstance(given, str):
                continue
            path = os.path.expanduser(os.path.expandvars(given))
            if not path or os.path.isabs(path) or os.path.exists(path):
                continue
            try:
                found = self._find_needle("files", path)
            except AnsibleFileNotFound as error:
                if _validate(self.operation, _plain_arguments(self._task.args)).error_messages:
                    # There is worse, and Ansible's own words for it.
                    return
                searched = dict.fromkeys([os.path.abspath(path), *map(str, error.paths)])
                raise InputError(
                    f"Could not read {name}: the file {path} cannot be read: No such file or directory. Ansible looked"
                    f" for at {', '.join(searched)}. Next step: check the path."
                ) from None
            self._task.args = {**self._task.args, name: found}

    def _is_for_this_process(self, task_vars: Variables) -> bool:
        if self.operation.is_offline:
            # What it reads is on the controller only.
            return True
        return (
            self._connection.transport == "local"
            and self._connection.become is None
            and not self._task.async_val
            and self._is_this_python(self._wanted_python(task_vars))
        )

    def _wanted_python(self, task_vars: Variables) -> str | None:
        """Return the Python of the task's host; None if Ansible discovers it."""
        variables = task_vars
        if self._task.delegate_to:
            variables = task_vars.get("ansible_delegated_vars", {}).get(self._task.delegate_to, task_vars)
        configured = constants.config.get_config_value("INTERPRETER_PYTHON", variables=variables)
        templar = self._templar.copy_with_new_env(available_variables=variables)
        # In a mapping, since a value that comes to C(omit) cannot stand alone.
        wanted = templar.template({"python": configured}).get("python")
        return None if not wanted or str(wanted).startswith("auto") else str(wanted).strip()

    @staticmethod
    def _is_this_python(wanted: str | None) -> bool:
        if wanted is None:
            return True
        path = shutil.which(os.path.expanduser(wanted))
        if path is None:
            return False
        # A virtual environment's Python is a link to another's: what counts is where it lies as well.
        return all(
            read(os.path.abspath(path)) == read(os.path.abspath(sys.executable))
            for read in (os.path.dirname, os.path.realpath)
        )

    @contextlib.contextmanager
    def _task_environment(self) -> Iterator[None]:
        """Have the environment of the task, and afterwards the one of before."""
        wanted: dict[str, JSON] = {}
        self._compute_environment_string(wanted)
        if not wanted:
            yield
            return
        before = dict(os.environ)
        os.environ.update({name: str(value) for name, value in wanted.items()})
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)

    def _carry_out(self, task_vars: Variables) -> Result:
        host = task_vars.get("inventory_hostname")
        return carry_out(
            self.operation,
            self._task.action,
            self._task.args,
            check_mode=self._task.check_mode,
            verbosity=self._display.verbosity,
            with_invocation=_injects_invocation(task_vars),
            # Not among the results, which a program may read.
            tell=lambda text: self._display.display(f"[{host}] {text}", stderr=True),
        )


def carry_out(
    operation: AnyOperation,
    action: str,
    arguments: Variables,
    *,
    check_mode: bool,
    verbosity: int = 0,
    with_invocation: bool = False,
    tell: Callable[[str], None] = lambda _text: None,
) -> Result:
    """Return the result of a task that runs an operation under this action name with these arguments."""
    params = _plain_arguments(arguments)
    try:
        _check_null_ids(operation, params)
    except InputError as error:
        return _refused(error)
    validation = _validate(operation, params)
    params.update(validation.validated_parameters)
    secrets = _secrets(operation, params)
    warnings = [f"Both option {each['option']} and its alias {each['alias']} are set." for each in validation._warnings]
    if validation.error_messages:
        result: Result = {"failed": True, "msg": name_variables(_refusal(validation, action), params)}
    else:
        report = execute(operation, params, check_mode, tell)
        secrets |= report.secrets
        warnings += report.warnings
        result = report.returned(verbosity)
    if with_invocation:
        result["invocation"] = {"module_args": _shown(operation, params)}
    if warnings:
        result["warnings"] = warnings
    return _censored(result, secrets)


def _refused(error: InputError) -> Result:
    return {"failed": True, "changed": False, "msg": error.message}


def _check_null_ids(operation: AnyOperation, arguments: Variables) -> None:
    """Check the lists of IDs among the arguments for null, because Ansible reports only a wrong type.

    Raises InputError.
    """
    for name, option in operation.argument_spec.items():
        for given in (name, *option.get("aliases", ())):
            value = arguments.get(given)
            if name.endswith("ids") and given in arguments and option.get("required") and value is None:
                check_id(None, given)
            if name.endswith("ids") and isinstance(value, list) and None in value:
                check_ids(value, given)


def _validate(operation: AnyOperation, params: Result) -> ValidationResult:
    """Validate arguments as a module does."""
    return ArgumentSpecValidator(
        operation.argument_spec,
        mutually_exclusive=operation.mutually_exclusive,
        required_one_of=operation.required_one_of,
    ).validate(params)


def _plain_arguments(arguments: Variables) -> Result:
    """Return the arguments as a module receives them: plain values, without Ansible's internal tags and types."""
    text = json.dumps(arguments, cls=get_module_encoder(*_PROFILE))
    return t.cast(Result, json.loads(text, cls=get_module_decoder(*_PROFILE)))


def _refusal(validation: ValidationResult, action: str) -> str:
    message = str(validation.errors.msg)
    if isinstance(validation.errors[0], UnsupportedError):
        return f"Unsupported parameters for ({action}) module: {message}"
    return message


def _secrets(operation: AnyOperation, params: Variables) -> set[str]:
    secret = (name for name, option in operation.argument_spec.items() if option.get("no_log"))
    return {text for name in secret for text in secret_texts(params.get(name))} | find_secrets(params)


def _shown(operation: AnyOperation, params: Variables) -> Result:
    """Return the arguments with a mask in place of each secret."""
    return {
        name: _hidden(value) if operation.argument_spec.get(name, {}).get("no_log") else _plain(value)
        for name, value in params.items()
    }


def _hidden(value: JSON) -> JSON:
    """Return the mask that Ansible shows in place of a secret option."""
    if isinstance(value, Mapping):
        return {key: _hidden(item) for key, item in value.items()}
    if isinstance(value, list):
        return list(map(_hidden, value))
    return _HIDDEN if value and not isinstance(value, bool) else value


def _plain(value: JSON) -> JSON:
    """Return the option without the type of a text from the environment, which Ansible does not support."""
    return str(value) if isinstance(value, str) else value


def _censored(result: Result, secrets: Iterable[str]) -> Result:
    """Return the result without secrets, as modules do. A result without a secret is not copied."""
    text = json.dumps(result, ensure_ascii=False)
    if any(json.dumps(secret, ensure_ascii=False)[1:-1] in text for secret in secrets):
        return t.cast(Result, remove_values(result, secrets))
    return result


def _injects_invocation(task_vars: Variables) -> bool:
    """Return whether a result has the arguments: always, unless this ansible-core has an option for it."""
    if constants.config.get_configuration_definition("INJECT_INVOCATION") is None:
        return True
    return bool(constants.config.get_config_value("INJECT_INVOCATION", variables=task_vars))
