# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Specs as the checks read them: whatever is missing or of another type reads as empty."""

from __future__ import annotations

import dataclasses
import functools
import re
import typing as t
from collections.abc import Iterator, Mapping

from ansible_collections.aep.flow_service.plugins.module_utils._checks.check import Path
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON

BATCH: t.Final = "generic-rest"
STREAMING: t.Final = "generic-streaming"

_CAPITALS: t.Final = re.compile(r"[A-Z][A-Z0-9_]*")
_REFERENCE: t.Final = re.compile(r"\$\{([^{}]*)\}")
_EMPTY: t.Final[Mapping[str, JSON]] = {}


def as_mapping(value: JSON) -> Mapping[str, JSON]:
    """Return the value if it is a mapping, or else an empty mapping."""
    return value if isinstance(value, dict) else _EMPTY


def as_list(value: JSON) -> list[JSON]:
    """Return the value if it is a list, or else an empty list."""
    return value if isinstance(value, list) else []


def read(value: JSON, *steps: str) -> JSON:
    """Return the value below these keys and list indexes, or None where one is missing."""
    for step in steps:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def unquoted_placeholder(value: JSON) -> str | None:
    """Return the name of a placeholder that YAML reads as a mapping because it has no quotes, or None."""
    if isinstance(value, dict) and len(value) == 1:
        ((name, inner),) = value.items()
        if inner is None and _CAPITALS.fullmatch(name):
            return str(name)
    return None


def iterate_texts(value: JSON, path: Path, with_unquoted: bool = False) -> Iterator[tuple[Path, str]]:
    """Yield every text in a value with its path; with placeholders that lack their quotes, if that is asked for."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        name = unquoted_placeholder(value) if with_unquoted else None
        if name is not None:
            yield path, f"{{{name}}}"
        for key, item in value.items():
            yield from iterate_texts(item, (*path, key), with_unquoted)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from iterate_texts(item, (*path, str(index)), with_unquoted)


def is_reference(text: str) -> bool:
    """Return whether the text contains a placeholder of the form ``${name}``."""
    return "${" in text


@dataclasses.dataclass(frozen=True)
class AuthEntry:
    """One way to sign in, an entry of ``authSpec``."""

    path: Path
    content: Mapping[str, JSON]

    @property
    def name(self) -> JSON:
        """Its name, by which a connection chooses it."""
        return self.content.get("name")

    @property
    def title(self) -> str:
        """Its name in quotes, for messages, or its place where it has none."""
        return f"`{self.name}`" if isinstance(self.name, str) else f"entry {self.path[-1]} of authSpec"

    @property
    def spec(self) -> Mapping[str, JSON]:
        """The schema of the values that a user gives to sign in."""
        return as_mapping(self.content.get("spec"))

    @property
    def properties(self) -> Mapping[str, JSON]:
        """The input fields."""
        return as_mapping(self.spec.get("properties"))

    def property_path(self, name: str) -> Path:
        """Return the path of an input field."""
        return (*self.path, "spec", "properties", name)


@dataclasses.dataclass(frozen=True)
class ConnectionSpec:
    """A connection spec."""

    content: Mapping[str, JSON]

    ATTRIBUTES: t.ClassVar[Path] = ("sourceSpec", "attributes")

    @property
    def is_batch(self) -> bool:
        """Whether it is a batch source of the Sources SDK."""
        return self.content.get("type") == BATCH

    @property
    def is_sdk(self) -> bool:
        """Whether it is a source of the Sources SDK, batch or streaming."""
        return self.content.get("type") in (BATCH, STREAMING)

    @property
    def is_partial(self) -> bool:
        """Whether an ID finds the live spec, so that the definition can leave out what is not managed."""
        return bool(self.content.get("id"))

    @functools.cached_property
    def auth_entries(self) -> list[AuthEntry]:
        """The entries of ``authSpec`` that are mappings."""
        entries = enumerate(as_list(self.content.get("authSpec")))
        return [AuthEntry(("authSpec", str(index)), entry) for index, entry in entries if isinstance(entry, dict)]

    @functools.cached_property
    def attributes(self) -> Mapping[str, JSON]:
        """The fixed part of the source, ``sourceSpec.attributes``."""
        return as_mapping(read(self.content, *self.ATTRIBUTES))

    @functools.cached_property
    def inputs(self) -> Mapping[str, JSON]:
        """The values that a user gives for each source connection, ``sourceSpec.spec.properties``."""
        return as_mapping(read(self.content, "sourceSpec", "spec", "properties"))

    @functools.cached_property
    def url_params(self) -> Mapping[str, JSON]:
        """The URL of the call."""
        return as_mapping(self.attributes.get("urlParams"))

    @functools.cached_property
    def request_texts(self) -> list[tuple[Path, str]]:
        """Every text of the URL, the headers, and the body, with its path."""
        return [
            found
            for part in ("urlParams", "headerParams", "bodyParams")
            for found in iterate_texts(self.attributes.get(part), (*self.ATTRIBUTES, part), with_unquoted=True)
        ]

    @functools.cached_property
    def references(self) -> list[tuple[Path, str]]:
        """Every ``${name}`` of the URL, the headers, and the body: the path of its text, and the name."""
        return [
            (path, name.strip())
            for path, text in self.request_texts
            if is_reference(text)
            for name in dict.fromkeys(_REFERENCE.findall(text))
        ]

    def part(self, name: str) -> Mapping[str, JSON]:
        """Return a part of the fixed attributes, such as ``paginationParams``."""
        return as_mapping(self.attributes.get(name))

    def part_path(self, *steps: str) -> Path:
        """Return the path of a part of the fixed attributes."""
        return (*self.ATTRIBUTES, *steps)


@dataclasses.dataclass(frozen=True)
class FlowSpec:
    """A flow spec."""

    content: Mapping[str, JSON]
