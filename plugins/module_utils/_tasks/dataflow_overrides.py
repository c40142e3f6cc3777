# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""The values of an environment, by the names of dataflows, that are merged into definitions from files."""

from __future__ import annotations

import dataclasses
import typing as t
from collections.abc import Iterable, Mapping

from ansible_collections.aep.flow_service.plugins.module_utils._errors import InputError
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON, mapping_of, text_of
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.dataflow_definitions import SECRETS, DataflowEntry

OVERRIDES: t.Final = "dataflow_overrides"
"""The name of the option that has them."""


def name_of(entry: DataflowEntry) -> str | None:
    """Return the name of the dataflow of a definition; None if it has none."""
    return text_of(mapping_of(entry.content.get("dataflow")).get("name"))


def override_entry(entry: DataflowEntry, overrides: Mapping[str, JSON]) -> DataflowEntry:
    """Return the definition with the values for its dataflow.

    Mappings are merged, other values replace those of the definition, and null removes them.
    Raises InputError for values that cannot be merged into it.
    """
    name = name_of(entry)
    override = None if name is None else overrides.get(name)
    if override is None:
        return entry
    if not isinstance(override, Mapping):
        raise InputError(f"Could not use {OVERRIDES}, {name}: it is not a mapping. Next step: write a mapping.")
    check_secrets(override, f"{OVERRIDES}, {name}")
    if mapping_of(override.get("dataflow")).get("name", name) != name:
        raise InputError(
            f"Could not use {OVERRIDES}, {name}: it renames the dataflow. Next step: remove dataflow.name."
        )
    return dataclasses.replace(
        entry, content=mapping_of(_merge(entry.content, override)), origin=f"{entry.origin} with {OVERRIDES}"
    )


def check_secrets(content: Mapping[str, JSON], place: str) -> None:
    """Check that there are no secrets in a definition from a file, or in the values for it.

    Raises InputError that names ``place``.
    """
    if mapping_of(content.get("connection")).get(SECRETS) is not None:
        raise InputError(
            f"Could not use {place}: it has {SECRETS}. Next step: move them to dataflow_secrets, under the name of the"
            " connection."
        )


def find_unknown_names(overrides: Mapping[str, JSON], names: Iterable[str | None], src: str) -> list[InputError]:
    """Return an error for each name of ``overrides`` that no definition of ``src`` has."""
    return [
        InputError(
            f"Could not use {OVERRIDES}: no definition of {src} has a dataflow with the name {name!r}. Next step:"
            " correct the name, or remove it."
        )
        for name in sorted(overrides.keys() - set(names))
    ]


def _merge(value: JSON, override: JSON) -> JSON:
    if not isinstance(override, Mapping):
        return override
    base = mapping_of(value)
    kept = {key: item for key, item in base.items() if key not in override}
    return {
        **kept,
        **{key: _merge(base.get(key), item) for key, item in override.items() if item is not None},
    }
