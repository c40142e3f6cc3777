# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Look single specs up for a template, by the options and the code that the modules have."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ansible.errors import AnsibleLookupError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.parameters import remove_values
from ansible.plugins.lookup import LookupBase
from ansible.utils.display import Display

from ansible_collections.aep.flow_service.plugins.module_utils._engine.collection import Service
from ansible_collections.aep.flow_service.plugins.module_utils._engine.find import look_up_one
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON, JSONObject, Params, texts_of
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.identifiers import check_id, check_name
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import Kind, Spec
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.operation import AnyOperation, Result, execute
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.options import (
    ArgumentSpec,
    connection_options,
    name_variables,
)
from ansible_collections.aep.flow_service.plugins.plugin_utils._plain import plain

_TERMS: t.Final = "_terms"


def lookup_options() -> ArgumentSpec:
    """Return the options of a lookup besides its terms."""
    return {**connection_options(), "provider_id": {"type": "str"}}


class SpecLookup(LookupBase):  # type: ignore[misc]  # Ansible has no types
    """The lookup of one kind of spec."""

    kind: t.ClassVar[Kind]

    def run(self, terms: list[JSON], variables: dict[str, JSON] | None = None, **kwargs: object) -> list[JSONObject]:
        """Return one spec for each term, which is its ID or its name."""
        # As a module gets its parameters, so that an option means the same in both: what the lookup is given, then
        # variables, then the environment.
        options = {**self._of_variables(variables or {}), **plain(kwargs)}
        operation = _operation(self.kind)
        validation = ArgumentSpecValidator(operation.argument_spec).validate(
            {_TERMS: plain(self._flatten(terms)), **options}
        )
        if validation.error_messages:
            raise AnsibleLookupError(name_variables(str(validation.errors.msg), validation.validated_parameters))
        report = execute(operation, validation.validated_parameters, check_mode=False)
        for warning in report.warnings:
            Display().warning(warning)
        if report.failed:
            for line in texts_of(report.values.get("traceback")):
                Display().vvv(line)
            raise AnsibleLookupError(report.values["msg"])
        return t.cast(list[JSONObject], remove_values(report.values["specs"], report.secrets))

    def _of_variables(self, variables: Mapping[str, JSON]) -> JSONObject:
        wanted = {name: f"aep_{name}" for name in connection_options()}
        given = {name: variables[variable] for name, variable in wanted.items() if variable in variables}
        values = plain(self._templar.template(given))
        # Empty counts as not set, as in the environment.
        return {name: value for name, value in values.items() if value is not None and str(value).strip()}


def _operation(kind: Kind) -> AnyOperation:
    def read(params: Params) -> tuple[list[str], str | None]:
        terms = [check_name(term, f"_terms[{index}] of the lookup") for index, term in enumerate(params[_TERMS])]
        provider_id = params["provider_id"]
        return terms, None if provider_id is None else check_id(provider_id, "provider_id")

    def perform(service: Service, task: tuple[list[str], str | None], _check_mode: bool) -> Result:
        terms, provider_id = task
        specs = service.collection(kind)
        found: list[Spec] = [look_up_one(specs, term, provider_id).spec for term in terms]
        return {"specs": found}

    return AnyOperation(
        argument_spec={**lookup_options(), _TERMS: {"type": "list", "elements": "str", "required": True}},
        read=read,
        perform=perform,
        is_read_only=True,
    )
