# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable

from ansible.errors import AnsibleFilterError

from ansible_collections.aep.flow_service.plugins.module_utils._errors import InputError
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON, mapping_of
from ansible_collections.aep.flow_service.plugins.plugin_utils import _dataflow_files, _dataflow_runs
from ansible_collections.aep.flow_service.plugins.plugin_utils import _dataflow_results as dataflows
from ansible_collections.aep.flow_service.plugins.plugin_utils._dataflow_definition import portable_definition
from ansible_collections.aep.flow_service.plugins.plugin_utils._plain import plain


def dataflow_problems(definitions: JSON) -> list[str]:
    """Return the problems of the definitions of the role C(dataflow)."""
    return dataflows.problems(_checked(definitions))


def dataflow_files(src: JSON, overrides: JSON = None) -> list[dict[str, JSON]]:
    """Return the definitions of a file or directory, with the values of an environment."""
    values = plain(overrides or {})
    if not isinstance(values, dict):
        raise AnsibleFilterError(
            "Could not use dataflow_overrides: it is not a mapping. No changes were made."
            " Next step: write a mapping of names of dataflows."
        )
    try:
        found, failures = _dataflow_files.read_definitions(str(src), values)
    except InputError as error:
        found, failures = [], [str(error)]
    if failures:
        raise AnsibleFilterError(
            f"Could not use the definitions: {' '.join(failures)} No changes were made."
            " Next step: correct these definitions, and run again."
        )
    return found


def dataflow_results(definitions: JSON, registered: JSON) -> list[dict[str, JSON]]:
    """Return the result of the role C(dataflow) for each definition."""
    return dataflows.results(_checked(definitions), plain(registered))


def dataflow_runs(found: JSON, runs: JSON, fail_on: JSON) -> dict[str, JSON]:
    """Return the last run of each dataflow, and those that fail the check."""
    try:
        return _dataflow_runs.judge(plain(found), plain(runs), plain(fail_on))
    except ValueError as error:
        raise AnsibleFilterError(
            f"Could not judge the last runs of dataflows: {error}. Next step: correct the statuses."
        ) from error


def to_dataflow_definition(dataflow: JSON) -> dict[str, JSON]:
    """Return the options of a live dataflow, without the values of its sandbox."""
    try:
        return portable_definition(mapping_of(plain(dataflow)))
    except ValueError as error:
        raise AnsibleFilterError(
            f"Could not convert to a definition: {error}. Next step: pass what the module dataflow returns as dataflow."
        ) from error


def _checked(definitions: JSON) -> list[dict[str, JSON]]:
    found = plain(definitions)
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise AnsibleFilterError(
            "Could not read the definitions of dataflows: they are no list of mappings."
            " Next step: pass dataflow_definitions."
        )
    return found


class FilterModule:
    """Filters for dataflows: of the role C(dataflow) and of the playbook C(dataflow_runs)."""

    def filters(self) -> dict[str, Callable[..., JSON]]:
        """Return the filters by name."""
        return {
            "dataflow_files": dataflow_files,
            "dataflow_problems": dataflow_problems,
            "dataflow_results": dataflow_results,
            "dataflow_runs": dataflow_runs,
            "to_dataflow_definition": to_dataflow_definition,
        }
