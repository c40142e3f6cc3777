# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Definitions of dataflows and accounts for an audit: those of its options, without secrets."""

from __future__ import annotations

import dataclasses
import typing as t
from collections.abc import Mapping, Sequence

from ansible_collections.aep.flow_service.plugins.module_utils._errors import InputError
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON, Params, mapping_of
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.dataflow_definitions import (
    OPTION,
    SECRETS,
    DataflowEntry,
    dataflow_entry,
    read_dataflow_files,
)
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.dataflow_overrides import (
    OVERRIDES,
    find_unknown_names,
    name_of,
    override_entry,
)

_SRC_OPTION: t.Final = "dataflow_definitions_src"


def read_dataflow_entries(params: Params) -> list[DataflowEntry]:
    """Return the definitions of the option that lists them, and of the one that names a file or directory.

    One that cannot be used does not keep the others from being read.
    Raises InputError if the file or directory does not exist, if an option has a secret, or if no definition has the
    name of a dataflow with values of the sandbox.
    """
    given: Sequence[Mapping[str, JSON]] = params[OPTION]
    found = []
    for number, content in enumerate(given):
        origin = f"{OPTION}[{number}]"
        if mapping_of(content.get("connection")).get(SECRETS):
            raise InputError(
                f"Could not use {origin}: it has {SECRETS}, and an audit compares no secrets. No request was sent."
                f" Next step: remove {SECRETS}, or name a file by {_SRC_OPTION}."
            )
        found.append(dataflow_entry(origin, None, content))
    return [*found, *_of_files(params[_SRC_OPTION], params[OVERRIDES])]


def _of_files(src: str | None, overrides: Mapping[str, JSON]) -> list[DataflowEntry]:
    if src is None and overrides:
        raise InputError(
            f"Could not use {OVERRIDES}: it needs {_SRC_OPTION}. No request was sent. Next step: set {_SRC_OPTION}, or"
            f" remove {OVERRIDES}."
        )
    entries = [] if src is None else read_dataflow_files(src, _SRC_OPTION)
    # The name of a definition that is broken might be unknown.
    if not any(entry.problem for entry in entries):
        unknown = find_unknown_names(overrides, map(name_of, entries), str(src))
        if unknown:
            raise unknown[0]
    return [_overridden(entry, overrides) for entry in entries]


def _overridden(entry: DataflowEntry, overrides: Mapping[str, JSON]) -> DataflowEntry:
    try:
        return override_entry(entry, overrides)
    except InputError as error:
        return dataclasses.replace(entry, problem=error)
