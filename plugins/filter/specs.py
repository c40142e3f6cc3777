# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from collections.abc import Callable, Sequence

from ansible.errors import AnsibleFilterError

from ansible_collections.aep.flow_service.plugins.module_utils._engine.definition import unwrap, unwrap_items
from ansible_collections.aep.flow_service.plugins.module_utils._errors import InputError
from ansible_collections.aep.flow_service.plugins.module_utils._json.censored import CENSORED_NEXT_STEP, find_censored
from ansible_collections.aep.flow_service.plugins.module_utils._json.paths import format_path
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.fields import check_spec, place_in
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import kind_of
from ansible_collections.aep.flow_service.plugins.plugin_utils import _promotion as promotion
from ansible_collections.aep.flow_service.plugins.plugin_utils._plain import plain

_INPUT: t.Final = "the input of to_definition"


def promotion_plan(
    source: JSON,
    target: JSON,
    connection_specs: Sequence[str] = (),
    flow_specs: Sequence[str] = (),
    remove_links: bool = False,
    *,
    written: Sequence[JSON] = (),
) -> dict[str, JSON]:
    """Plan how to have in the target sandbox what is in the source."""
    try:
        return promotion.plan(
            promotion.sandbox("source", plain(source)),
            promotion.sandbox("target", plain(target)),
            plain(connection_specs),
            plain(flow_specs),
            remove_links,
            written=plain(written),
        )
    except (promotion.PromotionError, InputError) as error:
        raise AnsibleFilterError(str(error)) from error
    except (KeyError, TypeError) as error:
        raise AnsibleFilterError(
            f"Could not plan the promotion: {error!r} in the input. Next step: pass two mappings with flow_specs and"
            " connection_specs, as the info modules return them."
        ) from error


def to_definition(specs: JSON, keep_id: bool = True) -> JSON:
    """Return live specs as definitions: one as a mapping, and a list as a list."""
    specs = plain(specs)
    if isinstance(specs, list):
        return [to_definition(spec, keep_id) for spec in specs]
    if not isinstance(specs, dict):
        raise AnsibleFilterError(
            f"Could not convert to a definition: {specs!r} is not a spec."
            " Next step: pass a flow spec, a connection spec, or a list of them."
        )
    try:
        # Which kind it is decides on the order of the fields, and whether one has several spellings.
        kind = kind_of(unwrap_items(specs, _INPUT, "spec"))
        definition = check_spec(kind, kind.definition(unwrap(kind, specs, _INPUT)), place_in(_INPUT))
    except InputError as error:
        raise AnsibleFilterError(error.message) from error
    censored = find_censored(definition)
    if censored is not None:
        raise AnsibleFilterError(
            f"Could not make a definition of {kind.label(definition)}: {format_path(censored)} is censored."
            f" {CENSORED_NEXT_STEP}"
        )
    if not keep_id:
        definition.pop("id", None)
    return definition


class FilterModule:
    """Filters for specs as the info modules return them."""

    def filters(self) -> dict[str, Callable[..., JSON]]:
        """Return the filters by name."""
        return {"promotion_plan": promotion_plan, "to_definition": to_definition}
