# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of authSpec."""

from __future__ import annotations

import typing as t

import pytest

A = "sourceSpec.attributes"
P = "authSpec.0.spec.properties"
TEXT = {"type": "string"}
CASES: list[tuple[str, dict[str, t.Any], list[tuple[str, str, str]]]] = [
    ("no authSpec", {"authSpec": ..., f"{A}.urlParams.host": "https://a.example"}, [("AUT020", "error", "authSpec")]),
    ("an empty one", {"authSpec": [], f"{A}.urlParams.host": "https://a.example"}, [("AUT020", "error", "authSpec")]),
    ("none where an ID finds the spec", {"authSpec": ..., "id": "1", f"{A}.urlParams.host": "https://a.example"}, []),
    ("another type", {"authSpec.0.type": "OAuth2ClientCredential"}, [("AUT022", "warning", "authSpec.0.type")]),
    ("a token", {f"{P}.bearerToken": TEXT}, [("AUT023", "warning", f"{P}.bearerToken")]),
    ("an API key", {f"{P}.api_key": TEXT}, [("AUT023", "warning", f"{P}.api_key")]),
    ("a URL of tokens is no secret", {f"{P}.accessTokenUrl": TEXT}, []),
    ("nor is its field", {f"{P}.accessTokenField": TEXT}, []),
    ("nor the ID of a key", {f"{P}.accessKeyId": TEXT}, []),
    ("nor a mapping", {f"{P}.tokenSettingsSecret": {"type": "object"}}, []),
    (
        "a required field without definition",
        {"authSpec.0.spec.required": ["region", "pasword"]},
        [("AUT024", "warning", "authSpec.0.spec.required.1")],
    ),
    ("a field that the type uses", {f"{P}.username": ..., "authSpec.0.spec.required": []}, [("AUT024", "warning", P)]),
    ("the same one, also required", {f"{P}.username": ...}, [("AUT024", "warning", "authSpec.0.spec.required.1")]),
    ("a secret with a constant", {f"{P}.password.const": "x"}, [("AUT025", "error", f"{P}.password.const")]),
    ("a secret with a choice", {f"{P}.password.enum": ["x"]}, [("AUT025", "error", f"{P}.password.enum")]),
    ("a default of no secret", {f"{P}.region.default": "eu"}, []),
    (
        "a token in a header",
        {f"{A}.headerParams.Authorization": "Bearer abc"},
        [("AUT026", "warning", f"{A}.headerParams.Authorization")],
    ),
    ("asked of the user", {f"{A}.headerParams.Authorization": "Bearer ${username}"}, []),
    ("a session cookie", {f"{A}.headerParams.cookie": "id=1"}, [("AUT026", "warning", f"{A}.headerParams.cookie")]),
    ("another header", {f"{A}.headerParams.X-Api-Version": "3"}, []),
]


@pytest.mark.parametrize(("changes", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_checks(find: t.Any, changes: dict[str, t.Any], expected: list[tuple[str, str, str]]) -> None:
    assert find("batch-basic-page", changes) == expected


KEYS: list[tuple[str, dict[str, t.Any], list[tuple[str, str, str]]]] = [
    ("a key that is not sent", {f"{P}.authKey1.restAttributes": ...}, [("AUT027", "warning", P)]),
    (
        "a second one",
        {f"{P}.authKey2": {"type": "string", "format": "password"}},
        [("AUT027", "warning", f"{P}.authKey2")],
    ),
    ("sent in another way", {f"{P}.authKey1.restAttributes": {"queryParamName": "key"}}, []),
]


@pytest.mark.parametrize(("changes", "expected"), [case[1:] for case in KEYS], ids=[case[0] for case in KEYS])
def test_keys(find: t.Any, changes: dict[str, t.Any], expected: list[tuple[str, str, str]]) -> None:
    assert find("batch-key-token", changes) == expected


def test_names_differ(find: t.Any) -> None:
    same = {"authSpec.1.name": "OAuth2 Refresh Code"}
    assert find("batch-oauth2-offset", same) == [("AUT021", "error", "authSpec.1.name")]
