# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Checks of what a spec is: its name, its provider, and its family."""

from __future__ import annotations

import typing as t

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
    CREATE_STREAMING,
    OPENAPI,
    PAYLOADS,
    sources,
)
from ansible_collections.aep.flow_service.plugins.module_utils._checks.spec import (
    BATCH,
    STREAMING,
    ConnectionSpec,
    as_list,
    as_mapping,
    read,
)
from ansible_collections.aep.flow_service.plugins.module_utils._checks.values import Content
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON


class Family(t.NamedTuple):
    """What belongs together in a source of one type."""

    provider_id: str
    explore_type: str
    permission: str


FAMILIES: t.Final = {
    BATCH: Family("0ed90a81-07f4-4586-8190-b40eccef1c5a", "Resource", "EnterpriseSource"),
    STREAMING: Family("521eee4d-8cbe-4906-bb48-fb6bd4450033", "StreamingConnection", "StreamingSource"),
}
STREAMING_NAME: t.Final = "generic-streaming"


@check("AUT010", ERROR, "`name` and `providerId` are given and not empty.", sources(OPENAPI))
def identity_is_given(content: Content) -> Problems:
    """Find a missing or empty name or provider."""
    for field in ("name", "providerId"):
        value = content.get(field)
        if isinstance(value, str) and not value.strip():
            yield Problem((field,), f"`{field}` is empty: write a value.")
        elif value is None and (field in content or not content.get("id")):
            yield Problem((field,), f"`{field}` is required, and it is missing.")


@check(
    "AUT011",
    WARNING,
    "`type`, `providerId`, `exploreSpec.type`, and the names in `permissionsInfo` belong to one family.",
    sources(PAYLOADS),
)
def one_family(spec: ConnectionSpec) -> Problems:
    """Find values of the other family."""
    kind = spec.content.get("type")
    if not isinstance(kind, str):
        return
    if kind not in FAMILIES:
        yield Problem(("type",), f"`{kind}` is no type of the Sources SDK: write {BATCH}, or {STREAMING}.")
        return
    family = FAMILIES[kind]
    yield from _expect(spec, ("providerId",), kind, family.provider_id)
    yield from _expect(spec, ("exploreSpec", "type"), kind, family.explore_type)
    for right, entries in as_mapping(spec.content.get("permissionsInfo")).items():
        for index, entry in enumerate(as_list(entries)):
            path = ("permissionsInfo", right, str(index), "name")
            yield from _compare(path, kind, as_mapping(entry).get("name"), family.permission)


def _expect(spec: ConnectionSpec, path: Path, kind: str, expected: str) -> Problems:
    return _compare(path, kind, read(spec.content, *path), expected)


def _compare(path: Path, kind: str, value: JSON, expected: str) -> Problems:
    if not isinstance(value, str) or not value.strip() or value.lower() == expected.lower():
        return
    owner = next((f", and {value} belongs to {other}" for other, family in FAMILIES.items() if value in family), "")
    yield Problem(path, f"A {kind} source has {expected} here{owner}: write {expected}, or correct `type`.")


@check("AUT012", ERROR, f"A streaming spec is named `{STREAMING_NAME}`.", sources(CREATE_STREAMING))
def streaming_name(spec: ConnectionSpec) -> Problems:
    """Find a streaming spec of another name."""
    name = spec.content.get("name")
    if spec.content.get("type") == STREAMING and isinstance(name, str) and name.strip() and name != STREAMING_NAME:
        yield Problem(
            ("name",),
            f"A streaming spec must be named {STREAMING_NAME}, or the mapping step is skipped. "
            "To tell sources of this name apart, use the label and the ID.",
        )


CHECKS: t.Final[tuple[Check[ConnectionSpec], ...]] = (one_family, streaming_name)
