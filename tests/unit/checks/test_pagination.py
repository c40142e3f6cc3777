# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of paginationParams."""

from __future__ import annotations

import typing as t

import pytest

A = "sourceSpec.attributes"
P = f"{A}.paginationParams"
CASES: list[tuple[str, dict[str, t.Any], list[tuple[str, str, str]]]] = [
    ("no type", {f"{P}.type": ...}, [("AUT040", "error", f"{P}.type")]),
    ("an unknown type", {f"{P}.type": "CURSOR"}, [("AUT040", "error", f"{P}.type")]),
    ("small letters", {f"{P}.type": "page"}, [("AUT040", "warning", f"{P}.type")]),
    ("no limit", {f"{P}.limitName": ...}, [("AUT041", "error", f"{P}.limitName")]),
    ("an empty name", {f"{P}.pageParamName": ""}, [("AUT041", "error", f"{P}.pageParamName")]),
    ("another type's key", {f"{P}.offSetName": "a"}, [("AUT042", "warning", f"{P}.offSetName")]),
    ("an unknown key", {f"{P}.pagesize": 1}, [("AUT042", "warning", f"{P}.pagesize")]),
    ("half an end condition", {f"{P}.endConditionName": "$.last"}, [("AUT042", "warning", f"{P}.endConditionName")]),
    ("the other half", {f"{P}.endConditionValue": "Const:true"}, [("AUT042", "warning", f"{P}.endConditionValue")]),
    ("digits", {f"{P}.limitValue": "100"}, []),
    ("asked of the user", {f"{P}.limitValue": "${size}"}, []),
    ("a fraction", {f"{P}.limitValue": 1.5}, [("AUT043", "error", f"{P}.limitValue")]),
    ("true", {f"{P}.limitValue": True}, [("AUT043", "error", f"{P}.limitValue")]),
    ("the first page is 0", {f"{P}.initialPageIndex": 0}, []),
    ("before the first page", {f"{P}.initialPageIndex": -1}, [("AUT043", "error", f"{P}.initialPageIndex")]),
    ("the last page in a header", {f"{P}.endPageIndex": "headers.x-pagecount"}, []),
]


@pytest.mark.parametrize(("changes", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_checks(find: t.Any, changes: dict[str, t.Any], expected: list[tuple[str, str, str]]) -> None:
    assert find("batch-basic-page", changes) == expected


TOKENS: list[tuple[str, dict[str, t.Any], list[tuple[str, str, str]]]] = [
    ("an unknown place", {f"{P}.parameterType": "BODY"}, [("AUT043", "error", f"{P}.parameterType")]),
    ("no place", {f"{P}.parameterType": ...}, [("AUT041", "error", f"{P}.parameterType")]),
    (
        "a path without its root",
        {f"{P}.continuationTokenPath": "next"},
        [("AUT039", "warning", f"{P}.continuationTokenPath")],
    ),
    (
        "a pause that is no number",
        {f"{P}.delayRequestMillis": "soon"},
        [("AUT043", "error", f"{P}.delayRequestMillis")],
    ),
]


@pytest.mark.parametrize(("changes", "expected"), [case[1:] for case in TOKENS], ids=[case[0] for case in TOKENS])
def test_tokens(find: t.Any, changes: dict[str, t.Any], expected: list[tuple[str, str, str]]) -> None:
    assert find("batch-key-token", changes) == expected


@pytest.mark.parametrize(
    ("example", "key", "older"),
    [("batch-oauth2-offset", "offSetName", "offsetName"), ("batch-host-pointer", "pointerPath", "pointerName")],
)
def test_an_older_spelling_is_a_hint(find: t.Any, example: str, key: str, older: str) -> None:
    assert find(example, {f"{P}.{key}": ..., f"{P}.{older}": "$.x"}) == [("AUT041", "hint", f"{P}.{older}")]
    assert find(example, {f"{P}.{key}": ...}) == [("AUT041", "error", f"{P}.{key}")]


def test_pagination_of_another_type_of_source_is_not_checked(find: t.Any) -> None:
    assert find("streaming", {f"{P}.type": "page"}) == []
