# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Paths into JSON values, and patterns of paths: pure functions.

A path is a tuple of steps: a key of a mapping, or the index in a list as a decimal string.
In writing, the steps are joined by dots; a dot or backslash inside a key is escaped by a backslash.
A pattern is a path in which ``*`` stands for any one step.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

Path = tuple[str, ...]


def format_path(path: Iterable[str]) -> str:
    """Write a path with dots between its steps."""
    return ".".join(step.replace("\\", "\\\\").replace(".", "\\.") for step in path)


def parse_path(text: str) -> Path:
    """Read a path or pattern as ``format_path`` writes it.

    Raises ValueError for an empty text or an empty step.
    """
    steps = [""]
    characters = iter(text)
    for character in characters:
        if character == ".":
            steps.append("")
        else:
            steps[-1] += next(characters, "\\") if character == "\\" else character
    if "" in steps:
        raise ValueError(f"{text!r} is no dotted path: it is empty or has an empty step")
    return tuple(steps)


def _fits(pattern: Path, path: Path) -> bool:
    return all(wanted in ("*", step) for wanted, step in zip(pattern, path, strict=False))


def matches(patterns: Collection[Path], path: Path) -> bool:
    """Return whether one of the patterns matches exactly this path."""
    return any(len(pattern) == len(path) and _fits(pattern, path) for pattern in patterns)


def overlaps(pattern: Path, path: Path) -> bool:
    """Return whether the pattern matches the path, a path above it, or a path below it."""
    return _fits(pattern, path)


def is_below(path: Path, pattern: Path) -> bool:
    """Return whether the pattern matches the path, or a path above it."""
    return len(pattern) <= len(path) and _fits(pattern, path)


def has_match_below(patterns: Collection[Path], path: Path) -> bool:
    """Return whether one of the patterns means something below a path."""
    return any(len(pattern) > len(path) and _fits(pattern, path) for pattern in patterns)
