# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Checks of ``paginationParams`` of a batch source."""

from __future__ import annotations

import typing as t

from ansible_collections.aep.flow_service.plugins.module_utils._checks.check import (
    ERROR,
    HINT,
    WARNING,
    Check,
    Problem,
    Problems,
    check,
)
from ansible_collections.aep.flow_service.plugins.module_utils._checks.pages import (
    CREATE,
    INFERENCE,
    SOURCE,
    sources,
)
from ansible_collections.aep.flow_service.plugins.module_utils._checks.spec import ConnectionSpec, is_reference
from ansible_collections.aep.flow_service.plugins.module_utils._checks.suggest import suggest
from ansible_collections.aep.flow_service.plugins.module_utils._checks.values import is_template_text
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON


class Pagination(t.NamedTuple):
    """The keys of one type of pagination."""

    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """All keys of the type."""
        return self.required + self.optional


TYPES: t.Final = {
    "OFFSET": Pagination(("limitName", "limitValue", "offSetName")),
    "POINTER": Pagination(("pointerPath",), ("limitName", "limitValue")),
    "CONTINUATION_TOKEN": Pagination(
        ("continuationTokenPath", "parameterType", "parameterName"), ("limitName", "limitValue")
    ),
    "PAGE": Pagination(
        ("limitName", "limitValue", "pageParamName"), ("initialPageIndex", "endPageIndex", "maximumRequest")
    ),
    "NONE": Pagination(),
}
OLDER_KEYS: t.Final = {"offsetName": "offSetName", "pointerName": "pointerPath"}
"""Keys that some of Adobe's pages have, and the key that its payloads have."""
KEYS_OF_ALL: t.Final = ("type", "endConditionName", "endConditionValue", "delayRequestMillis")
PARAMETER_TYPES: t.Final = ("QUERYPARAM", "HEADERPARAM")
_LOWEST: t.Final = {"limitValue": 1, "maximumRequest": 1, "initialPageIndex": 0, "delayRequestMillis": 0}


def _type_of(spec: ConnectionSpec) -> str | None:
    """Return the type in capitals, if it is a known one."""
    name = spec.part("paginationParams").get("type")
    return name.upper() if spec.is_batch and isinstance(name, str) and name.upper() in TYPES else None


@check(
    "AUT040",
    ERROR,
    "The type of pagination is a known one. In small letters, it is a warning.",
    sources(SOURCE),
    WARNING,
)
def type_is_known(spec: ConnectionSpec) -> Problems:
    """Find an unknown type of pagination."""
    if not spec.is_batch or not isinstance(spec.attributes.get("paginationParams"), dict):
        return
    name = spec.part("paginationParams").get("type")
    path = spec.part_path("paginationParams", "type")
    if name is None:
        yield Problem(path, f"`paginationParams.type` is missing: write {', '.join(TYPES)}.")
    elif isinstance(name, str) and is_template_text(name):
        return
    elif not isinstance(name, str) or name.upper() not in TYPES:
        yield Problem(path, f"There is no type {name!r}: write {', '.join(TYPES)}.{suggest(str(name), TYPES)}")
    elif name not in TYPES:
        yield Problem(path, f"Types are in capitals: write {name.upper()}.", WARNING)


@check(
    "AUT041",
    ERROR,
    "Each type of pagination has its keys. An older spelling of a key is a hint.",
    sources(SOURCE, CREATE, INFERENCE),
    HINT,
)
def keys_are_given(spec: ConnectionSpec) -> Problems:
    """Find missing keys of a type of pagination."""
    name = _type_of(spec)
    if name is None:
        return
    given = spec.part("paginationParams")
    for key in TYPES[name].required:
        older = next((older for older, newer in OLDER_KEYS.items() if newer == key and older in given), None)
        if key not in given and older is not None:
            yield Problem(
                spec.part_path("paginationParams", older),
                f"Adobe's pages spell this key in two ways, and its payloads have `{key}`: write `{key}`.",
                HINT,
            )
        elif given.get(key) in (None, ""):
            yield Problem(spec.part_path("paginationParams", key), f"{name} needs `{key}`: add it.")


@check(
    "AUT042",
    WARNING,
    "No key belongs to another type of pagination, and an end condition has a name and a value.",
    sources(INFERENCE),
)
def no_other_keys(spec: ConnectionSpec) -> Problems:
    """Find keys that the type of pagination does not use."""
    name = _type_of(spec)
    if name is None:
        return
    given = spec.part("paginationParams")
    known = (*KEYS_OF_ALL, *TYPES[name].keys)
    for key in given:
        if key not in known and OLDER_KEYS.get(key) not in known:
            yield Problem(
                spec.part_path("paginationParams", key),
                f"`{key}` is no key of {name}, and is not used: remove it, or correct it."
                f"{suggest(key, (known_key for known_key in known if known_key not in given))}",
            )
    for key, other in (
        ("endConditionName", "endConditionValue"),
        ("endConditionValue", "endConditionName"),
    ):
        if key in given and other not in given:
            yield Problem(
                spec.part_path("paginationParams", key),
                f"`{key}` does nothing without `{other}`: add it, or remove both.",
            )


@check(
    "AUT043",
    ERROR,
    "Numbers of the pagination are numbers or digits, and `parameterType` is a known one.",
    sources(SOURCE),
)
def values_are_usable(spec: ConnectionSpec) -> Problems:
    """Find values that are no number, and unknown places of a token."""
    if not spec.is_batch:
        return
    given = spec.part("paginationParams")
    for key, lowest in _LOWEST.items():
        value = given.get(key)
        if value not in (None, "") and not _is_whole_number(value, lowest):
            yield Problem(
                spec.part_path("paginationParams", key),
                f"`{key}` must be a whole number, {lowest} or more, and it is {value!r}.",
            )
    place = given.get("parameterType")
    if place not in (None, "", *PARAMETER_TYPES):
        yield Problem(
            spec.part_path("paginationParams", "parameterType"),
            f"`parameterType` must be {' or '.join(PARAMETER_TYPES)}, and it is {place!r}.",
        )


def _is_whole_number(value: JSON, lowest: int) -> bool:
    if isinstance(value, str):
        return (
            is_reference(value)
            or is_template_text(value)
            or (value.isascii() and value.isdigit() and len(value) < 19 and int(value) >= lowest)
        )
    if isinstance(value, float):
        return value.is_integer() and value >= lowest
    return isinstance(value, int) and not isinstance(value, bool) and value >= lowest


CHECKS: t.Final[tuple[Check[ConnectionSpec], ...]] = (
    type_is_known,
    keys_are_given,
    no_other_keys,
    values_are_usable,
)
