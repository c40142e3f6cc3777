# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.aep.flow_service.plugins.module_utils._tasks.registry import OPERATIONS
from ansible_collections.aep.flow_service.plugins.plugin_utils._in_worker import InWorker


class ActionModule(InWorker):
    """The action of this name, in the worker process."""

    operation = OPERATIONS["connection_explore_info"]
