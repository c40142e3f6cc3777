# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Run an operation as a module, in a process of its own."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.aep.flow_service.plugins.module_utils._http.settings import find_secrets
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.operation import AnyOperation, execute
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.options import name_variables


class Module(AnsibleModule):  # type: ignore[misc]  # Ansible has no types
    """A module whose parameters are rejected without showing a password, and with the variable that they come from."""

    def fail_json(self, msg: str, **facts: object) -> None:
        """Fail, as Ansible does for parameters that it cannot use."""
        params = getattr(self, "params", {})
        self.no_log_values.update(find_secrets(params))
        super().fail_json(name_variables(msg, params), **facts)


def run(operation: AnyOperation) -> None:
    """Take the parameters from Ansible, carry out the operation, and hand its report to Ansible."""
    module = Module(
        argument_spec=operation.argument_spec,
        mutually_exclusive=operation.mutually_exclusive,
        required_one_of=operation.required_one_of,
        supports_check_mode=True,
    )
    report = execute(operation, module.params, module.check_mode)
    module.no_log_values.update(report.secrets)
    for warning in report.warnings:
        module.warn(warning)
    # Failures too: fail_json has its own idea of when to show a traceback.
    module.exit_json(**report.returned(module._verbosity))
