# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rows of sources: what explore shows, and what runs read. The control API sets them as the kind ``rows``."""

from __future__ import annotations

import base64
import binascii
import json
import typing as t

from aep_emulator.request_context import RequestContext
from aep_emulator.responses import connector_error
from aep_emulator.store import Content, Scope

KIND = "rows"
LARGEST_PREVIEW = 100
_DEFAULT: list[Content] = [
    {"id": "1", "firstName": "Ada", "lastName": "Lovelace", "age": 36, "subscribed": True},
    {"id": "2", "firstName": "Grace", "lastName": "Hopper", "age": 85, "subscribed": True},
    {"id": "3", "firstName": "Mary", "lastName": "Jackson", "age": 83, "subscribed": False},
]
_DEFAULT_OBJECTS: list[Content] = [
    {"type": "table", "name": "Rows", "path": "rows", "canPreview": True, "canFetchSchema": True}
]
_OBJECT_TYPES = ("root", "folder", "table", "file", "rest")


def find_rows(scope: Scope, *ids: str | None) -> list[Content]:
    """Return the rows of the first ID that has rows: of a source connection, an account, or a connection spec."""
    return t.cast(list[Content], _seeded(scope, ids).get("rows", _DEFAULT))


def _seeded(scope: Scope, ids: tuple[str | None, ...]) -> Content:
    for source_id in ids:
        stored = scope.get(KIND, source_id) if source_id else None
        if stored is not None:
            return stored.content
    return {}


def columns_of(rows: list[Content]) -> list[Content]:
    """Return the columns of rows in the form of the published samples."""
    names = {name: value for row in reversed(rows) for name, value in row.items() if value is not None}
    return [_column(name, value) for name, value in names.items()]


def _column(name: str, value: t.Any) -> Content:
    for kind, column_type, xdm_type in (
        (bool, "boolean", "boolean"),
        (int, "integer", "integer"),
        (float, "double", "number"),
        (str, "string", "string"),
        (list, "array", "array"),
    ):
        if isinstance(value, kind):
            return {"name": name, "type": column_type, "xdm": {"type": xdm_type}}
    return {"name": name, "type": "object", "xdm": {"type": "object"}}


def explore(context: RequestContext, *ids: str) -> t.Any:
    """Return the rows of explore: objects for ``root`` and ``folder``, else a schema, and rows in a preview."""
    if context.switches.explore_error:
        raise connector_error("1308-400", "The source responded with an error.")
    query = dict(context.query)
    object_type = query.get("objectType", "root").lower()
    if object_type not in _OBJECT_TYPES:
        raise connector_error("1358-400", f"The objectType {object_type} is invalid.")
    seeded = _seeded(context.scope, ids)
    if object_type in ("root", "folder"):
        return seeded.get("objects", _DEFAULT_OBJECTS)
    if not query.get("object"):
        raise connector_error("1337-400", f"The parameter object is missing for the objectType {object_type}.")
    for name in ("sourceParams", "filters"):
        if query.get(name):
            _check_base64(name, query[name])
    rows = seeded.get("rows", _DEFAULT)
    preview = {"data": rows[:LARGEST_PREVIEW]} if query.get("preview", "").lower() == "true" else {}
    if object_type == "rest" and context.switches.explore_answer == "data":
        return {"data": rows[:LARGEST_PREVIEW]}
    return {"format": "flat", "schema": {"columns": columns_of(rows)}, **preview}


def _check_base64(name: str, text: str) -> None:
    try:
        content = json.loads(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError):
        content = None
    if not isinstance(content, dict):
        raise connector_error("1389-400", f"The parameter {name} is no base64 text of a JSON object.")
