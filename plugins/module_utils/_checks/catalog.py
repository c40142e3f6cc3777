# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Checks of how a source appears: its texts in the catalog, and who can see and manage it."""

from __future__ import annotations

import typing as t

from ansible_collections.aep.flow_service.plugins.module_utils._checks.check import (
    WARNING,
    Check,
    Path,
    Problem,
    Problems,
    check,
)
from ansible_collections.aep.flow_service.plugins.module_utils._checks.pages import (
    CREATE,
    INFERENCE,
    OPENAPI,
    PAYLOADS,
    sources,
)
from ansible_collections.aep.flow_service.plugins.module_utils._checks.spec import ConnectionSpec, as_list, as_mapping
from ansible_collections.aep.flow_service.plugins.module_utils._checks.values import Content
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON

_RIGHTS: t.Final = {"view": "read", "manage": "write"}


@check(
    "AUT060",
    WARNING,
    "`label` and `description` have one of `key` and `text`, and `isSource` is true.",
    sources(CREATE, INFERENCE),
)
def catalog_texts(spec: ConnectionSpec) -> Problems:
    """Find texts that the catalog cannot show."""
    if not spec.is_sdk or not isinstance(spec.attributes.get("uiAttributes"), dict):
        return
    shown = spec.part("uiAttributes")
    for name in ("label", "description"):
        value = shown.get(name)
        path = spec.part_path("uiAttributes", name)
        given = [key for key in ("key", "text") if as_mapping(value).get(key) not in (None, "")]
        if len(given) == 2:
            yield Problem(
                path, f"`{name}` has both `key` and `text`: keep one. Use `text` for tests, `key` afterwards."
            )
        elif not given and not isinstance(value, str):
            yield Problem(path, f"`{name}` has no text for the catalog: give `key` or `text`.")
    if shown.get("isSource") is not True:
        yield Problem(
            spec.part_path("uiAttributes", "isSource"), "The catalog shows only sources: set `isSource` to true."
        )


@check(
    "AUT063",
    WARNING,
    "`permissionsInfo` has lists of entries with `@type`, `name`, and the permission to read or write.",
    sources(PAYLOADS, OPENAPI),
)
def permissions_are_lists(content: Content) -> Problems:
    """Find permissions of another shape than in the published payloads."""
    info = as_mapping(content.get("permissionsInfo"))
    for right, permission in _RIGHTS.items():
        value = info.get(right)
        path = ("permissionsInfo", right)
        if value is None:
            continue
        if not isinstance(value, list):
            yield Problem(path, f"`{right}` must be a list of entries: write a list, even of one entry.")
            continue
        for index, entry in enumerate(as_list(value)):
            yield from _check_entry((*path, str(index)), right, permission, entry)


def _check_entry(path: Path, right: str, permission: str, entry: JSON) -> Problems:
    missing = [key for key in ("@type", "name", "permissions") if not as_mapping(entry).get(key)]
    if missing:
        yield Problem(path, f"The entry has no {', and no '.join(f'`{key}`' for key in missing)}: add it.")
    elif permission not in as_list(as_mapping(entry)["permissions"]):
        yield Problem((*path, "permissions"), f"An entry of `{right}` has the permission {permission}: add it.")


CHECKS: t.Final[tuple[Check[ConnectionSpec], ...]] = (catalog_texts,)
