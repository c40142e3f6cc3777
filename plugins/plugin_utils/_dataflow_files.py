# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""The definitions of ``dataflow_src`` with the values of an environment: read and checked without a request."""

from __future__ import annotations

import typing as t
from collections.abc import Iterator, Mapping

from ansible_collections.aep.flow_service.plugins.module_utils._errors import InputError
from ansible_collections.aep.flow_service.plugins.module_utils._json.paths import Path, format_path
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.dataflow_definitions import (
    DataflowEntry,
    read_dataflow_files,
)
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.dataflow_overrides import (
    OVERRIDES,
    check_secrets,
    find_unknown_names,
    name_of,
    override_entry,
)
from ansible_collections.aep.flow_service.plugins.plugin_utils._dataflow_results import find_problems

_SRC: t.Final = "dataflow_src"


def read_definitions(src: str, overrides: Mapping[str, JSON]) -> tuple[list[dict[str, JSON]], list[str]]:
    """Return the definitions of a file or directory, each merged with the overrides of its dataflow, and all failures.

    ``overrides`` has the values of an environment by the names of dataflows. Mappings are merged, other values replace
    those of the file, and null removes them.
    Each failure names its file. Raises InputError where the file or directory cannot be found.
    """
    found: list[dict[str, JSON]] = []
    failures: list[str] = []
    origins: dict[str, str] = {}
    for entry in read_dataflow_files(src, _SRC):
        try:
            definition = _checked(entry, overrides, origins)
        except InputError as error:
            failures.append(str(error))
        else:
            found.append(definition)
    # The name of a definition that is broken might be unknown.
    return found, failures or [str(error) for error in find_unknown_names(overrides, origins, src)]


def _checked(entry: DataflowEntry, overrides: Mapping[str, JSON], origins: dict[str, str]) -> dict[str, JSON]:
    if entry.problem is not None:
        raise entry.problem
    _check_values(entry.content, entry.origin)
    name = name_of(entry)
    if name is not None:
        if name in origins:
            raise InputError(
                f"Could not use {entry.origin}: {origins[name]} has a dataflow with the name {name!r}, too."
                " Next step: rename one of them, or remove it."
            )
        origins[name] = entry.origin
    merged = override_entry(entry, overrides)
    for problem, step in find_problems(merged.content):
        raise InputError(f"Could not use {merged.origin}: {problem}. Next step: {step}.")
    merged.check()
    return dict(merged.content)


def _check_values(content: Mapping[str, JSON], place: str) -> None:
    """Check that a file has no secrets, and nothing that only Ansible could resolve."""
    check_secrets(content, place)
    for path, text in _texts(content, ()):
        if "{{" in text or "{%" in text:
            raise InputError(
                f"Could not use {place}: {format_path(path)} is a template, and files of definitions are not templates."
                f" Next step: move the value to {OVERRIDES}, or the definition to dataflow_definitions."
            )


def _texts(value: JSON, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _texts(item, (*path, key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _texts(item, (*path, str(number)))
