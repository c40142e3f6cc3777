# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import datetime
from collections.abc import Callable

from ansible.errors import AnsibleFilterError

from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON
from ansible_collections.aep.flow_service.plugins.plugin_utils import _verification_report as reports
from ansible_collections.aep.flow_service.plugins.plugin_utils._plain import plain
from ansible_collections.aep.flow_service.plugins.plugin_utils._verification import TASKS_TO_RUN, obstacle_to
from ansible_collections.aep.flow_service.plugins.plugin_utils._verification_facts import Verification, Wanted, lookup

_FORMATS: dict[str, Callable[[reports.Report], str | list[str]]] = {
    "lines": reports.as_lines,
    "json": reports.as_json,
    "junit": reports.as_junit,
    "markdown": reports.as_markdown,
}


def verification(
    results: JSON, wanted: JSON, host: str = "", started_at: float | None = None, title: str = ""
) -> dict[str, JSON]:
    """Return what follows from the results of the tasks of a verification so far."""
    now = datetime.datetime.now(datetime.UTC)
    try:
        so_far = Verification(Wanted(**plain(wanted)), plain(results))
        reference = so_far.flow_spec_reference
        return {
            "ready": [task for task in TASKS_TO_RUN if obstacle_to(task, so_far) is None],
            "object_name": so_far.object_name,
            "connection_spec_id": so_far.connection_spec.get("id"),
            "connection_spec_lookup": lookup(so_far.wanted.connection_spec),
            "flow_spec_lookup": lookup(reference) if reference else {},
            "is_streaming": so_far.is_streaming,
            "report": reports.make_report(
                so_far, plain(host), float(started_at or now.timestamp()), now, plain(title or "")
            ),
        }
    except (TypeError, ValueError, AttributeError) as error:
        raise AnsibleFilterError(
            f"Could not judge the verification: {error}."
            " Next step: pass a mapping of registered results, and the settings that the documentation names."
        ) from error


def verification_report(report: JSON, form: str = "json", page: str | None = None) -> str | list[str]:
    """Return the report of a verification in the given format."""
    report = plain(report)
    if not isinstance(report, dict) or report.get("format") != reports.FORMAT:
        raise AnsibleFilterError(
            "Could not write the report: the input is not the report of a verification."
            " Next step: pass verify_report, which the role verify sets."
        )
    try:
        if form == "html":
            return reports.as_html(report, plain(page) or "")
        if form in _FORMATS:
            return _FORMATS[form](report)
    except (ValueError, KeyError, TypeError) as error:
        raise AnsibleFilterError(
            f"Could not write the report: {error!r}. Next step: pass verify_report, which the role verify sets."
        ) from error
    raise AnsibleFilterError(
        f"Could not write the report: there is no format {form!r}. Next step: use {', '.join([*_FORMATS, 'html'])}."
    )


class FilterModule:
    """Filters for the role C(verify)."""

    def filters(self) -> dict[str, Callable[..., JSON]]:
        """Return the filters by name."""
        return {"verification": verification, "verification_report": verification_report}
