# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable, Sequence

from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON
from ansible_collections.aep.flow_service.plugins.plugin_utils import _restore as restore
from ansible_collections.aep.flow_service.plugins.plugin_utils._plain import plain


def restore_plan(paths: Sequence[str], sandbox: str, pick: str = "", backup_dir: str = "") -> JSON:
    """Plan the restoration of backups."""
    return restore.plan(plain(paths), str(sandbox), str(pick or ""), str(backup_dir or ""))


class FilterModule:
    """Filters for the role C(restore)."""

    def filters(self) -> dict[str, Callable[..., JSON]]:
        """Return the filters by name."""
        return {"restore_plan": restore_plan}
