# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Keep live specs as definition files, one each, and touch no file that says the same already."""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import os
import re
import typing as t
from collections.abc import Iterable, Sequence

from ansible.module_utils.common.yaml import HAS_YAML

from ansible_collections.aep.flow_service.plugins.module_utils._checks.schemas import editor_line
from ansible_collections.aep.flow_service.plugins.module_utils._engine.collection import Service
from ansible_collections.aep.flow_service.plugins.module_utils._engine.definition import unwrap
from ansible_collections.aep.flow_service.plugins.module_utils._errors import FlowServiceError, InputError
from ansible_collections.aep.flow_service.plugins.module_utils._json.compare import canonical
from ansible_collections.aep.flow_service.plugins.module_utils._json.documents import (
    dump_yaml,
    find_files,
    is_vaulted,
    load_documents,
)
from ansible_collections.aep.flow_service.plugins.module_utils._json.files import write_whole
from ansible_collections.aep.flow_service.plugins.module_utils._json.text import dump_json
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON, text_of
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.identifiers import has_id, id_key, is_same_id
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import (
    CONNECTION_SPEC,
    FLOW_SPEC,
    SOURCES,
    TARGETS,
    Kind,
    Spec,
)

_SUFFIXES: t.Final = {"yaml": ".yml", "json": ".json"}


@dataclasses.dataclass(frozen=True)
class Export:
    """Which live specs to keep as files, and where. What is not given does not narrow the choice."""

    folder: str
    file_format: str
    kinds: tuple[Kind, ...]
    ids: tuple[str, ...]
    names: tuple[str, ...]
    provider_id: str | None
    connection_spec_id: str | None
    with_connection_specs: bool

    def takes(self, kind: Kind, spec: Spec) -> bool:
        """Return whether a live spec is selected for the export."""
        is_of_ids = any(is_same_id(spec["id"], wanted) for wanted in self.ids)
        chosen = not (self.ids or self.names) or is_of_ids or spec.get("name") in self.names
        if self.provider_id is not None and not is_same_id(spec.get("providerId"), self.provider_id):
            return False
        if self.connection_spec_id is None or not chosen:
            return chosen
        if kind is FLOW_SPEC:
            return has_id(spec.get(SOURCES), self.connection_spec_id)
        return is_same_id(spec["id"], self.connection_spec_id)


@dataclasses.dataclass(frozen=True)
class File:
    """A definition file, as it was and as it is to be."""

    path: str
    kind: Kind
    spec: Spec
    before: str | None
    after: str

    @property
    def changed(self) -> bool:
        """Whether the file is written."""
        return self.before != self.after

    @property
    def diff(self) -> dict[str, str]:
        """The file before and after, for a person to read."""
        return {
            "before": self.before or "",
            "after": self.after,
            "before_header": self.path,
            "after_header": self.path,
        }

    def as_result(self) -> dict[str, JSON]:
        """Return the file for a result."""
        action = "created" if self.before is None else "updated" if self.changed else "unchanged"
        spec = self.spec
        return {
            "path": self.path,
            "kind": self.kind.result_key,
            "id": spec["id"],
            "name": spec.get("name"),
            "action": action,
        }


def export(service: Service, task: Export, check_mode: bool) -> list[File]:
    """Write the definition files of the chosen specs.

    Raises FlowServiceError where a spec cannot be a file, or a file not be written; nothing is written before all
    specs are known.
    """
    needed = {*task.kinds, CONNECTION_SPEC} if task.with_connection_specs else {*task.kinds}
    live = {kind: [one.spec for one in service.collection(kind).listing()] for kind in needed}
    chosen = {kind: [spec for spec in live[kind] if task.takes(kind, spec)] for kind in task.kinds}
    if task.with_connection_specs:
        flow_specs = chosen.get(FLOW_SPEC, [])
        listed = {id_key(one) for spec in flow_specs for name in (SOURCES, TARGETS) for one in _listed(spec, name)}
        # Once each, though some may be among the chosen as well.
        wanted = {id_key(str(spec["id"])) for spec in chosen.get(CONNECTION_SPEC, [])} | listed
        chosen[CONNECTION_SPEC] = [spec for spec in live[CONNECTION_SPEC] if id_key(str(spec["id"])) in wanted]
    files = [file for kind, specs in chosen.items() for file in _files(task, kind, specs, map(_slug, live[kind]))]
    if not check_mode:
        for file in files:
            if file.changed:
                _write(file)
    return files


def _listed(spec: Spec, field: str) -> list[str]:
    value = spec.get(field)
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _slug(spec: Spec) -> str:
    """Return the file name of a spec, which is valid on all file systems."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", str(spec.get("name") or "")).strip("-.")[:100] or "unnamed"


def _files(task: Export, kind: Kind, chosen: Sequence[Spec], names: Iterable[str]) -> list[File]:
    folder = os.path.join(os.path.expanduser(task.folder), f"{kind.result_key}s")
    suffix = _SUFFIXES[task.file_format]
    there = _definitions_in(kind, folder, suffix)
    # Some file systems do not tell cases apart. What is taken by any live spec counts, not just by a chosen one:
    # the name of a file is not to depend on what else is exported, nor, for a name that specs must share, on how many
    # there are today.
    counts = collections.Counter(name.lower() for name in names)
    files = []
    for spec in chosen:
        slug = _slug(spec)
        is_unique = counts[slug.lower()] == 1 and str(spec.get("name")) not in kind.shared_names
        usual = slug if is_unique else f"{slug}.{spec['id']}"
        path, held = there.get(id_key(str(spec["id"])), (os.path.join(folder, usual + suffix), {}))
        content = kind.definition(spec)
        before = _text_of(path)
        is_current = before is not None and _says(kind, held, content)
        if before is not None and not is_current and is_vaulted(before.encode()):
            raise InputError(
                f"Could not export {kind.label(spec)}: ansible-vault has encrypted the file {path}, and the export does"
                " not replace it by an unencrypted file. No files were written."
                " Next step: decrypt or move the file, or choose another dest."
            )
        after = before if before is not None and is_current else _dumped(kind, content, task.file_format)
        files.append(File(path, kind, spec, before, after))
    return sorted(files, key=lambda file: file.path)


def _definitions_in(kind: Kind, folder: str, suffix: str) -> dict[str, tuple[str, Spec]]:
    """Return the files of the directory that have one definition, and their content, by ID. They keep their names."""
    found: dict[str, tuple[str, Spec]] = {}
    if not os.path.isdir(folder):
        return found
    with contextlib.suppress(InputError):
        for path in find_files(folder):
            if not path.endswith(suffix):
                continue
            with contextlib.suppress(InputError):
                documents = load_documents(path)
                if len(documents) == 1:
                    held = unwrap(kind, documents[0].content, path)
                    held_id = text_of(held.get("id"))
                    if held_id is not None:
                        found.setdefault(id_key(held_id), (path, held))
    return found


def _text_of(path: str) -> str | None:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"Could not read the file {path} in dest: {error}. No files were written."
            " Next step: make the file readable, or remove it."
        ) from None


def _dumped(kind: Kind, content: Spec, file_format: str) -> str:
    """Return a definition as the text of a file."""
    if file_format == "json":
        return dump_json(_sorted(content))
    if not HAS_YAML:
        raise FlowServiceError(
            "Could not write YAML: PyYAML is not installed. No files were written. Next step: run this command:"
            " python -m pip install PyYAML. Or set format to json."
        )
    return f"---\n{editor_line(kind.result_key)}\n{dump_yaml(_sorted(content), sort_keys=False)}"


def _sorted(value: JSON, top: bool = True) -> JSON:
    """Return the value with sorted keys, except at the top level."""
    if isinstance(value, dict):
        return {key: _sorted(value[key], False) for key in (value if top else sorted(value))}
    return [_sorted(item, False) for item in value] if isinstance(value, list) else value


def _says(kind: Kind, held: Spec, content: Spec) -> bool:
    """Return whether a file already has this definition, in any format."""
    held = {name: value for name, value in held.items() if name == "id" or name not in kind.owned}
    return held.keys() == content.keys() and all(
        canonical(held[name]) == canonical(content[name]) or not kind.changes(held, content, [name]) for name in held
    )


def _write(file: File) -> None:
    try:
        # What a link leads to is written, and the link stays.
        path = os.path.realpath(file.path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        mode = os.stat(path).st_mode & 0o777 if file.before is not None else 0o666 & ~_umask()
        write_whole(path, file.after, mode)
    except (OSError, UnicodeEncodeError) as error:
        raise FlowServiceError(
            f"Could not write {file.path}, the definition of {file.kind.label(file.spec)}: {error}."
            " The files before it in the list were written. Next step: correct the cause, then run the task again."
        ) from None


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
