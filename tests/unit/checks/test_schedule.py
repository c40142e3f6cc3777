# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of scheduleParams."""

from __future__ import annotations

import typing as t

import pytest

A = "sourceSpec.attributes"
P = f"{A}.scheduleParams"
CASES: list[tuple[str, dict[str, t.Any], list[tuple[str, str, str]]]] = [
    ("no start", {f"{P}.scheduleStartParamName": ...}, [("AUT050", "warning", f"{P}.scheduleStartParamName")]),
    ("no end", {f"{P}.scheduleEndParamName": ""}, [("AUT050", "warning", f"{P}.scheduleEndParamName")]),
    ("an unknown type", {f"{P}.type": "ADVANCED"}, [("AUT050", "warning", f"{P}.type")]),
    (
        "a query that nothing fills in",
        {f"{A}.urlParams.queryParams": {"q": "a and {SCHEDULE_QUERY}"}},
        [("AUT051", "error", f"{A}.urlParams.queryParams.q")],
    ),
    (
        "years and days",
        {f"{P}.scheduleStartParamFormat": "YYYY-MM-DD"},
        [("AUT052", "warning", f"{P}.scheduleStartParamFormat")],
    ),
    (
        "a colon before fractions",
        {f"{P}.scheduleEndParamFormat": "yyyy-MM-ddTHH:mm:ss:fffffffK"},
        [("AUT052", "hint", f"{P}.scheduleEndParamFormat")],
    ),
    ("no format", {f"{P}.scheduleEndParamFormat": ...}, []),
    ("any other format", {f"{P}.scheduleEndParamFormat": "epoch"}, []),
]


@pytest.mark.parametrize(("changes", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_checks(find: t.Any, changes: dict[str, t.Any], expected: list[tuple[str, str, str]]) -> None:
    assert find("batch-basic-page", changes) == expected


ADVANCED: list[tuple[str, dict[str, t.Any], list[tuple[str, str, str]]]] = [
    ("no format", {f"{P}.paramFormat": ...}, [("AUT050", "error", f"{P}.paramFormat")]),
    ("an empty expression", {f"{P}.incremental": ""}, [("AUT050", "error", f"{P}.incremental")]),
    ("not used", {f"{A}.bodyParams": {"a": 1}}, [("AUT051", "error", P)]),
    ("used in the path", {f"{A}.bodyParams": {"a": 1}, f"{A}.urlParams.path": "/${surveyId}?{SCHEDULE_QUERY}"}, []),
    (
        "used, but without quotes",
        {f"{A}.bodyParams": {"a": {"SCHEDULE_QUERY": None}}},
        [("AUT002", "error", f"{A}.bodyParams.a")],
    ),
]


@pytest.mark.parametrize(("changes", "expected"), [case[1:] for case in ADVANCED], ids=[case[0] for case in ADVANCED])
def test_advanced(find: t.Any, changes: dict[str, t.Any], expected: list[tuple[str, str, str]]) -> None:
    assert find("batch-key-token", changes) == expected
