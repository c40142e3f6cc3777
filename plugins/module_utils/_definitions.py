# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Definitions: what a user wants a spec to be, from options, a mapping or a file."""

from __future__ import annotations

import dataclasses
import json
import math
import os
import typing as t
from collections.abc import Mapping

from ansible.module_utils.common.yaml import HAS_YAML, SafeLoader

from ansible_collections.aep.flow_service.plugins.module_utils._arguments import (
    Params,
    checked_id,
    checked_name,
    checked_paths,
)
from ansible_collections.aep.flow_service.plugins.module_utils._compare import JSON, Path, format_path
from ansible_collections.aep.flow_service.plugins.module_utils._errors import InputError
from ansible_collections.aep.flow_service.plugins.module_utils._kinds import Kind, Spec

if HAS_YAML:
    import yaml


@dataclasses.dataclass(frozen=True)
class Definition:
    """What a user wants one spec to be.

    ``fields`` are the managed fields, named as the API does; ``id_is_given`` tells an id that the task gave
    from one that merely stands in a definition, which may come from another sandbox.
    """

    id: str | None
    id_is_given: bool
    name: str | None
    provider_id: str | None
    fields: Spec
    ignore: tuple[Path, ...]

    @classmethod
    def from_params(cls, kind: Kind, params: Params) -> Definition:
        """Put together the options, ``definition`` and ``src`` of a task.

        Raises InputError for whatever can be seen to be wrong without asking the service.
        """
        given_id = params["id"]
        if given_id is not None:
            checked_id(given_id, "id")
        content: Spec = {}
        origin = "definition"
        if params["definition"] is not None:
            content = unwrap(kind, params["definition"], origin)
        elif params["src"] is not None:
            origin = f"src ({params['src']})"
            content = unwrap(kind, load_file(params["src"]), origin)
        content_id = content.pop("id", None)
        if content_id is not None:
            if not isinstance(content_id, str):
                _refuse_type(origin, "id")
            checked_id(content_id, f"{origin}, id")
            if given_id is not None and content_id != given_id:
                raise InputError(
                    f"The option id is {given_id!r} but {origin} has the id {content_id!r}:"
                    " they must name the same spec. Take one of them out."
                )
        fields = {name: value for name, value in content.items() if name not in kind.owned}
        for field in kind.fields:
            if params[field.option] is not None:
                fields[field.name] = params[field.option]
        _check_fields(fields, origin, "name" if params["name"] is not None else f"{origin}, name")
        definition = cls(
            id=given_id or content_id,
            id_is_given=given_id is not None,
            name=fields.get("name"),
            provider_id=fields.get("providerId"),
            fields=fields,
            ignore=checked_paths(params["ignore_paths"]),
        )
        if definition.id is None and definition.name is None:
            raise InputError(
                f"Nothing says which {kind.noun} is meant: give id, or name, as an option, in definition or in src."
            )
        return definition


def _check_fields(fields: Spec, origin: str, name_origin: str) -> None:
    for name in ("name", "providerId"):
        if fields.get(name) is not None and not isinstance(fields[name], str):
            _refuse_type(origin, name)
    if fields.get("name") is not None:
        checked_name(fields["name"], name_origin)
    try:
        refuse_unsendable(fields, ())
    except RecursionError:
        raise InputError(f"{origin} is nested too deeply, or contains itself.") from None


def _refuse_type(origin: str, field: str) -> t.NoReturn:
    raise InputError(f"{origin}: the field {field} must be a string.")


def unwrap(kind: Kind, content: JSON, origin: str) -> Spec:
    """The spec in a definition, out of the ``items`` list that a GET answer wraps it in, spellings folded.

    Raises InputError that names ``origin``.
    """
    if not isinstance(content, Mapping):
        raise InputError(f"{origin} must be a mapping, the {kind.noun} as the API has it, not {_type_name(content)}.")
    if "items" in content and "name" not in content:
        items = content["items"]
        if not isinstance(items, list) or len(items) != 1 or not isinstance(items[0], Mapping):
            count = f"{len(items)} entries" if isinstance(items, list) else _type_name(items)
            raise InputError(
                f"{origin} wraps its content in 'items', which must be a list of just one {kind.noun}; it is {count}."
            )
        content = items[0]
    try:
        return kind.fold(content)
    except InputError as error:
        raise InputError(f"{origin}: {error.message}") from None


def _type_name(value: JSON) -> str:
    if value is None:
        return "empty"
    return {dict: "a mapping", list: "a list", str: "a string", bool: "a boolean"}.get(type(value), "a number")


def refuse_unsendable(value: JSON, path: Path) -> None:
    """Refuse what Python can hold and JSON cannot.

    Raises InputError that names the path.
    """
    if isinstance(value, float) and not math.isfinite(value):
        raise InputError(f"The field {format_path(path)} is {value}, and JSON has no such number.")
    if isinstance(value, Mapping):
        for key, item in value.items():
            refuse_unsendable(item, (*path, str(key)))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            refuse_unsendable(item, (*path, str(index)))


def load_file(path: str) -> JSON:
    """The content of a JSON or YAML file of one document.

    YAML is read as JSON would be: what looks like a date stays a string.
    Raises InputError that names the file, and the place in it where that is known.
    """
    try:
        with open(os.path.expanduser(path), encoding="utf-8-sig") as file:
            text = file.read()
    except OSError as error:
        raise InputError(f"src: the file {path} cannot be read: {error.strerror or error}.") from None
    except UnicodeDecodeError as error:
        raise InputError(f"src: the file {path} is no UTF-8 text: {error.reason} at byte {error.start}.") from None
    try:
        if path.lower().endswith(".json"):
            return parse_json(text)
        return _parse_yaml(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"src: the file {path} is neither JSON nor YAML that can be used: {error}") from None


def parse_json(text: str | bytes) -> JSON:
    """Read JSON strictly: no NaN or Infinity, no key twice in one mapping.

    Raises ValueError.
    """
    try:
        return json.loads(text, object_pairs_hook=_unique_keys, parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _unique_keys(pairs: list[tuple[str, JSON]]) -> dict[str, JSON]:
    mapping: dict[str, JSON] = {}
    for key, value in pairs:
        if key in mapping:
            raise ValueError(f"the key {key!r} stands twice in one mapping")
        mapping[key] = value
    return mapping


def _refuse_constant(name: str) -> t.NoReturn:
    raise ValueError(f"{name} is no JSON")


if HAS_YAML:

    class _JsonLikeLoader(SafeLoader):  # type: ignore[misc]  # Ansible has no types
        """Reads the YAML that has a meaning in JSON, and refuses the rest."""

        # JSON has no dates: leave the text alone.
        yaml_implicit_resolvers: t.ClassVar[dict[str, t.Any]] = {
            first: [(tag, regexp) for tag, regexp in resolvers if tag != "tag:yaml.org,2002:timestamp"]
            for first, resolvers in SafeLoader.yaml_implicit_resolvers.items()
        }

        def construct_mapping(self, node: t.Any, deep: bool = False) -> dict[str, JSON]:
            # Before merge keys ("<<") are resolved: what they bring in may well be overridden.
            _unique_keys([(key.value, None) for key, _value in node.value])
            self.flatten_mapping(node)
            mapping: dict[str, JSON] = {}
            for key_node, value_node in node.value:
                key = self.construct_object(key_node, deep=True)
                if not isinstance(key, str):
                    raise ValueError(f"{_place(key_node)}: the key {key!r} is no string; put it in quotes")
                mapping[key] = self.construct_object(value_node, deep=deep)
            return mapping

    def _construct_yaml_map(loader: _JsonLikeLoader, node: t.Any) -> t.Iterator[dict[str, JSON]]:
        mapping: dict[str, JSON] = {}
        yield mapping
        mapping.update(loader.construct_mapping(node))

    def _refuse_tag(loader: _JsonLikeLoader, node: t.Any) -> t.NoReturn:
        raise ValueError(f"{_place(node)}: the tag {node.tag} has no meaning in JSON")

    _JsonLikeLoader.add_constructor("tag:yaml.org,2002:map", _construct_yaml_map)
    for _tag in ("binary", "set", "omap", "pairs", "timestamp"):
        _JsonLikeLoader.add_constructor(f"tag:yaml.org,2002:{_tag}", _refuse_tag)
    _JsonLikeLoader.add_constructor(None, _refuse_tag)


def _place(node: t.Any) -> str:
    return f"line {node.start_mark.line + 1}, column {node.start_mark.column + 1}"


def _parse_yaml(text: str) -> JSON:
    if not HAS_YAML:
        return parse_json(text)
    try:
        documents = list(yaml.load_all(text, Loader=_JsonLikeLoader))
    except yaml.YAMLError as error:
        raise ValueError(" ".join(str(error).split())) from None
    if len(documents) > 1:
        raise ValueError(f"it has {len(documents)} YAML documents, where one is expected")
    return documents[0] if documents else None
