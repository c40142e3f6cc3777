# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Changes as a JSON Patch (RFC 6902): pure functions."""

from __future__ import annotations

import typing as t
from collections.abc import Collection, Iterable, Mapping

from ansible_collections.aep.flow_service.plugins.module_utils._json.compare import ABSENT, Change, value_at
from ansible_collections.aep.flow_service.plugins.module_utils._json.paths import Path, is_below
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON


class Operation(t.TypedDict):
    """One operation of a JSON Patch. The service wants a value even for ``remove``."""

    op: t.Literal["add", "remove", "replace"]
    path: str
    value: JSON


def pointer(path: Iterable[str]) -> str:
    """Return a path as a JSON Pointer (RFC 6901)."""
    return "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in path)


def patch(
    before: Mapping[str, JSON], after: Mapping[str, JSON], changes: Iterable[Change], whole: Collection[Path] = ()
) -> list[Operation]:
    """Return the operations that make ``before`` into ``after`` at the paths of the changes.

    A change below a path that a pattern in ``whole`` means becomes an operation on that path. What is not there yet
    is added with everything below it, since an operation needs the parent of its path.
    """
    paths = dict.fromkeys(_reach(before, _cut(change.path, whole)) for change in changes)
    found: list[Operation] = []
    # From the end of a list, so that no removal moves what is still to be patched.
    for path in sorted(paths, key=_order, reverse=True):
        old, new = value_at(before, path), value_at(after, path)
        if new is ABSENT:
            if old is not ABSENT:
                found.append(Operation(op="remove", path=pointer(path), value=None))
        else:
            found.append(Operation(op="add" if old is ABSENT else "replace", path=pointer(path), value=new))
    # Additions come last and in order: each place of a list needs the one before it.
    removals = [operation for operation in found if operation["op"] == "remove"]
    rest = [operation for operation in found if operation["op"] != "remove"]
    return removals + rest[::-1]


def _cut(path: Path, whole: Collection[Path]) -> Path:
    return min((path[: len(pattern)] for pattern in whole if is_below(path, pattern)), key=len, default=path)


def _reach(before: Mapping[str, JSON], path: Path) -> Path:
    """Return the path, or the first part of it that is not there yet."""
    for length in range(1, len(path)):
        if not isinstance(value_at(before, path[:length]), (dict, list)):
            return path[:length]
    return path


def _order(path: Path) -> tuple[tuple[int, str], ...]:
    return tuple((int(step), "") if step.isdecimal() else (-1, step) for step in path)
