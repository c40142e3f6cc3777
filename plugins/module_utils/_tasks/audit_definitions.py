# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Definitions of dataflows and accounts for an audit: those of its options, without secrets."""

from __future__ import annotations

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

_SRC_OPTION: t.Final = "dataflow_definitions_src"


def read_dataflow_entries(params: Params) -> list[DataflowEntry]:
    """Return the definitions of the option that lists them, and of the one that names a file or directory.

    One that cannot be used does not keep the others from being read.
    Raises InputError where the file or directory cannot be found, or where a secret is in the option.
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
    src = params[_SRC_OPTION]
    return found if src is None else [*found, *read_dataflow_files(src, _SRC_OPTION)]
