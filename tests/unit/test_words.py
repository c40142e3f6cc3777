# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pages, documentation of plugins, docstrings, and comments: short sentences, and one term for one thing."""

from __future__ import annotations

import ast
import re
import tokenize
import typing as t
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

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


def broken_words(text: str) -> list[str]:
    """The words of a text that the list has, each with its replacement."""
    return [
        f"{match[0]}: write {better}"
        for pattern, better in WORDS.items()
        for match in re.finditer(rf"(?<![\w/])({pattern})(?![\w/])", text, re.IGNORECASE)
    ]


def long_sentences(text: str) -> list[str]:
    """The sentences of a text that are too long."""
    return [one for one in sentences(text) if len(re.findall(r"\S*\w\S*", one)) > LONGEST]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_is_in_the_language_of_the_project(page: Path) -> None:
    text = page.read_text("utf-8")
    assert broken_words(prose(text)) == []
    assert long_sentences(text) == []
    headings = re.findall(r"(?m)^#+ (.*)$", prose(text))
    assert [heading for heading in headings if heading.endswith(("?", "."))] == []


SOURCES = sorted(
    file for folder in ("plugins", "extensions/emulator", "extensions/hooks") for file in (ROOT / folder).rglob("*.py")
)
DOCUMENTS = sorted((*ROOT.glob("roles/*/meta/argument_specs.yml"), *ROOT.glob("plugins/filter/*.yml")))
# The keys of documentation whose values are sentences.
DESCRIPTIONS = {"description", "short_description", "notes", "details", "returned"}
MARKUP = re.compile(r"\b[A-Z]{1,3}\((?:[^()\\]|\\.)*\)")


def descriptions(documented: t.Any) -> Iterator[str]:
    """The sentences of documentation, without markup."""
    if isinstance(documented, list):
        for item in documented:
            yield from descriptions(item)
    elif isinstance(documented, dict):
        for key, value in documented.items():
            if key in DESCRIPTIONS:
                texts = [value] if isinstance(value, str) else value
                yield from (MARKUP.sub("x", text) for text in texts if isinstance(text, str))
            yield from descriptions(value)


def documentation_of(file: Path) -> list[t.Any]:
    """The documentation that a file has as YAML."""
    if file.suffix == ".yml":
        return list(yaml.safe_load_all(file.read_text("utf-8")))
    assigned = [node for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Assign)]
    texts = [node.value.value for node in assigned if isinstance(node.value, ast.Constant)]
    # Those that are no mapping are other constants.
    found = [yaml.safe_load(text) for text in texts if isinstance(text, str) and "description:" in text]
    return [each for each in found if isinstance(each, dict)]


def remarks(file: Path) -> Iterator[str]:
    """The docstrings and the comments of a file, without code."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield re.sub(r"``[^`]*``|`[^`]*`", "x", node.value.value)
    with tokenize.open(file) as lines:
        yield from (
            token.string for token in tokenize.generate_tokens(lines.readline) if token.type == tokenize.COMMENT
        )


@pytest.mark.parametrize("file", [*SOURCES, *DOCUMENTS], ids=lambda file: str(file.relative_to(ROOT)))
def test_what_documents_the_code_is_in_the_language_of_the_project(file: Path) -> None:
    documented = [text for each in documentation_of(file) for text in descriptions(each)]
    remarked = list(remarks(file)) if file.suffix == ".py" else []
    assert broken_words("\n".join((*documented, *remarked))) == []
    assert [one for text in documented for one in long_sentences(text)] == []


def test_the_rules_find_what_breaks_them() -> None:
    long = "A sentence of more words than that " + "and " * LONGEST + "so on."
    assert len(list(sentences(f"One. Two: three.\n\n- {long}\n- `a. b. c.` and more"))) == 4
    assert prose("See `via` [this](via.md).\n```\nvia\n```\n").count("via") == 0
    assert broken_words("Nobody refused it.") == [
        "Nobody: write another client, a user, or you",
        "refused: write reject, error response",
    ]
    assert list(descriptions({"options": {"a": {"description": ["O(at once\\)) is V(x)."]}}})) == ["x is x."]
