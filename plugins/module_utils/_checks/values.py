# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Checks of values that are not what they look like, in any definition."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Iterator, Mapping

from ansible_collections.aep.flow_service.plugins.module_utils._checks.check import (
    ERROR,
    WARNING,
    Check,
    Path,
    Problem,
    Problems,
    check,
)
from ansible_collections.aep.flow_service.plugins.module_utils._checks.pages import (
    CREATE,
    OPENAPI,
    PAYLOADS,
    YAML,
    sources,
)
from ansible_collections.aep.flow_service.plugins.module_utils._checks.spec import iterate_texts, unquoted_placeholder
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import Kind

Content = Mapping[str, JSON]

SERVICE_PLACEHOLDERS: t.Final = frozenset({"SCHEDULE_QUERY", "START_TIME", "END_TIME"})
"""What the service fills in, written in braces without a dollar sign."""

# Some templates have small letters between the capitals, such as {GET_or_POST}.
_TEMPLATE_TEXT: t.Final = re.compile(r"\{([A-Z]|[A-Z][A-Z0-9_][A-Za-z0-9_ -]*)\}")


def is_template_text(text: str) -> bool:
    """Return whether a text is what a template asks to replace."""
    match = _TEMPLATE_TEXT.fullmatch(text.strip())
    return "{{" in text or (match is not None and match[1] not in SERVICE_PLACEHOLDERS)


@check("AUT002", ERROR, "Text in braces is written in quotes; without them, it is a mapping in YAML.", sources(YAML))
def unquoted_braces(content: Content) -> Problems:
    """Find mappings that YAML made of a placeholder without quotes."""
    for path, value in _iterate_mappings(content, ()):
        name = unquoted_placeholder(value) if path else None
        if name is not None:
            yield Problem(path, f'`{{{name}}}` without quotes is a mapping in YAML, not text: write `"{{{name}}}"`.')


def _iterate_mappings(value: JSON, path: Path) -> Iterator[tuple[Path, Content]]:
    if isinstance(value, dict):
        yield path, value
        for key, item in value.items():
            if isinstance(item, (dict, list)):
                yield from _iterate_mappings(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            if isinstance(item, (dict, list)):
                yield from _iterate_mappings(item, (*path, str(index)))


@check("AUT003", ERROR, "`version` is text.", sources(OPENAPI, PAYLOADS))
def version_is_text(content: Content) -> Problems:
    """Find a version that YAML read as a number."""
    version = content.get("version")
    if version is None or isinstance(version, str):
        return
    is_number = isinstance(version, (int, float)) and not isinstance(version, bool)
    found = f"the number {version}" if is_number else "no text"
    yield Problem(
        ("version",), f'`version` is {found}, and text is expected: write `"{version if is_number else "1.0"}"`.'
    )


@check("AUT004", WARNING, "No value is still the text of a template: `{CAPITALS}` alone, or `{{`.", sources(CREATE))
def template_texts(content: Content) -> Problems:
    """Find values that a template asks to replace, but in fields that only the service writes."""
    managed = {name: value for name, value in content.items() if name not in Kind.owned}
    for path, text in iterate_texts(managed, ()):
        if "{" in text and is_template_text(text):
            yield Problem(path, "This is still the text of a template, and is sent as it stands: write the real value.")


CHECKS: t.Final[tuple[Check[Content], ...]] = (unquoted_braces, version_is_text, template_texts)
