# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of values that are not what they look like."""

from __future__ import annotations

import typing as t

import pytest

A = "sourceSpec.attributes"
CASES: list[tuple[str, dict[str, t.Any], list[tuple[str, str, str]]]] = [
    (
        "a query without its quotes",
        {f"{A}.headerParams.X-Q": {"SCHEDULE_QUERY": None}},
        [("AUT002", "error", f"{A}.headerParams.X-Q")],
    ),
    ("any name in capitals", {"description": {"REGION": None}}, [("AUT002", "error", "description")]),
    ("an empty field is no placeholder", {f"{A}.headerParams": {"Accept": None}}, []),
    (
        "in a list",
        {f"{A}.bodyParams": ["x", {"A_1": None}], f"{A}.urlParams.method": "POST"},
        [("AUT002", "error", f"{A}.bodyParams.1")],
    ),
    ("a number", {"version": 1}, [("AUT003", "error", "version")]),
    ("a mapping", {"version": {}}, [("AUT003", "error", "version")]),
    ("any text", {"version": "2026-11"}, []),
    ("text of a template", {"description": "{YOUR_DESCRIPTION}"}, [("AUT004", "warning", "description")]),
    (
        "with small letters between",
        {f"{A}.urlParams.method": "{GET_or_POST}"},
        [("AUT004", "warning", f"{A}.urlParams.method")],
    ),
    ("Jinja", {"description": "Of {{ account }}"}, [("AUT004", "warning", "description")]),
    ("braces in a sentence", {"description": "Asks for {REGION} first"}, []),
    ("what the service writes", {"imsOrgId": "{ORG_ID}"}, []),
]


@pytest.mark.parametrize(("changes", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_checks(find: t.Any, changes: dict[str, t.Any], expected: list[tuple[str, str, str]]) -> None:
    assert find("batch-basic-page", changes) == expected
