# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""What a task decides about a dataflow, and how it returns that: the same in check mode and after the write."""

from __future__ import annotations

import dataclasses
import typing as t
from collections.abc import Callable, Mapping, Sequence

from ansible.module_utils.common.yaml import HAS_YAML

from ansible_collections.aep.flow_service.plugins.module_utils._engine.backup import Backup
from ansible_collections.aep.flow_service.plugins.module_utils._json.compare import Change, value_at
from ansible_collections.aep.flow_service.plugins.module_utils._json.documents import dump_yaml
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON, JSONObject, mapping_of, text_of
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.dataflow_plan import Trio
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.operation import Result

_INLET: t.Final = ("options", "inletUrl")


@dataclasses.dataclass(frozen=True)
class Decision:
    """What is to be done to a dataflow."""

    before: Trio | None
    """The dataflow as it is; None where there is none."""
    after: Trio | None
    """The dataflow as it will be; None where there will be none."""
    changes: list[Change]
    write: Callable[[], Trio | None] | None
    """Carries the decision out, and returns the dataflow as it then is. None where there is nothing to do."""
    managed: Mapping[str, Sequence[str]] | None = None
    """The fields that the task gives, by the part of the dataflow; None for a dataflow that is created or deleted."""
    is_replaced: bool = False

    @property
    def previous(self) -> JSONObject | None:
        """What can be written of the dataflow as it was; None where nothing was there, or nothing changes."""
        return self.before.writable() if self.before is not None and self.write is not None else None

    @property
    def diff(self) -> dict[str, str]:
        """The managed fields before and after, for a person to read."""
        if self.managed is None:
            return {"before": _changed(self.changes, "before"), "after": _changed(self.changes, "after")}
        # A replacement gets a start time of its own; it is no difference that the task asks for.
        is_start_shown = not self.is_replaced or any(change.path[-1] == "startTime" for change in self.changes)
        after = _shown(self.after, self.managed, is_start_shown)
        return {"before": _shown(self.before, self.managed, is_start_shown) if self.write else after, "after": after}


def as_result(decision: Decision, after: Trio | None, warnings: list[str], backup: Backup) -> Result:
    """Return what a task returns; ``after`` is the dataflow as it now is, or would be."""
    named = after or decision.before
    flow: Mapping[str, JSON] = named.flow if named else {}
    inlet = value_at(flow, _INLET)
    return {
        "changed": decision.write is not None,
        "id": flow.get("id"),
        "source_connection_id": _id(named.source if named else None, flow, "sourceConnectionIds"),
        "target_connection_id": _id(named.target if named else None, flow, "targetConnectionIds"),
        "inlet_url": inlet if isinstance(inlet, str) else None,
        "dataflow": after.as_result() if after else {},
        "replaced": decision.is_replaced,
        "changes": [change.as_result() for change in decision.changes],
        "diff": decision.diff,
        "previous": decision.previous,
        "backup_file": backup.file_of(text_of(decision.before.flow.get("id")) if decision.before else None),
        "backup_files": backup.files,
        "warnings": list(dict.fromkeys(warnings)),
    }


def _id(connection: Mapping[str, JSON] | None, flow: Mapping[str, JSON], field: str) -> JSON:
    if connection:
        return connection.get("id")
    ids = flow.get(field)
    return ids[0] if isinstance(ids, list) and ids else None


def _shown(dataflow: Trio | None, managed: Mapping[str, Sequence[str]], is_start_shown: bool) -> str:
    parts = dataflow.as_result() if dataflow else {}
    shown = {
        part: {name: spec[name] for name in managed[part] if name in spec}
        for part, spec in ((part, mapping_of(spec)) for part, spec in parts.items())
        if spec
    }
    schedule = mapping_of(shown.get("flow", {}).get("scheduleParams"))
    if schedule and not is_start_shown:
        shown["flow"]["scheduleParams"] = {key: value for key, value in schedule.items() if key != "startTime"}
    return _as_yaml({part: fields for part, fields in shown.items() if fields})


def _changed(changes: Sequence[Change], side: t.Literal["before", "after"]) -> str:
    """Return one side of the changes of whole fields or objects."""
    shown: JSONObject = {}
    for change in changes:
        value = change.as_result()[side]
        if value is None:
            continue
        part, *field = change.path
        shown[part] = {**mapping_of(shown.get(part)), field[0]: value} if field else value
    return _as_yaml(shown)


def _as_yaml(shown: JSONObject) -> str:
    return dump_yaml(shown, sort_keys=True) if shown and HAS_YAML else ""
