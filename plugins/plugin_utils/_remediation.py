# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Which sources the role ``remediate`` links: pure functions."""

from __future__ import annotations

import os
import typing as t
from collections.abc import Mapping, Sequence

from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON, mapping_of
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.identifiers import is_same_id

_LINKED: t.Final = ("missing", "unlinked")

Values = Mapping[str, JSON]


def sources_to_link(
    definitions: Sequence[Values], results: Sequence[Values], findings: Sequence[Values], folder: str
) -> list[Values]:
    """Return the definitions of sources whose link was approved, and whose connection spec was not rejected.

    ``results`` are those of ``connection_specs``, which wrote the definitions before. Raises ValueError where a
    definition has no file and no ID, and several results have its name.
    """
    approved = [
        finding
        for finding in findings
        if finding.get("kind") == "connection_spec" and finding.get("finding") in _LINKED and not finding.get("ignored")
    ]
    usable = [result for result in results if result.get("action") != "failed"]
    found = [(definition, _results_of(definition, usable, folder)) for definition in definitions]
    return [definition for definition, own in found if any(_is_approved(result, approved) for result in own)]


def _results_of(definition: Values, results: Sequence[Values], folder: str) -> list[Values]:
    """Return the results of the definition of a source: of its file, or of its ID or name."""
    content = mapping_of(definition.get("definition"))
    src, spec_id, name = definition.get("src"), definition.get("id") or content.get("id"), content.get("name")
    if isinstance(src, str) and src:
        path = os.path.realpath(os.path.join(folder, os.path.expanduser(src)))
        return [result for result in results if result.get("src") and os.path.realpath(str(result["src"])) == path]
    if spec_id:
        return [result for result in results if is_same_id(spec_id, result.get("id"))]
    own = [result for result in results if result.get("name") == name]
    if len(own) > 1:
        raise ValueError(f"{len(own)} connection specs have the name {name!r}, and the definition has no src and no ID")
    return own


def _is_approved(result: Values, approved: Sequence[Values]) -> bool:
    return any(
        _is_same_definition(finding, result)
        if finding.get("finding") == "missing"
        else is_same_id(finding.get("id"), result.get("id"))
        for finding in approved
    )


def _is_same_definition(finding: Values, result: Values) -> bool:
    """Return whether a finding is about the definition of a result. The audit may have read another checkout."""
    return finding.get("name") == result.get("name") and _relative(finding) in ("", _relative(result))


def _relative(entry: Values) -> str:
    """Return the path of a definition, from the directory of its kind."""
    src = entry.get("src")
    return src.rpartition("/connection_specs/")[2] if isinstance(src, str) else ""
