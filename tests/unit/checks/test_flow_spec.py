# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of flow specs."""

from __future__ import annotations

import typing as t

import pytest

LAKE = "c604ff05-7f1a-43c0-8e18-33bf874cb11c"
ENUM = "scheduleSpec.spec.properties.frequency.enum"
CASES: list[tuple[str, dict[str, t.Any], list[tuple[str, str, str]]]] = [
    ("another spelling", {"transformationSpecDTOS": []}, [("AUT070", "warning", "transformationSpecDTOS")]),
    (
        "a name for an ID",
        {"targetConnectionSpecIds": [LAKE, "lake"]},
        [("AUT071", "error", "targetConnectionSpecIds.1")],
    ),
    ("an ID of version 1", {"sourceConnectionSpecIds": ["bdb5b792-451b-11ed-acf8-15f3195821de"]}, []),
    (
        "an ID twice",
        {"targetConnectionSpecIds": [LAKE, LAKE.upper()]},
        [("AUT071", "warning", "targetConnectionSpecIds.1")],
    ),
    ("without the data lake", {"targetConnectionSpecIds": []}, [("AUT071", "warning", "targetConnectionSpecIds")]),
    (
        "text of a template",
        {"sourceConnectionSpecIds": ["{CONNECTION_SPEC_ID}"]},
        [("AUT004", "warning", "sourceConnectionSpecIds.0")],
    ),
    ("a number", {"sourceConnectionSpecIds": [1]}, [("AUT005", "error", "sourceConnectionSpecIds.0")]),
    ("values", {"runSpec": {"startTime": 1}}, [("AUT072", "warning", "runSpec")]),
    ("keywords beside the schema", {"optionSpec.properties": {}}, [("AUT072", "warning", "optionSpec")]),
    (
        "a boolean for runs",
        {"attributes.notification.flowRun": True},
        [("AUT072", "warning", "attributes.notification.flowRun")],
    ),
    (
        "nothing for runs",
        {"attributes.notification.flowRun": None},
        [("AUT072", "warning", "attributes.notification.flowRun")],
    ),
    ("no notification", {"attributes": {}}, []),
    ("an unknown frequency", {ENUM: ["hour", "weekly"]}, [("AUT073", "warning", f"{ENUM}.1")]),
    ("minutes without a limit", {"scheduleSpec.spec.then": {}}, [("AUT073", "warning", "scheduleSpec.spec")]),
    ("no minutes", {"scheduleSpec.spec.then": {}, ENUM: ["hour"]}, []),
    ("no draft-07", {"optionSpec.spec.type": "text"}, [("AUT061", "warning", "optionSpec.spec.type")]),
    (
        "no draft-07 in a transformation",
        {"transformationSpecs.0.spec.type": "text"},
        [("AUT061", "warning", "transformationSpecs.0.spec.type")],
    ),
]


@pytest.mark.parametrize(("changes", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_checks(find: t.Any, changes: dict[str, t.Any], expected: list[tuple[str, str, str]]) -> None:
    assert find("flow-spec", changes) == expected
