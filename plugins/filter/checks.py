# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from ansible.errors import AnsibleFilterError

from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON
from ansible_collections.aep.flow_service.plugins.plugin_utils import _check_report as reports
from ansible_collections.aep.flow_service.plugins.plugin_utils._plain import plain


def check_report(
    result: Mapping[str, JSON], form: str = "lines", root: str | None = None, fail_on: str = "error"
) -> str | list[str]:
    """Return what ``definition_check`` found in the given format."""
    result, root = plain(result), os.path.abspath(plain(root) or os.getcwd())
    try:
        if form == "lines":
            return reports.as_lines(result, root)
        if form == "sarif":
            return reports.as_sarif(result, root)
        if form == "junit":
            return reports.as_junit(result, root, plain(fail_on))
    except (KeyError, TypeError, AttributeError) as error:
        raise AnsibleFilterError(
            f"Could not make a report: the input is not a result of definition_check ({error!r})."
            " Next step: pass the registered result of that task."
        ) from error
    raise AnsibleFilterError(
        f"Could not make a report in the format {form!r}: there is no such format."
        " Next step: write lines, sarif, or junit."
    )


class FilterModule:
    """Filters for what ``definition_check`` finds."""

    def filters(self) -> dict[str, Callable[..., JSON]]:
        """Return the filters by name."""
        return {"check_report": check_report}
