# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the service responds when a connection is tested or explored, and what it is asked."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.aep.flow_service.plugins.module_utils._errors import InputError
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.explored import (
    Explored,
    columns_of,
    default_object_type,
    read_explored,
    read_test,
)
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.explore_options import (
    Exploration,
    encode_params,
    query_of,
    read_exploration,
)

COLUMNS: list[dict[str, t.Any]] = [{"name": "id", "type": "string"}]


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        ({"result": True}, True),
        ({"result": False}, False),
        (True, True),
        ("true", True),
        ("False", False),
        ({"result": "true"}, True),
        ({}, None),
        (None, None),
        ([True], None),
        (1, None),
        ("yes", None),
    ],
)
def test_every_form_of_the_result_of_a_test(answer: t.Any, result: bool | None) -> None:
    assert read_test(answer) is result


@pytest.mark.parametrize(
    ("answer", "object_type", "explored"),
    [
        ([{"type": "table", "name": "A"}], "root", Explored(objects=[{"type": "table", "name": "A"}])),
        ([{"type": "File", "name": "a.csv"}], "folder", Explored(objects=[{"type": "File", "name": "a.csv"}])),
        (COLUMNS, "file", Explored(columns=COLUMNS)),
        ({"format": "flat", "schema": {"columns": [{**COLUMNS[0], "xdm": {}}]}}, "table", Explored(columns=COLUMNS)),
        ({"schema": {"columns": COLUMNS}, "data": [{"id": "1"}]}, "rest", Explored([], COLUMNS, [{"id": "1"}])),
        ({"columns": COLUMNS, "data": []}, "table", Explored([], COLUMNS, [])),
        ({"data": [{"id": "1"}]}, "rest", Explored([], COLUMNS, [{"id": "1"}])),
        ({"data": []}, "rest", Explored([], [], [])),
        ([], "root", Explored()),
        # What says nothing.
        ({}, "table", None),
        (None, "table", None),
        ("<html>", "root", None),
        ([1], "root", None),
        ({"data": {"id": "1"}}, "rest", None),
        ({"data": ["1"]}, "rest", None),
        ({"schema": {"columns": [{"type": "string"}]}}, "table", None),
        ({"schema": {"columns": "id"}}, "table", None),
    ],
)
def test_every_form_of_what_was_explored(answer: t.Any, object_type: str, explored: Explored | None) -> None:
    assert read_explored(answer, object_type) == explored


def test_columns_of_rows_have_the_types_of_their_values() -> None:
    rows: list[dict[str, t.Any]] = [
        {"a": None, "b": 1, "c": True, "d": {}, "e": [1]},
        {"a": "x", "b": 1.5, "f": 2.0},
        {"b": 2, "g": None},
    ]
    types = {column["name"]: column["type"] for column in columns_of(rows)}
    assert types == {
        "a": "string",
        "b": "double",
        "c": "boolean",
        "d": "object",
        "e": "array",
        "f": "double",
        "g": None,
    }


@pytest.mark.parametrize(
    ("spec", "object_type"),
    [
        ({"exploreSpec": {"type": "Resource"}}, "rest"),
        ({"exploreSpec": {"type": "Tabular"}, "type": "generic-rest"}, "root"),
        ({"type": "generic-rest-extension"}, "rest"),
        ({"exploreSpec": None}, "root"),
        ({"exploreSpec": [], "type": None}, "root"),
    ],
)
def test_the_connection_spec_decides_what_to_explore(spec: t.Any, object_type: str) -> None:
    assert default_object_type(spec) == object_type


def options(**given: t.Any) -> dict[str, t.Any]:
    names = ("connection_name", "connection_spec_id", "connection_spec_name", "source_params", "object_type", "path")
    defaults = {"test": True, "preview": True, "show_rows": False, "run_in_check_mode": False, "file_type": None}
    return {**dict.fromkeys(names), **defaults, "connection_id": "a", **given}


def asked(object_type: str, **given: t.Any) -> str:
    task: Exploration = read_exploration(options(**given))
    return query_of(task, object_type)


def test_the_parameters_of_a_source_are_encoded_as_published() -> None:
    assert encode_params({"listId": "10c097ca71"}) == "eyJsaXN0SWQiOiIxMGMwOTdjYTcxIn0="
    assert asked("rest", source_params={"listId": "10c097ca71"}) == (
        "objectType=rest&object=json&fileType=json&preview=true&sourceParams=eyJsaXN0SWQiOiIxMGMwOTdjYTcxIn0%3D"
    )
    # Each character of base64 that means something else in a query.
    assert asked("rest", source_params={"a": "?>ÿ~~~"}).partition("sourceParams=")[2].isascii()
    assert not set("+/=") & set(asked("rest", source_params={"a": ">>>???"}).partition("sourceParams=")[2])


def test_what_is_asked_of_each_type_of_object() -> None:
    assert asked("root") == "objectType=root"
    assert asked("folder", path="/a b") == "objectType=folder&object=%2Fa%20b"
    assert asked("table", path="A&B", preview=False) == "objectType=table&object=A%26B"
    assert asked("file", path="x", file_type="delimited") == "objectType=file&object=x&fileType=delimited&preview=true"


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"connection_id": "a/b"}, "connection_id"),
        ({"connection_id": None, "connection_name": " "}, "connection_name"),
        ({"connection_spec_id": "a"}, "connection_spec_id"),
        ({"connection_spec_name": "a"}, "connection_spec_name"),
        ({"object_type": "table"}, "path"),
        ({"object_type": "folder"}, "path"),
        ({"object_type": "root", "path": "x"}, "path"),
        ({"object_type": "table", "path": "x", "file_type": "json"}, "file_type"),
        ({"show_rows": True, "preview": False}, "show_rows"),
        ({"source_params": {"a": float("nan")}}, "source_params"),
    ],
)
def test_bad_options_are_named(given: dict[str, t.Any], named: str) -> None:
    with pytest.raises(InputError, match=named) as caught:
        read_exploration(options(**given))
    assert "Next step: " in caught.value.message
