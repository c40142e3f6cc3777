# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ansible.errors import AnsibleFilterError

from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON
from ansible_collections.aep.flow_service.plugins.plugin_utils import _source_plan as sources


def source_plan(
    definitions: Sequence[Mapping[str, JSON]],
    predictions: Sequence[sources.Result] = (),
    flow_specs: Sequence[sources.Result] = (),
    written: Sequence[sources.Result] = (),
) -> sources.Plan:
    """Plan sources with what is known so far."""
    try:
        return sources.plan(definitions, predictions, flow_specs, written)
    except (AttributeError, KeyError, TypeError) as error:
        raise AnsibleFilterError(
            f"Could not plan the sources: {error!r} in the input. Next step: pass a list like source_definitions, and"
            " results of connection_spec and flow_spec_info."
        ) from error


def source_report(
    plan: sources.Plan, written: Sequence[sources.Result] = (), linked: Sequence[sources.Result] = ()
) -> sources.Report:
    """Report what became of a plan."""
    try:
        return sources.report(plan, written, linked)
    except (AttributeError, IndexError, KeyError, TypeError) as error:
        raise AnsibleFilterError(
            f"Could not report on the sources: {error!r} in the input. Next step: pass a plan of source_plan, and"
            " results of connection_spec and flow_spec_source_link."
        ) from error


class FilterModule:
    """Filters for the role C(source)."""

    def filters(self) -> dict[str, Callable[..., JSON]]:
        """Return the filters by name."""
        return {"source_plan": source_plan, "source_report": source_report}
