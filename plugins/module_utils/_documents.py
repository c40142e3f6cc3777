# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Read JSON and YAML, strictly, from text, a file or a folder; what is in it does not matter here."""

from __future__ import annotations

import json
import os
import typing as t

from ansible.module_utils.common.yaml import HAS_YAML, SafeLoader

from ansible_collections.aep.flow_service.plugins.module_utils._compare import JSON
from ansible_collections.aep.flow_service.plugins.module_utils._errors import InputError

if HAS_YAML:
    import yaml

_SUFFIXES: t.Final = (".json", ".yml", ".yaml")


def find_files(path: str) -> list[str]:
    """The file itself, or every JSON and YAML file in the folder and those below it, by name; not the hidden ones.

    Raises InputError where there is none.
    """
    path = os.path.expanduser(path)
    if not os.path.isdir(path):
        return [path]
    found: list[str] = []
    for folder, folders, files in os.walk(path, onerror=_refuse_folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [
            os.path.join(folder, name)
            for name in sorted(files)
            if name.lower().endswith(_SUFFIXES) and not name.startswith(".")
        ]
    if not found:
        raise InputError(
            f"src: the folder {path} has no file that ends in {', '.join(_SUFFIXES)}, nor has any below it."
        )
    return found


def _refuse_folder(error: OSError) -> t.NoReturn:
    raise InputError(f"src: the folder {error.filename} cannot be read: {error.strerror or error}.")


def load_file(path: str) -> JSON:
    """The content of a JSON or YAML file of one document.

    Raises InputError that names the file, and the place in it where that is known.
    """
    documents = load_documents(path)
    if len(documents) > 1:
        raise InputError(f"src: the file {path} has {len(documents)} YAML documents, where one is expected.")
    return documents[0] if documents else None


def load_documents(path: str) -> list[JSON]:
    """Every document of a JSON or YAML file; those without content are left out.

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
        documents = [parse_json(text)] if path.lower().endswith(".json") else _parse_yaml(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"src: the file {path} is neither JSON nor YAML that can be used: {error}") from None
    return [document for document in documents if document is not None]


def parse_json(text: str | bytes) -> JSON:
    """Read JSON strictly: no NaN or Infinity, no key twice in one mapping.

    Raises ValueError.
    """
    try:
        return json.loads(text, object_pairs_hook=_unique_keys, parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _unique_keys(pairs: list[tuple[str, JSON]]) -> dict[str, JSON]:
    mapping = dict(pairs)
    if len(mapping) < len(pairs):
        seen: set[str] = set()
        for key, _value in pairs:
            if key in seen:
                raise ValueError(f"the key {key!r} stands twice in one mapping")
            seen.add(key)
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


def _parse_yaml(text: str) -> list[JSON]:
    if not HAS_YAML:
        return [parse_json(text)]
    try:
        return list(yaml.load_all(text, Loader=_JsonLikeLoader))
    except yaml.YAMLError as error:
        raise ValueError(" ".join(str(error).split())) from None
