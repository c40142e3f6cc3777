# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of the call of a batch source."""

from __future__ import annotations

import typing as t

import pytest

A = "sourceSpec.attributes"
SPEC = "sourceSpec.spec"
CASES: list[tuple[str, dict[str, t.Any], list[tuple[str, str, str]]]] = [
    ("spec in attributes", {f"{A}.spec": {}}, [("AUT030", "warning", f"{A}.spec")]),
    ("undefined in a header", {f"{A}.headerParams.X": "${nobody}"}, [("AUT031", "error", f"{A}.headerParams.X")]),
    (
        "undefined in a list of the body",
        {f"{A}.bodyParams": {"a": ["${nobody}"]}, f"{A}.urlParams.method": "POST"},
        [("AUT031", "error", f"{A}.bodyParams.a.0")],
    ),
    ("defined by authSpec", {f"{A}.headerParams.X": "${username}"}, []),
    (
        "without its dollar",
        {f"{A}.urlParams.host": "https://{region}.a.example"},
        [("AUT033", "warning", f"{A}.urlParams.host")],
    ),
    ("an expression", {f"{A}.urlParams.path": "/surveys/${surveyId}?@{pipeline()?.parameters}"}, []),
    ("JSON in the body", {f"{A}.bodyParams": '{"a": {"b": 1}}', f"{A}.urlParams.method": "POST"}, []),
    ("not required", {f"{SPEC}.required": []}, [("AUT034", "hint", f"{SPEC}.properties.surveyId")]),
    ("not used", {f"{SPEC}.properties.zone": {"type": "string"}}, [("AUT034", "hint", f"{SPEC}.properties.zone")]),
    ("no pagination", {f"{A}.paginationParams": ...}, [("AUT036", "warning", f"{A}.paginationParams")]),
    ("no schedule", {f"{A}.scheduleParams": ...}, [("AUT036", "warning", f"{A}.scheduleParams")]),
    (
        "no path",
        {f"{A}.urlParams.path": ..., f"{SPEC}.properties": {}, f"{SPEC}.required": []},
        [("AUT036", "error", f"{A}.urlParams.path")],
    ),
    ("no method", {f"{A}.urlParams.method": ...}, [("AUT036", "error", f"{A}.urlParams.method")]),
    ("another method", {f"{A}.urlParams.method": "PUT"}, [("AUT036", "error", f"{A}.urlParams.method")]),
    ("no host", {f"{A}.urlParams.host": ...}, [("AUT037", "warning", f"{A}.urlParams")]),
    ("http", {f"{A}.urlParams.host": "http://a.example"}, [("AUT037", "warning", f"{A}.urlParams.host")]),
    ("a slash too many", {f"{A}.urlParams.host": "https://a.example/"}, [("AUT037", "warning", f"{A}.urlParams.host")]),
    ("the whole host from the user", {f"{A}.urlParams.host": "${region}"}, []),
    ("a slash too few", {f"{A}.urlParams.path": "a/${surveyId}"}, [("AUT037", "warning", f"{A}.urlParams.path")]),
    ("a body with GET", {f"{A}.bodyParams": {"a": 1}}, [("AUT038", "warning", f"{A}.bodyParams")]),
    ("an empty body with GET", {f"{A}.bodyParams": {}}, []),
    ("the path alone, as in 2021", {f"{A}.contentPath": "$.responses"}, []),
    ("without its root", {f"{A}.contentPath": "responses"}, [("AUT039", "error", f"{A}.contentPath")]),
    (
        "an inner path without its root",
        {f"{A}.explodeEntityPath": {"path": "answers"}},
        [("AUT039", "error", f"{A}.explodeEntityPath.path")],
    ),
    (
        "the old name of the node",
        {f"{A}.explodeEntityPath": {"path": "$.responses[*].answers"}},
        [("AUT053", "warning", f"{A}.explodeEntityPath.path")],
    ),
    ("the new name in brackets", {f"{A}.explodeEntityPath": {"path": "$['response'].answers"}}, []),
    (
        "a longer name",
        {f"{A}.explodeEntityPath": {"path": "$.responsePart"}},
        [("AUT053", "warning", f"{A}.explodeEntityPath.path")],
    ),
    (
        "kept and skipped",
        {f"{A}.contentPath.skipAttributes": ["a"], f"{A}.contentPath.keepAttributes": ["b"]},
        [("AUT053", "hint", f"{A}.contentPath.skipAttributes")],
    ),
    (
        "a new name for the root",
        {f"{A}.contentPath.path": "$"},
        [("AUT053", "hint", f"{A}.contentPath.overrideWrapperAttribute")],
    ),
]


@pytest.mark.parametrize(("changes", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_checks(find: t.Any, changes: dict[str, t.Any], expected: list[tuple[str, str, str]]) -> None:
    assert find("batch-basic-page", changes) == expected


def test_a_placeholder_that_one_way_to_sign_in_lacks(find: t.Any) -> None:
    changes = {"authSpec.0.spec.properties.region": ..., "authSpec.0.spec.required": []}
    assert find("batch-oauth2-offset", changes) == [("AUT032", "warning", f"{A}.urlParams.host")]


def test_a_host_that_one_way_to_sign_in_lacks(find: t.Any) -> None:
    changes = {"authSpec.0.spec.properties.host": ..., "authSpec.0.spec.required": []}
    assert find("batch-host-pointer", changes) == [("AUT037", "warning", f"{A}.urlParams")]


@pytest.mark.parametrize("part", ["urlParams", "contentPath", "paginationParams", "scheduleParams"])
def test_the_parts_can_be_left_to_the_user(find: t.Any, part: str) -> None:
    severity = "error" if part in ("urlParams", "contentPath") else "warning"
    assert find("batch-user-gives-call", {f"{SPEC}.properties.{part}": ...}) == [("AUT036", severity, f"{A}.{part}")]
