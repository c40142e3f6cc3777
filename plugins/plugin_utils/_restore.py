# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""What the role ``restore`` brings back: the backups of the modules, read and put together."""

from __future__ import annotations

import dataclasses
import os
import re
import typing as t
from collections.abc import Iterable, Mapping, Sequence

from ansible_collections.aep.flow_service.plugins.module_utils._errors import InputError
from ansible_collections.aep.flow_service.plugins.module_utils._json.documents import find_files, load_file
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import (
    JSON,
    JSONObject,
    mapping_of,
    texts_of,
)
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.connections import CONNECTION
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.flows import (
    FLOW,
    SOURCE_CONNECTION,
    TARGET_CONNECTION,
)
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import (
    CONNECTION_SPEC,
    FLOW_SPEC,
    HIDDEN,
    SOURCES,
)
from ansible_collections.aep.flow_service.plugins.plugin_utils._dataflow_definition import dataflow_options

OPTION: t.Final = "restore_backups"
_TARGETS: t.Final = "targetConnectionSpecIds"
_KINDS: t.Final = {
    kind.noun: kind for kind in (FLOW_SPEC, CONNECTION_SPEC, CONNECTION, FLOW, SOURCE_CONNECTION, TARGET_CONNECTION)
}
# The comment with which a backup begins.
_WHAT: t.Final = re.compile(rf"# ({'|'.join(sorted(_KINDS, key=len, reverse=True))}) .*")
_WHERE: t.Final = re.compile(r"# as it was in the sandbox (\S+) at (\S+), before the update that followed .*")
_STATE: t.Final = re.compile(r"# with the state (\w+)")


@dataclasses.dataclass(frozen=True)
class _Backup:
    path: str
    noun: str
    sandbox: str
    taken_at: str
    state: str | None
    content: Mapping[str, JSON]

    @property
    def key(self) -> tuple[str, str]:
        return self.noun, str(self.content.get("id"))

    def as_item(self, **more: JSON) -> JSONObject:
        """Return the object for the tasks of the role."""
        named = {"id": self.content.get("id"), "name": self.content.get("name") or self.content.get("id")}
        return {"kind": _KINDS[self.noun].result_key, **named, "backup": self.path, **more}


def plan(paths: Sequence[str], sandbox: str, pick: str = "", backup_dir: str = "") -> JSONObject:
    """Return the actions of the role by kind of object, and the problems of the backups."""
    try:
        _check_backup_dir(backup_dir, paths)
        backups = [_read(file) for path in paths for file in find_files(path, OPTION)]
        chosen = _choose(backups, pick)
    except InputError as error:
        return _plan([error.message], {})
    problems = [
        f"Could not use {backup.path}: it is a backup of the sandbox {backup.sandbox}, not of {sandbox}. No changes"
        " were made. Next step: set restore_sandbox_name, or remove the backup."
        for backup in chosen
        if backup.sandbox != sandbox
    ]
    of_kind = {noun: [backup for backup in chosen if backup.noun == noun] for noun in _KINDS}
    return _plan(problems, of_kind)


def _check_backup_dir(backup_dir: str, paths: Sequence[str]) -> None:
    """Raise InputError where what the role is about to replace would be among the backups of its next run."""
    real = os.path.realpath(os.path.expanduser(backup_dir))
    for path in map(os.path.realpath, paths) if backup_dir else ():
        if os.path.isdir(path) and os.path.commonpath((real, path)) == path:
            raise InputError(
                f"Could not use restore_backup_dir: {backup_dir} is in {path}, a directory of {OPTION}. No changes were"
                f" made. Next step: set restore_backup_dir to a directory outside of {OPTION}."
            )


def _plan(problems: list[str], backups: Mapping[str, Sequence[_Backup]]) -> JSONObject:
    def of(noun: str) -> Sequence[_Backup]:
        return backups.get(noun, ())

    pairs = {backup.key: backup for backup in (*of(SOURCE_CONNECTION.noun), *of(TARGET_CONNECTION.noun))}
    found: dict[str, list[JSONObject]] = {
        "connection_specs": [each.as_item(definition=each.content) for each in of(CONNECTION_SPEC.noun)],
        "flow_specs": [_flow_spec(each) for each in of(FLOW_SPEC.noun)],
        "connections": [_connection(each) for each in of(CONNECTION.noun)],
        "dataflows": [_dataflow(each, pairs) for each in of(FLOW.noun)],
    }
    summary = [
        f"{each.noun} {each.content.get('name') or each.content.get('id')}, as of {each.taken_at}"
        for listed in backups.values()
        for each in listed
    ]
    return {"problems": problems, "summary": summary, **found}


def _read(file: str) -> _Backup:
    try:
        with open(file, encoding="utf-8") as opened:
            head = [line.rstrip("\n") for line in opened.readlines(4096)[:3]]
    except (OSError, ValueError) as error:
        raise InputError(
            f"Could not read the backup {file}: {error}. No changes were made. Next step: remove it from {OPTION}."
        ) from None
    what, where = _WHAT.fullmatch(head[0] if head else ""), _WHERE.fullmatch(head[1] if len(head) > 1 else "")
    if what is None or where is None:
        raise InputError(
            f"Could not use {file}: it does not begin as a backup of this collection does. No changes were made."
            f" Next step: remove it from {OPTION}."
        )
    state = _STATE.fullmatch(head[2]) if len(head) > 2 else None
    content = mapping_of(load_file(file, OPTION).content)
    return _Backup(file, what[1], where[1], where[2], state[1] if state else None, content)


def _choose(backups: Iterable[_Backup], pick: str) -> list[_Backup]:
    """Return one backup of each object."""
    found: dict[tuple[str, str], list[_Backup]] = {}
    for backup in sorted(backups, key=lambda each: (each.taken_at, os.path.basename(each.path))):
        found.setdefault(backup.key, []).append(backup)
    for several in found.values():
        if len(several) > 1 and not pick:
            raise InputError(
                f"Could not choose a backup of {several[0].noun} {several[0].content.get('name')!r}:"
                f" {', '.join(each.path for each in several)} are of the same object. No changes were made. Next step:"
                " set restore_pick to oldest or newest, or name one of the files."
            )
    return [several[-1 if pick == "newest" else 0] for several in found.values()]


def _flow_spec(backup: _Backup) -> JSONObject:
    # Links are added to those that others made since, and replace none.
    definition = {name: value for name, value in backup.content.items() if name not in (SOURCES, _TARGETS)}
    links, targets = (texts_of(backup.content.get(name)) for name in (SOURCES, _TARGETS))
    return backup.as_item(definition=definition, links=links, targets=targets)


def _connection(backup: _Backup) -> JSONObject:
    definition = {name: value for name, value in backup.content.items() if name != "id"}
    auth = mapping_of(definition.get("auth"))
    params = mapping_of(auth.get("params"))
    # What the backup hides is no value.
    hidden = [name for name, value in params.items() if value == HIDDEN]
    if auth:
        definition["auth"] = {**auth, "params": {name: params[name] for name in params if name not in hidden}}
    return backup.as_item(definition=definition, hidden=hidden)


def _dataflow(backup: _Backup, pairs: Mapping[tuple[str, str], _Backup]) -> JSONObject:
    """Return the options of the module ``dataflow``. Without the connections, only the flow itself is restored."""
    flow = backup.content
    source = pairs.get((SOURCE_CONNECTION.noun, _first(flow, "sourceConnectionIds")))
    target = pairs.get((TARGET_CONNECTION.noun, _first(flow, "targetConnectionIds")))
    options = dataflow_options(flow, source.content if source else None, target.content if target else None)
    if backup.state is not None:
        options["enabled"] = backup.state == "enabled"
    return backup.as_item(options=options)


def _first(flow: Mapping[str, JSON], field: str) -> str:
    return next(iter(texts_of(flow.get(field))), "")
