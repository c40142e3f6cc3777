# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""The options of ``mapping_set``, read and checked without a request: pure functions."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.aep.flow_service.plugins.module_utils._errors import InputError
from ansible_collections.aep.flow_service.plugins.module_utils._json.compare import value_at
from ansible_collections.aep.flow_service.plugins.module_utils._json.paths import Path, format_path
from ansible_collections.aep.flow_service.plugins.module_utils._json.text import strip_invisible
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON, Params, mapping_of
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.fields import check_spec
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.identifiers import check_id, check_name
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import Spec
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.mapping_sets import MAPPING_SET, content_of
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.options import ArgumentSpec, connection_options

_SCHEMA: t.Final = ("outputSchema", "schemaRef")
MEDIA_TYPE: t.Final = "application/vnd.adobe.xed-full+json;version="
_NUMBER: t.Final = re.compile(r"[0-9]+(\.[0-9]+)?")


@dataclasses.dataclass(frozen=True)
class WantedSet:
    """The mapping set that a task asks for."""

    id: str | None
    name: str | None
    body: Spec
    """What a POST sends, but for the name, and for the schema of a dataset that is given by its name."""
    dataset_name: str | None = None

    def with_schema(self, schema_id: JSON) -> WantedSet:
        """Return it for this schema."""
        schema = {**mapping_of(value_at(self.body, _SCHEMA)), "id": schema_id}
        return dataclasses.replace(self, body={**self.body, "outputSchema": {"schemaRef": schema}})

    @property
    def label(self) -> str:
        """How a message names the mapping set."""
        return f"mapping set {self.name!r}" if self.name is not None else f"mapping set {self.id}"

    @property
    def content(self) -> Spec:
        """The wanted content, in the form in which contents are compared."""
        return content_of({**self.body, "name": self.name})


def mapping_set_options() -> ArgumentSpec:
    """Return the argument spec of ``mapping_set``."""
    return {
        **connection_options(),
        "id": {"type": "str"},
        "name": {"type": "str"},
        "schema_id": {"type": "str"},
        "dataset_name": {"type": "str"},
        "schema_version": {"type": "str", "default": f"{MEDIA_TYPE}1"},
        "mappings": {
            "type": "list",
            "elements": "dict",
            "required": True,
            "options": {
                "source": {"type": "str", "required": True},
                "destination": {"type": "str", "required": True},
                "type": {"type": "str", "choices": ["attribute", "expression"], "default": "attribute"},
                "name": {"type": "str"},
                "description": {"type": "str"},
            },
        },
    }


def read_wanted(params: Params) -> WantedSet:
    """Return the mapping set that the options ask for.

    Raises InputError that names the option.
    """
    set_id, name = params["id"], params["name"]
    mappings = [_read_mapping(mapping, index) for index, mapping in enumerate(params["mappings"])]
    schema_id, dataset_name = params["schema_id"], params["dataset_name"]
    schema: Spec = {} if schema_id is None else {"id": _checked_schema_id(schema_id)}
    schema["contentType"] = _checked_version(params["schema_version"])
    body: Spec = {"outputSchema": {"schemaRef": schema}, "mappings": mappings}
    if not mappings:
        raise InputError("Could not use mappings: the list is empty. Next step: add a mapping for each field.")
    _check_destinations(mappings)
    check_spec(MAPPING_SET, body, _place)
    return WantedSet(
        id=None if set_id is None else check_id(set_id, "id"),
        name=None if name is None else check_name(name, "name"),
        body=body,
        dataset_name=None if dataset_name is None else check_name(dataset_name, "dataset_name"),
    )


def _place(path: Path) -> str:
    """Name a place in a body by the option that it comes from."""
    if path[:1] == ("mappings",) and len(path) > 1:
        return ".".join((f"mappings[{path[1]}]", *path[2:]))
    return "schema_id" if path[:1] == ("outputSchema",) else format_path(path) or "the options"


def _read_mapping(mapping: Params, index: int) -> Spec:
    place = f"mappings[{index}]"
    is_expression = mapping["type"] == "expression"
    # A block of YAML ends with a line break, and an expression can have several lines.
    source = mapping["source"].strip() if is_expression else mapping["source"]
    notes = {key: mapping[key] for key in ("name", "description") if mapping[key] is not None}
    return {
        "sourceType": str(mapping["type"]).upper(),
        "source": _checked_text(source, f"{place}.source"),
        "destination": _checked_text(mapping["destination"], f"{place}.destination"),
        **notes,
    }


def _checked_text(text: str, place: str) -> str:
    visible = strip_invisible(text)
    if not visible:
        raise InputError(f"Could not use {place}: it is empty. Next step: set it, or remove the mapping.")
    if visible != text:
        raise InputError(
            f"Could not use {place}: {text!r} has a blank, a line break, or another invisible character at its start or"
            " end. Next step: remove it."
        )
    return text


def _checked_schema_id(schema_id: str) -> str:
    if not schema_id or re.search(r"\s", schema_id) or strip_invisible(schema_id) != schema_id:
        raise InputError(
            f"Could not use schema_id: {schema_id!r} is not the ID of a schema. Next step: set the $id or the"
            " meta:altId of the schema, such as https://ns.adobe.com/TENANT/schemas/ID."
        )
    return schema_id


def _checked_version(version: str) -> str:
    plain = re.sub(r"\s", "", version)
    if _NUMBER.fullmatch(plain):
        return MEDIA_TYPE + plain
    if not re.fullmatch(r"[\w.+-]+/[\w.+-]+(;[\w.=+-]+)*", plain, re.ASCII):
        raise InputError(
            f"Could not use schema_version: {version!r} is not a media type with a version. Next step: set a version"
            f" such as {MEDIA_TYPE}1, or its number alone."
        )
    return plain


def _check_destinations(mappings: list[Spec]) -> None:
    """Check that no destination has two mappings."""
    first: dict[str, int] = {}
    for index, mapping in enumerate(mappings):
        earlier = first.setdefault(str(mapping["destination"]), index)
        if earlier != index:
            raise InputError(
                f"Could not use mappings[{index}].destination: mappings[{earlier}] has the same destination"
                f" {mapping['destination']!r}. Next step: keep one of them."
            )
