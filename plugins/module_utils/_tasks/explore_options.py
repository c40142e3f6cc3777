# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""The options of ``connection_explore_info``, read and checked without a request: pure functions."""

from __future__ import annotations

import base64
import dataclasses
import json
import typing as t
import urllib.parse
from collections.abc import Callable, Mapping

from ansible_collections.aep.flow_service.plugins.module_utils._errors import InputError
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON, Params
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.explored import (
    FILE,
    LISTINGS,
    OBJECT_TYPES,
    REST,
    ROOT,
)
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.identifiers import check_id, check_name
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.options import ArgumentSpec, connection_options

# The only words that the Sources SDK accepts for the object and for the type of file.
_JSON: t.Final = "json"


@dataclasses.dataclass(frozen=True)
class Exploration:
    """What a task asks of which connection."""

    connection_id: str | None
    connection_name: str | None
    connection_spec_id: str | None
    connection_spec_name: str | None
    is_tested: bool
    source_params: Mapping[str, JSON] | None
    object_type: str | None
    path: str | None
    file_type: str | None
    has_preview: bool
    shows_rows: bool
    runs_in_check_mode: bool


def explore_options() -> ArgumentSpec:
    """Return the argument spec of ``connection_explore_info``."""
    return {
        **connection_options(),
        "connection_id": {"type": "str"},
        "connection_name": {"type": "str"},
        "connection_spec_id": {"type": "str"},
        "connection_spec_name": {"type": "str"},
        "test": {"type": "bool", "default": True},
        "source_params": {"type": "dict"},
        "object_type": {"type": "str", "choices": list(OBJECT_TYPES)},
        "path": {"type": "str"},
        "file_type": {"type": "str"},
        "preview": {"type": "bool", "default": True},
        "show_rows": {"type": "bool", "default": False},
        "run_in_check_mode": {"type": "bool", "default": False},
    }


def read_exploration(params: Params) -> Exploration:
    """Return what the options ask for.

    Raises InputError that names the option.
    """

    def optional(option: str, check: Callable[[JSON, str], str]) -> str | None:
        return None if params[option] is None else check(params[option], option)

    task = Exploration(
        connection_id=optional("connection_id", check_id),
        connection_name=optional("connection_name", check_name),
        connection_spec_id=optional("connection_spec_id", check_id),
        connection_spec_name=optional("connection_spec_name", check_name),
        is_tested=params["test"],
        source_params=params["source_params"],
        object_type=params["object_type"],
        path=optional("path", check_name),
        file_type=optional("file_type", check_name),
        has_preview=params["preview"],
        shows_rows=params["show_rows"],
        runs_in_check_mode=params["run_in_check_mode"],
    )
    if task.connection_name is None and (task.connection_spec_id or task.connection_spec_name):
        option = "connection_spec_id" if task.connection_spec_id else "connection_spec_name"
        raise InputError(
            f"Could not use {option}: it tells connections of one name apart, and connection_id identifies one already."
            f" Next step: remove {option}, or set connection_name instead of connection_id."
        )
    if task.shows_rows and not task.has_preview:
        raise InputError(
            "Could not use show_rows: without a preview, there are no rows. Next step: remove preview or show_rows."
        )
    if task.object_type is not None:
        check_object(task, task.object_type)
    if task.source_params is not None:
        encode_params(task.source_params)
    return task


def check_object(task: Exploration, object_type: str) -> None:
    """Check that a type of object has what it requires, and nothing that it cannot have."""
    if task.path is None and object_type not in (ROOT, REST):
        raise InputError(
            f"Could not explore a {object_type}: path is not set. Next step: set path. With object_type root, the"
            " module lists the objects of the source, each with its path."
        )
    wrong = next(
        (
            option
            for option, is_wrong in (
                ("path", task.path is not None and object_type == ROOT),
                ("file_type", task.file_type is not None and object_type not in (FILE, REST)),
            )
            if is_wrong
        ),
        None,
    )
    if wrong:
        raise InputError(
            f"Could not use {wrong}: the object_type {object_type} has none. Next step: remove {wrong}, or set"
            " object_type to the type of the object."
        )


def encode_params(source_params: Mapping[str, JSON]) -> str:
    """Return parameters of a source as the service reads them: base64 of a JSON object.

    Raises InputError for what JSON cannot hold.
    """
    try:
        text = json.dumps(source_params, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"Could not use source_params: JSON cannot hold it ({error}). Next step: correct it."
        ) from None
    return base64.b64encode(text.encode()).decode()


def query_of(task: Exploration, object_type: str) -> str:
    """Return the query by which the service explores."""
    is_rest = object_type == REST
    values = {
        "objectType": object_type,
        "object": task.path or (_JSON if is_rest else None),
        "fileType": task.file_type or (_JSON if is_rest else None),
        "preview": "true" if task.has_preview and object_type not in LISTINGS else None,
        "sourceParams": None if task.source_params is None else encode_params(task.source_params),
    }
    # Base64 has characters that mean something else in a query.
    return "&".join(f"{name}={urllib.parse.quote(value, safe='')}" for name, value in values.items() if value)
