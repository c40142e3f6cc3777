# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The documentation page of all checks, from their declarations."""

from __future__ import annotations

import itertools
import typing as t

from ansible_collections.aep.flow_service.plugins.module_utils._checks.check import Check
from ansible_collections.aep.flow_service.plugins.module_utils._checks.pages import FOLDER, LEGEND, REPOSITORY
from ansible_collections.aep.flow_service.plugins.module_utils._checks.registry import CHECKS

GROUPS: t.Final = {
    "00": "Text and values",
    "01": "Identity",
    "02": "Authentication",
    "03": "The call",
    "04": "Pagination",
    "05": "Schedule and content",
    "06": "Catalog, schemas, and permissions",
    "07": "Flow specs",
}
"""The groups, by the first digits of the IDs."""

INTRODUCTION: t.Final = f"""\
# Checks of definitions

This page lists the checks that `aep.flow_service.definition_check`, the playbook `aep.flow_service.check`, and the
pre-commit hook run. To set them up, see [Write definitions in an editor](editors.md). The role `source` stops at
errors, and an [audit](audit.md) with `audit_definition_checks` reports errors and warnings as the finding `flawed`,
which its rules can ignore by the ID of the check.

It is generated from the declarations of the checks.

The severities have the following meanings:

- An *error* means that the definition cannot work, or that a source requires otherwise.
- A *warning* means that the definition is most likely wrong.
- A *hint* is worth a look.

A finding does not mean that Adobe rejects the definition: Adobe's pages do not state what the service checks. Where the
pages disagree, the checks accept every variant.

The sources of the checks have the following names:

- A name that ends in `.md` is a page below `{FOLDER}` of the repository `{REPOSITORY}`.
"""


def checks_page() -> str:
    """Return the text of the page."""
    legend = "".join(f"- *{name}*: {text}\n" for name, text in LEGEND.items())
    groups = itertools.groupby(CHECKS.values(), key=lambda check: check.id[3:5])
    return (
        INTRODUCTION
        + legend
        + "".join(f"\n## {GROUPS[digits]}\n{''.join(map(_entry, group))}" for digits, group in groups)
    )


def _entry(check: Check[t.Any]) -> str:
    severities = ", ".join(severity.word for severity in (check.severity, *check.milder))
    return f"\n### {check.id}\n\n{check.summary}\n\nSeverity: {severities}. Source: {check.source}.\n"
