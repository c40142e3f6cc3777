# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check of the schemas inside a spec."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.aep.flow_service.plugins.module_utils._checks.patterns import repeats_a_repetition

A = "sourceSpec.attributes"
S = "sourceSpec.spec"
F = f"{S}.properties.surveyId"
CASES: list[tuple[str, dict[str, t.Any], list[tuple[str, str, str]]]] = [
    ("an unknown type", {f"{F}.type": "strnig"}, [("AUT061", "error", f"{F}.type")]),
    ("a list of types", {f"{F}.type": ["string", "null"]}, []),
    ("required, as in draft-03", {f"{F}.required": True}, [("AUT061", "error", f"{F}.required")]),
    ("a bound, as in draft-04", {f"{F}.exclusiveMinimum": True}, [("AUT061", "error", f"{F}.exclusiveMinimum")]),
    ("no choices", {f"{F}.enum": "a"}, [("AUT061", "error", f"{F}.enum")]),
    ("no schema", {f"{F}.not": None}, [("AUT061", "error", f"{F}.not")]),
    ("any other keyword", {f"{F}.uiAttributes": {"type": "text"}}, []),
    (
        "where values are explored",
        {"exploreSpec.requestSpec": {"type": "text"}},
        [("AUT061", "warning", "exploreSpec.requestSpec.type")],
    ),
    ("a mapping of schemas, as in built-in specs", {"exploreSpec.responseSpec": {"root": {"type": "text"}}}, []),
    (
        "a blank in the dialect",
        {f"{S}.$schema": "http: //json-schema.org/draft-07/schema#"},
        [("AUT061", "hint", f"{S}.$schema")],
    ),
    (
        "another dialect",
        {f"{S}.$schema": "https://json-schema.org/draft/2020-12/schema"},
        [("AUT061", "hint", f"{S}.$schema")],
    ),
    ("the dialect", {f"{S}.$schema": "http://json-schema.org/draft-07/schema#"}, []),
    ("a reference to nothing", {F: {"$ref": "#/definitions/a"}}, [("AUT061", "error", f"{F}.$ref")]),
    ("a reference to a name", {F: {"$ref": "#a"}}, [("AUT061", "error", f"{F}.$ref")]),
    ("a reference out of the spec", {F: {"$ref": "https://a.example/b.json"}}, [("AUT061", "hint", f"{F}.$ref")]),
    ("a reference to itself", {F: {"$ref": "#/properties/surveyId"}}, [("AUT061", "error", f"{F}.$ref")]),
    (
        "a circle",
        {
            F: {"$ref": "#/definitions/a"},
            f"{S}.definitions": {"a": {"$ref": "#/definitions/b"}, "b": {"$ref": "#/definitions/a"}},
        },
        [
            ("AUT061", "error", f"{F}.$ref"),
            ("AUT061", "error", f"{S}.definitions.a.$ref"),
            ("AUT061", "error", f"{S}.definitions.b.$ref"),
        ],
    ),
    (
        "a circle that it only leads to",
        {F: {"$ref": "#/definitions/a"}, f"{S}.definitions": {"a": {"$ref": "#/definitions/a"}}},
        [("AUT061", "error", f"{F}.$ref"), ("AUT061", "error", f"{S}.definitions.a.$ref")],
    ),
    (
        "a tree, which has an end",
        {f"{S}.definitions": {"t/~": {"properties": {"more": {"$ref": "#/definitions/t~1~0"}}}}},
        [],
    ),
    ("a group that repeats a repetition", {f"{F}.pattern": "^(a+)+$"}, [("AUT061", "hint", f"{F}.pattern")]),
]


@pytest.mark.parametrize(("changes", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_checks(find: t.Any, changes: dict[str, t.Any], expected: list[tuple[str, str, str]]) -> None:
    assert find("batch-basic-page", changes) == expected


@pytest.mark.parametrize(
    ("pattern", "repeats"),
    [
        ("^(a+)+$", True),
        ("((a*)b)*", True),
        ("(?:x{2,})+", True),
        ("(a|b+)*c", True),
        ("^[a-z]+$", False),
        (r"(\+)+", False),
        ("([+*])+", False),
        ("(a+)(b+)", False),
        ("(a{2,3})+", False),
        ("(((", False),
        (")*)*", False),
        ("([", False),
        ("", False),
    ],
)
def test_what_can_take_forever(pattern: str, repeats: bool) -> None:
    assert repeats_a_repetition(pattern) is repeats


def test_a_pattern_is_never_run_and_its_length_does_not_matter() -> None:
    assert not repeats_a_repetition("(" * 200_000)
    assert repeats_a_repetition("[a" * 1000 + "(a*)*" * 20_000 + "]" * 20_000) in (True, False)
