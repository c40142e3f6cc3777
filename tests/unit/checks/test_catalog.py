# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of the catalog, of permissions, and of types."""

from __future__ import annotations

import typing as t

import pytest

A = "sourceSpec.attributes"
U = f"{A}.uiAttributes"
ENTRY = {"@type": "lowLevel", "name": "EnterpriseSource", "permissions": ["read"]}
CASES: list[tuple[str, dict[str, t.Any], list[tuple[str, str, str]]]] = [
    ("no label", {f"{U}.label": ...}, [("AUT060", "warning", f"{U}.label")]),
    ("an empty label", {f"{U}.label": {}}, [("AUT060", "warning", f"{U}.label")]),
    ("a label as text", {f"{U}.label": "Lumen"}, []),
    ("no source", {f"{U}.isSource": False}, [("AUT060", "warning", f"{U}.isSource")]),
    ("any category", {f"{U}.category": {"key": "surveys"}}, []),
    ("one entry", {"permissionsInfo.view": ENTRY}, [("AUT063", "warning", "permissionsInfo.view")]),
    (
        "no type",
        {"permissionsInfo.view": [{"name": "EnterpriseSource", "permissions": ["read"]}]},
        [("AUT063", "warning", "permissionsInfo.view.0")],
    ),
    (
        "reading to manage",
        {"permissionsInfo.manage": [ENTRY]},
        [("AUT063", "warning", "permissionsInfo.manage.0.permissions")],
    ),
    (
        "a list for a mapping",
        {"sourceSpec": []},
        [
            ("AUT036", "error", f"{A}.urlParams"),
            ("AUT036", "error", f"{A}.contentPath"),
            ("AUT036", "warning", f"{A}.paginationParams"),
            ("AUT036", "warning", f"{A}.scheduleParams"),
        ],
    ),
    ("text for a boolean", {f"{U}.isBeta": "yes"}, [("AUT005", "error", f"{U}.isBeta")]),
    ("nothing for a mapping", {f"{A}.headerParams": None}, [("AUT005", "warning", f"{A}.headerParams")]),
    ("a field to remove", {"attributes": None}, [("AUT005", "hint", "attributes")]),
    ("a number for a name", {"authSpec.0.name": 1}, [("AUT005", "error", "authSpec.0.name")]),
    (
        "unknown fields",
        {"whatever": [1], f"{U}.whatever": {}},
        [("AUT006", "hint", "whatever"), ("AUT006", "hint", f"{U}.whatever")],
    ),
]


@pytest.mark.parametrize(("changes", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_checks(find: t.Any, changes: dict[str, t.Any], expected: list[tuple[str, str, str]]) -> None:
    assert find("batch-basic-page", changes) == expected
