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
    """Return the definitions of sources whose link was approved, and whose connection spec was not refused.

    ``results`` are those of ``connection_specs``, which wrote the definitions before.
    """
    approved = [
        finding
        for finding in findings
        if finding.get("kind") == "connection_spec" and finding.get("finding") in _LINKED and not finding.get("ignored")
    ]
    usable = [result for result in results if result.get("action") != "failed"]
    return [
        definition
        for definition in definitions
        if any(_is_of(definition, result, folder) and _is_approved(result, approved) for result in usable)
    ]


def _is_of(definition: Values, result: Values, folder: str) -> bool:
    """Return whether a result is that of the definition of a source: of its file, or of its ID or name."""
    src = definition.get("src")
    if isinstance(src, str) and src:
        path = os.path.join(folder, os.path.expanduser(src))
        return os.path.realpath(path) == os.path.realpath(str(result.get("src")))
    content = mapping_of(definition.get("definition"))
    return is_same_id(content.get("id"), result.get("id")) or content.get("name") == result.get("name")


def _is_approved(result: Values, approved: Sequence[Values]) -> bool:
    return any(
        finding.get("name") == result.get("name")
        if finding.get("finding") == "missing"
        else is_same_id(finding.get("id"), result.get("id"))
        for finding in approved
    )
