# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Checks of ``scheduleParams`` of a batch source."""

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
    PAYLOADS,
    SOURCE,
    sources,
)
from ansible_collections.aep.flow_service.plugins.module_utils._checks.spec import ConnectionSpec, read

ADVANCED: t.Final = "ADVANCE"
ADVANCED_KEYS: t.Final = ("paramFormat", "incremental", "backfill")
PARAMETER_KEYS: t.Final = ("scheduleStartParamName", "scheduleEndParamName")
FORMAT_KEYS: t.Final = ("scheduleStartParamFormat", "scheduleEndParamFormat", "paramFormat")
QUERY: t.Final = "{SCHEDULE_QUERY}"


def _has_schedule(spec: ConnectionSpec) -> bool:
    return spec.is_batch and isinstance(spec.attributes.get("scheduleParams"), dict)


def _is_advanced(spec: ConnectionSpec) -> bool:
    return spec.is_batch and spec.part("scheduleParams").get("type") == ADVANCED


@check(
    "AUT050",
    ERROR,
    f"{ADVANCED} has its keys. Otherwise, there are parameters for start and end; if not, it is a warning.",
    sources(SOURCE, CREATE, INFERENCE),
    WARNING,
)
def keys_are_given(spec: ConnectionSpec) -> Problems:
    """Find missing keys of a schedule."""
    if not _has_schedule(spec):
        return
    given = spec.part("scheduleParams")
    if _is_advanced(spec):
        for key in ADVANCED_KEYS:
            if given.get(key) in (None, ""):
                yield Problem(spec.part_path("scheduleParams", key), f"{ADVANCED} needs `{key}`: add it.")
        return
    kind = given.get("type")
    if kind is not None:
        yield Problem(
            spec.part_path("scheduleParams", "type"),
            f"There is no type {kind!r} of schedules: write {ADVANCED}, or remove it.",
            WARNING,
        )
        return
    for key in PARAMETER_KEYS:
        if given.get(key) in (None, ""):
            yield Problem(
                spec.part_path("scheduleParams", key),
                f"Without `{key}`, a run cannot ask for its period: add it, or use `type: {ADVANCED}`.",
                WARNING,
            )


@check(
    "AUT051",
    ERROR,
    f"{ADVANCED} and `{QUERY}` go together.",
    sources(SOURCE, INFERENCE),
)
def query_is_used(spec: ConnectionSpec) -> Problems:
    """Find an advanced schedule that no parameter uses, and a parameter without one."""
    if not spec.is_batch:
        return
    used = next((path for path, text in spec.request_texts if QUERY in text), None)
    if _is_advanced(spec) and used is None:
        yield Problem(
            spec.part_path("scheduleParams"),
            f'The schedule is used nowhere: put `"{QUERY}"` in a parameter of the URL, the headers, or the body.',
        )
    elif (
        used is not None
        # Without its quotes, it is another problem first.
        and isinstance(read(spec.content, *used), str)
        and not _is_advanced(spec)
        and "scheduleParams" not in spec.inputs
    ):
        yield Problem(
            used,
            f"Nothing fills in `{QUERY}` without an advanced schedule: set `scheduleParams.type` to {ADVANCED}, "
            f"with {', '.join(ADVANCED_KEYS)}.",
        )


@check(
    "AUT052",
    WARNING,
    "Date formats have years as `yyyy` and days as `dd`. A colon before fractions of a second is a hint.",
    sources(PAYLOADS, INFERENCE),
    HINT,
)
def formats_are_dates(spec: ConnectionSpec) -> Problems:
    """Find date formats with letters of another meaning."""
    if not spec.is_batch:
        return
    for key in FORMAT_KEYS:
        text = spec.part("scheduleParams").get(key)
        if not isinstance(text, str):
            continue
        path = spec.part_path("scheduleParams", key)
        if "YYYY" in text or "DD" in text:
            right = text.replace("YYYY", "yyyy").replace("DD", "dd")
            yield Problem(path, f"Years are `yyyy` and days are `dd`: write `{right}`.")
        if "ss:f" in text:
            yield Problem(
                path,
                "Most APIs expect a point before fractions of a second: compare with what the source accepts. "
                f"That is `{text.replace('ss:f', 'ss.f')}`.",
                HINT,
            )


CHECKS: t.Final[tuple[Check[ConnectionSpec], ...]] = (keys_are_given, query_is_used, formats_are_dates)
