# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pages and the documentation of plugins keep to one language: short sentences, and one term for one thing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [
    *(ROOT / name for name in ("README.md", "SECURITY.md", "CODE_OF_CONDUCT.md", "CONTRIBUTING.md")),
    *sorted(
        file for pattern in ("docs/*.md", "roles/*/README.md", "extensions/*/README.md") for file in ROOT.glob(pattern)
    ),
]
# What a word of the list is replaced with.
WORDS = {
    r"somebody|someone|whoever|everybody|nobody": "another client, a user, or you",
    r"at once": "immediately, or at the same time",
    r"via": "through",
    r"e\.g\.|i\.e\.": "for example, that is",
    r"folders?": "directory",
    r"behaviour|colour|honour\w*|normalis\w+": "American English",
    r"let pass|lets pass": "ignore",
    r"(is|are|be|bring|brings|brought) in line": "is in sync, create or update",
    r"hands? on|handed on": "pass",
    r"namesakes?": "duplicates",
    r"rooms?": "component",
    r"refus\w+": "reject, error response",
    r"should|has to|have to": "must",
    r"don't|can't|doesn't|isn't|it's|won't": "the words in full",
    r"—": "a comma, or two sentences",
}
LONGEST = 30


def prose(text: str) -> str:
    """The text of a page without blocks of code, names in code font, targets of links, and comments."""
    for pattern, new in ((r"(?s)```.*?```|<!--.*?-->", "\n"), (r"`[^`\n]*`", "x"), (r"\]\([^)]*\)", "]")):
        text = re.sub(pattern, new, text)
    return text


def sentences(text: str) -> Iterator[str]:
    """Each sentence of a page. Rows of tables are none, and an item of a list ends one."""
    for block in re.split(r"\n\s*\n|\n(?=\s*(?:[-*]|\d+\.) )", prose(text)):
        if not block.lstrip().startswith(("|", "#", "!")):
            yield from re.split(r"(?<=[.!?]) (?=\S)", " ".join(block.split()))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_is_in_the_language_of_the_project(page: Path) -> None:
    text = page.read_text("utf-8")
    found = [
        f"{match[0]}: write {better}"
        for pattern, better in WORDS.items()
        for match in re.finditer(rf"(?<![\w/])({pattern})(?![\w/])", prose(text), re.IGNORECASE)
    ]
    assert found == []
    assert [one for one in sentences(text) if len(re.findall(r"\S*\w\S*", one)) > LONGEST] == []
    headings = re.findall(r"(?m)^#+ (.*)$", prose(text))
    assert [heading for heading in headings if heading.endswith(("?", "."))] == []


def test_the_rules_find_what_breaks_them() -> None:
    long = "A sentence of more words than that " + "and " * LONGEST + "so on."
    assert len(list(sentences(f"One. Two: three.\n\n- {long}\n- `a. b. c.` and more"))) == 4
    assert prose("See `via` [this](via.md).\n```\nvia\n```\n").count("via") == 0
