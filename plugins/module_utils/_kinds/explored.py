# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""What the service responds when a connection is tested or explored, in each of its forms: pure functions.

Rows are data of customers: nothing here shows one.
"""

from __future__ import annotations

import dataclasses
import typing as t
from collections.abc import Mapping, Sequence

from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON

ROOT, FOLDER, TABLE, FILE, REST = "root", "folder", "table", "file", "rest"
OBJECT_TYPES: t.Final = (ROOT, FOLDER, TABLE, FILE, REST)
LISTINGS: t.Final = (ROOT, FOLDER)
"""The types of objects that consist of other objects, and not of columns."""

Item = dict[str, JSON]


@dataclasses.dataclass(frozen=True)
class Explored:
    """What was found in a source."""

    objects: list[Item] = dataclasses.field(default_factory=list)
    columns: list[Item] = dataclasses.field(default_factory=list)
    rows: list[Item] | None = None
    """None where there was no preview."""


def default_object_type(connection_spec: Mapping[str, JSON]) -> str:
    """Return the type of object to explore: that of the Sources SDK, or the root of any other source."""
    explore_spec = connection_spec.get("exploreSpec")
    if isinstance(explore_spec, Mapping) and explore_spec.get("type"):
        return REST if explore_spec["type"] == "Resource" else ROOT
    return REST if str(connection_spec.get("type")).startswith("generic-rest") else ROOT


def read_test(answer: JSON) -> bool | None:
    """Return the result of a test; None where the answer does not say it."""
    result = answer.get("result") if isinstance(answer, Mapping) else answer
    if isinstance(result, str) and result.strip().lower() in ("true", "false"):
        return result.strip().lower() == "true"
    return result if isinstance(result, bool) else None


def read_explored(answer: JSON, object_type: str) -> Explored | None:
    """Return what was found in a source; None where the answer does not say it."""
    if isinstance(answer, list):
        if not all(isinstance(item, Mapping) for item in answer):
            return None
        return Explored(objects=answer) if object_type in LISTINGS else _of_columns(answer)
    if not isinstance(answer, Mapping):
        return None
    rows = answer.get("data")
    if rows is not None and not _is_list_of_mappings(rows):
        return None
    schema = answer.get("schema")
    listed = schema.get("columns") if isinstance(schema, Mapping) else answer.get("columns")
    if listed is None:
        return None if rows is None else Explored(columns=columns_of(rows), rows=rows)
    return _of_columns(listed, rows) if _is_list_of_mappings(listed) else None


def _of_columns(listed: Sequence[Mapping[str, JSON]], rows: list[Item] | None = None) -> Explored | None:
    columns = [{"name": column.get("name"), "type": column.get("type")} for column in listed]
    if not all(isinstance(column["name"], str) for column in columns):
        return None
    return Explored(columns=columns, rows=rows)


def _is_list_of_mappings(value: JSON) -> bool:
    return isinstance(value, list) and all(isinstance(item, Mapping) for item in value)


def columns_of(rows: Sequence[Mapping[str, JSON]]) -> list[Item]:
    """Return the columns of rows, in the order of the rows. A column without a value has no type."""
    types: dict[str, str | None] = {}
    for row in rows:
        for name, value in row.items():
            found, known = _type_of(value), types.get(name)
            types[name] = "double" if {known, found} == {"integer", "double"} else known or found
    return [{"name": name, "type": column_type} for name, column_type in types.items()]


def _type_of(value: JSON) -> str | None:
    names = ((bool, "boolean"), (int, "integer"), (float, "double"), (str, "string"), (list, "array"))
    if value is None:
        return None
    return next((name for python_type, name in names if isinstance(value, python_type)), "object")
