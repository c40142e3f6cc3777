# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""The classes of findings of an audit, declared: their names, their headings, and what they mean for its result.

A class is one row here. The documentation of ``audit_info`` and of the role, ``report.schema.json``, and
``report.html`` repeat the names for their readers, and a test compares them with this table.
"""

from __future__ import annotations

import dataclasses
import typing as t
from collections.abc import Mapping

from ansible_collections.aep.flow_service.plugins.module_utils._json.text import enumerated


@dataclasses.dataclass(frozen=True)
class FindingClass:
    """A class of findings."""

    name: str
    heading: str
    """What follows the number of these findings in a sentence."""
    fails: t.Literal["always", "by_default", "if_chosen", "never"]
    heading_of_one: str | None = None
    """What follows the number 1, if that is different."""
    is_ignorable: bool = True
    """Whether a rule can ignore these findings."""
    is_of_definition: bool = False
    """Whether each is the outcome of one definition, so that a JUnit report has a case for it even if it passes."""


FLAWED: t.Final = "flawed"
"""The class of what the checks of definitions find."""

CLASSES: t.Final = (
    FindingClass(
        "invalid",
        "definitions that cannot be used",
        "always",
        "definition that cannot be used",
        is_ignorable=False,
        is_of_definition=True,
    ),
    FindingClass("missing", "missing", "by_default", is_of_definition=True),
    FindingClass("drifted", "drifted", "by_default", is_of_definition=True),
    FindingClass("dangling", "with links that lead nowhere", "by_default"),
    FindingClass("unlinked", "sources that no flow spec supports", "by_default", "source that no flow spec supports"),
    FindingClass("failing", "dataflows whose last run failed", "by_default", "dataflow whose last run failed"),
    FindingClass(
        "unsupported",
        "dataflows that their flow spec does not support",
        "by_default",
        "dataflow that its flow spec does not support",
    ),
    FindingClass(
        "stale", "dataflows that did not run on schedule", "by_default", "dataflow that did not run on schedule"
    ),
    FindingClass(FLAWED, "mistakes in definitions", "if_chosen", "mistake in a definition"),
    FindingClass("orphaned", "connections that nothing uses", "if_chosen", "connection that nothing uses"),
    FindingClass("disabled", "disabled dataflows", "if_chosen", "disabled dataflow"),
    FindingClass("unmanaged", "unmanaged", "if_chosen"),
    FindingClass("expired_rule", "expired rules", "if_chosen", "expired rule", is_ignorable=False),
    FindingClass("in_sync", "in sync", "never", is_ignorable=False, is_of_definition=True),
)
"""Every class, the most serious first: the order of a report."""

FINDINGS: t.Final = tuple(each.name for each in CLASSES)
IGNORABLE: t.Final = tuple(each.name for each in CLASSES if each.is_ignorable)
SELECTABLE: t.Final = tuple(each.name for each in CLASSES if each.fails in ("by_default", "if_chosen"))
"""The classes that can be chosen to fail an audit."""
DEFAULT_FAIL_ON: t.Final = tuple(each.name for each in CLASSES if each.fails == "by_default")
ALWAYS_FAILING: t.Final = frozenset(each.name for each in CLASSES if each.fails == "always")
OF_DEFINITION: t.Final = frozenset(each.name for each in CLASSES if each.is_of_definition)


def describe_counts(counts: Mapping[str, int], ignored: int) -> str:
    """Return what was found in a few words: the number of findings of each class, and of those that are ignored."""
    found = [(counts.get(each.name, 0), each) for each in CLASSES]
    parts = [
        f"{number} {each.heading_of_one if number == 1 and each.heading_of_one else each.heading}"
        for number, each in found
        if number
    ]
    return enumerated(parts + ([f"{ignored} ignored"] if ignored else [])) or "nothing is defined, and nothing is live"
