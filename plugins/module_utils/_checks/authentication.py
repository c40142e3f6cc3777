# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Checks of ``authSpec``: the ways to sign in, and what they ask a user for."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Iterator

from ansible_collections.aep.flow_service.plugins.module_utils._checks.check import (
    ERROR,
    WARNING,
    Check,
    Path,
    Problem,
    Problems,
    check,
)
from ansible_collections.aep.flow_service.plugins.module_utils._checks.pages import (
    AUTHENTICATION,
    ERRORS,
    INFERENCE,
    SOURCE,
    sources,
)
from ansible_collections.aep.flow_service.plugins.module_utils._checks.spec import (
    AuthEntry,
    ConnectionSpec,
    as_list,
    as_mapping,
)
from ansible_collections.aep.flow_service.plugins.module_utils._checks.suggest import suggest
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON

TYPES: t.Final = {
    "OAuth2RefreshCode": ("accessToken",),
    "BasicAuthentication": ("username", "password"),
    "KeyBased": ("authKey1",),
}
"""The documented types of a batch source, each with the input fields that it cannot do without."""

_WORDS: t.Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_SECRET_WORDS: t.Final = frozenset({"password", "passphrase", "passcode", "secret", "token"})
# A key alone can be the name of a field; the access key of Amazon S3 is an ID.
_SECRET_KEYS: t.Final = frozenset(
    {"account", "api", "app", "auth", "encryption", "master", "private", "shared", "signing", "subscription"}
)
# A name that ends so describes a secret, or leads to it, and is none.
_HARMLESS_ENDS: t.Final = frozenset(
    {"url", "uri", "endpoint", "field", "date", "id", "ids", "name", "type", "expiry", "expiration", "path", "prefix"}
)
_CREDENTIAL_HEADER: t.Final = frozenset({"authorization", "cookie", "password", "secret", "token", "apikey", "key"})


def is_secret_name(name: str) -> bool:
    """Return whether an input field is named like a secret."""
    words = [word.lower() for word in _WORDS.findall(name)]
    if not words or words[-1] in _HARMLESS_ENDS:
        return False
    return not _SECRET_WORDS.isdisjoint(words) or (
        words[-1] == "key" and (len(words) == 1 or words[-2] in _SECRET_KEYS)
    )


def _iterate_fields(spec: ConnectionSpec) -> Iterator[tuple[Path, str, t.Mapping[str, JSON]]]:
    for entry in spec.auth_entries:
        for name, field in entry.properties.items():
            if isinstance(field, dict):
                yield entry.property_path(name), name, field


@check("AUT020", ERROR, "A batch source has a way to sign in.", sources(AUTHENTICATION, INFERENCE))
def batch_signs_in(spec: ConnectionSpec) -> Problems:
    """Find a batch source without ``authSpec``."""
    if not spec.is_batch or ("authSpec" not in spec.content and spec.is_partial):
        return
    if spec.content.get("authSpec") in (None, [], {}):
        yield Problem(
            ("authSpec",),
            "A batch source needs a way to sign in, or no account can be made for it: add an entry to authSpec.",
        )


@check("AUT021", ERROR, "The names in `authSpec` differ.", sources(INFERENCE, ERRORS))
def names_differ(spec: ConnectionSpec) -> Problems:
    """Find ways to sign in of the same name."""
    seen: set[str] = set()
    for entry in spec.auth_entries:
        if not isinstance(entry.name, str):
            continue
        if entry.name in seen:
            yield Problem(
                (*entry.path, "name"),
                f"Two ways to sign in are named {entry.title}, and a connection chooses by name: rename one of them.",
            )
        seen.add(entry.name)


@check("AUT022", WARNING, "The type of a way to sign in is one that is documented.", sources(AUTHENTICATION))
def known_type(spec: ConnectionSpec) -> Problems:
    """Find a type that the documentation does not name."""
    for entry in spec.auth_entries if spec.is_batch else ():
        kind = entry.content.get("type")
        if isinstance(kind, str) and kind not in TYPES:
            yield Problem(
                (*entry.path, "type"), f"`{kind}` is none of {', '.join(TYPES)}.{suggest(kind, TYPES, cutoff=0.4)}"
            )


@check("AUT023", WARNING, "An input field named like a secret has `format: password`.", sources(AUTHENTICATION))
def secrets_are_masked(spec: ConnectionSpec) -> Problems:
    """Find secrets that are shown while they are entered."""
    for path, name, field in _iterate_fields(spec):
        if is_secret_name(name) and field.get("type", "string") == "string" and field.get("format") != "password":
            yield Problem(path, f"`{name}` looks like a secret, and it is not masked: add `format: password`.")


@check(
    "AUT024",
    WARNING,
    "`required` names existing input fields, and the type's own fields are there.",
    sources(AUTHENTICATION, INFERENCE),
)
def required_fields_exist(spec: ConnectionSpec) -> Problems:
    """Find required input fields that are not defined."""
    for entry in spec.auth_entries if spec.is_batch else ():
        undefined = [
            (index, name)
            for index, name in enumerate(as_list(entry.spec.get("required")))
            if isinstance(name, str) and name not in entry.properties
        ]
        for index, name in undefined:
            yield Problem(
                (*entry.path, "spec", "required", str(index)),
                f"`{name}` is required but not defined: add it to `properties`, or remove it here."
                f"{suggest(name, entry.properties)}",
            )
        kind = entry.content.get("type")
        for name in TYPES.get(kind, ()) if isinstance(kind, str) else ():
            if name not in entry.properties and name not in dict(undefined).values():
                yield Problem(
                    (*entry.path, "spec", "properties"),
                    f"{kind} uses `{name}`, which is not defined: add it to `properties`.",
                )


@check("AUT025", ERROR, "A secret has no `default`, `const`, or `enum`.", sources(INFERENCE))
def secrets_have_no_value(spec: ConnectionSpec) -> Problems:
    """Find secrets that the spec itself holds."""
    for path, name, field in _iterate_fields(spec):
        if field.get("format") == "password" or (is_secret_name(name) and field.get("type", "string") == "string"):
            for keyword in ("default", "const", "enum"):
                if keyword in field:
                    yield Problem(
                        (*path, keyword),
                        f"With `{keyword}`, the spec itself holds the secret `{name}`, and everyone who reads the spec "
                        "sees it: remove it, and give the value with each account.",
                    )


@check("AUT026", WARNING, "A header for credentials has no fixed value.", sources(SOURCE, INFERENCE))
def headers_hold_no_secret(spec: ConnectionSpec) -> Problems:
    """Find credentials in headers."""
    for name, value in spec.part("headerParams").items():
        words = {word.lower() for word in _WORDS.findall(name.title())} | {name.lower().replace("-", "")}
        if isinstance(value, str) and value.strip() and "{" not in value and not words.isdisjoint(_CREDENTIAL_HEADER):
            yield Problem(
                spec.part_path("headerParams", name),
                f"`{name}` has a fixed value that everyone who reads the spec sees: "
                "ask for it in authSpec, and send it by `restAttributes.headerParamName`.",
            )


@check("AUT027", WARNING, "Each key of `KeyBased` has `restAttributes`.", sources(AUTHENTICATION))
def keys_are_sent(spec: ConnectionSpec) -> Problems:
    """Find keys that are sent nowhere."""
    for entry in spec.auth_entries if spec.is_batch else ():
        if entry.content.get("type") != "KeyBased" or not entry.properties:
            continue
        sent = [name for name, field in entry.properties.items() if as_mapping(field).get("restAttributes")]
        if not sent:
            yield Problem(
                (*entry.path, "spec", "properties"),
                f"No key of {entry.title} says in which header it goes: add `restAttributes.headerParamName`.",
            )
            continue
        yield from _unsent_keys(entry, sent)


def _unsent_keys(entry: AuthEntry, sent: list[str]) -> Problems:
    for name in entry.properties:
        if re.fullmatch(r"authKey[0-9]+", name) and name not in sent:
            yield Problem(
                entry.property_path(name),
                f"`{name}` does not say in which header it goes: add `restAttributes.headerParamName`.",
            )


CHECKS: t.Final[tuple[Check[ConnectionSpec], ...]] = (
    batch_signs_in,
    names_differ,
    known_type,
    secrets_are_masked,
    required_fields_exist,
    secrets_have_no_value,
    headers_hold_no_secret,
    keys_are_sent,
)
