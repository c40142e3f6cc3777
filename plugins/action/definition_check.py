# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible.errors import AnsibleActionFail

from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.operation import Result
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.registry import OPERATIONS
from ansible_collections.aep.flow_service.plugins.plugin_utils._in_worker import InWorker


class ActionModule(InWorker):
    """The action of this name, which is always carried out on the controller: the schemas are there."""

    operation = OPERATIONS["definition_check"]

    def run(self, tmp: str | None = None, task_vars: dict[str, JSON] | None = None) -> Result:
        """Carry out the operation."""
        if self._task.async_val:
            raise AnsibleActionFail(
                "Could not check the definitions: definition_check runs on the controller, and async is not supported"
                " there. Next step: remove async from the task."
            )
        return super().run(tmp, task_vars)

    def _is_for_this_process(self, _task_vars: object) -> bool:
        return True
