# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Changes to JSON values by path: dropped fields, and JSON Patch as the service accepts it."""

from __future__ import annotations

import copy
import typing as t
from collections.abc import Sequence

from aep_emulator.responses import connector_error, flow_error
from aep_emulator.store import Content

_OPERATIONS = ("add", "replace", "remove")


def drop(value: t.Any, steps: Sequence[str]) -> None:
    """Remove the values at a path of steps, in mappings and lists. The step ``*`` is each key or item."""
    step, rest = steps[0], steps[1:]
    keys: Sequence[t.Any] = ()
    if isinstance(value, dict):
        keys = list(value) if step == "*" else [step] if step in value else []
    elif isinstance(value, list):
        items = range(len(value))
        keys = items if step == "*" else [int(step)] if step.isdecimal() and int(step) in items else []
    # In reverse order, because a deletion moves the items after it.
    for key in reversed(keys):
        if rest:
            drop(value[key], rest)
        else:
            del value[key]


class Operation(t.NamedTuple):
    """An operation of a JSON Patch."""

    op: str
    steps: tuple[str, ...]
    value: t.Any

    @property
    def path(self) -> str:
        """The path as a JSON pointer."""
        return "/" + "/".join(step.replace("~", "~0").replace("/", "~1") for step in self.steps)

    def as_json(self) -> Content:
        """Return the operation as the service shows it."""
        return {"op": self.op, "path": self.path, **({} if self.op == "remove" else {"value": self.value})}


def parse_operations(body: t.Any) -> list[Operation]:
    """Return the operations of a body: a list of them, or one, as some published samples show it."""
    entries = [body] if isinstance(body, dict) else body
    if not isinstance(entries, list) or not entries:
        raise flow_error("1455-400", "Invalid request", "The body must be a list of patch operations.")
    return [_operation(entry) for entry in entries]


def _operation(entry: t.Any) -> Operation:
    if not isinstance(entry, dict) or not isinstance(entry.get("op"), str) or not isinstance(entry.get("path"), str):
        raise flow_error("1455-400", "Invalid request", "A patch operation must have an op and a path.")
    # The published pages have lower case, the published description has upper case.
    op, path = entry["op"].lower(), entry["path"]
    if op not in _OPERATIONS:
        raise flow_error("1434-400", "Invalid request", f"The patch operation {op} is not supported.")
    if op != "remove" and "value" not in entry:
        raise flow_error("1455-400", "Invalid request", f"The patch operation {op} must have a value.")
    if len(path) < 2 or path[0] != "/":
        raise _invalid_path(path)
    steps = tuple(step.replace("~1", "/").replace("~0", "~") for step in path[1:].split("/"))
    return Operation(op, steps, entry.get("value"))


def apply(content: Content, operations: Sequence[Operation]) -> Content:
    """Return a copy of a resource with the operations applied."""
    changed = copy.deepcopy(content)
    for operation in operations:
        _apply(changed, operation)
    return changed


def _apply(content: Content, operation: Operation) -> None:
    parent: t.Any = content
    path = operation.path
    for step in operation.steps[:-1]:
        parent = _child(parent, step, path)
    last = operation.steps[-1]
    if isinstance(parent, dict):
        if operation.op == "add":
            parent[last] = operation.value
            return
        _child(parent, last, path)
        if operation.op == "replace":
            parent[last] = operation.value
        else:
            del parent[last]
    elif isinstance(parent, list):
        if operation.op == "add":
            index = len(parent) if last == "-" else _index(last, len(parent) + 1, path)
            parent.insert(index, operation.value)
            return
        index = _index(last, len(parent), path)
        if operation.op == "replace":
            parent[index] = operation.value
        else:
            del parent[index]
    else:
        raise _invalid_path(path)


def _child(parent: t.Any, step: str, path: str) -> t.Any:
    if isinstance(parent, dict) and step in parent:
        return parent[step]
    if isinstance(parent, list):
        return parent[_index(step, len(parent), path)]
    raise _invalid_path(path)


def _index(step: str, length: int, path: str) -> int:
    if not step.isdecimal() or int(step) >= length:
        raise _invalid_path(path)
    return int(step)


def _invalid_path(path: str) -> Exception:
    return connector_error("1365-400", f"The patch path {path} is invalid.")
