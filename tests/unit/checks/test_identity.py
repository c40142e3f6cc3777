# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of what a spec is."""

from __future__ import annotations

import typing as t

import pytest

A = "sourceSpec.attributes"
OTHER = "521eee4d-8cbe-4906-bb48-fb6bd4450033"
CASES: list[tuple[str, dict[str, t.Any], list[tuple[str, str, str]]]] = [
    ("no name", {"name": ...}, [("AUT010", "error", "name")]),
    ("an empty provider", {"providerId": " "}, [("AUT010", "error", "providerId")]),
    ("both", {"name": None, "providerId": ...}, [("AUT010", "error", "name"), ("AUT010", "error", "providerId")]),
    ("an ID finds the spec", {"id": "1", "name": ..., "providerId": ...}, []),
    ("but an empty name would be written", {"id": "1", "name": ""}, [("AUT010", "error", "name")]),
    ("a provider of the other family", {"providerId": OTHER}, [("AUT011", "warning", "providerId")]),
    ("IDs have no case", {"providerId": "0ED90A81-07F4-4586-8190-B40ECCEF1C5A"}, []),
    (
        "permissions of the other family",
        {"permissionsInfo.view.0.name": "StreamingSource"},
        [("AUT011", "warning", "permissionsInfo.view.0.name")],
    ),
    ("an unknown type", {"type": "generic_rest"}, [("AUT011", "warning", "type")]),
    ("no type", {"type": ...}, []),
    ("a type that is no text", {"type": 1}, [("AUT005", "error", "type")]),
]


@pytest.mark.parametrize(("changes", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_checks(find: t.Any, changes: dict[str, t.Any], expected: list[tuple[str, str, str]]) -> None:
    assert find("batch-basic-page", changes) == expected


STREAMING: list[tuple[str, dict[str, t.Any], list[tuple[str, str, str]]]] = [
    ("another name", {"name": "pulse"}, [("AUT012", "error", "name")]),
    ("no name", {"name": ...}, [("AUT010", "error", "name")]),
    ("no authentication", {"authSpec": ...}, []),
]


@pytest.mark.parametrize(("changes", "expected"), [case[1:] for case in STREAMING], ids=[case[0] for case in STREAMING])
def test_streaming(find: t.Any, changes: dict[str, t.Any], expected: list[tuple[str, str, str]]) -> None:
    assert find("streaming", changes) == expected
