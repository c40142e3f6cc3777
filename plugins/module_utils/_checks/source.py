# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Checks of the call of a batch source: its URL, its placeholders, and its parts."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.aep.flow_service.plugins.module_utils._checks.check import (
    ERROR,
    HINT,
    WARNING,
    Check,
    Path,
    Problem,
    Problems,
    Severity,
    check,
)
from ansible_collections.aep.flow_service.plugins.module_utils._checks.pages import (
    CREATE,
    INFERENCE,
    PAYLOADS,
    SOURCE,
    sources,
)
from ansible_collections.aep.flow_service.plugins.module_utils._checks.spec import (
    ConnectionSpec,
    as_list,
    as_mapping,
    read,
)
from ansible_collections.aep.flow_service.plugins.module_utils._checks.suggest import suggest
from ansible_collections.aep.flow_service.plugins.module_utils._checks.values import (
    SERVICE_PLACEHOLDERS,
    is_template_text,
)
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON

METHODS: t.Final = ("GET", "POST")
_WITHOUT_DOLLAR: t.Final = re.compile(r"(?<![$@{])\{([A-Za-z_][A-Za-z0-9_.-]*)\}(?!\})")


@check("AUT030", WARNING, "`spec` stands beside `attributes`, not in it.", sources(PAYLOADS, SOURCE))
def spec_is_beside_attributes(spec: ConnectionSpec) -> Problems:
    """Find input fields where nothing asks for them."""
    if "spec" in spec.attributes:
        yield Problem(
            spec.part_path("spec"),
            "Here, nothing asks the user for these values: move `spec` out of `attributes`, to sourceSpec.spec.",
        )


@check(
    "AUT031",
    ERROR,
    "Each `${name}` is an input field of `sourceSpec.spec` or of an `authSpec`.",
    sources(SOURCE, INFERENCE),
)
def references_are_defined(spec: ConnectionSpec) -> Problems:
    """Find placeholders that nothing fills in."""
    known = {*spec.inputs, *(name for entry in spec.auth_entries for name in entry.properties)}
    for path, name in spec.references:
        if name not in known:
            yield Problem(
                path,
                f"`${{{name}}}` is neither in sourceSpec.spec nor in an authSpec, so nothing fills it in: "
                f"define it, or correct the name.{_suggest_reference(name, known)}",
            )


def _suggest_reference(name: str, known: set[str]) -> str:
    found = suggest(name, sorted(known))
    return found.replace("`", "`${", 1).replace("`?", "}`?") if found else ""


@check("AUT032", WARNING, "A `${name}` that only `authSpec` has is in each of its entries.", sources(INFERENCE))
def references_are_in_each_entry(spec: ConnectionSpec) -> Problems:
    """Find placeholders that only some ways to sign in fill in."""
    entries = spec.auth_entries
    for path, name in spec.references:
        if name in spec.inputs or not any(name in entry.properties for entry in entries):
            continue
        for entry in entries:
            if name not in entry.properties:
                yield Problem(path, f"With {entry.title} there is no `{name}`: add it to its `properties`.")


@check("AUT033", WARNING, "A placeholder in braces has its `$`.", sources(CREATE, SOURCE))
def references_have_their_dollar(spec: ConnectionSpec) -> Problems:
    """Find placeholders that are sent as they stand."""
    for path, text in spec.request_texts:
        if "{" not in text or is_template_text(text):
            continue
        for name in dict.fromkeys(_WITHOUT_DOLLAR.findall(text)):
            if name not in SERVICE_PLACEHOLDERS:
                yield Problem(path, f"`{{{name}}}` is sent as it stands: write `${{{name}}}`.")


@check(
    "AUT034",
    HINT,
    "A placeholder in the path is required of the user, and each input field is used.",
    sources(INFERENCE),
)
def inputs_are_required_and_used(spec: ConnectionSpec) -> Problems:
    """Find input fields that are missing from ``required``, or used nowhere."""
    required = as_list(read(spec.content, "sourceSpec", "spec", "required"))
    in_path = [name for path, name in spec.references if path == spec.part_path("urlParams", "path")]
    for name in dict.fromkeys(in_path):
        if name in spec.inputs and name not in required:
            yield Problem(
                ("sourceSpec", "spec", "properties", name),
                f"`{name}` is in the path but not required: add it to `required`.",
            )
    if not spec.url_params:
        return
    used = {name for _path, name in spec.references}
    for name in spec.inputs:
        if name not in used:
            yield Problem(
                ("sourceSpec", "spec", "properties", name),
                f"`{name}` is used nowhere: write `${{{name}}}` where it belongs, or remove it.",
            )


def _has_part(spec: ConnectionSpec, name: str) -> bool:
    """Return whether a part is given: fixed, or left to the user, or where Adobe's listing shows it by mistake."""
    in_listing = as_mapping(read(spec.attributes, "spec", "properties"))
    return name in spec.attributes or name in spec.inputs or name in in_listing


@check(
    "AUT036",
    ERROR,
    "A batch source has `urlParams` with path and method, `contentPath`, `paginationParams`, and `scheduleParams`.",
    sources(CREATE),
    WARNING,
)
def parts_are_given(spec: ConnectionSpec) -> Problems:
    """Find missing parts of a batch source."""
    if not spec.is_batch or (spec.is_partial and "sourceSpec" not in spec.content):
        return
    for name, severity in (
        ("urlParams", ERROR),
        ("contentPath", ERROR),
        ("paginationParams", WARNING),
        ("scheduleParams", WARNING),
    ):
        if not _has_part(spec, name):
            yield Problem(spec.part_path(name), f"`{name}` is missing: add it to sourceSpec.attributes.", severity)
    if "urlParams" in spec.attributes:
        yield from _check_url(spec)


def _check_url(spec: ConnectionSpec) -> Problems:
    path, method = spec.url_params.get("path"), spec.url_params.get("method")
    if path in (None, ""):
        yield Problem(spec.part_path("urlParams", "path"), "`urlParams.path` is missing: write the path to fetch.")
    if method is None:
        yield Problem(spec.part_path("urlParams", "method"), "`urlParams.method` is missing: write GET or POST.")
    elif method not in METHODS and not (isinstance(method, str) and is_template_text(method)):
        yield Problem(spec.part_path("urlParams", "method"), f"`method` must be GET or POST, and it is {method!r}.")


@check(
    "AUT037",
    WARNING,
    "A batch source has a host with https and no slash at the end, and its path begins with a slash.",
    sources(PAYLOADS, INFERENCE),
)
def url_is_whole(spec: ConnectionSpec) -> Problems:
    """Find a URL that cannot be put together."""
    if not spec.is_batch or "urlParams" not in spec.attributes:
        return
    host, path = spec.url_params.get("host"), spec.url_params.get("path")
    if host in (None, ""):
        entries = spec.auth_entries
        if not entries or not all("host" in entry.properties for entry in entries):
            yield Problem(
                spec.part_path("urlParams"),
                "There is no host: write `urlParams.host`, or add `host` to each entry of authSpec.",
            )
    elif isinstance(host, str):
        yield from _check_host(spec, host)
    if isinstance(path, str) and path and not path.startswith("/") and not _begins_by_value(path):
        yield Problem(spec.part_path("urlParams", "path"), f"The path has no slash before it: write `/{path}`.")


def _check_host(spec: ConnectionSpec, host: str) -> Problems:
    faults = []
    if not host.startswith("https://") and not _begins_by_value(host):
        faults.append("does not begin with https://")
    if host.endswith("/"):
        faults.append("ends in a slash, as the path begins with one")
    if faults:
        right = host.rstrip("/").removeprefix("http://")
        right = right if right.startswith("https://") or _begins_by_value(right) else f"https://{right}"
        yield Problem(spec.part_path("urlParams", "host"), f"The host {', and '.join(faults)}: write `{right}`.")


def _begins_by_value(text: str) -> bool:
    return text.startswith(("${", "{", "@"))


@check("AUT038", WARNING, "`bodyParams` goes with POST.", sources(SOURCE))
def body_is_posted(spec: ConnectionSpec) -> Problems:
    """Find a body that is not sent."""
    if spec.is_batch and spec.attributes.get("bodyParams") and spec.url_params.get("method") == "GET":
        yield Problem(
            spec.part_path("bodyParams"),
            "The body is not sent with GET: set `urlParams.method` to POST, or use `urlParams.queryParams`.",
        )


@check(
    "AUT039",
    ERROR,
    "JSON paths begin with `$`. For paths of the pagination, this is a warning.",
    sources(SOURCE),
    WARNING,
)
def json_paths_begin_with_dollar(spec: ConnectionSpec) -> Problems:
    """Find JSON paths without their root."""
    if not spec.is_batch:
        return
    found: list[tuple[Path, JSON, Severity]] = []
    for name in ("contentPath", "explodeEntityPath"):
        # Older payloads have the path alone.
        found.append(((name,), spec.attributes.get(name), ERROR))
        found.append(((name, "path"), spec.part(name).get("path"), ERROR))
    pagination = spec.part("paginationParams")
    found += [
        (("paginationParams", key), pagination.get(key), WARNING)
        for key in ("continuationTokenPath", "pointerPath", "pointerName", "endConditionName")
    ]
    for path, value, severity in found:
        if isinstance(value, str) and value and not value.startswith("$") and not is_template_text(value):
            yield Problem(
                spec.part_path(*path), f"A JSON path begins with `$`: write `$.{value.lstrip('.')}`.", severity
            )


@check(
    "AUT053",
    WARNING,
    "`explodeEntityPath` begins with the new name of `contentPath`, and attributes are either skipped or kept.",
    sources(SOURCE, INFERENCE),
    HINT,
)
def inner_path_follows_new_name(spec: ConnectionSpec) -> Problems:
    """Find an inner path that no longer exists."""
    if not spec.is_batch:
        return
    outer, inner = spec.part("contentPath"), spec.part("explodeEntityPath")
    name, path = outer.get("overrideWrapperAttribute"), inner.get("path")
    if isinstance(name, str) and name and isinstance(path, str) and path.startswith("$"):
        first = re.match(r"\$\.?\[?['\"]?([^.\['\"\]]*)", path)
        if first is not None and first[1] != name:
            rest = path[first.end() :].lstrip("'\"]")
            yield Problem(
                spec.part_path("explodeEntityPath", "path"),
                f"`contentPath` renames its node to {name}, so the inner path begins with it: write `$.{name}{rest}`.",
            )
    for part, content in (("contentPath", outer), ("explodeEntityPath", inner)):
        if content.get("skipAttributes") and content.get("keepAttributes"):
            yield Problem(
                spec.part_path(part, "skipAttributes"),
                "`keepAttributes` already leaves out everything else: use only one of the two.",
                HINT,
            )
    if name and outer.get("path") == "$":
        yield Problem(
            spec.part_path("contentPath", "overrideWrapperAttribute"),
            "The path `$` has no node to rename, and Adobe's pages do not say what happens: check the mapping.",
            HINT,
        )


CHECKS: t.Final[tuple[Check[ConnectionSpec], ...]] = (
    spec_is_beside_attributes,
    references_are_defined,
    references_are_in_each_entry,
    references_have_their_dollar,
    inputs_are_required_and_used,
    parts_are_given,
    url_is_whole,
    body_is_posted,
    json_paths_begin_with_dollar,
    inner_path_follows_new_name,
)
