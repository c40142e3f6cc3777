# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""The mapping set of Data Prep, declared, and compared in whichever form the service shows it: pure functions.

Source: Adobe's published OpenAPI description of Data Prep, and the payloads in the documentation of sources.
"""

from __future__ import annotations

import json
import re
import typing as t
from collections.abc import Mapping, Sequence

from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON, mapping_of, text_of
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import OWNED, Field, Kind, ReadOnly, Spec

MAPPING_SET: t.Final = Kind(
    noun="mapping set",
    collection="mappingSets",
    fields=(
        Field("name", "str"),
        Field("outputSchema", "dict", immutable=True),
        Field("mappings", "list", "dict", immutable=True),
    ),
    sets=(),
    # There is a PUT. It would change the mapping of every dataflow that uses the set.
    writes=ReadOnly(),
    identity=(("name",),),
    owned=OWNED | {"version", "createdDate", "modifiedDate", "modifiedBy", "status"},
    api="/data/foundation/conversion",
)
MANAGED: t.Final = ("name", "outputSchema", "mappings")

ATTRIBUTE, EXPRESSION = "ATTRIBUTE", "EXPRESSION"
# Requests have the words, responses the media types.
_TYPES: t.Final = {"text/x.schema-path": ATTRIBUTE, "text/x.aem-transform": EXPRESSION}
_NAMESPACE: t.Final = "https://ns.adobe.com/"
_NUMBER: t.Final = re.compile(r"[0-9]+(\.[0-9]+)*")
_MEDIA_TYPE_NUMBER: t.Final = re.compile(r";version=([0-9]+(\.[0-9]+)*)$")


class InvalidMapping(t.NamedTuple):
    """A mapping that the service rejects: the place in the option ``mappings``, and the words of the service."""

    place: str
    destination: str
    errors: list[str]


def content_of(mapping_set: Mapping[str, JSON]) -> Spec:
    """Return what a mapping set consists of, in one form, with its mappings by their destinations."""
    return {
        "name": mapping_set.get("name"),
        "outputSchema": {"schemaRef": schema_of(mapping_set)},
        "mappings": _mappings_of(mapping_set),
    }


def in_terms_of(live: Spec, wanted: Spec) -> Spec:
    """Return a wanted content with the ID and the version of its schema as the live content writes them."""
    old, new = _reference_of(live), _reference_of(wanted)
    reference = {
        field: old[field] if is_same(text_of(old[field]), text_of(new[field])) else new[field]
        for field, is_same in (("id", is_same_schema), ("contentType", _is_same_version))
    }
    return {**wanted, "outputSchema": {"schemaRef": reference}}


def _reference_of(content: Spec) -> Mapping[str, JSON]:
    return mapping_of(mapping_of(content["outputSchema"])["schemaRef"])


def maps_the_same(live: Spec, wanted: Spec) -> bool:
    """Return whether two contents map the same. A name is no part of that."""
    folded = in_terms_of(live, wanted)
    return all(live[field] == folded[field] for field in ("outputSchema", "mappings"))


def schema_of(mapping_set: Mapping[str, JSON]) -> dict[str, str | None]:
    """Return the reference to the schema of a mapping set, whose parts stand in several places."""
    places = [
        mapping_of(mapping_of(mapping_set.get("outputSchema")).get("schemaRef")),
        mapping_of(mapping_set.get("schemaRef")),
    ]
    ids = [*(place.get("id") for place in places), mapping_set.get("xdmSchema")]
    versions = [*(place.get("contentType") for place in places), mapping_set.get("xdmVersion")]
    return {"id": _first_text(ids), "contentType": _first_text(versions)}


def _first_text(values: Sequence[JSON]) -> str | None:
    return next((value for value in values if isinstance(value, str) and value), None)


def _mappings_of(mapping_set: Mapping[str, JSON]) -> Spec:
    listed = mapping_set.get("mappings")
    found: Spec = {}
    for entry in listed if isinstance(listed, list) else ():
        mapping = mapping_of(entry)
        destination = str(mapping.get("destination", mapping.get("destinationXdmPath")))
        while destination in found:
            # No set of ours has a destination twice, so it differs from each of them.
            destination += " (again)"
        kind = str(mapping.get("sourceType") or ATTRIBUTE)
        source = mapping.get("source", mapping.get("sourceAttribute"))
        found[destination] = {"sourceType": _TYPES.get(kind, kind.upper()), "source": source}
    return dict(sorted(found.items()))


def is_same_schema(one: str | None, other: str | None) -> bool:
    """Return whether two IDs, each an ``$id`` or a ``meta:altId``, mean one schema."""
    return one is not None and other is not None and _alternate_id(one) == _alternate_id(other)


def _alternate_id(schema_id: str) -> str:
    """Return the ``meta:altId`` of a schema, which has another ID besides."""
    if not schema_id.startswith(_NAMESPACE):
        return schema_id
    return "_" + schema_id.removeprefix(_NAMESPACE).replace("/", ".")


def _is_same_version(one: str | None, other: str | None) -> bool:
    if one is None or other is None:
        return one is other
    first, second = _plain(one), _plain(other)
    # The older form has a number in place of a media type.
    if _NUMBER.fullmatch(first) or _NUMBER.fullmatch(second):
        return _number_in(first) == _number_in(second)
    return first == second


def _plain(version: str) -> str:
    return re.sub(r"\s", "", version).lower()


def _number_in(version: str) -> str:
    match = _MEDIA_TYPE_NUMBER.search(version)
    return re.sub(r"(\.0+)+$", "", match[1] if match else version)


def find_invalid(answer: JSON, mappings: Sequence[Mapping[str, JSON]]) -> list[InvalidMapping] | None:
    """Return the mappings that the service rejects; None where its answer to the validation cannot be read."""
    results = answer.get("validationResponse") if isinstance(answer, Mapping) else None
    if not isinstance(results, list) or not results or not all(isinstance(result, Mapping) for result in results):
        return None
    found = []
    for index, result in enumerate(results):
        if result.get("status") == "SUCCESS" and not result.get("errors"):
            continue
        errors = result.get("errors")
        words = [_words(error) for error in errors] if isinstance(errors, list) and errors else [_words(errors)]
        destination = str(mappings[index]["destination"]) if index < len(mappings) else ""
        found.append(InvalidMapping(f"mappings[{index}].{_field_in(words)}", destination, words))
    return found


def _words(error: JSON) -> str:
    if isinstance(error, Mapping):
        keys = ("message", "detail", "description", "title")
        error = next((error[key] for key in keys if isinstance(error.get(key), str) and error[key]), error)
    if not error:
        return "The service gives no reason."
    return error if isinstance(error, str) else json.dumps(error)


def _field_in(words: Sequence[str]) -> str:
    """Return the field that the errors name."""
    text = " ".join(words).lower()
    return "source" if re.search(r"\b(source|expression)\b", text) and "destination" not in text else "destination"
